//! What single registers show and do, and what an access comes to that no register allows.

mod support;

use support::{SOURCES, World, claim, enable, pending, priority, threshold};
use vplic::{Bank, Config, ConfigError, Context, Contexts, Vplic, Width};

/// What a register reads after all ones have been written to it.
fn read_back(offset: u32) -> u32 {
    let mut world = World::new(2);
    world.write(offset, u32::MAX);
    world.read(offset)
}

#[test]
fn priorities_and_thresholds_have_three_bits() {
    assert_eq!([priority(1), priority(SOURCES), threshold(0), threshold(1)].map(read_back), [7; 4]);
}

#[test]
fn source_0_and_sources_beyond_the_last_have_no_priority() {
    assert_eq!([0, SOURCES + 1, 1023].map(|number| read_back(priority(number))), [0; 3]);
}

#[test]
fn enable_bits_exist_for_sources_1_to_the_last() {
    let words = [0, 32, 64, 96, 992].map(|number| read_back(enable(1, number)));
    assert_eq!(words, [!1, u32::MAX, u32::MAX, 0, 0]);
}

#[test]
fn a_last_word_that_is_not_full_has_the_enable_bits_of_its_sources_only() {
    let config = Config { sources: 40, vcpus: 1, contexts: Contexts::DENSE };
    let (mut banks, mut contexts) = (vec![Bank::new(); 2], [Context::new()]);
    let mut plic = Vplic::new(config, &mut banks, &mut contexts).unwrap();
    let mut outside = World::new(1).outside;
    plic.write(0x2004, Width::Word, u32::MAX, &mut outside);
    assert_eq!(plic.read(0x2004, Width::Word, &mut outside), 0x1ff);
}

#[test]
fn a_context_that_is_no_vcpus_reads_zero_and_ignores_writes() {
    // Contexts 0 and 2 are the M-modes', 5 is the first behind the two vCPUs'.
    for context in [0, 2, 4, 5, 15871] {
        for offset in [0x2000 + context * 0x80, 0x20_0000 + context * 0x1000] {
            assert_eq!(read_back(offset), 0, "{offset:#x}");
        }
    }
}

#[test]
fn a_claim_by_a_context_that_is_no_vcpus_takes_nothing() {
    let mut world = World::new(1);
    world.open(0, 10, 1);
    world.drive(10, true);
    assert_eq!([0, 2, 3].map(|context| world.read(0x20_0004 + context * 0x1000)), [0; 3]);
    assert!(world.is_pending(10));
}

#[test]
fn contexts_are_where_the_configuration_has_them() {
    let config = Config { sources: 10, vcpus: 3, contexts: Contexts { first: 4, step: 3 } };
    let (mut banks, mut contexts) = (vec![Bank::new()], vec![Context::new(); 3]);
    let mut plic = Vplic::new(config, &mut banks, &mut contexts).unwrap();
    let mut outside = World::new(3).outside;
    let mut there = vec![];
    for context in 0..20 {
        let offset = 0x20_0000 + context * 0x1000;
        plic.write(offset, Width::Word, 5, &mut outside);
        if plic.read(offset, Width::Word, &mut outside) == 5 {
            there.push(context);
        }
    }
    assert_eq!(there, [4, 7, 10]);
}

#[test]
fn pending_bits_cannot_be_written() {
    let mut world = World::new(1);
    world.drive(10, true);
    world.write(pending(10), !(1 << 10));
    assert_eq!(world.read(pending(10)), 1 << 10);
}

#[test]
fn only_aligned_words_are_answered() {
    let mut world = World::new(1);
    world.open(0, 10, 3);
    world.drive(10, true);
    for width in [Width::Byte, Width::Half, Width::Double] {
        for offset in [priority(10), pending(10), enable(0, 10), claim(0)] {
            assert_eq!(world.plic.read(offset, width, &mut world.outside), 0, "{offset:#x} {width:?}");
            world.plic.write(offset, width, 0, &mut world.outside);
        }
    }
    for offset in [1, 2, 3].map(|byte| priority(10) + byte) {
        assert_eq!(world.read(offset), 0);
        world.write(offset, 0);
    }
    assert_eq!((world.read(priority(10)), world.claim(0)), (3, 10));
}

#[test]
fn offsets_without_a_register_read_zero() {
    for offset in [0x1080, 0x1ffc, 0x1f_2000, 0x20_1008, 0x20_1ffc, 0x400_0000, 0xffff_fffc] {
        assert_eq!(read_back(offset), 0, "{offset:#x}");
    }
}

#[test]
fn a_configuration_that_no_plic_can_have_is_refused() {
    let good = Config { sources: 1023, vcpus: 64, contexts: Contexts::BEHIND_M_MODE };
    let far = Contexts { first: 15871, step: 1 };
    let still = Contexts { first: 0, step: 0 };
    for (config, expected) in [
        (good, None),
        (Config { sources: 0, ..good }, Some(ConfigError::Sources(0))),
        (Config { sources: 1024, ..good }, Some(ConfigError::Sources(1024))),
        (Config { vcpus: 0, ..good }, Some(ConfigError::Vcpus(0))),
        (Config { vcpus: 65, ..good }, Some(ConfigError::Vcpus(65))),
        (Config { contexts: still, ..good }, Some(ConfigError::Contexts(still))),
        (Config { contexts: far, ..good }, Some(ConfigError::Contexts(far))),
        (Config { contexts: far, vcpus: 1, ..good }, None),
    ] {
        let (mut banks, mut contexts) = (vec![Bank::new(); 32], vec![Context::new(); 64]);
        assert_eq!(Vplic::new(config, &mut banks, &mut contexts).err(), expected, "{config:?}");
    }
}

#[test]
fn too_little_storage_is_refused() {
    let config = Config { sources: 95, vcpus: 2, contexts: Contexts::DENSE };
    let refused = |banks, contexts| {
        Vplic::new(config, &mut vec![Bank::new(); banks], &mut vec![Context::new(); contexts]).err()
    };
    assert_eq!(refused(2, 2), Some(ConfigError::Banks { given: 2, needed: 3 }));
    assert_eq!(refused(3, 1), Some(ConfigError::ContextStates { given: 1, needed: 2 }));
}
