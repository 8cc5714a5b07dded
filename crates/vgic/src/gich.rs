//! The registers of GICH, the virtual interface control of a GICv2, in the terms of [`ListRegisters`](crate::ListRegisters)
//! (IHI 0048B, 5.3).
//!
//! List registers have the same fields as those of GICv3, closer together: 10 bits for each interrupt, 5 for the priority.
//! That is all that the model needs with [`Version::V2`](crate::Version). GICH_HCR and GICH_VMCR have what the model
//! asks for where GICv3 has it, but no trap of GICV_DIR: its page must not be mapped.

use crate::ports::{CpuInterface, Maintenance};

/// VirtualID and PhysicalID.
const ID_MASK: u64 = 0x3ff;
const PRIORITY_MASK: u64 = 0x1f;
const STATE_MASK: u64 = 3;

/// The fields of `GICH_LR<n>`. PhysicalID ends in the sender of an SGI (CPUID), and its highest bit is EOI, as it is in
/// `ICH_LR<n>_EL2`.
const PHYSICAL_ID: u32 = 10;
const PRIORITY: u32 = 23;
const STATE: u32 = 28;
const GROUP: u32 = 30;
const HARDWARE: u32 = 31;

/// The same of `ICH_LR<n>_EL2` (IHI 0069, 12.4); of the priority, the upper 5 bits.
const V3_PHYSICAL_ID: u32 = 32;
const V3_PRIORITY: u32 = 51;
const V3_GROUP: u32 = 60;
const V3_HARDWARE: u32 = 61;
const V3_STATE: u32 = 62;

/// GICH_HCR (IHI 0048B, 5.3.2).
const ENABLE: u32 = 1 << 0;
const ENTRY_NOT_PRESENT: u32 = 1 << 2;
const NO_PENDING: u32 = 1 << 3;
const GROUP0_ENABLED: u32 = 1 << 4;
const GROUP0_DISABLED: u32 = 1 << 5;
const GROUP1_ENABLED: u32 = 1 << 6;
const GROUP1_DISABLED: u32 = 1 << 7;
const EOI_COUNT_SHIFT: u32 = 27;
const EOI_COUNT: u32 = 0x1f << EOI_COUNT_SHIFT;

/// GICH_VMCR (IHI 0048B, 5.3.4).
const ENABLE_GROUP0: u32 = 1 << 0;
const ENABLE_GROUP1: u32 = 1 << 1;
const SPLIT_END: u32 = 1 << 9;

/// What to write to `GICH_LR<n>` where the model writes `value` to a list register.
#[inline]
pub const fn list_register(value: u64) -> u32 {
    let fields = (value >> V3_HARDWARE & 1) << HARDWARE
        | (value >> V3_GROUP & 1) << GROUP
        | (value >> V3_STATE & STATE_MASK) << STATE
        | (value >> V3_PRIORITY & PRIORITY_MASK) << PRIORITY
        | (value >> V3_PHYSICAL_ID & ID_MASK) << PHYSICAL_ID
        | value & ID_MASK;
    fields as u32
}

/// What the model reads from a list register where `GICH_LR<n>` reads `raw`.
#[inline]
pub const fn from_list_register(raw: u32) -> u64 {
    let raw = raw as u64;
    (raw >> HARDWARE & 1) << V3_HARDWARE
        | (raw >> GROUP & 1) << V3_GROUP
        | (raw >> STATE & STATE_MASK) << V3_STATE
        | (raw >> PRIORITY & PRIORITY_MASK) << V3_PRIORITY
        | (raw >> PHYSICAL_ID & ID_MASK) << V3_PHYSICAL_ID
        | raw & ID_MASK
}

/// GICH_HCR with the virtual CPU interface on, these maintenance interrupts enabled, and EOICount 0.
#[inline]
pub const fn control(maintenance: Maintenance) -> u32 {
    let Maintenance {
        no_pending,
        entry_not_present,
        group0_enabled,
        group0_disabled,
        group1_enabled,
        group1_disabled,
        trap_deactivate: _,
    } = maintenance;
    ENABLE
        | enable(entry_not_present, ENTRY_NOT_PRESENT)
        | enable(no_pending, NO_PENDING)
        | enable(group0_enabled, GROUP0_ENABLED)
        | enable(group0_disabled, GROUP0_DISABLED)
        | enable(group1_enabled, GROUP1_ENABLED)
        | enable(group1_disabled, GROUP1_DISABLED)
}

const fn enable(wanted: bool, bit: u32) -> u32 {
    if wanted { bit } else { 0 }
}

/// EOICount of GICH_HCR.
#[inline]
pub const fn eoi_count(control: u32) -> u32 {
    control >> EOI_COUNT_SHIFT
}

/// `control` with the EOICount that GICH_HCR has `now`.
#[inline]
pub const fn with_eoi_count_of(control: u32, now: u32) -> u32 {
    control & !EOI_COUNT | now & EOI_COUNT
}

/// What the guest has set in its CPU interface, from GICH_VMCR.
#[inline]
pub const fn cpu_interface(vmcr: u32) -> CpuInterface {
    CpuInterface {
        group0: vmcr & ENABLE_GROUP0 != 0,
        group1: vmcr & ENABLE_GROUP1 != 0,
        split_end: vmcr & SPLIT_END != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PhysicalIntid, VirtualIntid};
    use crate::lr::{End, ListRegister};

    fn contents(intid: u16, priority: u8, group_one: bool, end: End) -> ListRegister {
        ListRegister::new(VirtualIntid(intid), priority, group_one, end)
    }

    #[test]
    fn a_hardware_interrupt_has_its_fields_where_gich_has_them() {
        let hardware = contents(33, 0xa8, true, End::Deactivates(PhysicalIntid(90)));
        assert_eq!(list_register(hardware.with_state(true, false).raw()), 0xda81_6821);
        assert_eq!(list_register(hardware.with_state(false, true).raw()), 0xea81_6821);
    }

    #[test]
    fn an_sgi_has_its_sender_and_the_request_for_maintenance_in_the_physical_id() {
        let sgi = contents(5, 0xf8, false, End::Silent).with_sender(7, true).with_state(true, false);
        assert_eq!(list_register(sgi.raw()), 0x1f88_1c05);
    }

    #[test]
    fn an_sgi_without_a_request_for_maintenance_has_the_sender_alone() {
        let sgi = contents(5, 0xf8, false, End::Maintenance).with_sender(3, false).with_state(true, false);
        assert_eq!(list_register(sgi.raw()), 0x1f80_0c05);
    }

    #[test]
    fn a_list_register_is_read_as_it_was_written() {
        for end in [End::Silent, End::Maintenance, End::Deactivates(PhysicalIntid(1019))] {
            for state in 0..4 {
                let written =
                    contents(1019, 0xa8, state == 1, end).with_state(state & 1 != 0, state & 2 != 0);
                assert_eq!(from_list_register(list_register(written.raw())), written.raw(), "{written:?}");
            }
        }
    }

    #[test]
    fn an_empty_list_register_is_zero() {
        assert_eq!(list_register(ListRegister::EMPTY.raw()), 0);
        assert_eq!(from_list_register(0), 0);
    }

    #[test]
    fn each_maintenance_interrupt_has_its_enable() {
        let none = Maintenance::NONE;
        let enables = [
            (Maintenance { entry_not_present: true, ..none }, 0x05),
            (Maintenance { no_pending: true, ..none }, 0x09),
            (Maintenance { group0_enabled: true, ..none }, 0x11),
            (Maintenance { group0_disabled: true, ..none }, 0x21),
            (Maintenance { group1_enabled: true, ..none }, 0x41),
            (Maintenance { group1_disabled: true, ..none }, 0x81),
            (Maintenance { trap_deactivate: true, ..none }, 0x01),
        ];
        for (maintenance, bits) in enables {
            assert_eq!(control(maintenance), bits, "{maintenance:?}");
        }
    }

    #[test]
    fn the_count_of_ends_survives_a_change_of_the_enables() {
        let control = with_eoi_count_of(control(Maintenance::NONE), 0x9800_000c);
        assert_eq!(control, 0x9800_0001);
        assert_eq!(eoi_count(control), 0x13);
    }

    #[test]
    fn the_guests_settings_are_where_gich_vmcr_has_them() {
        let nothing = CpuInterface { group0: false, group1: false, split_end: false };
        assert_eq!(cpu_interface(!0x203), nothing);
        assert_eq!(cpu_interface(0x001), CpuInterface { group0: true, ..nothing });
        assert_eq!(cpu_interface(0x002), CpuInterface { group1: true, ..nothing });
        assert_eq!(cpu_interface(0x200), CpuInterface { split_end: true, ..nothing });
    }
}
