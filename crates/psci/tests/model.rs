//! Random calls of random vCPUs against a plain reference.

use std::collections::BTreeMap;

use addr::GuestPhys;
use ids::{VcpuId, VcpuSet};
use proptest::prelude::*;
use psci::{Action, Power, Psci, mpidr_of};

const RAM_END: u64 = 0x8000;

#[derive(Clone, Debug)]
enum Step {
    Call(u32, [u64; 3]),
    /// A vCPU that was told to start does.
    Begin(VcpuId),
    /// A running vCPU calls CPU_OFF and stops.
    Off(VcpuId),
    Reset,
}

fn vcpu() -> impl Strategy<Value = VcpuId> {
    (0usize..24).prop_map(|index| VcpuId::new(index).unwrap())
}

fn step() -> impl Strategy<Value = Step> {
    let function = prop_oneof![
        4 => prop::sample::select(vec![0xc400_0003u32, 0x8400_0003]),
        2 => prop::sample::select(vec![0xc400_0004u32, 0x8400_0004]),
        1 => (0u32..0x20).prop_map(|n| 0x8400_0000 | n),
        1 => any::<u32>(),
    ];
    let target = prop_oneof![vcpu().prop_map(mpidr_of), any::<u64>()];
    let entry = prop_oneof![4 => 0..RAM_END * 2, 1 => any::<u64>()];
    prop_oneof![
        8 => (function, target, entry, any::<u64>()).prop_map(|(function, a, b, c)| Step::Call(function, [a, b, c])),
        4 => vcpu().prop_map(Step::Begin),
        4 => vcpu().prop_map(Step::Off),
        1 => Just(Step::Reset),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_calls_starts_a_vcpu_twice_or_one_that_is_not_there(
        vcpus in 1usize..20,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut psci = Psci::new(vcpus);
        let mut reference: BTreeMap<VcpuId, Power> =
            VcpuSet::first(vcpus).iter().map(|vcpu| (vcpu, Power::Off)).collect();
        reference.insert(VcpuId::FIRST, Power::OnPending);
        for step in steps {
            match step {
                Step::Call(function, args) => {
                    if let Action::CpuOn { vcpu, entry, .. } =
                        psci.call(function, args, |address| address.raw() < RAM_END)
                    {
                        prop_assert!(entry < GuestPhys::new(RAM_END));
                        prop_assert_eq!(reference.insert(vcpu, Power::OnPending), Some(Power::Off));
                    }
                }
                Step::Begin(vcpu) if reference.get(&vcpu) == Some(&Power::OnPending) => {
                    psci.started(vcpu);
                    reference.insert(vcpu, Power::On);
                }
                Step::Off(vcpu) if reference.get(&vcpu) == Some(&Power::On) => {
                    psci.stopped(vcpu);
                    reference.insert(vcpu, Power::Off);
                }
                Step::Begin(vcpu) | Step::Off(vcpu) => {
                    prop_assert_eq!(psci.power(vcpu).is_some(), vcpu.index() < vcpus);
                }
                Step::Reset => {
                    psci.reset();
                    reference.values_mut().for_each(|power| *power = Power::Off);
                    reference.insert(VcpuId::FIRST, Power::OnPending);
                }
            }
            for (vcpu, power) in &reference {
                prop_assert_eq!(psci.power(*vcpu), Some(*power));
            }
            prop_assert_eq!(psci.all_off(), reference.values().all(|power| *power == Power::Off));
        }
    }
}
