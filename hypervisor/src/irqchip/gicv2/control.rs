//! The control of the virtual CPU interface, GICH (IHI 0048, 5.3). In the list registers' format of the model, which
//! is a GICv3's.

use vgic::{CpuInterface, Maintenance, gich};

use crate::mmio::{Frame, ReadOnly, ReadWrite, Register};

const HCR: Register<u32, ReadWrite> = Register::at(0x000);
const VTR: Register<u32, ReadOnly> = Register::at(0x004);
const VMCR: Register<u32, ReadWrite> = Register::at(0x008);
const ELRSR0: Register<u32, ReadOnly> = Register::at(0x030);
const APR: Register<u32, ReadWrite> = Register::at(0x0f0);
const LR: Register<u32, ReadWrite> = Register::at(0x100);

/// The most list registers that are used: as many as the model knows.
const MAX_LIST_REGISTERS: u32 = 16;

/// The virtual CPU interface of whatever CPU uses it.
#[derive(Clone, Copy, Debug)]
pub struct VirtualInterface {
    frame: Frame,
}

impl VirtualInterface {
    /// Bytes of its registers.
    pub const SIZE: u64 = 0x200;

    /// The interface behind its control registers.
    pub const fn new(frame: Frame) -> Self {
        Self { frame }
    }

    /// List registers that are used.
    pub fn count(self) -> usize {
        ((self.frame.read32(VTR) & 0x3f) + 1).min(MAX_LIST_REGISTERS) as usize
    }

    /// A bit for each list register that holds no interrupt and owes no maintenance interrupt.
    pub fn empty(self) -> u32 {
        self.frame.read32(ELRSR0) & !u32::MAX.wrapping_shl(self.count() as u32)
    }

    /// What list register `index` holds.
    pub fn read(self, index: usize) -> u64 {
        gich::from_list_register(self.frame.read32(LR.index(index as u32)))
    }

    /// Fills list register `index`.
    pub fn write(self, index: usize, value: u64) {
        self.frame.write32(LR.index(index as u32), gich::list_register(value));
    }

    /// Takes GICH_HCR.EOICount: returns it and makes it zero.
    pub fn take_eoi_count(self) -> u32 {
        let hcr = self.frame.read32(HCR);
        let count = gich::eoi_count(hcr);
        if count != 0 {
            self.frame.write32(HCR, gich::with_eoi_count_of(hcr, 0));
        }
        count
    }

    /// Turns the interface on with these maintenance interrupts and no others.
    pub fn set_maintenance(self, maintenance: Maintenance) {
        let old = self.frame.read32(HCR);
        let new = gich::with_eoi_count_of(gich::control(maintenance), old);
        if new != old {
            self.frame.write32(HCR, new);
        }
    }

    /// What the guest has set in GICV.
    pub fn cpu_interface(self) -> CpuInterface {
        gich::cpu_interface(self.frame.read32(VMCR))
    }

    /// Empties the interface and turns it on for a guest that starts.
    pub fn reset(self) {
        for index in 0..self.count() {
            self.write(index, 0);
        }
        self.frame.write32(APR, 0);
        self.frame.write32(VMCR, 0);
        self.frame.write32(HCR, gich::control(Maintenance::NONE));
    }

    /// Turns the interface off: nothing is signalled, no maintenance interrupt comes.
    pub fn disable(self) {
        self.frame.write32(HCR, 0);
    }
}
