//! The board's devices that a zone owns, as far as the hypervisor has to do with them: registers in pages with what is
//! not the zone's, and the reset of devices before the zone starts again.

use addr::{GuestPhys, HostPhys, Range};
use ids::Width;
use manifest::{RegionKind, ResetAction};

use crate::arch;
use crate::memory::identity;

use super::Zone;

/// How often a register is read while a device resets. A device that takes longer is taken for one that never will.
const READS: u32 = 1_000_000;

impl Zone {
    /// A load (`write` is `None`) or store of the guest in a page that is not mapped, since not all of it is the zone's:
    /// carried out as it is. `None` where it is not aligned, not all of its bytes are the zone's, or the device refuses it.
    #[cold]
    #[inline(never)]
    pub(super) fn access_shared_page(
        &self,
        address: GuestPhys,
        width: Width,
        write: Option<u64>,
    ) -> Option<u64> {
        let size = u64::from(width.bytes());
        let bytes = Range::<GuestPhys>::new(address, size).filter(|_| address.is_aligned(size))?;
        let holds = |range: Range<GuestPhys>| range.contains_range(bytes);
        let mut parts = self.record.regions().filter(|region| region.kind == RegionKind::SharedPage);
        let part = parts.find(|region| region.guest_range().is_some_and(holds))?;
        let register = part.hpa.checked_add(address.offset_from(part.ipa)?)?;
        // SAFETY: the register is all in a part of a page that the manifest's checks gave to this zone alone, and
        // aligned as the part is as far into its page as the guest sees it; boot has mapped the page as device memory.
        unsafe { arch::mmio::access(identity(register), width, write) }
    }

    /// Puts the zone's devices back to how they were when the machine started. None of its vCPUs runs. All of them are,
    /// but for one, whose register is returned: it cannot be, and would go on with what the zone had it do.
    #[inline(never)]
    pub(super) fn reset_owned_devices(&self) -> Option<HostPhys> {
        let mut failed = None;
        for step in self.record.resets() {
            let (width, write, mut reads) = match step.action {
                ResetAction::WriteByte(value) => (Width::Byte, Some(value.into()), 0),
                ResetAction::WriteWord(value) => (Width::Word, Some(value.into()), 0),
                ResetAction::AwaitWord(_) => (Width::Word, None, READS),
                ResetAction::Unknown => {
                    failed = Some(step.hpa);
                    continue;
                }
            };
            loop {
                // SAFETY: an aligned register of a device that the manifest's checks gave to this zone alone; boot has
                // mapped it as device memory.
                let answer = unsafe { arch::mmio::access(identity(step.hpa), width, write) };
                let is_done = match step.action {
                    ResetAction::AwaitWord(value) => answer == Some(value.into()),
                    _ => answer.is_some(),
                };
                if is_done {
                    break;
                }
                if reads == 0 {
                    failed = Some(step.hpa);
                    break;
                }
                reads = reads.wrapping_sub(1);
            }
        }
        failed
    }
}
