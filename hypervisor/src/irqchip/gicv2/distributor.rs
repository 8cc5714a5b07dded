//! The distributor (IHI 0048, 4.3). Up to GICD_ICFGR its registers are those of a GICv3's.

use crate::irqchip::gicv3::{DEFAULT_PRIORITY_WORD, Distributor, Redistributor};
use crate::mmio::{Frame, ReadOnly, ReadWrite, Register, WriteOnly};

const CTLR: Register<u32, ReadWrite> = Register::at(0x000);
const TYPER: Register<u32, ReadOnly> = Register::at(0x004);
const IGROUPR: Register<u32, ReadWrite> = Register::at(0x080);
const ICENABLER: Register<u32, ReadWrite> = Register::at(0x180);
const ICPENDR: Register<u32, ReadWrite> = Register::at(0x280);
const ICACTIVER: Register<u32, ReadWrite> = Register::at(0x380);
const IPRIORITYR: Register<u32, ReadWrite> = Register::at(0x400);
const ITARGETSR: Register<u8, ReadWrite> = Register::at(0x800);
const ITARGETSR_WORD: Register<u32, ReadWrite> = Register::at(0x800);
const ICFGR: Register<u32, ReadWrite> = Register::at(0xc00);
const SGIR: Register<u32, WriteOnly> = Register::at(0xf00);

/// GICD_CTLR: the only enable that every view of it has, of group 1 as the non-secure world sees it and of group 0
/// where there is one security state.
const CTLR_ENABLE: u32 = 1 << 0;

/// Takes the distributor over from the firmware: everything disabled, inactive, level-triggered, without a target,
/// then forwarding turned on. All interrupts are in group 0, which is the group of `CTLR_ENABLE` where software at
/// EL2 can choose.
pub fn init(frame: Frame) -> Distributor {
    let words = (frame.read32(TYPER) & 0x1f) + 1;
    frame.write32(CTLR, 0);
    for word in 1..words {
        frame.write32(ICENABLER.index(word), u32::MAX);
        frame.write32(ICPENDR.index(word), u32::MAX);
        frame.write32(ICACTIVER.index(word), u32::MAX);
        frame.write32(IGROUPR.index(word), 0);
    }
    for word in 2..words * 2 {
        frame.write32(ICFGR.index(word), 0);
    }
    for word in 8..words * 8 {
        frame.write32(IPRIORITYR.index(word), DEFAULT_PRIORITY_WORD);
        frame.write32(ITARGETSR_WORD.index(word), 0);
    }
    frame.write32(CTLR, CTLR_ENABLE);
    Distributor::taken_over(frame, words)
}

impl Distributor {
    /// The bit by which a GICv2 names the CPU that runs this (IHI 0048, 4.3.12). Zero where it has none.
    pub fn own_target(&self) -> u8 {
        let frame = self.frame();
        if frame.read32(TYPER) >> 5 & 7 == 0 {
            // The only CPU has no bits to read.
            return 1;
        }
        (0..32).map(|intid| frame.read8(ITARGETSR.index(intid))).find(|target| *target != 0).unwrap_or(0)
    }

    /// Routes a shared interrupt of a GICv2 to the CPU with this bit.
    pub fn target(&self, intid: u32, target: u8) {
        if self.is_spi(intid) {
            self.frame().write8(ITARGETSR.index(intid), target);
        }
    }

    /// Sends software-generated interrupt `intid` (0..16) of a GICv2 to the CPUs with these bits.
    pub fn send_sgi(&self, intid: u32, targets: u8) {
        self.frame().write32(SGIR, u32::from(targets) << 16 | intid);
    }

    /// The private interrupts of whatever CPU uses the result, on a GICv2.
    pub fn private_interrupts(&self) -> Redistributor {
        Redistributor::banked(self.frame())
    }
}
