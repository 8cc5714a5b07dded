//! Each PSCI and SMCCC function as a guest sees it.

use addr::GuestPhys;
use psci::{Action, Psci, VcpuId, mpidr_of};

const CPU_SUSPEND: u32 = 0xc400_0001;
const CPU_ON: u32 = 0xc400_0003;
const CPU_ON_32: u32 = 0x8400_0003;
const AFFINITY_INFO: u32 = 0xc400_0004;
const PSCI_FEATURES: u32 = 0x8400_000a;
const SYSTEM_RESET2: u32 = 0xc400_0012;
const SMCCC_ARCH_FEATURES: u32 = 0x8000_0001;

const NOT_SUPPORTED: Action = Action::Return(-1i64 as u64);
const INVALID_PARAMETERS: Action = Action::Return(-2i64 as u64);
const ALREADY_ON: Action = Action::Return(-4i64 as u64);
const ON_PENDING: Action = Action::Return(-5i64 as u64);
const INVALID_ADDRESS: Action = Action::Return(-9i64 as u64);

const RAM: u64 = 0x4000_0000;

fn is_ram(address: GuestPhys) -> bool {
    (RAM..RAM + 0x1000_0000).contains(&address.raw())
}

fn vcpu(index: usize) -> VcpuId {
    VcpuId::new(index).unwrap()
}

/// A running zone: vCPU 0 on, the rest off.
fn zone(vcpus: usize) -> Psci {
    let mut psci = Psci::new(vcpus);
    psci.started(vcpu(0));
    psci
}

fn call(psci: &mut Psci, function: u32, args: [u64; 3]) -> Action {
    psci.call(function, args, is_ram)
}

#[test]
fn versions_are_psci_1_1_and_smccc_1_1() {
    assert_eq!(call(&mut zone(1), 0x8400_0000, [0; 3]), Action::Return(0x1_0001));
    assert_eq!(call(&mut zone(1), 0x8000_0000, [0; 3]), Action::Return(0x1_0001));
}

#[test]
fn features_list_exactly_what_is_served() {
    let served = [
        0x8000_0000u32,
        0x8400_0000,
        0x8400_0001,
        0xc400_0001,
        0x8400_0002,
        0x8400_0003,
        0xc400_0003,
        0x8400_0004,
        0xc400_0004,
        0x8400_0006,
        0x8400_0008,
        0x8400_0009,
        0x8400_000a,
        0x8400_0012,
        0xc400_0012,
    ];
    let asked = (0..0x40).flat_map(|n| [0x8400_0000 | n, 0xc400_0000 | n, 0x8000_0000 | n]);
    for function in asked {
        let expected = if served.contains(&function) { Action::Return(0) } else { NOT_SUPPORTED };
        let answer = call(&mut zone(1), PSCI_FEATURES, [u64::from(function), 0, 0]);
        assert_eq!(answer, expected, "{function:#x}");
    }
}

#[test]
fn no_workaround_for_speculation_is_promised() {
    for function in [0x8000_8000u64, 0x8000_7fff, 0x8000_3fff, 0x8000_0002] {
        assert_eq!(call(&mut zone(1), SMCCC_ARCH_FEATURES, [function, 0, 0]), NOT_SUPPORTED);
    }
}

#[test]
fn smccc_knows_its_own_two_functions() {
    for function in [0x8000_0000, 0x8000_0001] {
        assert_eq!(call(&mut zone(1), SMCCC_ARCH_FEATURES, [function, 0, 0]), Action::Return(0));
    }
}

#[test]
fn unknown_functions_are_not_supported() {
    // MIGRATE, CPU_FREEZE, MEM_PROTECT, a 64-bit form of a 32-bit function, a fast call without bit 31, a
    // yielding call, OEM and vendor services.
    for function in
        [0x8400_0005, 0x8400_000b, 0x8400_0013, 0xc400_0002, 0x0400_0000, 0, 0x8200_0000, 0x8600_ff01, !0]
    {
        assert_eq!(call(&mut zone(1), function, [0; 3]), NOT_SUPPORTED, "{function:#x}");
    }
}

#[test]
fn cpu_on_starts_the_vcpu_with_its_entry_and_context() {
    let started = call(&mut zone(2), CPU_ON, [1, RAM + 8, u64::MAX]);
    assert_eq!(started, Action::CpuOn { vcpu: vcpu(1), entry: GuestPhys::new(RAM + 8), context: u64::MAX });
}

#[test]
fn cpu_on_of_a_32_bit_caller_ignores_the_upper_halves() {
    let junk = 0xdead_0000_0000_0000;
    let started = call(&mut zone(2), CPU_ON_32, [junk | 1, junk | RAM, junk | 7]);
    assert_eq!(started, Action::CpuOn { vcpu: vcpu(1), entry: GuestPhys::new(RAM), context: 7 });
}

#[test]
fn cpu_on_finds_the_second_cluster() {
    let started = call(&mut zone(18), CPU_ON, [0x101, RAM, 0]);
    assert_eq!(started, Action::CpuOn { vcpu: vcpu(17), entry: GuestPhys::new(RAM), context: 0 });
    assert_eq!(mpidr_of(vcpu(17)), 0x101);
}

#[test]
fn cpu_on_of_a_vcpu_on_its_way_is_on_pending_and_of_a_running_one_already_on() {
    let mut psci = zone(2);
    call(&mut psci, CPU_ON, [1, RAM, 0]);
    assert_eq!(call(&mut psci, CPU_ON, [1, RAM, 0]), ON_PENDING);
    psci.started(vcpu(1));
    assert_eq!(call(&mut psci, CPU_ON, [1, RAM, 0]), ALREADY_ON);
}

#[test]
fn cpu_on_refuses_vcpus_that_the_zone_has_not() {
    for target in [2, 16, 0x100, 0x1_0000, 1 << 32, u64::MAX] {
        assert_eq!(call(&mut zone(2), CPU_ON, [target, RAM, 0]), INVALID_PARAMETERS, "{target:#x}");
    }
}

#[test]
fn cpu_on_refuses_an_entry_outside_the_zones_ram_or_between_instructions() {
    for entry in [0, RAM - 4, RAM + 0x1000_0000, u64::MAX, RAM + 2] {
        assert_eq!(call(&mut zone(2), CPU_ON, [1, entry, 0]), INVALID_ADDRESS, "{entry:#x}");
    }
}

#[test]
fn a_refused_cpu_on_leaves_the_vcpu_off() {
    let mut psci = zone(2);
    call(&mut psci, CPU_ON, [1, 0, 0]);
    assert_eq!(call(&mut psci, AFFINITY_INFO, [1, 0, 0]), Action::Return(1));
}

#[test]
fn affinity_info_follows_a_vcpu_through_its_life() {
    let mut psci = zone(2);
    let info = |psci: &mut Psci| call(psci, AFFINITY_INFO, [1, 0, 0]);
    assert_eq!(info(&mut psci), Action::Return(1));
    call(&mut psci, CPU_ON, [1, RAM, 0]);
    assert_eq!(info(&mut psci), Action::Return(2));
    psci.started(vcpu(1));
    assert_eq!(info(&mut psci), Action::Return(0));
    assert_eq!(call(&mut psci, 0x8400_0002, [0; 3]), Action::CpuOff);
    assert_eq!(info(&mut psci), Action::Return(0), "off only once it has stopped");
    psci.stopped(vcpu(1));
    assert_eq!(info(&mut psci), Action::Return(1));
}

#[test]
fn affinity_info_above_level_0_is_refused() {
    assert_eq!(call(&mut zone(2), AFFINITY_INFO, [0, 1, 0]), INVALID_PARAMETERS);
}

#[test]
fn standby_and_power_down_both_wait_for_an_interrupt() {
    assert_eq!(call(&mut zone(1), CPU_SUSPEND, [0, 0, 0]), Action::Suspend);
    assert_eq!(call(&mut zone(1), CPU_SUSPEND, [1 << 16, RAM, 0]), Action::Suspend);
}

#[test]
fn suspend_refuses_reserved_bits_and_a_return_address_outside_ram() {
    for bit in (17..24).chain(26..32) {
        assert_eq!(call(&mut zone(1), CPU_SUSPEND, [1 << bit, RAM, 0]), INVALID_PARAMETERS);
    }
    assert_eq!(call(&mut zone(1), CPU_SUSPEND, [1 << 16, 0, 0]), INVALID_ADDRESS);
}

#[test]
fn system_calls_end_or_restart_the_zone() {
    assert_eq!(call(&mut zone(1), 0x8400_0008, [0; 3]), Action::SystemOff);
    assert_eq!(call(&mut zone(1), 0x8400_0009, [0; 3]), Action::SystemReset);
    assert_eq!(call(&mut zone(1), SYSTEM_RESET2, [0; 3]), Action::SystemReset);
}

#[test]
fn reset_types_other_than_warm_are_refused() {
    for kind in [1, 1 << 31, u64::from(u32::MAX)] {
        assert_eq!(call(&mut zone(1), SYSTEM_RESET2, [kind, 0, 0]), INVALID_PARAMETERS);
    }
}

#[test]
fn no_trusted_os_needs_migration() {
    assert_eq!(call(&mut zone(1), 0x8400_0006, [0; 3]), Action::Return(2));
}

#[test]
fn a_reset_leaves_only_vcpu_0_about_to_start() {
    let mut psci = zone(2);
    call(&mut psci, CPU_ON, [1, RAM, 0]);
    psci.started(vcpu(1));
    psci.reset();
    assert_eq!(call(&mut psci, AFFINITY_INFO, [0, 0, 0]), Action::Return(2));
    assert_eq!(call(&mut psci, AFFINITY_INFO, [1, 0, 0]), Action::Return(1));
}

#[test]
fn a_zone_whose_last_vcpu_stopped_is_all_off() {
    let mut psci = zone(2);
    assert!(!psci.all_off());
    psci.stopped(vcpu(0));
    assert!(psci.all_off());
}
