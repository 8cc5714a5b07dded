//! Random calls: nothing names a vCPU outside the zone, and the states of vCPUs follow a plain reference.

mod common;

use addr::GuestPhys;
use common::*;
use proptest::prelude::*;
use vsbi::{Fence, HartAction, HartState, Harts, MAX_PAGES, Outcome, Reply, Sbi, Span};

const RAM_END: u64 = 0x8000;

fn is_ram(address: GuestPhys) -> bool {
    address.raw() < RAM_END
}

/// Numbers around those that mean something.
fn argument() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0u64..70,
        1 => (0u32..64).prop_map(|bit| 1 << bit),
        1 => (0u64..4).prop_map(|below| u64::MAX - below),
        1 => 0..RAM_END * 2,
        1 => prop::sample::select(vec![0x8000_0000u64, 0x1000_0000, 0xf000_0000]),
        1 => any::<u64>(),
    ]
}

fn any_call() -> impl Strategy<Value = vsbi::Call> {
    let extension = prop_oneof![
        4 => prop::sample::select(SERVED.to_vec()),
        1 => prop::sample::select(NOT_SERVED.to_vec()),
        1 => any::<u64>(),
    ];
    let function = prop_oneof![8 => 0u64..8, 1 => any::<u64>()];
    (extension, function, prop::array::uniform6(argument()))
        .prop_map(|(extension, function, arguments)| vsbi::Call { extension, function, arguments })
}

/// Calls of HSM with mostly valid parameters.
fn hsm_call() -> impl Strategy<Value = vsbi::Call> {
    let first = prop_oneof![4 => 0u64..20, 1 => argument(), 1 => Just(0x8000_0000)];
    let address = prop_oneof![4 => 0..RAM_END, 1 => argument()];
    (0u64..4, first, address)
        .prop_map(|(function, first, address)| registers(HSM, function, &[first, address]))
}

/// Asserts what holds of any outcome, and finishes calls whose mask is in memory.
fn check(sbi: &Sbi, vcpus: usize, outcome: Outcome, mask: u64) -> Result<(), TestCaseError> {
    match outcome {
        Outcome::SendIpi { vcpus: named, .. } => {
            prop_assert!(named.iter().all(|vcpu| vcpu.index() < vcpus));
        }
        Outcome::Fence { fence, vcpus: named, .. } => {
            prop_assert!(named.iter().all(|vcpu| vcpu.index() < vcpus));
            if let Fence::Translations(Span::Pages { first, count }, _) = fence {
                prop_assert!(first % 4096 == 0 && count <= MAX_PAGES);
                prop_assert!(u128::from(first) + u128::from(count) * 4096 <= 1 << 64);
            }
        }
        Outcome::ReadMask(call) => {
            let finished = sbi.finish(call, mask);
            prop_assert!(!matches!(finished, Outcome::ReadMask(_)));
            check(sbi, vcpus, finished, mask)?;
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_outcome_names_a_vcpu_outside_the_zone(vcpus in 1usize..=64, call in any_call(), mask in argument()) {
        let sbi = zone(vcpus);
        check(&sbi, vcpus, sbi.call(&call), mask)?;
    }

    #[test]
    fn a_mask_names_exactly_the_harts_of_its_bits(vcpus in 1usize..=64, mask in argument(), base in argument()) {
        let bits = (0..64).filter(|bit| mask >> bit & 1 != 0);
        let named: Vec<u64> = bits.map(|bit| base.saturating_add(bit)).collect();
        let all: Vec<u64> = (0..vcpus as u64).collect();
        let expected = match base {
            EVERY_HART => Some(all),
            _ if all.contains(&base) && named.iter().all(|hart| all.contains(hart)) => Some(named),
            _ => None,
        };
        let sent = match call(&zone(vcpus), IPI, 0, &[mask, base]) {
            Outcome::SendIpi { vcpus, .. } => Some(vcpus.iter().map(|vcpu| vcpu.index() as u64).collect()),
            _ => None,
        };
        prop_assert_eq!(sent, expected);
    }

    #[test]
    fn a_fence_covers_every_byte_that_was_asked_for(
        start in argument(),
        size in 1u64..1 << 20,
        within in any::<u64>(),
    ) {
        let byte = u128::from(start) + u128::from(within % size);
        if let Outcome::Fence { fence: Fence::Translations(Span::Pages { first, count }, _), .. } =
            call(&zone(1), RFENCE, 1, &[1, 0, start, size])
        {
            let covered = u128::from(first)..u128::from(first) + u128::from(count) * 4096;
            prop_assert!(covered.contains(&byte));
        }
    }

    #[test]
    fn no_sequence_of_calls_starts_a_vcpu_twice_or_one_that_is_not_there(
        vcpus in 1usize..6,
        steps in prop::collection::vec((hsm_call(), 0usize..20, 0u8..4), 0..100),
    ) {
        let sbi = zone(vcpus);
        let mut harts = Harts::new(vcpus);
        let mut reference = vec![HartState::Stopped; vcpus];
        reference[0] = HartState::StartPending;
        for (call, vcpu, event) in steps {
            let index = vcpu % vcpus;
            let vcpu = common::vcpu(index);
            match (event, reference[index]) {
                // Vcpus that are to begin or wake do, and those that are to stop.
                (0, HartState::StartPending | HartState::Suspended) => {
                    harts.started(vcpu);
                    reference[index] = HartState::Started;
                }
                (0, HartState::StopPending) => {
                    harts.stopped(vcpu);
                    reference[index] = HartState::Stopped;
                }
                // Only one that runs can call.
                (1.., HartState::Started) => {
                    if let Outcome::Hart(call) = sbi.call(&call) {
                        match harts.call(vcpu, call, is_ram) {
                            HartAction::Start { vcpu: target, resume } => {
                                prop_assert!(is_ram(resume.entry));
                                prop_assert_eq!(reference[target.index()], HartState::Stopped);
                                reference[target.index()] = HartState::StartPending;
                            }
                            HartAction::Stop => reference[index] = HartState::StopPending,
                            HartAction::Suspend { resume } => {
                                prop_assert!(resume.is_none_or(|resume| is_ram(resume.entry)));
                                reference[index] = HartState::Suspended;
                            }
                            HartAction::Return(Reply { a1, .. }) => prop_assert!(a1.is_some()),
                        }
                    }
                }
                _ => {}
            }
            for (index, state) in reference.iter().enumerate() {
                prop_assert_eq!(harts.state(common::vcpu(index)), Some(*state));
            }
            prop_assert_eq!(harts.state(common::vcpu(vcpus)), None);
            prop_assert_eq!(harts.all_stopped(), reference.iter().all(|state| *state == HartState::Stopped));
        }
    }
}
