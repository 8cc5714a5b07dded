//! The distributor (IHI 0069, 12.9): shared peripheral interrupts.

use crate::mmio::{FixedFrame, Frame, ReadOnly, ReadWrite, Register};

use super::{DEFAULT_PRIORITY_WORD, RWP_POLLS, Words};

const CTLR: Register<u32, ReadWrite> = Register::at(0x0000);
const TYPER: Register<u32, ReadOnly> = Register::at(0x0004);
const IGROUPR: Register<u32, ReadWrite> = Register::at(0x0080);
const ISENABLER: Register<u32, ReadWrite> = Register::at(0x0100);
const ICENABLER: Register<u32, ReadWrite> = Register::at(0x0180);
const ISPENDR: Register<u32, ReadWrite> = Register::at(0x0200);
const ICPENDR: Register<u32, ReadWrite> = Register::at(0x0280);
const ICACTIVER: Register<u32, ReadWrite> = Register::at(0x0380);
const IPRIORITYR: Register<u32, ReadWrite> = Register::at(0x0400);
const ICFGR: Register<u32, ReadWrite> = Register::at(0x0c00);
const IROUTER: Register<u64, ReadWrite> = Register::at(0x6000);
const PIDR2: Register<u32, ReadOnly> = Register::at(0xffe8);

const CTLR_ENABLE_GRP1: u32 = 1 << 0;
const CTLR_ENABLE_GRP1A: u32 = 1 << 1;
const CTLR_ARE_NS: u32 = 1 << 4;
const CTLR_ARE: u32 = 1 << 5;
const CTLR_DS: u32 = 1 << 6;
const CTLR_RWP: u32 = 1 << 31;

/// The lowest shared interrupt.
const FIRST_SPI: u32 = 32;
/// INTIDs from here on are special (IHI 0069, 2.2.1).
const SPI_LIMIT: u32 = 1020;

/// Why a distributor cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistributorError {
    /// GICD_PIDR2.ArchRev, which is neither 3 nor 4.
    NotVersion3(u32),
    /// GICD_CTLR.RWP never cleared.
    Stuck,
    /// Affinity routing cannot be turned on.
    NoAffinityRouting,
}

impl DistributorError {
    /// What is wrong, for the console.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotVersion3(_) => "the interrupt controller is not the GICv3 that the device tree says",
            Self::Stuck => "the GIC distributor does not answer (RWP)",
            Self::NoAffinityRouting => "the GIC distributor does not turn affinity routing on",
        }
    }
}

/// Bytes of a frame up to GICD_ICPENDR.
const UP_TO_ICPENDR: u64 = 0x280;

/// `GICD_ISPENDR<n>`, to be read.
#[derive(Clone, Copy, Debug)]
pub struct PendingWords {
    frame: FixedFrame<UP_TO_ICPENDR>,
}

impl PendingWords {
    /// Which of the physical interrupts from 32 times `word` on are pending. There are 32 words.
    #[inline(always)]
    pub fn read(&self, word: u32) -> u32 {
        self.frame.frame().read32(ISPENDR.index(word % 32))
    }
}

/// The distributor of the machine. Registers of one interrupt are changed only for the interrupt's owner.
#[derive(Clone, Copy, Debug)]
pub struct Distributor {
    frame: Frame,
    /// INTIDs 0 up to here exist.
    limit: u32,
}

impl Distributor {
    /// Which shared interrupts are pending.
    pub fn pending_words(&self) -> Option<PendingWords> {
        Some(PendingWords { frame: self.frame.fixed()? })
    }

    /// Takes the distributor over from the firmware: everything disabled, inactive, group 1, level-triggered,
    /// routed to `affinity` alone, then forwarding turned on.
    ///
    /// # Errors
    ///
    /// [`DistributorError`] where the hardware is not what the device tree says, or does not answer.
    pub fn init(frame: Frame, affinity: u64) -> Result<Self, DistributorError> {
        let revision = frame.read32(PIDR2) >> 4 & 0xf;
        if !(3..=4).contains(&revision) {
            return Err(DistributorError::NotVersion3(revision));
        }
        let words = (frame.read32(TYPER) & 0x1f) + 1;
        let lines = words * 32;
        let this = Self::taken_over(frame, words);

        frame.write32(CTLR, 0);
        this.wait_for_write()?;
        // With one security state (DS = 1) ARE is bit 4 as ARE_S; with two, bit 4 is ARE_NS for us.
        frame.write32(CTLR, CTLR_ARE_NS);
        this.wait_for_write()?;
        if frame.read32(CTLR) & (CTLR_ARE_NS | CTLR_ARE) == 0 {
            return Err(DistributorError::NoAffinityRouting);
        }
        for word in 1..lines / 32 {
            frame.write32(ICENABLER.index(word), u32::MAX);
            frame.write32(ICPENDR.index(word), u32::MAX);
            frame.write32(ICACTIVER.index(word), u32::MAX);
            frame.write32(IGROUPR.index(word), u32::MAX);
        }
        for word in FIRST_SPI / 16..lines / 16 {
            frame.write32(ICFGR.index(word), 0);
        }
        for word in FIRST_SPI / 4..lines / 4 {
            frame.write32(IPRIORITYR.index(word), DEFAULT_PRIORITY_WORD);
        }
        this.wait_for_write()?;
        for intid in FIRST_SPI..this.limit {
            frame.write64(IROUTER.index(intid), routing(affinity));
        }
        frame.write32(CTLR, CTLR_ARE_NS | CTLR_ENABLE_GRP1 | CTLR_ENABLE_GRP1A);
        this.wait_for_write()?;
        Ok(this)
    }

    /// The distributor behind `frame` with so many words of 32 INTIDs, as it is.
    pub(in crate::irqchip) fn taken_over(frame: Frame, words: u32) -> Self {
        Self { frame, limit: (words * 32).min(SPI_LIMIT) }
    }

    pub(in crate::irqchip) fn frame(&self) -> Frame {
        self.frame
    }

    /// The number of INTIDs that exist, the 32 private ones included.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether the machine shows one security state only (GICD_CTLR.DS).
    pub fn single_security_state(&self) -> bool {
        self.frame.read32(CTLR) & CTLR_DS != 0
    }

    /// The shared interrupts from 32 times `word` on, `word` being at least 1; `None` where there are none.
    pub fn words(&self, word: u32) -> Option<Words> {
        let exists = (FIRST_SPI / 32..self.limit.div_ceil(32)).contains(&word);
        exists.then_some(Words { frame: self.frame, base: 0, word, busy: (0, CTLR_RWP) })
    }

    /// Forwards a shared interrupt, or stops doing so: then it has stopped when this returns. Others keep their
    /// state: set and clear are registers of their own.
    pub fn set_enabled(&self, intid: u32, enabled: bool) {
        if !self.is_spi(intid) {
            return;
        }
        if enabled {
            self.frame.write32(ISENABLER.index(intid / 32), bit(intid));
        } else {
            self.frame.write32(ICENABLER.index(intid / 32), bit(intid));
            // Hardware that never finishes was found out by `init`.
            let _ = self.wait_for_write();
        }
    }

    /// Makes a shared interrupt pending.
    pub fn set_pending(&self, intid: u32) {
        if self.is_spi(intid) {
            self.frame.write32(ISPENDR.index(intid / 32), bit(intid));
        }
    }

    /// Takes the pending state from a shared interrupt.
    pub fn clear_pending(&self, intid: u32) {
        if self.is_spi(intid) {
            self.frame.write32(ICPENDR.index(intid / 32), bit(intid));
        }
    }

    /// Whether a shared interrupt is pending.
    pub fn is_pending(&self, intid: u32) -> bool {
        self.is_spi(intid) && self.frame.read32(ICPENDR.index(intid / 32)) & bit(intid) != 0
    }

    /// Deactivates a shared interrupt whose guest is gone.
    pub fn deactivate(&self, intid: u32) {
        if self.is_spi(intid) {
            self.frame.write32(ICACTIVER.index(intid / 32), bit(intid));
        }
    }

    /// Routes a shared interrupt to the CPU with this affinity.
    pub fn route(&self, intid: u32, affinity: u64) {
        if self.is_spi(intid) {
            self.frame.write64(IROUTER.index(intid), routing(affinity));
        }
    }

    /// Chooses edge or level triggering. Must be serialised by the caller: sixteen interrupts share a word.
    pub fn set_edge(&self, intid: u32, edge: bool) {
        if self.is_spi(intid) {
            let register = ICFGR.index(intid / 16);
            let mask = 2 << ((intid % 16) * 2);
            let old = self.frame.read32(register);
            self.frame.write32(register, if edge { old | mask } else { old & !mask });
        }
    }

    pub(in crate::irqchip) fn is_spi(&self, intid: u32) -> bool {
        (FIRST_SPI..self.limit).contains(&intid)
    }

    fn wait_for_write(&self) -> Result<(), DistributorError> {
        for _ in 0..RWP_POLLS {
            if self.frame.read32(CTLR) & CTLR_RWP == 0 {
                return Ok(());
            }
        }
        Err(DistributorError::Stuck)
    }
}

fn bit(intid: u32) -> u32 {
    1 << (intid % 32)
}

/// GICD_IROUTER with Interrupt_Routing_Mode 0: the affinity fields lie as in MPIDR_EL1.
fn routing(affinity: u64) -> u64 {
    affinity & 0xff_00ff_ffff
}
