//! Random register traffic and wires, with virtual and bound sources, compared step by step with a plain APLIC: the
//! same reads, the same MSIs, none lost, none twice; no message to a hart, and no effect on a physical source, outside
//! the zone.

mod support;

use proptest::prelude::*;
use support::world::{Op, World};
use support::*;
use vaplic::Width;

/// Sources that things happen to: bound and virtual ones of both banks, the last one, and some that do not exist.
fn source() -> impl Strategy<Value = u32> {
    prop_oneof![
        8 => prop::sample::select(vec![1u32, 7, 8, 9, 31, 32, 33, 40]),
        1 => prop::sample::select(vec![0u32, 41, 63, 64, 1023]),
    ]
}

fn bits() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => (source(), source()).prop_map(|(a, b)| 1 << (a % 32) | 1 << (b % 32)),
        1 => any::<u32>(),
        1 => Just(!0),
    ]
}

fn message() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => (0..4u32, 0..64u32).prop_map(|(hart, eiid)| to(hart, eiid)),
        1 => any::<u32>(),
    ]
}

fn source_config() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..8u32, 1 => Just(0), 1 => any::<u32>()]
}

fn write() -> impl Strategy<Value = (u32, u32)> {
    let word = prop::sample::select(vec![SETIP, SETIP, IN_CLRIP, SETIE, SETIE, CLRIE]);
    let number = prop::sample::select(vec![SETIPNUM, SETIPNUM_LE, CLRIPNUM, SETIENUM, SETIENUM, CLRIENUM]);
    let big_endian = prop_oneof![source(), source().prop_map(u32::swap_bytes)];
    prop_oneof![
        2 => prop_oneof![4 => Just(IE), 1 => Just(0), 1 => any::<u32>()].prop_map(|value| (DOMAINCFG, value)),
        8 => (source(), source_config()).prop_map(|(source, value)| (sourcecfg(source), value)),
        6 => (word, 0..3u32, bits()).prop_map(|(base, index, value)| (base + index * 4, value)),
        6 => (number, source()),
        1 => big_endian.prop_map(|value| (SETIPNUM_BE, value)),
        1 => message().prop_map(|value| (GENMSI, value)),
        5 => (source(), message()).prop_map(|(source, value)| (target(source), value)),
        1 => (0..0x8000u32, any::<u32>()),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let register = prop_oneof![
        (prop::sample::select(vec![SETIP, IN_CLRIP, SETIE, CLRIE]), 0..3u32)
            .prop_map(|(base, index)| base + index * 4),
        source().prop_map(target),
        source().prop_map(sourcecfg),
        (0..0x2000u32).prop_map(|word| word * 4),
    ];
    let odd = prop::sample::select(vec![Width::Byte, Width::Half, Width::Double]);
    let existing = prop::sample::select(vec![1u32, 7, 8, 9, 31, 32, 33, 40]);
    prop_oneof![
        10 => register.prop_map(|offset| Op::Read(offset, Width::Word)),
        20 => write().prop_map(|(offset, value)| Op::Write(offset & !3, Width::Word, value)),
        10 => (existing, any::<bool>()).prop_map(|(source, level)| Op::Drive(source, level)),
        1 => (0..0x4000u32, odd.clone()).prop_map(|(offset, width)| Op::Read(offset, width)),
        1 => (write(), odd).prop_map(|((offset, value), width)| Op::Write(offset, width, value)),
        1 => prop::bool::weighted(0.1).prop_map(|reset| if reset { Op::Reset } else { Op::Drive(9, true) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_model_cannot_be_told_from_a_plain_aplic(ops in prop::collection::vec(op(), 1..150)) {
        let mut banks = Bench::banks();
        let mut world = World::new(&mut banks);
        for op in ops {
            world.apply(op);
        }
        world.check_all_registers();
    }

    #[test]
    fn nothing_that_a_guest_writes_reaches_outside_the_zone(
        writes in prop::collection::vec((0..0x2000u32, any::<u32>()), 1..300),
    ) {
        let mut banks = Bench::banks();
        let mut world = World::new(&mut banks);
        for (word, value) in writes {
            world.write(word * 4, Width::Word, value);
        }
    }
}
