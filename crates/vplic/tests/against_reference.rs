//! Random register traffic of several vCPUs, device wires and physical interrupts, compared step by step with a plain
//! PLIC: the same reads, the same lines, nothing lost, nothing twice, every physical source completed exactly once.

mod support;

use proptest::prelude::*;
use support::both::{Both, MAX_VCPUS, Op, WIRED};
use support::{BOUND, Storage};

fn number() -> impl Strategy<Value = u32> {
    let interesting: Vec<u32> = WIRED.into_iter().chain(BOUND.map(|(number, _)| number)).collect();
    prop_oneof![8 => prop::sample::select(interesting), 1 => 0..100u32, 1 => any::<u32>()]
}

/// Enable bits: mostly of the sources that something happens to.
fn bits() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(u32::MAX), 3 => any::<u32>(), 1 => Just(0), 1 => (0..32u32).prop_map(|bit| 1 << bit)]
}

fn op() -> impl Strategy<Value = Op> {
    let vcpu = 0..MAX_VCPUS;
    prop_oneof![
        12 => vcpu.clone().prop_map(Op::Claim),
        10 => (vcpu.clone(), any::<usize>()).prop_map(|(vcpu, pick)| Op::CompleteClaimed(vcpu, pick)),
        2 => (vcpu.clone(), number()).prop_map(|(vcpu, number)| Op::Complete(vcpu, number)),
        10 => (0..WIRED.len(), any::<bool>()).prop_map(|(which, level)| Op::Drive(which, level)),
        4 => (0..WIRED.len()).prop_map(Op::Pulse),
        10 => (0..BOUND.len(), any::<bool>()).prop_map(|(which, level)| Op::DrivePhysical(which, level)),
        6 => (number(), prop_oneof![4 => 0..8u32, 1 => any::<u32>()])
            .prop_map(|(number, value)| Op::SetPriority(number % 1024, value)),
        6 => (vcpu.clone(), 0..4u32, bits()).prop_map(|(vcpu, word, value)| Op::SetEnabled(vcpu, word, value)),
        3 => (vcpu, prop_oneof![2 => Just(0), 4 => 0..8u32, 1 => any::<u32>()])
            .prop_map(|(vcpu, value)| Op::SetThreshold(vcpu, value)),
        2 => (any::<u32>(), 0..32u32, any::<Option<u32>>())
            .prop_map(|(offset, shift, value)| Op::Elsewhere(offset >> shift, value)),
        1 => prop::bool::weighted(0.1).prop_map(|reset| if reset { Op::Reset } else { Op::Claim(0) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_model_does_what_a_plain_plic_does(
        vcpus in 1..=MAX_VCPUS,
        ops in prop::collection::vec(op(), 1..150),
    ) {
        let mut storage = Storage::new(vcpus);
        let mut both = Both::new(&mut storage);
        for op in ops {
            both.apply(op);
            both.compare();
        }
    }

    #[test]
    fn a_guest_that_serves_everything_leaves_nothing_behind(
        vcpus in 1..=MAX_VCPUS,
        ops in prop::collection::vec(op(), 1..100),
    ) {
        let mut storage = Storage::new(vcpus);
        let mut both = Both::new(&mut storage);
        ops.into_iter().for_each(|op| both.apply(op));
        both.serve_everything();
    }
}
