//! Random sequences of map and unmap against a plain reference, on every kind of address space. The pool itself
//! ends a run in which a TLB could see what it must not (see `support::Pool`).

mod support;

use addr::HostPhys;
use paging::{Format, MapError, Tree};
use proptest::prelude::*;
use support::space::{Aarch64Stage2, Attributes, Input, Riscv64GStage, Riscv64Stage1, Space};
use support::{Pool, Reference};

const K4: u64 = 4 << 10;
const M2: u64 = 2 << 20;
const G1: u64 = 1 << 30;
/// Enough for some ten 1 GiB blocks split into 2 MiB and a few of those into pages; a wide mapping that only
/// pages can express finds no tables, and is refused.
const POOL_PAGES: usize = 48;

#[derive(Clone, Debug)]
enum Operation {
    /// `attributes` is for [`Space::attributes`].
    Map {
        position: u64,
        output: u64,
        size: u64,
        attributes: usize,
    },
    Unmap {
        position: u64,
        size: u64,
    },
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

fn operation() -> impl Strategy<Value = Operation> {
    let map = (quantity(), prop_oneof![Just(None), quantity().prop_map(Some)], quantity(), 0usize..12)
        .prop_map(|(position, output, size, attributes)| Operation::Map {
            position,
            output: output.unwrap_or(position),
            size,
            attributes,
        });
    let unmap = (quantity(), quantity()).prop_map(|(position, size)| Operation::Unmap { position, size });
    prop_oneof![3 => map, 2 => unmap]
}

fn operations(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    prop::collection::vec(operation(), 1..most)
}

/// An address space beside what it should say.
struct Compared<S: Space> {
    pool: Pool,
    tree: Tree<S::Format>,
    reference: Reference<Attributes<S>>,
}

impl<S: Space> Compared<S> {
    fn new(pages: usize) -> Self {
        let mut pool = S::pool(pages);
        let tree = S::tree(&mut pool);
        Self { pool, tree, reference: Reference::new() }
    }

    /// Performs the operation on both, checks the reason of a refusal; a refusal leaves the reference alone.
    fn apply(&mut self, operation: &Operation) {
        let reference = &mut self.reference;
        match *operation {
            Operation::Map { position, output, size, attributes } => {
                let attributes = S::attributes(attributes);
                let (input, output) = (S::input(position), HostPhys::new(output));
                match self.tree.map(&mut self.pool, input, output, size, attributes) {
                    Ok(()) => reference.map(position, output.raw(), size, attributes),
                    Err(MapError::Empty) => assert_eq!(size, 0),
                    Err(MapError::AlreadyMapped { at }) => {
                        let at = S::position(at);
                        assert!(reference.any(at, K4) && !reference.any(position, at - position), "{at:#x}");
                    }
                    Err(MapError::InputOutOfRange { start, size, .. }) => assert!(S::leaves(start, size)),
                    Err(MapError::OutOfTables) => (),
                    Err(other) => panic!("{other}"),
                }
            }
            Operation::Unmap { position, size } => {
                match self.tree.unmap(&mut self.pool, S::input(position), size) {
                    Ok(()) => {
                        assert!(reference.all(position, size));
                        reference.unmap(position, size);
                    }
                    Err(MapError::Empty) => assert_eq!(size, 0),
                    Err(MapError::NotMapped { at }) => {
                        let at = S::position(at);
                        assert!(!reference.any(at, K4) && reference.all(position, at - position), "{at:#x}");
                    }
                    Err(MapError::InputOutOfRange { start, size, .. }) => assert!(S::leaves(start, size)),
                    Err(MapError::OutOfTables) => (),
                    Err(other) => panic!("{other}"),
                }
            }
        }
        assert!(self.pool.nothing_stale());
        assert_eq!(self.listed(), self.reference.joined());
    }

    /// What the tables say, as a reference.
    fn listed(&self) -> Reference<Attributes<S>> {
        let mut said = Reference::new();
        for leaf in self.tree.leaves(&self.pool) {
            said.map(self.position_of(leaf.input), leaf.output.raw(), leaf.size, leaf.attributes);
        }
        said.joined()
    }

    fn position_of(&self, input: Input<S>) -> u64 {
        S::position(<S::Format as Format>::raw(input))
    }
}

fn the_tables_say_exactly_what_was_asked<S: Space>(operations: &[Operation]) {
    let mut compared = Compared::<S>::new(POOL_PAGES);
    operations.iter().for_each(|operation| compared.apply(operation));
    let Compared { pool, tree, reference } = compared;
    for at in reference.edges() {
        let said = tree.translate(&pool, S::input(at)).map(|(output, attributes)| (output.raw(), attributes));
        assert_eq!(said, reference.translate(at), "{at:#x}");
    }
}

fn a_refused_operation_changes_no_translation<S: Space>(operations: &[Operation], pages: usize) {
    // The root of a G-stage alone is 4 pages.
    let mut compared = Compared::<S>::new(pages + 4);
    operations.iter().for_each(|operation| compared.apply(operation));
}

fn a_fresh_mapping_uses_a_block_wherever_one_fits<S: Space>(position: u64, output: u64, size: u64) {
    let mut fresh = Compared::<S>::new(POOL_PAGES);
    fresh.apply(&Operation::Map { position, output, size, attributes: 0 });
    for leaf in fresh.tree.leaves(&fresh.pool) {
        let at = fresh.position_of(leaf.input);
        for block in [G1, M2].into_iter().filter(|block| *block > leaf.size) {
            let base = at & !(block - 1);
            let congruent = (position ^ output) & (block - 1) == 0;
            let inside = base >= position && base + block <= position + size;
            assert!(!(congruent && inside), "{at:#x}: {:#x} bytes, not {block:#x}", leaf.size);
        }
    }
}

fn the_worst_case_is_never_exceeded<S: Space>(regions: &[(u64, u64, u64)]) {
    let mut pool = S::pool(POOL_PAGES);
    let mut tree = S::tree(&mut pool);
    let mut mapped = vec![];
    for (position, output, size) in regions {
        let region = (S::input(*position), HostPhys::new(*output), *size);
        match tree.map(&mut pool, region.0, region.1, *size, S::attributes(0)) {
            Ok(()) => mapped.push(region),
            // Tables of a mapping that found too few of them stay: what follows cannot be told.
            Err(MapError::OutOfTables) => return,
            Err(_) => (),
        }
        assert!(pool.used() <= S::worst_case_pages(&mapped));
    }
}

fn arbitrary_numbers_are_an_error_or_a_mapping_and_never_a_panic<S: Space>(
    [input, output, size]: [u64; 3],
    whole_pages: bool,
) {
    let mask = if whole_pages { !(K4 - 1) } else { u64::MAX };
    let input = <S::Format as Format>::input(input & mask);
    let (output, size) = (HostPhys::new(output & mask), size & mask);
    let mut pool = S::pool(16);
    let mut tree = S::tree(&mut pool);
    let mapped = tree.map(&mut pool, input, output, size, S::attributes(0));
    let expected = mapped.is_ok().then_some((output, S::attributes(0)));
    assert_eq!(tree.translate(&pool, input), expected);
    assert_eq!(tree.unmap(&mut pool, input, size).is_ok(), mapped.is_ok());
    S::worst_case_pages(&[(input, output, size)]);
}

/// Tries everything on one kind of address space.
macro_rules! random_operations {
    ($($name:ident: $space:ty, $cases:literal cases;)*) => { $(mod $name {
        use super::*;

        proptest! {
            #![proptest_config(ProptestConfig { cases: $cases, failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn the_tables_say_exactly_what_was_asked(operations in operations(20)) {
                super::the_tables_say_exactly_what_was_asked::<$space>(&operations);
            }

            #[test]
            fn a_refused_operation_changes_no_translation(operations in operations(30), pages in 0usize..10) {
                super::a_refused_operation_changes_no_translation::<$space>(&operations, pages);
            }

            #[test]
            fn a_fresh_mapping_uses_a_block_wherever_one_fits(
                position in quantity(), output in quantity(), size in quantity(),
            ) {
                super::a_fresh_mapping_uses_a_block_wherever_one_fits::<$space>(position, output, size);
            }

            #[test]
            fn the_worst_case_is_never_exceeded(
                regions in prop::collection::vec((quantity(), quantity(), quantity()), 1..8),
            ) {
                super::the_worst_case_is_never_exceeded::<$space>(&regions);
            }

            #[test]
            fn arbitrary_numbers_are_an_error_or_a_mapping_and_never_a_panic(
                numbers: [u64; 3], shift in 0u32..64, negative: bool, whole_pages: bool,
            ) {
                // Small ones, and ones that are as far below the end of 64 bits.
                let [input, output, size] = numbers.map(|number| number >> shift);
                let input = if negative { input.wrapping_neg() } else { input };
                super::arbitrary_numbers_are_an_error_or_a_mapping_and_never_a_panic::<$space>(
                    [input, output, size], whole_pages,
                );
            }
        }
    })* };
}

random_operations! {
    aarch64_stage2: Aarch64Stage2, 200 cases;
    riscv64_g_stage: Riscv64GStage, 100 cases;
    riscv64_stage1: Riscv64Stage1, 100 cases;
}
