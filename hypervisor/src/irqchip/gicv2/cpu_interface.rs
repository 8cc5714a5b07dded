//! The CPU interface, GICC (IHI 0048, 4.4).

use crate::mmio::{Frame, ReadOnly, ReadWrite, Register, WriteOnly};

const CTLR: Register<u32, ReadWrite> = Register::at(0x0000);
const PMR: Register<u32, ReadWrite> = Register::at(0x0004);
const BPR: Register<u32, ReadWrite> = Register::at(0x0008);
const IAR: Register<u32, ReadOnly> = Register::at(0x000c);
const EOIR: Register<u32, WriteOnly> = Register::at(0x0010);
const APR: Register<u32, ReadWrite> = Register::at(0x00d0);
const IIDR: Register<u32, ReadOnly> = Register::at(0x00fc);
const DIR: Register<u32, WriteOnly> = Register::at(0x1000);

const CTLR_ENABLE: u32 = 1 << 0;
/// What the firmware has set of the signals that bypass a disabled interface (IHI 0048, 4.4.1).
const CTLR_BYPASS: u32 = 0xf << 5;
/// EOI mode 1: for every interrupt that this view of the register can reach.
const CTLR_EOIMODE: u32 = 1 << 9;

/// The INTID in GICC_IAR, behind which lies the source CPU of an SGI.
const INTID: u32 = 0x3ff;
/// The lowest INTID that is not an interrupt but a special answer.
const FIRST_SPECIAL: u32 = 1020;
/// Below this one an interrupt is an SGI.
const SGIS: u32 = 16;

/// The CPU interface of whatever CPU uses it.
#[derive(Clone, Copy, Debug)]
pub struct CpuInterface {
    frame: Frame,
}

impl CpuInterface {
    /// Bytes of its frame.
    pub const SIZE: u64 = 0x2000;

    /// The interface behind its two pages.
    pub const fn new(frame: Frame) -> Self {
        Self { frame }
    }

    /// Whether it is that of a GICv2, as its GICC_IIDR says.
    pub fn is_version_2(self) -> bool {
        self.frame.read32(IIDR) >> 16 & 0xf == 2
    }

    /// Prepares the interface of this CPU: every priority admitted, priority drop split from deactivation (EOI mode
    /// 1), signalling on.
    ///
    /// Returns false where the mode cannot be had.
    pub fn init(self) -> bool {
        self.frame.write32(CTLR, 0);
        self.frame.write32(PMR, 0xff);
        self.frame.write32(BPR, 0);
        for word in 0..4 {
            self.frame.write32(APR.index(word), 0);
        }
        let bypass = self.frame.read32(CTLR) & CTLR_BYPASS;
        self.frame.write32(CTLR, bypass | CTLR_EOIMODE | CTLR_ENABLE);
        self.frame.read32(CTLR) & CTLR_EOIMODE != 0
    }

    /// Acknowledges the highest-priority pending interrupt, or `None` where there is none. SGIs are ended here: their
    /// end must name the CPU that sent them.
    pub fn acknowledge(self) -> Option<u32> {
        let raw = self.frame.read32(IAR);
        let intid = raw & INTID;
        if intid < SGIS {
            self.frame.write32(EOIR, raw);
            self.frame.write32(DIR, raw);
        }
        (intid < FIRST_SPECIAL).then_some(intid)
    }

    /// Drops the running priority after [`Self::acknowledge`].
    pub fn drop_priority(self, intid: u32) {
        if intid >= SGIS {
            self.frame.write32(EOIR, intid);
        }
    }

    /// Deactivates an interrupt: it may be signalled again.
    pub fn deactivate(self, intid: u32) {
        if intid >= SGIS {
            self.frame.write32(DIR, intid);
        }
    }
}
