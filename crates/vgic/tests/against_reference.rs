//! For GICv3 and GICv2: random register traffic, SGIs, device lines, physical interrupts, acknowledges and ends from several vCPUs,
//! compared step by step with a plain GIC: the same reads, the same interrupt to each vCPU, nothing lost, nothing
//! twice, nothing behind a lower priority; every physical interrupt deactivated exactly once.

mod support;

use proptest::prelude::*;
use support::history::{MAX_VCPUS, Op, Setting, run};
use support::world::{BOUND, SPIS};
use vgic::{Version, Width};

fn vcpu() -> impl Strategy<Value = usize> {
    0..MAX_VCPUS
}

/// An offset of a register that matters, in the distributor or (with the SGI_base offset) a redistributor.
fn register() -> impl Strategy<Value = (Option<usize>, u32, Width)> {
    let bits = (prop::sample::select(vec![0x80u32, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380]), 0..4u32)
        .prop_map(|(base, word)| (base + word * 4, Width::Word));
    let priority = prop_oneof![
        (0..100u32).prop_map(|index| (0x400 + index, Width::Byte)),
        (0..25u32).prop_map(|index| (0x400 + index * 4, Width::Word)),
    ];
    let config = (0..7u32).prop_map(|index| (0xc00 + index * 4, Width::Word));
    let route = prop_oneof![
        (32..100u32).prop_map(|intid| (0x6000 + intid * 8, Width::Double)),
        (64..200u32).prop_map(|half| (0x6000 + half * 4, Width::Word)),
    ];
    let control = Just((0, Width::Word));
    let distributor =
        prop_oneof![10 => bits.clone(), 4 => priority.clone(), 2 => config.clone(), 3 => route, 1 => control]
            .prop_map(|(offset, width)| (None, offset, width));
    let private = prop_oneof![10 => bits, 4 => priority, 2 => config];
    let redistributor =
        (vcpu(), private).prop_map(|(vcpu, (offset, width))| (Some(vcpu), 0x1_0000 + offset, width));
    prop_oneof![distributor, redistributor]
}

/// The same in the distributor of a GICv2.
fn banked_register() -> impl Strategy<Value = (Option<usize>, u32, Width)> {
    let bits = (prop::sample::select(vec![0x80u32, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380]), 0..4u32)
        .prop_map(|(base, word)| (base + word * 4, Width::Word));
    let bytes = |base: u32, count: u32| {
        prop_oneof![
            (0..count).prop_map(move |index| (base + index, Width::Byte)),
            (0..count / 4).prop_map(move |index| (base + index * 4, Width::Word)),
        ]
    };
    let config = (0..7u32).prop_map(|index| (0xc00 + index * 4, Width::Word));
    prop_oneof![
        10 => bits,
        4 => bytes(0x400, 100),
        4 => bytes(0x800, 100),
        2 => config,
        2 => bytes(0xf10, 16),
        2 => bytes(0xf20, 16),
        1 => Just((0, Width::Word)),
    ]
    .prop_map(|(offset, width)| (None, offset, width))
}

/// The value of an SGI register, and which one it is; for GICD_SGIR that says nothing.
fn sgi(version: Version) -> BoxedStrategy<(u8, u64)> {
    match version {
        Version::V2 => (0..4u64, 0..4u64, any::<u8>())
            .prop_map(|(sgi, filter, targets)| (0, filter << 24 | u64::from(targets) << 16 | sgi))
            .boxed(),
        Version::V3 => (0..3u8, 0..4u64, any::<u8>())
            .prop_map(|(register, sgi, targets)| {
                let broadcast = u64::from(targets & 0x80 != 0) << 40;
                (register, sgi << 24 | broadcast | u64::from(targets & 7))
            })
            .boxed(),
    }
}

/// Few bits, around the interrupts that things happen to; or anything.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => (0..32u32, 0..32u32).prop_map(|(a, b)| 1 << a | 1 << b),
        1 => Just(0),
        1 => Just(1),
        1 => any::<u64>(),
        1 => any::<u32>().prop_map(u64::from),
        1 => Just(u64::MAX),
    ]
}

fn op(version: Version) -> impl Strategy<Value = Op> {
    let register = || match version {
        Version::V2 => banked_register().boxed(),
        Version::V3 => register().boxed(),
    };
    prop_oneof![
        12 => vcpu().prop_map(Op::Acknowledge),
        10 => vcpu().prop_map(Op::End),
        4 => (vcpu(), any::<usize>()).prop_map(|(vcpu, pick)| Op::Deactivate(vcpu, pick)),
        5 => (vcpu(), sgi(version)).prop_map(|(vcpu, (register, value))| Op::SendSgi(vcpu, register, value)),
        1 => (vcpu(), any::<u64>()).prop_map(|(vcpu, value)| Op::SendSgi(vcpu, 0, value)),
        4 => any::<bool>().prop_map(Op::Drive),
        4 => (vcpu(), any::<bool>()).prop_map(|(vcpu, level)| Op::DriveTimer(vcpu, level)),
        6 => (0..BOUND.len(), any::<bool>()).prop_map(|(which, level)| Op::DrivePhysical(which, level)),
        10 => (vcpu(), register()).prop_map(|(by, (frame, offset, width))| Op::Read(by, frame, offset, width)),
        16 => (vcpu(), register(), value())
            .prop_map(|(by, (frame, offset, width), value)| Op::Write(by, frame, offset, width, value)),
        1 => (vcpu(), any::<bool>(), any::<bool>()).prop_map(|(vcpu, zero, one)| Op::SignalGroups(vcpu, zero, one)),
        1 => vcpu().prop_map(Op::Kick),
        1 => vcpu().prop_map(Op::Restart),
        1 => prop::bool::weighted(0.05).prop_map(|reboot| if reboot { Op::Reboot } else { Op::Kick(0) }),
    ]
}

prop_compose! {
    fn setting()(
        vcpus in 1..=MAX_VCPUS,
        list_registers in prop_oneof![Just(1usize), Just(2), Just(4), 1..=16usize],
        split in prop::collection::vec(prop::bool::weighted(0.3), MAX_VCPUS),
        priorities in prop::collection::vec(0..32u8, 32 + SPIS as usize),
    ) -> Setting {
        Setting { vcpus, list_registers, split, priorities }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn guests_see_what_a_gic_without_a_hypervisor_would_show(
        setting in setting(),
        ops in prop::collection::vec(op(Version::V3), 1..150),
    ) {
        run(Version::V3, setting, ops);
    }

    #[test]
    fn guests_see_what_a_gicv2_without_a_hypervisor_would_show(
        setting in setting(),
        ops in prop::collection::vec(op(Version::V2), 1..150),
    ) {
        run(Version::V2, setting, ops);
    }
}
