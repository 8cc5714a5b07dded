//! What a physical interrupt takes on its way into a list register and past the model: few registers, of frames whose
//! size is known (IHI 0048, 4.4 and 5.3).

use vgic::RawListRegisters;

use crate::mmio::{FixedFrame, Frame, ReadOnly, ReadWrite, Register, WriteOnly};

use super::{CpuInterface, VirtualInterface};

const IAR: Register<u32, ReadOnly> = Register::at(0x000c);
const EOIR: Register<u32, WriteOnly> = Register::at(0x0010);
const DIR: Register<u32, WriteOnly> = Register::at(0x1000);

const ELRSR0: Register<u32, ReadOnly> = Register::at(0x030);
const LR: Register<u32, ReadWrite> = Register::at(0x100);

/// The INTID in GICC_IAR, behind which lies the source CPU of an SGI.
const INTID: u32 = 0x3ff;
/// Below this one an interrupt is an SGI.
const SGIS: u32 = 16;

/// The interfaces of whatever CPU uses it.
#[derive(Clone, Copy, Debug)]
pub struct ShortWay {
    interface: FixedFrame<{ CpuInterface::SIZE }>,
    control: FixedFrame<{ VirtualInterface::SIZE }>,
}

/// What GICC_IAR read.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged(u32);

impl Acknowledged {
    /// The interrupt, or a special INTID where there was none.
    #[inline(always)]
    pub const fn intid(self) -> u32 {
        self.0 & INTID
    }
}

impl ShortWay {
    /// By GICC and GICH. `None` where these are smaller than they must be.
    pub fn new(interface: Frame, control: Frame) -> Option<Self> {
        Some(Self { interface: interface.fixed()?, control: control.fixed()? })
    }

    /// Acknowledges the highest-priority pending interrupt.
    #[inline(always)]
    pub fn acknowledge(&self) -> Acknowledged {
        Acknowledged(self.interface.frame().read32(IAR))
    }

    /// Drops the running priority of one that is no SGI.
    #[inline(always)]
    pub fn drop_priority(&self, acknowledged: Acknowledged) {
        self.interface.frame().write32(EOIR, acknowledged.0);
    }

    /// The same of any. An SGI ends with it: its end must name the CPU that sent it.
    #[inline(always)]
    pub fn drop_priority_of_any(&self, acknowledged: Acknowledged) {
        self.drop_priority(acknowledged);
        if acknowledged.intid() < SGIS {
            self.interface.frame().write32(DIR, acknowledged.0);
        }
    }
}

impl RawListRegisters for ShortWay {
    #[inline(always)]
    fn empty(&self) -> u32 {
        self.control.frame().read32(ELRSR0)
    }

    #[inline(always)]
    fn write(&mut self, index: usize, raw: u64) {
        self.control.frame().write32(LR.index(index as u32), raw as u32);
    }
}
