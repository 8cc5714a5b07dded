//! The map of HS-mode, case by case.

mod support;

use addr::{HostPhys, HypVirt};
use paging::riscv64::{MemoryTypes, Mode, Stage1, Stage1Attributes};
use paging::{MapError, Tables};
use support::Pool;

const K4: u64 = 4 << 10;
const M2: u64 = 2 << 20;
const G1: u64 = 1 << 30;
const ALL: [Stage1Attributes; 4] =
    [Stage1Attributes::Code, Stage1Attributes::Constant, Stage1Attributes::Data, Stage1Attributes::Device];
const READABLE: u64 = 1 << 1;
const WRITABLE: u64 = 1 << 2;
const EXECUTABLE: u64 = 1 << 3;
const USER: u64 = 1 << 4;
const GLOBAL: u64 = 1 << 5;
const ACCESSED: u64 = 1 << 6;
const DIRTY: u64 = 1 << 7;
const MEMORY_TYPE: u64 = 0b11 << 61;
/// The first address behind the lower half, and the first of the upper half.
const SV39_HALVES: (u64, u64) = (0x40_0000_0000, 0xffff_ffc0_0000_0000);
const SV48_HALVES: (u64, u64) = (0x8000_0000_0000, 0xffff_8000_0000_0000);

fn with(mode: Mode, types: MemoryTypes) -> (Pool, Stage1) {
    let mut pool = Pool::riscv64(64, if mode == Mode::Sv39 { 30 } else { 39 });
    let stage1 = Stage1::new(&mut pool, mode, types).unwrap();
    (pool, stage1)
}

fn new() -> (Pool, Stage1) {
    with(Mode::Sv39, MemoryTypes::Svpbmt)
}

fn map(pool: &mut Pool, stage1: &mut Stage1, at: u64, size: u64) -> Result<(), MapError> {
    stage1.map(pool, HypVirt::new(at), HostPhys::new(0x8000_0000), size, Stage1Attributes::Data)
}

/// Maps 1 GiB at 2 GiB and returns its entry.
fn entry(types: MemoryTypes, attributes: Stage1Attributes) -> u64 {
    let (mut pool, mut stage1) = with(Mode::Sv39, types);
    stage1.map(&mut pool, HypVirt::new(2 * G1), HostPhys::new(2 * G1), G1, attributes).unwrap();
    pool.read(stage1.root(), 2)
}

#[test]
fn satp_names_the_mode_and_the_root_page() {
    for (mode, value) in [(Mode::Sv39, 8 << 60), (Mode::Sv48, 9 << 60)] {
        let (_, stage1) = with(mode, MemoryTypes::Physical);
        assert_eq!(stage1.satp(), value | stage1.root().raw() >> 12);
    }
}

#[test]
fn a_leaf_holds_its_page_number_in_bits_53_to_10() {
    let (mut pool, mut stage1) = new();
    let highest = (1 << 56) - G1;
    stage1.map(&mut pool, HypVirt::new(0), HostPhys::new(highest), G1, Stage1Attributes::Data).unwrap();
    assert_eq!(pool.read(stage1.root(), 0) & 0x003f_ffff_ffff_fc00, highest >> 2);
}

#[test]
fn an_entry_that_leads_to_a_table_is_valid_and_nothing_else() {
    let (mut pool, mut stage1) = new();
    map(&mut pool, &mut stage1, M2, M2).unwrap();
    let table = stage1.root().raw() + K4;
    assert_eq!(pool.read(stage1.root(), 0), table >> 12 << 10 | 1);
}

#[test]
fn permissions_are_what_each_use_needs() {
    let permissions = |attributes| {
        entry(MemoryTypes::Svpbmt, attributes) & (READABLE | WRITABLE | EXECUTABLE | USER | GLOBAL)
    };
    assert_eq!(
        ALL.map(permissions),
        [READABLE | EXECUTABLE, READABLE, READABLE | WRITABLE, READABLE | WRITABLE]
    );
}

#[test]
fn every_leaf_is_accessed_and_dirty_from_the_start() {
    for attributes in ALL {
        assert_eq!(entry(MemoryTypes::Physical, attributes) & (ACCESSED | DIRTY), ACCESSED | DIRTY);
    }
}

#[test]
fn with_svpbmt_a_device_is_io_and_ram_what_its_physical_attributes_say() {
    let types = ALL.map(|attributes| (entry(MemoryTypes::Svpbmt, attributes) & MEMORY_TYPE) >> 61);
    assert_eq!(types, [0, 0, 0, 2]);
}

#[test]
fn without_svpbmt_its_bits_are_clear() {
    for attributes in ALL {
        assert_eq!(entry(MemoryTypes::Physical, attributes) >> 54, 0, "{attributes:?}");
    }
}

#[test]
fn every_attribute_reads_back_as_it_was_written() {
    for types in [MemoryTypes::Physical, MemoryTypes::Svpbmt] {
        let (mut pool, mut stage1) = with(Mode::Sv39, types);
        for (page, attributes) in ALL.into_iter().enumerate() {
            let at = page as u64 * K4;
            stage1.map(&mut pool, HypVirt::new(at), HostPhys::new(at), K4, attributes).unwrap();
            assert_eq!(stage1.translate(&pool, HypVirt::new(at)), Some((HostPhys::new(at), attributes)));
        }
    }
}

#[test]
fn both_halves_can_be_mapped_up_to_their_ends() {
    for (mode, (gap, upper)) in [(Mode::Sv39, SV39_HALVES), (Mode::Sv48, SV48_HALVES)] {
        let pages = [0, gap - K4, upper, K4.wrapping_neg()];
        let (mut pool, mut stage1) = with(mode, MemoryTypes::Physical);
        for at in pages {
            map(&mut pool, &mut stage1, at, K4).unwrap();
        }
        let listed: Vec<_> = stage1.leaves(&pool).map(|leaf| leaf.input.raw()).collect();
        assert_eq!(listed, pages, "{mode:?}");
        for at in pages {
            stage1.unmap(&mut pool, HypVirt::new(at), K4).unwrap();
        }
        assert_eq!(stage1.leaves(&pool).next(), None, "{mode:?}");
    }
}

#[test]
fn the_gap_between_the_halves_is_refused_and_translates_to_nothing() {
    for (mode, (gap, upper)) in [(Mode::Sv39, SV39_HALVES), (Mode::Sv48, SV48_HALVES)] {
        let (mut pool, mut stage1) = with(mode, MemoryTypes::Physical);
        map(&mut pool, &mut stage1, 0, K4).unwrap();
        map(&mut pool, &mut stage1, upper, K4).unwrap();
        for start in [gap, upper - K4, gap << 1, 1 << 63] {
            let refused = map(&mut pool, &mut stage1, start, K4);
            assert!(
                matches!(refused, Err(MapError::InputOutOfRange { .. })),
                "{mode:?} {start:#x}: {refused:?}"
            );
            assert_eq!(stage1.translate(&pool, HypVirt::new(start)), None, "{mode:?} {start:#x}");
        }
    }
}

#[test]
fn a_range_over_the_gap_is_refused() {
    let (gap, upper) = SV39_HALVES;
    let (mut pool, mut stage1) = new();
    for (start, size) in [(gap - K4, 2 * K4), (gap - K4, upper - gap + 2 * K4), (0, upper + K4)] {
        let refused = map(&mut pool, &mut stage1, start, size);
        assert_eq!(refused, Err(MapError::InputOutOfRange { start, size, bits: 39 }));
    }
}

#[test]
fn a_refusal_in_the_upper_half_names_the_address_as_it_was_given() {
    let (mut pool, mut stage1) = new();
    let (_, upper) = SV39_HALVES;
    map(&mut pool, &mut stage1, upper + K4, K4).unwrap();
    assert_eq!(map(&mut pool, &mut stage1, upper, M2), Err(MapError::AlreadyMapped { at: upper + K4 }));
    assert_eq!(
        stage1.unmap(&mut pool, HypVirt::new(upper + K4), M2),
        Err(MapError::NotMapped { at: upper + 2 * K4 })
    );
}

#[test]
fn physical_addresses_have_56_bits() {
    let (mut pool, mut stage1) = new();
    let start = 1 << 56;
    assert_eq!(
        stage1.map(&mut pool, HypVirt::new(0), HostPhys::new(start), K4, Stage1Attributes::Data),
        Err(MapError::OutputOutOfRange { start, size: K4, bits: 56 })
    );
}

#[test]
fn a_new_mapping_is_invalidated_as_harts_may_cache_that_there_was_none() {
    let (mut pool, mut stage1) = new();
    let (_, upper) = SV39_HALVES;
    map(&mut pool, &mut stage1, upper + K4, M2).unwrap();
    assert_eq!(pool.invalidations, [(upper + K4, M2)]);
}

#[test]
fn a_block_is_split_without_being_away_for_a_moment() {
    let (mut pool, mut stage1) = new();
    map(&mut pool, &mut stage1, M2, M2).unwrap();
    let written = pool.writes;
    stage1.unmap(&mut pool, HypVirt::new(M2), K4).unwrap();
    // 512 pages into a new table, the link to it in place of the block, the page that goes.
    assert_eq!(pool.writes - written, 512 + 1 + 1);
    assert!(pool.nothing_stale());
}

#[test]
fn an_adopted_root_keeps_its_mappings_and_takes_more() {
    let (mut pool, mut begun) = new();
    begun.map(&mut pool, HypVirt::new(G1), HostPhys::new(G1), G1, Stage1Attributes::Code).unwrap();
    let mut adopted = Stage1::adopt(begun.root(), Mode::Sv39, MemoryTypes::Svpbmt);
    adopted.map(&mut pool, HypVirt::new(0), HostPhys::new(0), K4, Stage1Attributes::Device).unwrap();
    let kinds: Vec<_> = adopted.leaves(&pool).map(|leaf| leaf.attributes).collect();
    assert_eq!(kinds, [Stage1Attributes::Device, Stage1Attributes::Code]);
    assert_eq!(adopted.satp(), begun.satp());
}

#[test]
fn the_worst_case_is_exact_for_regions_that_share_no_table() {
    let (_, upper) = SV48_HALVES;
    let regions = [
        (HypVirt::new(0x1000_0000), HostPhys::new(0x1000_0000), K4),
        (HypVirt::new(upper + M2), HostPhys::new(0x8020_0000), M2),
        (HypVirt::new((2 * M2).wrapping_neg()), HostPhys::new(0x9000_0000), 2 * M2),
        (HypVirt::new(512 * G1), HostPhys::new(0x9000_0000 + K4), 2 * M2),
    ];
    let (mut pool, mut stage1) = with(Mode::Sv48, MemoryTypes::Physical);
    for (input, output, size) in regions {
        stage1.map(&mut pool, input, output, size, Stage1Attributes::Data).unwrap();
    }
    assert_eq!(Stage1::worst_case_pages(Mode::Sv48, regions), pool.used());
}

#[test]
fn an_entry_with_a_reserved_combination_of_bits_is_no_translation() {
    let (mut pool, mut stage1) = new();
    map(&mut pool, &mut stage1, M2, M2).unwrap();
    let level1 = HostPhys::new(stage1.root().raw() + K4);
    for reserved in [1 | WRITABLE, 1 | WRITABLE | EXECUTABLE] {
        pool.write(level1, 3, reserved);
        assert_eq!(stage1.translate(&pool, HypVirt::new(3 * M2)), None, "{reserved:#x}");
        pool.write(level1, 3, 0);
    }
}
