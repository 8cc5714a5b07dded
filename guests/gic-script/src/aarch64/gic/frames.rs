//! The registers in memory: distributor and redistributors (IHI 0069, 12.8 and 12.10; IHI 0048B, 4.1.2), by their offsets.

use super::kind::is_gicv2;
use common::machine::{DISTRIBUTOR, REDISTRIBUTOR_SIZE, REDISTRIBUTORS};
use common::random::Random;
use core::arch::asm;
use core::fmt;

/// Where a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Frame {
    /// In the distributor.
    Distributor,
    /// In the distributor of a GICv2, as this CPU sees it.
    Banked(usize),
    /// In the redistributor of this CPU.
    Redistributor(usize),
}

/// The address of a register, and how wide accesses to it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Address {
    /// Its frame.
    pub(in super::super) frame: Frame,
    /// Bytes from the start of the frame.
    pub(in super::super) offset: u32,
    /// Bytes that are accessed: 1, 2, 4 or 8.
    pub(in super::super) width: u32,
}

/// Registers with a bit for each interrupt, by the offset of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(in super::super) enum Array {
    Group = 0x080,
    SetEnable = 0x100,
    ClearEnable = 0x180,
    SetPending = 0x200,
    ClearPending = 0x280,
    SetActive = 0x300,
    ClearActive = 0x380,
}

/// Registers of a GICv2 with a byte for each SGI, a bit there for each CPU that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(in super::super) enum SenderArray {
    Clear = 0xf10,
    Set = 0xf20,
}

const PRIORITY: u32 = 0x400;
const TARGETS: u32 = 0x800;
const CONFIGURATION: u32 = 0xc00;
const SEND: u32 = 0xf00;
const ROUTE: u32 = 0x6000;
/// SGI_base, the second frame of a redistributor, which has the registers that are about interrupts.
const SGI_BASE: u32 = 0x1_0000;
/// Private interrupts have INTIDs below this.
const FIRST_SPI: u32 = 32;

/// GICD_CTLR.
pub(in super::super) const CONTROL: Address = Address { frame: Frame::Distributor, offset: 0, width: 4 };

/// The register of `array` with `intid`, as `cpu` has it, and the interrupt's bit there.
pub(in super::super) fn bit(array: Array, cpu: usize, intid: u32) -> (Address, u32) {
    (about(cpu, intid, array as u32 + intid / 32 * 4, 4), 1 << (intid % 32))
}

/// The byte with the priority of `intid`.
pub(in super::super) fn priority(cpu: usize, intid: u32) -> Address {
    about(cpu, intid, PRIORITY + intid, 1)
}

/// The register with the configuration of `intid`, and the number of the first of its two bits there.
pub(in super::super) fn configuration(cpu: usize, intid: u32) -> (Address, u32) {
    (about(cpu, intid, CONFIGURATION + intid / 16 * 4, 4), intid % 16 * 2)
}

/// The register that says which CPU an SPI is for.
pub(in super::super) fn route(intid: u32) -> Address {
    Address { frame: Frame::Distributor, offset: ROUTE + intid * 8, width: 8 }
}

/// The byte of a GICv2 that says which CPUs an interrupt is for.
pub(in super::super) fn target(cpu: usize, intid: u32) -> Address {
    about(cpu, intid, TARGETS + intid, 1)
}

/// The byte of a GICv2 with the senders of an SGI that is pending for `cpu`.
pub(in super::super) fn senders(array: SenderArray, cpu: usize, sgi: u32) -> Address {
    about(cpu, sgi, array as u32 + sgi, 1)
}

/// The register of a GICv2 by which `cpu` sends SGIs.
pub(in super::super) fn send(cpu: usize) -> Address {
    about(cpu, 0, SEND, 4)
}

fn about(cpu: usize, intid: u32, offset: u32, width: u32) -> Address {
    if is_gicv2() {
        let frame = if intid < FIRST_SPI { Frame::Banked(cpu) } else { Frame::Distributor };
        Address { frame, offset, width }
    } else if intid < FIRST_SPI {
        Address { frame: Frame::Redistributor(cpu), offset: SGI_BASE + offset, width }
    } else {
        Address { frame: Frame::Distributor, offset, width }
    }
}

/// Any register that is about interrupts, with any width that the architecture allows.
pub(in super::super) fn any_register(random: &mut Random, cpus: usize) -> Address {
    if is_gicv2() {
        let cpu = random.below(cpus as u64) as usize;
        return match random.below(8) {
            0 => senders(SenderArray::Set, cpu, random.below(16) as u32),
            1 => about(cpu, 0, SenderArray::Clear as u32 + random.below(8) as u32 * 4, 4),
            2 => about(cpu, 0, PRIORITY + random.below(0x800) as u32, 1),
            _ => about(cpu, 0, Array::Group as u32 + random.below(0xd00 / 4) as u32 * 4, 4),
        };
    }
    let width = 1 << random.below(4);
    let offset = match random.below(4) {
        0 => ROUTE + random.below(0x400) as u32,
        _ => Array::Group as u32 + random.below(0xd80) as u32,
    };
    let offset = offset & !(width - 1);
    match random.below(2) {
        0 => Address { frame: Frame::Distributor, offset, width },
        _ => Address {
            frame: Frame::Redistributor(random.below(cpus as u64) as usize),
            offset: SGI_BASE + offset % 0x1000,
            width,
        },
    }
}

macro_rules! load {
    ($instruction:literal, $at:expr) => {{
        let value: u64;
        // SAFETY: a load inside the frames of this zone's GIC.
        unsafe { asm!($instruction, out(reg) value, in(reg) $at, options(nostack)) };
        value
    }};
}

macro_rules! store {
    ($instruction:literal, $at:expr, $value:expr) => {
        // SAFETY: a store inside the frames of this zone's GIC. Whatever it signals, interrupts stay masked.
        unsafe { asm!($instruction, in(reg) $value, in(reg) $at, options(nostack)) }
    };
}

impl Address {
    fn absolute(self) -> u64 {
        u64::from(self.offset)
            + match self.frame {
                Frame::Distributor | Frame::Banked(_) => DISTRIBUTOR,
                Frame::Redistributor(cpu) => REDISTRIBUTORS + cpu as u64 * REDISTRIBUTOR_SIZE,
            }
    }

    /// Reads the register.
    pub(in super::super) fn read(self) -> u64 {
        let at = self.absolute();
        let value = match self.width {
            1 => load!("ldrb {:w}, [{}]", at),
            2 => load!("ldrh {:w}, [{}]", at),
            4 => load!("ldr {:w}, [{}]", at),
            _ => load!("ldr {}, [{}]", at),
        };
        settle();
        value
    }

    /// Writes the register.
    pub(in super::super) fn write(self, value: u64) {
        let at = self.absolute();
        match self.width {
            1 => store!("strb {:w}, [{}]", at, value),
            2 => store!("strh {:w}, [{}]", at, value),
            4 => store!("str {:w}, [{}]", at, value),
            _ => store!("str {}, [{}]", at, value),
        }
        settle();
    }
}

/// What was done has had its effects.
fn settle() {
    // SAFETY: barriers alone.
    unsafe { asm!("dsb sy", "isb", options(nostack)) };
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offset, bits) = (self.offset, self.width * 8);
        match self.frame {
            Frame::Distributor => write!(out, "gicd+{offset:04x}/{bits}"),
            Frame::Banked(cpu) => write!(out, "cpu{cpu}.gicd+{offset:04x}/{bits}"),
            Frame::Redistributor(cpu) => write!(out, "gicr{cpu}+{offset:05x}/{bits}"),
        }
    }
}
