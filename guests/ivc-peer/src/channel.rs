//! The channel that the device tree names: its control table, and where its sections are.

use common::Options;
use ivc::registers::{
    GENERATION, OUT_SEC_SIZE, PAYLOAD, PEER_ID, PEERS, PRESENT, RING_WITH, RW_SEC_SIZE, of_peer,
};
use ivc::{Extent, Layout};

use crate::memory::Memory;

/// What the device tree calls channels. Their first frame is the control table, the second the shared memory.
const KIND: &str = "bulkhead,ivc";

/// A channel as this peer sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel {
    /// Where the control table is.
    pub(crate) control: u64,
    /// Where the shared memory is.
    pub(crate) shared: u64,
    /// Bytes of it, as the device tree says.
    pub(crate) size: u64,
    /// The interrupt of this peer.
    pub(crate) interrupt: u32,
}

impl Channel {
    /// The first channel of the zone.
    pub(crate) fn find(options: &Options<'_>) -> Option<Self> {
        let mut frames = options.devices().filter(|device| device.kind == KIND);
        let (control, shared) = (frames.next()?, frames.next()?);
        Some(Self {
            control: control.start,
            shared: shared.start,
            size: shared.size,
            interrupt: control.interrupt?,
        })
    }

    /// Reads a register.
    pub(crate) fn read(&self, register: u32) -> u32 {
        // SAFETY: a register of this zone's own control table: no memory.
        unsafe { ((self.control + u64::from(register)) as *const u32).read_volatile() }
    }

    /// Writes a register.
    pub(crate) fn write(&self, register: u32, value: u32) {
        // SAFETY: as for `read`; what it makes other peers do is theirs.
        unsafe { ((self.control + u64::from(register)) as *mut u32).write_volatile(value) };
    }

    /// This peer's number.
    pub(crate) fn own(&self) -> u32 {
        self.read(PEER_ID)
    }

    /// How many peers there are.
    pub(crate) fn peers(&self) -> u32 {
        self.read(PEERS)
    }

    /// How often a peer was started.
    pub(crate) fn generation(&self, peer: u32) -> u32 {
        of_peer(GENERATION, peer).map_or(0, |register| self.read(register))
    }

    /// Whether a peer's zone runs.
    pub(crate) fn is_present(&self, peer: u32) -> bool {
        self.read(PRESENT) >> peer & 1 != 0
    }

    /// The word that a peer has rung this one with last.
    pub(crate) fn payload(&self, peer: u32) -> u32 {
        of_peer(PAYLOAD, peer).map_or(0, |register| self.read(register))
    }

    /// Rings a peer with a word.
    pub(crate) fn ring_with(&self, peer: u32, word: u32) {
        if let Some(register) = of_peer(RING_WITH, peer) {
            self.write(register, word);
        }
    }

    fn layout(&self) -> Option<Layout> {
        Layout::new(self.peers(), self.read(RW_SEC_SIZE).into(), self.read(OUT_SEC_SIZE).into()).ok()
    }

    /// The section that all peers write.
    pub(crate) fn common(&self) -> Memory {
        self.layout().map_or(Memory::EMPTY, |layout| self.memory(layout.common()))
    }

    /// The section that one peer writes.
    pub(crate) fn output(&self, peer: u32) -> Memory {
        self.layout()
            .and_then(|layout| layout.output(peer))
            .map_or(Memory::EMPTY, |extent| self.memory(extent))
    }

    fn memory(&self, extent: Extent) -> Memory {
        Memory { start: self.shared + extent.offset, len: extent.len as usize }
    }
}
