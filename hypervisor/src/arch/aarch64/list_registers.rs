//! The list registers of this CPU, as the vGIC model uses them (GIC specification IHI 0069, 12.4; of a GICv2 IHI 0048,
//! 5.3).

use vgic::{CpuInterface, ListRegisters, Maintenance};

use super::cpu_interface::{read_list_register, write_list_register};
use super::{gicv2, registers};

/// ICH_HCR_EL2 (IHI 0069, 12.4.7).
const ENABLE: u64 = 1 << 0;
const ENTRY_NOT_PRESENT: u64 = 1 << 2;
const NO_PENDING: u64 = 1 << 3;
const GROUP0_ENABLED: u64 = 1 << 4;
const GROUP0_DISABLED: u64 = 1 << 5;
const GROUP1_ENABLED: u64 = 1 << 6;
const GROUP1_DISABLED: u64 = 1 << 7;
const TRAP_DEACTIVATE: u64 = 1 << 14;
const EOI_COUNT_SHIFT: u32 = 27;
const EOI_COUNT: u64 = 0x1f << EOI_COUNT_SHIFT;

/// ICH_VMCR_EL2 (IHI 0069, 12.4.9).
const VENG0: u64 = 1 << 0;
const VENG1: u64 = 1 << 1;
const VEOIM: u64 = 1 << 9;

/// The list registers of the CPU that runs this.
#[derive(Debug)]
pub struct CurrentListRegisters {
    /// The machine has a GICv2: the list registers are memory. Never so on the fast path of a GICv3.
    in_memory: bool,
}

impl CurrentListRegisters {
    /// The list registers of this CPU. The virtual CPU interface must be on.
    #[inline(always)]
    pub fn of_this_cpu() -> Self {
        Self { in_memory: gicv2::is_used() }
    }
}

impl CurrentListRegisters {
    /// The same where the machine is known to have a GICv3.
    #[inline(always)]
    pub const fn of_gicv3() -> Self {
        Self { in_memory: false }
    }

    /// The same where it is known to have a GICv2.
    #[inline(always)]
    pub const fn of_gicv2() -> Self {
        Self { in_memory: true }
    }
}

/// Once for all that are not in a hurry: there is an instruction for each list register.
#[inline(never)]
fn read_by_call(index: usize) -> u64 {
    read_list_register(index)
}

/// As [`read_by_call`].
#[inline(never)]
fn write_by_call(index: usize, value: u64) {
    write_list_register(index, value);
}

/// The list registers of the CPU that runs this, on a machine that is known to have a GICv3.
#[derive(Debug)]
pub struct RawListRegisters;

impl vgic::RawListRegisters for RawListRegisters {
    #[inline(always)]
    fn empty(&self) -> u32 {
        registers::ich_elrsr_el2() as u32
    }

    #[inline(always)]
    fn write(&mut self, index: usize, raw: u64) {
        write_list_register(index, raw);
    }
}

impl ListRegisters for CurrentListRegisters {
    #[inline(always)]
    fn count(&self) -> usize {
        if self.in_memory {
            return gicv2::count();
        }
        (registers::ich_vtr_el2() & 0x1f) as usize + 1
    }

    #[inline(always)]
    fn empty(&self) -> u32 {
        if self.in_memory {
            return gicv2::empty();
        }
        registers::ich_elrsr_el2() as u32
    }

    #[inline(always)]
    fn read(&self, index: usize) -> u64 {
        if self.in_memory {
            return gicv2::read(index);
        }
        read_by_call(index)
    }

    #[inline(always)]
    fn write(&mut self, index: usize, value: u64) {
        if self.in_memory {
            return gicv2::write(index, value);
        }
        write_by_call(index, value);
    }

    #[inline]
    fn take_eoi_count(&mut self) -> u32 {
        if self.in_memory {
            return gicv2::take_eoi_count();
        }
        let hcr = registers::ich_hcr_el2();
        let count = hcr >> EOI_COUNT_SHIFT & 0x1f;
        if count != 0 {
            registers::set_ich_hcr_el2(hcr & !EOI_COUNT);
        }
        count as u32
    }

    #[inline]
    fn set_maintenance(&mut self, maintenance: Maintenance) {
        if self.in_memory {
            return gicv2::set_maintenance(maintenance);
        }
        let old = registers::ich_hcr_el2();
        let mut hcr = old & EOI_COUNT | ENABLE;
        for (wanted, bit) in [
            (maintenance.entry_not_present, ENTRY_NOT_PRESENT),
            (maintenance.no_pending, NO_PENDING),
            (maintenance.group0_enabled, GROUP0_ENABLED),
            (maintenance.group0_disabled, GROUP0_DISABLED),
            (maintenance.group1_enabled, GROUP1_ENABLED),
            (maintenance.group1_disabled, GROUP1_DISABLED),
            (maintenance.trap_deactivate, TRAP_DEACTIVATE),
        ] {
            if wanted {
                hcr |= bit;
            }
        }
        if hcr != old {
            registers::set_ich_hcr_el2(hcr);
        }
    }

    #[inline]
    fn cpu_interface(&self) -> CpuInterface {
        if self.in_memory {
            return gicv2::cpu_interface();
        }
        let vmcr = registers::ich_vmcr_el2();
        CpuInterface { group0: vmcr & VENG0 != 0, group1: vmcr & VENG1 != 0, split_end: vmcr & VEOIM != 0 }
    }
}
