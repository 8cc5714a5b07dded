//! Random sequences of map and unmap against a plain reference. The pool itself ends a run that breaks
//! break-before-make (see `support::Pool`).

mod support;

use addr::{GuestPhys, HostPhys};
use paging::MapError;
use paging::aarch64::{Stage2, Stage2Attributes};
use proptest::prelude::*;
use support::{Pool, Reference};

const K4: u64 = 4 << 10;
const M2: u64 = 2 << 20;
const G1: u64 = 1 << 30;
/// Enough for some ten 1 GiB blocks split into 2 MiB and a few of those into pages; a wide mapping that only
/// pages can express finds no tables, and is refused.
const POOL_PAGES: usize = 48;

#[derive(Clone, Debug)]
enum Operation {
    Map { input: u64, output: u64, size: u64, attributes: Stage2Attributes },
    Unmap { start: u64, size: u64 },
}

/// Addresses and sizes in a few coarse units, so that ranges meet, overlap and share blocks.
fn quantity() -> impl Strategy<Value = u64> {
    prop_oneof![
        (0u64..6).prop_map(|n| n * K4),
        (0u64..6).prop_map(|n| n * M2),
        (0u64..3).prop_map(|n| n * G1),
        ((0u64..3), (0u64..4), (0u64..4)).prop_map(|(g, m, k)| g * G1 + m * M2 + k * K4),
    ]
}

fn attributes() -> impl Strategy<Value = Stage2Attributes> {
    prop_oneof![
        Just(Stage2Attributes::RAM),
        Just(Stage2Attributes::READ_ONLY),
        Just(Stage2Attributes::DEVICE)
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let map = (quantity(), prop_oneof![Just(None), quantity().prop_map(Some)], quantity(), attributes())
        .prop_map(|(input, output, size, attributes)| Operation::Map {
            input,
            output: output.unwrap_or(input),
            size,
            attributes,
        });
    let unmap = (quantity(), quantity()).prop_map(|(start, size)| Operation::Unmap { start, size });
    prop_oneof![3 => map, 2 => unmap]
}

/// What the tables say, as a reference.
fn listed(stage2: &Stage2, pool: &Pool) -> Reference<Stage2Attributes> {
    let mut said = Reference::new();
    for leaf in stage2.leaves(pool) {
        said.map(leaf.input.raw(), leaf.output.raw(), leaf.size, leaf.attributes);
    }
    said.joined()
}

/// Performs the operation on both, checks the reason of a refusal; a refusal leaves the reference alone.
fn apply(
    operation: &Operation,
    stage2: &mut Stage2,
    pool: &mut Pool,
    reference: &mut Reference<Stage2Attributes>,
) {
    match *operation {
        Operation::Map { input, output, size, attributes } => {
            let result = stage2.map(pool, GuestPhys::new(input), HostPhys::new(output), size, attributes);
            match result {
                Ok(()) => reference.map(input, output, size, attributes),
                Err(MapError::Empty) => assert_eq!(size, 0),
                Err(MapError::AlreadyMapped { at }) => {
                    assert!(reference.any(at, K4) && !reference.any(input, at - input), "{at:#x}");
                }
                Err(MapError::OutOfTables) => (),
                Err(other) => panic!("{other}"),
            }
        }
        Operation::Unmap { start, size } => {
            let result = stage2.unmap(pool, GuestPhys::new(start), size);
            match result {
                Ok(()) => {
                    assert!(reference.all(start, size));
                    reference.unmap(start, size);
                }
                Err(MapError::Empty) => assert_eq!(size, 0),
                Err(MapError::NotMapped { at }) => {
                    assert!(!reference.any(at, K4) && reference.all(start, at - start), "{at:#x}");
                }
                Err(MapError::OutOfTables) => (),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tables_say_exactly_what_was_asked(operations in prop::collection::vec(operation(), 1..20)) {
        let mut pool = Pool::new(POOL_PAGES, 30);
        let mut stage2 = Stage2::new(&mut pool, 40).unwrap();
        let mut reference = Reference::new();
        for operation in &operations {
            apply(operation, &mut stage2, &mut pool, &mut reference);
            prop_assert!(pool.nothing_stale());
            prop_assert_eq!(listed(&stage2, &pool), reference.joined());
        }
        for at in reference.edges() {
            let said = stage2.translate(&pool, GuestPhys::new(at)).map(|(o, a)| (o.raw(), a));
            prop_assert_eq!(said, reference.translate(at), "{:#x}", at);
        }
    }

    #[test]
    fn a_refused_operation_changes_no_translation(
        operations in prop::collection::vec(operation(), 1..30),
        pages in 2usize..12,
    ) {
        let mut pool = Pool::new(pages, 30);
        let mut stage2 = Stage2::new(&mut pool, 40).unwrap();
        let mut reference = Reference::new();
        for operation in &operations {
            apply(operation, &mut stage2, &mut pool, &mut reference);
            prop_assert!(pool.nothing_stale());
            prop_assert_eq!(listed(&stage2, &pool), reference.joined());
        }
    }

    #[test]
    fn a_fresh_mapping_uses_a_block_wherever_one_fits(
        input in quantity(), output in quantity(), size in quantity(),
    ) {
        prop_assume!(size > 0);
        let mut pool = Pool::new(POOL_PAGES, 30);
        let mut stage2 = Stage2::new(&mut pool, 40).unwrap();
        let mapped =
            stage2.map(&mut pool, GuestPhys::new(input), HostPhys::new(output), size, Stage2Attributes::RAM);
        prop_assume!(mapped.is_ok());
        for leaf in stage2.leaves(&pool) {
            let at = leaf.input.raw();
            for block in [G1, M2].into_iter().filter(|block| *block > leaf.size) {
                let base = at & !(block - 1);
                let congruent = (input ^ output) & (block - 1) == 0;
                let inside = base >= input && base + block <= input + size;
                prop_assert!(!(congruent && inside), "{:#x}: {:#x} bytes, not {:#x}", at, leaf.size, block);
            }
        }
    }

    #[test]
    fn the_worst_case_is_never_exceeded(
        regions in prop::collection::vec((quantity(), quantity(), quantity()), 1..8),
    ) {
        let mut pool = Pool::new(POOL_PAGES, 30);
        let mut stage2 = Stage2::new(&mut pool, 40).unwrap();
        let mut mapped = vec![];
        for (input, output, size) in regions {
            let region = (GuestPhys::new(input), HostPhys::new(output), size);
            match stage2.map(&mut pool, region.0, region.1, size, Stage2Attributes::RAM) {
                Ok(()) => mapped.push(region),
                // Tables of a mapping that found too few of them stay.
                refusal => prop_assume!(refusal != Err(MapError::OutOfTables)),
            }
        }
        prop_assert!(pool.used() <= Stage2::worst_case_pages(40, mapped).unwrap());
    }

    #[test]
    fn arbitrary_numbers_are_an_error_or_a_mapping_and_never_a_panic(
        input: u64, output: u64, size: u64, shift in 0u32..64, whole_pages: bool,
    ) {
        let mut pool = Pool::new(16, 30);
        let mut stage2 = Stage2::new(&mut pool, 40).unwrap();
        let mask = if whole_pages { !(K4 - 1) } else { u64::MAX };
        let [input, output, size] = [input, output, size].map(|value| value >> shift & mask);
        let (input, output) = (GuestPhys::new(input), HostPhys::new(output));
        let mapped = stage2.map(&mut pool, input, output, size, Stage2Attributes::RAM);
        let expected = mapped.is_ok().then_some((output, Stage2Attributes::RAM));
        prop_assert_eq!(stage2.translate(&pool, input), expected);
        prop_assert_eq!(stage2.unmap(&mut pool, input, size).is_ok(), mapped.is_ok());
        prop_assert!(Stage2::worst_case_pages(40, [(input, output, size)]).is_ok());
    }
}
