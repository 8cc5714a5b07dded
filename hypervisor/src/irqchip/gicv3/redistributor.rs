//! Redistributors (IHI 0069, 12.10 and 12.11): one a CPU, for its private interrupts.

use crate::mmio::{Frame, ReadOnly, ReadWrite, Register};

use super::{DEFAULT_PRIORITY_WORD, RWP_POLLS, Words};

const CTLR: Register<u32, ReadWrite> = Register::at(0x0000);
const TYPER: Register<u64, ReadOnly> = Register::at(0x0008);
const WAKER: Register<u32, ReadWrite> = Register::at(0x0014);
// In SGI_base:
const IGROUPR0: Register<u32, ReadWrite> = Register::at(0x0080);
const ISENABLER0: Register<u32, ReadWrite> = Register::at(0x0100);
const ICENABLER0: Register<u32, ReadWrite> = Register::at(0x0180);
const ICPENDR0: Register<u32, ReadWrite> = Register::at(0x0280);
const ICACTIVER0: Register<u32, ReadWrite> = Register::at(0x0380);
const IPRIORITYR: Register<u32, ReadWrite> = Register::at(0x0400);

const CTLR_RWP: u32 = 1 << 3;
const TYPER_VLPIS: u64 = 1 << 1;
const TYPER_LAST: u64 = 1 << 4;
const WAKER_PROCESSOR_SLEEP: u32 = 1 << 1;
const WAKER_CHILDREN_ASLEEP: u32 = 1 << 2;

/// RD_base and SGI_base frames together, and where the second begins.
const FRAMES: u64 = 0x2_0000;
const SGI_BASE: u64 = 0x1_0000;
/// The same with the VLPI frames of GICv4.
const FRAMES_V4: u64 = 0x4_0000;

/// The most redistributors that are looked at in one region.
const MAX_IN_REGION: u32 = 512;

/// The redistributor of one CPU.
#[derive(Clone, Copy, Debug)]
pub struct Redistributor {
    /// RD_base; a GICv2 has none.
    control: Option<Frame>,
    /// SGI_base: the registers of the CPU's own interrupts.
    private: Frame,
}

/// Searches the regions for the redistributor of the CPU with this affinity. Each region holds frames one
/// behind the other until the one that calls itself last.
pub fn find(regions: &[Frame], stride: Option<u64>, affinity: u64) -> Option<Redistributor> {
    // GICR_TYPER holds Aff3..Aff0 in its upper word; MPIDR_EL1 has Aff3 apart.
    let wanted = affinity >> 8 & 0xff00_0000 | affinity & 0x00ff_ffff;
    for region in regions {
        let mut offset = 0;
        for _ in 0..MAX_IN_REGION {
            let Some(frame) = region.part(offset, FRAMES) else { break };
            let typer = frame.read64(TYPER);
            if typer >> 32 == wanted {
                let private = frame.part(SGI_BASE, FRAMES - SGI_BASE)?;
                return Some(Redistributor { control: Some(frame), private });
            }
            if typer & TYPER_LAST != 0 {
                break;
            }
            let own = if typer & TYPER_VLPIS != 0 { FRAMES_V4 } else { FRAMES };
            let Some(next) = offset.checked_add(stride.unwrap_or(own).max(FRAMES)) else { break };
            offset = next;
        }
    }
    None
}

impl Redistributor {
    /// What a GICv2 has in place of redistributors: registers in the frame of its distributor, in which each CPU
    /// finds those of its own interrupts.
    pub(in crate::irqchip) fn banked(distributor: Frame) -> Self {
        Self { control: None, private: distributor }
    }

    /// Wakes the redistributor and gives private interrupts a known state: inactive, group 1 (of a GICv2 group 0, as
    /// its distributor's driver says), PPIs disabled, SGIs enabled.
    ///
    /// Returns false where the hardware does not wake or finish.
    pub fn init(&self) -> bool {
        if let Some(control) = self.control {
            control.write32(WAKER, control.read32(WAKER) & !WAKER_PROCESSOR_SLEEP);
        }
        if !self.poll(WAKER, WAKER_CHILDREN_ASLEEP) {
            return false;
        }
        self.silence(u32::MAX);
        self.private.write32(IGROUPR0, if self.control.is_some() { u32::MAX } else { 0 });
        for word in 0..8 {
            self.private.write32(IPRIORITYR.index(word), DEFAULT_PRIORITY_WORD);
        }
        self.private.write32(ISENABLER0, 0x0000_ffff);
        self.poll(CTLR, CTLR_RWP)
    }

    /// Makes the private interrupts with these bits inactive and not pending, and disables the PPIs among them.
    pub fn silence(&self, interrupts: u32) {
        self.private.write32(ICENABLER0, interrupts & 0xffff_0000);
        self.private.write32(ICPENDR0, interrupts);
        self.private.write32(ICACTIVER0, interrupts);
    }

    /// The private interrupts, where they are not banked in a GICv2's distributor.
    pub fn words(&self) -> Option<Words> {
        let frame = self.control?;
        Some(Words { frame, base: SGI_BASE as u32, word: 0, busy: (0, CTLR_RWP) })
    }

    /// Forwards a private peripheral interrupt, or stops doing so: then it has stopped when this returns.
    pub fn set_enabled(&self, intid: u32, enabled: bool) {
        if !(16..32).contains(&intid) {
            return;
        }
        if enabled {
            self.private.write32(ISENABLER0, 1 << intid);
        } else {
            self.private.write32(ICENABLER0, 1 << intid);
            self.poll(CTLR, CTLR_RWP);
        }
    }

    /// Takes the pending state from a private interrupt.
    pub fn clear_pending(&self, intid: u32) {
        if (16..32).contains(&intid) {
            self.private.write32(ICPENDR0, 1 << intid);
        }
    }

    /// Whether a private interrupt is pending.
    pub fn is_pending(&self, intid: u32) -> bool {
        (16..32).contains(&intid) && self.private.read32(ICPENDR0) & 1 << intid != 0
    }

    /// Deactivates a private interrupt whose guest is gone.
    pub fn deactivate(&self, intid: u32) {
        if (16..32).contains(&intid) {
            self.private.write32(ICACTIVER0, 1 << intid);
        }
    }

    fn poll(&self, register: Register<u32, ReadWrite>, busy: u32) -> bool {
        self.control.is_none_or(|frame| (0..RWP_POLLS).any(|_| frame.read32(register) & busy == 0))
    }
}
