//! Random calls: nothing names a vCPU outside the zone, and the states of vCPUs follow a plain reference.

mod common;

use common::model::{History, RAM_END, check};
use common::*;
use proptest::prelude::*;
use vsbi::{Fence, Outcome, Span};

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

proptest! {
    #[test]
    fn no_outcome_names_a_vcpu_outside_the_zone(vcpus in 1usize..=64, call in any_call(), mask in argument()) {
        let sbi = zone(vcpus);
        check(&sbi, vcpus, sbi.call(&call), mask);
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
        let mut history = History::new(vcpus);
        for (call, vcpu, event) in steps {
            history.step(vcpu, (event != 0).then_some(&call));
        }
    }
}
