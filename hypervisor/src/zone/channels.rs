//! A zone's ends of channels, and the call by which hvisor's driver asks for them.

use addr::GuestPhys;
use ids::Width;

use crate::channel::End;
use crate::memory::guest;

use super::Zone;

/// hvisor's call that asks for the caller's channels.
pub const DESCRIBE: u64 = 5;
/// Where the answer to it cannot be written: -EFAULT.
const FAULT: u64 = -14i64 as u64;
/// Its answer has room for so many channels.
const DESCRIBED: usize = 2;

impl Zone {
    /// Its ends of channels.
    pub fn channels(&self) -> &'static [End] {
        self.channels
    }

    /// A load (`write` is `None`) or store of the guest where no device that it cannot do without is: in a control table,
    /// or else in a page that it shares. `None` when neither is there. One function for both: the exits of all others
    /// carry the call.
    #[inline(never)]
    pub fn access_rest(&self, address: GuestPhys, width: Width, write: Option<u64>) -> Option<u64> {
        let end = self.channels.iter().find_map(|end| Some((end, end.offset_of(address)?)));
        match end {
            Some((end, offset)) => Some(end.access(offset, width, write)),
            None => self.access_shared_page(address, width, write),
        }
    }

    /// The zone is filled and about to run: it is present in its channels.
    pub(super) fn start_channels(&self) {
        self.channels.iter().for_each(End::start);
    }

    /// None of its vCPUs runs any more: it is absent from its channels.
    pub(super) fn stop_channels(&self) {
        self.channels.iter().for_each(End::stop);
    }

    /// Answers [`DESCRIBE`] with a packed structure at `to`: how many it describes (64 bits); of these the addresses of the
    /// control tables and those of the shared memories (64 bits each), the channels and the interrupts (32 bits each).
    /// Returns the call's result.
    #[inline(never)]
    pub fn describe_channels(&self, to: u64) -> u64 {
        let mut count = 0u64;
        let mut controls = [0; DESCRIBED];
        let mut shared = [0; DESCRIBED];
        let (mut ids, mut interrupts) = (0, 0);
        // A driver has room for no more.
        for (channel, peer) in self.record.channels().take(DESCRIBED) {
            count = count.wrapping_add(1);
            let index = (count as usize).wrapping_sub(1);
            if let (Some(control), Some(memory)) = (controls.get_mut(index), shared.get_mut(index)) {
                *control = peer.control.start().raw();
                *memory = peer.shared.start().raw();
                ids |= u64::from(channel.index().0) << (32 * index);
                interrupts |= u64::from(peer.interrupt) << (32 * index);
            }
        }
        let [first, second] = controls;
        let [first_shared, second_shared] = shared;
        let answer = [count, first, second, first_shared, second_shared, ids, interrupts];
        let written =
            guest::write(&self.record, GuestPhys::new(to), answer.map(u64::to_le_bytes).as_flattened());
        if written { 0 } else { FAULT }
    }
}
