//! Stage 2 as a zone's builder uses it, case by case.

mod support;

use addr::{GuestPhys, HostPhys};
use paging::aarch64::{Stage2, Stage2Attributes, VmidWidth};
use paging::{Level, MapError};
use support::Pool;

const RAM: Stage2Attributes = Stage2Attributes::RAM;
const K4: u64 = 4 << 10;
const M2: u64 = 2 << 20;
const G1: u64 = 1 << 30;

fn ipa(raw: u64) -> GuestPhys {
    GuestPhys::new(raw)
}

fn hpa(raw: u64) -> HostPhys {
    HostPhys::new(raw)
}

fn with_pages(pages: usize) -> (Pool, Stage2) {
    let mut pool = Pool::aarch64(pages, 30);
    let stage2 = Stage2::new(&mut pool, 40).unwrap();
    (pool, stage2)
}

fn new() -> (Pool, Stage2) {
    with_pages(64)
}

fn sizes(pool: &Pool, stage2: &Stage2) -> Vec<u64> {
    stage2.leaves(pool).map(|leaf| leaf.size).collect()
}

#[test]
fn the_root_is_concatenated_tables_up_to_42_bits_and_one_level_higher_above() {
    for (bits, pages, top) in [
        (32, 1, Level::L1),
        (36, 1, Level::L1),
        (40, 2, Level::L1),
        (42, 8, Level::L1),
        (44, 1, Level::L0),
        (48, 1, Level::L0),
    ] {
        let mut pool = Pool::aarch64(16, top.shift());
        let stage2 = Stage2::new(&mut pool, bits).unwrap();
        assert_eq!((pool.used(), stage2.top(), stage2.input_bits()), (pages, top, bits), "{bits} bits");
    }
}

#[test]
fn vtcr_describes_the_tables_as_they_were_built() {
    // IRGN0 = ORGN0 = 1, SH0 = 3, bit 31: 0x8000_3500; then PS << 16, SL0 << 6, T0SZ.
    for (bits, expected) in [
        (32, 0x8000_3500 | 1 << 6 | 32),
        (36, 0x8000_3500 | 1 << 16 | 1 << 6 | 28),
        (40, 0x8000_3500 | 2 << 16 | 1 << 6 | 24),
        (42, 0x8000_3500 | 3 << 16 | 1 << 6 | 22),
        (44, 0x8000_3500 | 4 << 16 | 2 << 6 | 20),
        (48, 0x8000_3500 | 5 << 16 | 2 << 6 | 16),
    ] {
        let stage2 = Stage2::new(&mut Pool::aarch64(16, 30), bits).unwrap();
        assert_eq!(stage2.vtcr(VmidWidth::Bits8), expected, "{bits} bits");
        assert_eq!(stage2.vtcr(VmidWidth::Bits16), expected | 1 << 19, "{bits} bits");
    }
}

#[test]
fn vttbr_holds_the_vmid_above_the_root() {
    let (_, stage2) = new();
    assert_eq!(stage2.vttbr(0x1234), 0x1234_0000_0000_0000 | stage2.root().raw());
}

#[test]
fn a_size_that_the_architecture_does_not_have_is_refused() {
    assert_eq!(
        Stage2::new(&mut Pool::aarch64(16, 30), 52).unwrap_err(),
        MapError::UnsupportedSize { bits: 52 }
    );
}

#[test]
fn ram_is_normal_write_back_inner_shareable_and_accessed() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(G1), hpa(G1), G1, RAM).unwrap();
    // Block, MemAttr 0b1111, S2AP read-write, SH inner, AF.
    assert_eq!(paging::Tables::read(&pool, stage2.root(), 1), G1 | 0x7fd);
}

#[test]
fn a_device_is_ngnre_and_never_executable() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(G1), hpa(G1), G1, Stage2Attributes::DEVICE).unwrap();
    assert_eq!(paging::Tables::read(&pool, stage2.root(), 1), G1 | 1 << 54 | 0x4c5);
}

#[test]
fn every_attribute_reads_back_as_it_was_written() {
    let (mut pool, mut stage2) = new();
    let all = [(true, true), (true, false), (false, true), (false, false)]
        .map(|(writable, executable)| Stage2Attributes::Ram { writable, executable })
        .into_iter()
        .chain([true, false].map(|writable| Stage2Attributes::Device { writable }));
    for (page, attributes) in all.enumerate() {
        let at = page as u64 * K4;
        stage2.map(&mut pool, ipa(at), hpa(at), K4, attributes).unwrap();
        assert_eq!(stage2.translate(&pool, ipa(at)), Some((hpa(at), attributes)));
    }
}

#[test]
fn the_largest_blocks_that_fit_are_used() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(G1 - M2 - K4), hpa(G1 - M2 - K4), K4 + M2 + G1 + M2 + K4, RAM).unwrap();
    assert_eq!(sizes(&pool, &stage2), [K4, M2, G1, M2, K4]);
}

#[test]
fn blocks_need_the_alignment_of_both_addresses() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(G1), hpa(G1 + M2), G1, RAM).unwrap();
    assert!(sizes(&pool, &stage2).iter().all(|size| *size == M2));
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(M2), hpa(M2 + K4), M2, RAM).unwrap();
    assert!(sizes(&pool, &stage2).iter().all(|size| *size == K4));
}

#[test]
fn the_highest_page_of_the_address_space_can_be_mapped_and_unmapped() {
    for (bits, root_shift) in [(32, 30), (40, 30), (42, 30), (48, 39)] {
        let mut pool = Pool::aarch64(32, root_shift);
        let mut stage2 = Stage2::new(&mut pool, bits).unwrap();
        let last = (1 << bits) - K4;
        stage2.map(&mut pool, ipa(last), hpa(last), K4, RAM).unwrap();
        assert_eq!(stage2.translate(&pool, ipa(last + 5)), Some((hpa(last + 5), RAM)), "{bits} bits");
        stage2.unmap(&mut pool, ipa(last), K4).unwrap();
        assert_eq!(stage2.leaves(&pool).next(), None, "{bits} bits");
    }
}

#[test]
fn an_address_beyond_the_address_space_translates_to_nothing() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(0), hpa(0), G1, RAM).unwrap();
    assert_eq!(stage2.translate(&pool, ipa(1 << 40)), None);
    assert_eq!(stage2.translate(&pool, ipa(u64::MAX)), None);
}

#[test]
fn what_cannot_be_mapped_is_refused_with_its_reason() {
    let (mut pool, mut stage2) = new();
    let mut refuse = |input: u64, output: u64, size: u64| {
        stage2.map(&mut pool, ipa(input), hpa(output), size, RAM).unwrap_err()
    };
    assert_eq!(refuse(0, 0, 0), MapError::Empty);
    assert_eq!(refuse(1, 0, K4), MapError::Unaligned { value: 1 });
    assert_eq!(refuse(0, 2, K4), MapError::Unaligned { value: 2 });
    assert_eq!(refuse(0, 0, 3), MapError::Unaligned { value: 3 });
    assert_eq!(refuse(1 << 40, 0, K4), MapError::InputOutOfRange { start: 1 << 40, size: K4, bits: 40 });
    let size = 2 * K4;
    let start = (1 << 40) - K4;
    assert_eq!(refuse(start, 0, size), MapError::InputOutOfRange { start, size, bits: 40 });
    assert_eq!(refuse(0, start, size), MapError::OutputOutOfRange { start, size, bits: 40 });
    let start = u64::MAX - K4 + 1;
    assert_eq!(refuse(start, 0, K4), MapError::InputOutOfRange { start, size: K4, bits: 40 });
    assert_eq!(refuse(0, start, K4), MapError::OutputOutOfRange { start, size: K4, bits: 40 });
}

#[test]
fn a_page_that_is_mapped_is_not_mapped_again() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(M2), hpa(M2), M2, RAM).unwrap();
    let writes = pool.writes;
    let refusal = stage2.map(&mut pool, ipa(0), hpa(0), 2 * M2, RAM);
    assert_eq!(refusal, Err(MapError::AlreadyMapped { at: M2 }));
    assert_eq!(pool.writes, writes);
}

#[test]
fn unmapping_what_is_not_mapped_is_refused() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(0), hpa(0), M2, RAM).unwrap();
    let writes = pool.writes;
    assert_eq!(stage2.unmap(&mut pool, ipa(M2 - K4), 2 * K4), Err(MapError::NotMapped { at: M2 }));
    assert_eq!(pool.writes, writes);
}

#[test]
fn when_tables_run_out_no_leaf_has_been_written() {
    // The root's two pages, then two tables: a page on each side of a 1 GiB border needs four.
    let (mut pool, mut stage2) = with_pages(4);
    assert_eq!(stage2.map(&mut pool, ipa(G1 - K4), hpa(G1 - K4), 2 * K4, RAM), Err(MapError::OutOfTables));
    assert_eq!(stage2.leaves(&pool).next(), None);
    pool.limit(6);
    stage2.map(&mut pool, ipa(G1 - K4), hpa(G1 - K4), 2 * K4, RAM).unwrap();
    assert_eq!(sizes(&pool, &stage2), [K4, K4]);
}

#[test]
fn when_a_split_finds_no_table_the_block_stays() {
    let (mut pool, mut stage2) = with_pages(3);
    stage2.map(&mut pool, ipa(0), hpa(0), G1, RAM).unwrap();
    // One page is left, and a hole of 4 KiB in 1 GiB takes two.
    assert_eq!(stage2.unmap(&mut pool, ipa(M2 + K4), K4), Err(MapError::OutOfTables));
    assert_eq!(stage2.translate(&pool, ipa(M2 + K4)), Some((hpa(M2 + K4), RAM)));
    assert_eq!(sizes(&pool, &stage2).iter().sum::<u64>(), G1);
    assert!(pool.nothing_stale());
}

#[test]
fn a_hole_in_a_block_splits_it_only_as_far_as_needed() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(0), hpa(0), G1, RAM).unwrap();
    stage2.unmap(&mut pool, ipa(M2 + K4), K4).unwrap();
    let sizes = sizes(&pool, &stage2);
    assert_eq!(sizes.iter().filter(|size| **size == M2).count(), 511);
    assert_eq!(sizes.iter().filter(|size| **size == K4).count(), 511);
    assert_eq!(stage2.translate(&pool, ipa(M2 + K4)), None);
    assert_eq!(stage2.translate(&pool, ipa(M2 + 2 * K4)), Some((hpa(M2 + 2 * K4), RAM)));
}

#[test]
fn a_split_invalidates_the_whole_block_and_the_unmap_its_range() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(0), hpa(0), M2, RAM).unwrap();
    stage2.unmap(&mut pool, ipa(0), K4).unwrap();
    assert_eq!(pool.invalidations, [(0, M2), (0, K4)]);
}

#[test]
fn mapping_needs_no_invalidation() {
    let (mut pool, mut stage2) = new();
    stage2.map(&mut pool, ipa(0), hpa(0), G1 + M2 + K4, RAM).unwrap();
    assert_eq!(pool.invalidations, []);
}

#[test]
fn the_worst_case_is_exact_for_regions_that_share_no_table() {
    let regions = [
        // A page, a 1 GiB block with a ragged head and tail, and 2 MiB blocks with an odd output.
        (ipa(0x0900_0000), hpa(0x0900_0000), K4),
        (ipa(2 * G1 - K4), hpa(2 * G1 - K4), G1 + 2 * K4),
        (ipa(8 * G1), hpa(8 * G1 + M2), 3 * G1),
        (ipa(16 * G1 + M2), hpa(20 * G1 + K4), M2),
    ];
    let (mut pool, mut stage2) = with_pages(1000);
    for (input, output, size) in regions {
        stage2.map(&mut pool, input, output, size, RAM).unwrap();
    }
    assert_eq!(Stage2::worst_case_pages(40, regions), Ok(pool.used()));
}
