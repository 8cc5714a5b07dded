//! Whatever a guest writes wherever, nothing happens outside its zone: only its own vCPUs are kicked, only physical
//! interrupts that are bound to it are touched, and they only go to its own vCPUs.

mod support;

use proptest::prelude::*;
use support::outside::{Op, run};
use vgic::{Frame, VcpuId, Version, Width};

/// Offsets within the frames of either version, most of them where registers are.
fn offset() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..0x1000u32, 1 => 0x1_0000..0x1_1000u32, 1 => 0x6000..0x8000u32, 1 => 0..0x2_0000u32]
}

/// Accesses are mostly aligned words.
fn place() -> impl Strategy<Value = (u32, Width)> {
    prop_oneof![
        6 => offset().prop_map(|offset| (offset & !3, Width::Word)),
        2 => offset().prop_map(|offset| (offset, Width::Byte)),
        1 => offset().prop_map(|offset| (offset & !1, Width::Half)),
        1 => offset().prop_map(|offset| (offset & !7, Width::Double)),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let intid = || prop_oneof![0..100u32, 0..1020u32];
    prop_oneof![
        2 => place().prop_map(|(offset, width)| Op::Read(offset, width)),
        8 => (place(), any::<u64>()).prop_map(|((offset, width), value)| Op::Write(offset, width, value)),
        2 => (0..3u8, any::<u64>()).prop_map(|(register, value)| Op::SendSgi(register, value)),
        1 => intid().prop_map(Op::Deactivate),
        2 => prop_oneof![prop::sample::select(vec![27u32, 77, 1019, 32]), intid()].prop_map(Op::Arrive),
        1 => (intid(), any::<bool>()).prop_map(|(intid, level)| Op::SetLine(intid, level)),
        1 => Just(Op::Refill),
        4 => Just(Op::Acknowledge),
        4 => Just(Op::End),
    ]
}

/// The frame that an access hits with a GICv3, of a vCPU that may not exist.
fn frame() -> impl Strategy<Value = Frame> {
    let vcpu = || (0..vgic::MAX_VCPUS).prop_map(|index| VcpuId::new(index).unwrap());
    prop_oneof![Just(Frame::Distributor), vcpu().prop_map(Frame::Redistributor)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_happens_outside_a_zone_with_a_gicv3(
        vcpus in prop_oneof![1..=4usize, Just(17), Just(64)],
        list_registers in 1..=4usize,
        pending in any::<u32>(),
        ops in prop::collection::vec((0..64usize, frame(), op()), 1..200),
    ) {
        run(Version::V3, vcpus, list_registers, pending, ops);
    }

    #[test]
    fn nothing_happens_outside_a_zone_with_a_gicv2(
        vcpus in 1..=8usize,
        list_registers in 1..=4usize,
        pending in any::<u32>(),
        ops in prop::collection::vec((0..64usize, frame(), op()), 1..200),
    ) {
        run(Version::V2, vcpus, list_registers, pending, ops);
    }
}
