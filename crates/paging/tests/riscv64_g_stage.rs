//! G-stage as a zone's builder uses it, case by case.

mod support;

use addr::{GuestPhys, HostPhys};
use paging::riscv64::{GStage, GStageAttributes, MemoryTypes, Mode};
use paging::{MapError, Tables};
use support::Pool;

const K4: u64 = 4 << 10;
const M2: u64 = 2 << 20;
const G1: u64 = 1 << 30;
const RAM: GStageAttributes = GStageAttributes::RAM;
const DEVICE: GStageAttributes = GStageAttributes::Device;

fn with(mode: Mode, types: MemoryTypes) -> (Pool, GStage) {
    let mut pool = Pool::riscv64(64, if mode == Mode::Sv39 { 30 } else { 39 });
    let g_stage = GStage::new(&mut pool, mode, types).unwrap();
    (pool, g_stage)
}

fn new() -> (Pool, GStage) {
    with(Mode::Sv39, MemoryTypes::Svpbmt)
}

fn map(
    pool: &mut Pool,
    g_stage: &mut GStage,
    at: u64,
    size: u64,
    attributes: GStageAttributes,
) -> Result<(), MapError> {
    g_stage.map(pool, GuestPhys::new(at), HostPhys::new(at), size, attributes)
}

#[test]
fn the_root_is_16_kib_aligned_to_16_kib() {
    for mode in [Mode::Sv39, Mode::Sv48] {
        let (pool, g_stage) = with(mode, MemoryTypes::Physical);
        assert_eq!((pool.used(), g_stage.root().is_aligned(16 << 10)), (4, true), "{mode:?}");
    }
}

#[test]
fn guest_physical_addresses_have_two_bits_more_than_virtual_ones() {
    for (mode, bits) in [(Mode::Sv39, 41), (Mode::Sv48, 50)] {
        let (mut pool, mut g_stage) = with(mode, MemoryTypes::Physical);
        let end: u64 = 1 << bits;
        map(&mut pool, &mut g_stage, end - K4, K4, RAM).unwrap();
        let highest = g_stage.translate(&pool, GuestPhys::new(end - 1));
        assert_eq!(highest, Some((HostPhys::new(end - 1), RAM)), "{mode:?}");
        let refused = Err(MapError::InputOutOfRange { start: end, size: K4, bits });
        assert_eq!(map(&mut pool, &mut g_stage, end, K4, RAM), refused);
    }
}

#[test]
fn hgatp_names_the_mode_the_vmid_and_the_root_page() {
    for (mode, value) in [(Mode::Sv39, 8 << 60), (Mode::Sv48, 9 << 60)] {
        let (_, g_stage) = with(mode, MemoryTypes::Physical);
        assert_eq!(g_stage.hgatp(0x2abc), Some(value | 0x2abc << 44 | g_stage.root().raw() >> 12));
    }
}

#[test]
fn a_vmid_of_more_than_14_bits_has_no_hgatp() {
    let (_, g_stage) = new();
    assert!(g_stage.hgatp(0x3fff).is_some());
    assert_eq!(g_stage.hgatp(0x4000), None);
}

#[test]
fn ram_is_for_everything_and_a_device_not_for_code() {
    let (mut pool, mut g_stage) = new();
    map(&mut pool, &mut g_stage, 2 * G1, G1, RAM).unwrap();
    map(&mut pool, &mut g_stage, 4 * G1, G1, DEVICE).unwrap();
    // D, A, U, X, W, R, V; for the device without X, with PBMT = IO and the software's mark.
    assert_eq!(pool.read(g_stage.root(), 2), (2 * G1) >> 2 | 0b1101_1111);
    assert_eq!(pool.read(g_stage.root(), 4), (4 * G1) >> 2 | 2 << 61 | 1 << 8 | 0b1101_0111);
}

#[test]
fn what_a_zone_may_do_with_ram_is_said_bit_by_bit() {
    for (writable, executable, expected) in [
        (true, true, 0b1101_1111),
        (true, false, 0b1101_0111),
        (false, true, 0b1101_1011),
        (false, false, 0b1101_0011),
    ] {
        let (mut pool, mut g_stage) = new();
        let attributes = GStageAttributes::Ram { writable, executable };
        map(&mut pool, &mut g_stage, 2 * G1, G1, attributes).unwrap();
        assert_eq!(pool.read(g_stage.root(), 2), (2 * G1) >> 2 | expected);
        let back = g_stage.translate(&pool, GuestPhys::new(2 * G1));
        assert_eq!(back, Some((HostPhys::new(2 * G1), attributes)));
    }
}

#[test]
fn without_svpbmt_a_device_reads_back_as_one_all_the_same() {
    let (mut pool, mut g_stage) = with(Mode::Sv39, MemoryTypes::Physical);
    map(&mut pool, &mut g_stage, G1, G1, DEVICE).unwrap();
    assert_eq!(pool.read(g_stage.root(), 1) >> 54, 0);
    assert_eq!(g_stage.translate(&pool, GuestPhys::new(G1)), Some((HostPhys::new(G1), DEVICE)));
}

#[test]
fn the_largest_pages_that_fit_are_used_and_none_is_larger_than_1_gib() {
    let (mut pool, mut g_stage) = with(Mode::Sv48, MemoryTypes::Physical);
    let start = (512 << 30) - M2 - K4;
    map(&mut pool, &mut g_stage, start, K4 + M2 + 513 * G1 + M2 + K4, RAM).unwrap();
    let sizes: Vec<_> = g_stage.leaves(&pool).map(|leaf| leaf.size).collect();
    let mut expected = vec![K4, M2];
    expected.extend([G1; 513]);
    expected.extend([M2, K4]);
    assert_eq!(sizes, expected);
}

#[test]
fn an_interrupt_file_is_mapped_where_the_guest_expects_the_supervisor_file() {
    let (mut pool, mut g_stage) = new();
    let (file, guest_file) = (GuestPhys::new(0x2800_1000), HostPhys::new(0x2800_5000));
    g_stage.map(&mut pool, file, guest_file, K4, DEVICE).unwrap();
    assert_eq!(g_stage.translate(&pool, file), Some((guest_file, DEVICE)));
    assert_eq!(g_stage.leaves(&pool).count(), 1);
}

#[test]
fn a_hole_in_a_large_page_splits_it_only_as_far_as_needed() {
    let (mut pool, mut g_stage) = new();
    map(&mut pool, &mut g_stage, 0, G1, RAM).unwrap();
    g_stage.unmap(&mut pool, GuestPhys::new(M2 + K4), K4).unwrap();
    let sizes: Vec<_> = g_stage.leaves(&pool).map(|leaf| leaf.size).collect();
    assert_eq!(sizes.iter().filter(|size| **size == M2).count(), 511);
    assert_eq!(sizes.iter().filter(|size| **size == K4).count(), 511);
    assert_eq!(g_stage.translate(&pool, GuestPhys::new(M2 + K4)), None);
}

#[test]
fn the_worst_case_counts_the_four_pages_of_the_root() {
    assert_eq!(GStage::worst_case_pages(Mode::Sv39, []), 4);
    let file = (GuestPhys::new(0x2800_0000), HostPhys::new(0x2800_1000), K4);
    assert_eq!(GStage::worst_case_pages(Mode::Sv39, [file]), 4 + 2);
    assert_eq!(GStage::worst_case_pages(Mode::Sv48, [file]), 4 + 3);
}
