//! The registers of the CPU interface that trap (ICH_HCR_EL2.TC), between the guest's view and the physical ones: the
//! Non-secure view of priorities (IHI 0069, 4.8.1) in the lower half of the physical ones.

/// The highest physical priority of a guest's interrupt. The hypervisor's own are above it, whatever the guest does to
/// the priority mask.
pub const HIGHEST_PRIORITY: u8 = 0x80;

/// ICC_CTLR_EL1.EOImode: the end of an interrupt only drops the priority.
pub const SPLIT_END: u64 = 1 << 1;

/// ICC_CTLR_EL1.PRIbits, IDbits and A3V, which are what the hardware says. Range selectors (RSS) are not needed for the
/// affinities that vCPUs have, and CBPR and PMHE belong to a Secure side.
const CTLR_SHOWN: u64 = 0b111 << 8 | 0b111 << 11 | 1 << 15 | SPLIT_END;

/// The physical priority of an interrupt to which the guest gives `priority`; also its priority mask.
pub const fn to_physical(priority: u8) -> u8 {
    HIGHEST_PRIORITY | priority >> 1
}

/// What the guest reads for a physical priority or a priority mask. One that is not a guest's reads as 0.
pub const fn to_guest(physical: u8) -> u8 {
    if physical & HIGHEST_PRIORITY == 0 { 0 } else { physical << 1 }
}

/// What the guest reads in ICC_RPR_EL1. Idle is the same on both sides.
pub const fn running_priority(physical: u8) -> u8 {
    if physical == IDLE { IDLE } else { to_guest(physical) }
}

/// ICC_RPR_EL1 while no interrupt is active.
const IDLE: u8 = 0xff;

/// What the guest reads in ICC_CTLR_EL1.
pub const fn control_to_guest(physical: u64) -> u64 {
    physical & CTLR_SHOWN
}

/// ICC_CTLR_EL1 after the guest has written `value`.
pub const fn control_to_physical(value: u64) -> u64 {
    value & SPLIT_END
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_priority_of_a_guest_reaches_the_hypervisors() {
        assert!((0..=u8::MAX).all(|priority| to_physical(priority) >= HIGHEST_PRIORITY));
    }

    #[test]
    fn the_order_of_priorities_is_kept() {
        assert!((1..=u8::MAX).all(|priority| to_physical(priority - 1) <= to_physical(priority)));
    }

    #[test]
    fn a_guest_reads_back_all_but_the_lowest_bit_of_a_priority() {
        assert!((0..=u8::MAX).all(|priority| to_guest(to_physical(priority)) == priority & 0xfe));
    }

    #[test]
    fn a_priority_of_the_hypervisors_reads_as_the_highest() {
        assert_eq!(to_guest(0x7f), 0);
    }

    #[test]
    fn an_idle_cpu_reads_as_idle() {
        assert_eq!((running_priority(0xff), running_priority(0x90)), (0xff, 0x20));
    }

    #[test]
    fn a_guest_chooses_nothing_of_its_control_register_but_the_mode_of_ends() {
        assert_eq!(control_to_physical(u64::MAX), SPLIT_END);
    }
}
