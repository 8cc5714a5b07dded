//! The GICv3 drivers over registers that are plain memory: what is written stays as it was written.

use std::sync::Mutex;

use addr::HypVirt;
use hypervisor::irqchip::gicv3::{Distributor, DistributorError, State, find_redistributor};
use hypervisor::mmio::{Frame, ReadWrite, Register};

/// GICD_PIDR2 and GICD_TYPER.
const PIDR2: u32 = 0xffe8;
const TYPER: u32 = 0x4;
const RD: u64 = 0x2_0000;

/// Memory that is never freed, in the sight of leak detectors.
static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A frame of zeroed memory that is never freed.
fn frame(size: u64) -> Frame {
    let memory = vec![0u64; (size / 8) as usize].leak();
    KEPT.lock().unwrap().push(memory.as_mut_ptr() as usize);
    // SAFETY: leaked memory of this size that only this frame reaches.
    unsafe { Frame::new(HypVirt::new(memory.as_mut_ptr() as u64), size) }
}

fn word(offset: u32) -> Register<u32, ReadWrite> {
    Register::at(offset)
}

/// A distributor of `revision` with 64 INTIDs.
fn distributor(revision: u32) -> Frame {
    let frame = frame(0x1_0000);
    frame.write32(word(PIDR2), revision << 4);
    frame.write32(word(TYPER), 1);
    frame
}

/// Writes GICR_TYPER of the redistributor at `offset`.
fn redistributor(region: Frame, offset: u64, affinity: u64, flags: u64) {
    region.write64(Register::<u64, ReadWrite>::at(offset as u32 + 8), affinity << 32 | flags);
}

const VLPIS: u64 = 1 << 1;
const LAST: u64 = 1 << 4;

#[test]
fn a_distributor_of_another_version_is_refused_untouched() {
    let frame = distributor(2);
    frame.write32(word(0), 0x55);
    assert_eq!(Distributor::init(frame, 0).map(|_| ()), Err(DistributorError::NotVersion3(2)));
    assert_eq!(frame.read32(word(0)), 0x55);
}

#[test]
fn init_disables_and_clears_every_shared_interrupt() {
    let frame = distributor(3);
    Distributor::init(frame, 0).unwrap();
    for clear in [0x184, 0x284, 0x384] {
        assert_eq!(frame.read32(word(clear)), u32::MAX, "offset {clear:#x}");
    }
}

#[test]
fn init_enables_no_shared_interrupt() {
    let frame = distributor(3);
    Distributor::init(frame, 0).unwrap();
    assert_eq!(frame.read32(word(0x104)), 0);
}

#[test]
fn init_puts_every_shared_interrupt_into_group_1() {
    let frame = distributor(3);
    Distributor::init(frame, 0).unwrap();
    assert_eq!(frame.read32(word(0x84)), u32::MAX);
}

#[test]
fn init_routes_every_shared_interrupt_to_the_given_cpu() {
    let frame = distributor(3);
    Distributor::init(frame, 0x12_8003_0201).unwrap();
    for intid in 32..64 {
        let route = frame.read64(Register::<u64, ReadWrite>::at(0x6000 + 8 * intid));
        assert_eq!(route, 0x12_0003_0201, "INTID {intid}");
    }
}

/// Interrupts can be delivered directly on such alone.
#[test]
fn one_security_state_is_seen_in_the_control_register() {
    for (control, single) in [(0x10, false), (0x50, true)] {
        let frame = distributor(3);
        let distributor = Distributor::init(frame, 0).unwrap();
        frame.write32(word(0), control);
        assert_eq!(distributor.single_security_state(), single);
    }
}

#[test]
fn a_word_of_interrupts_that_the_distributor_lacks_is_none() {
    let distributor = Distributor::init(distributor(3), 0).unwrap();
    assert!([0, 2].into_iter().all(|word| distributor.words(word).is_none()));
    assert!(distributor.words(1).is_some());
}

#[test]
fn an_interrupt_that_is_kept_is_group_0_and_first() {
    let frame = distributor(3);
    let words = Distributor::init(frame, 0).unwrap().words(1).unwrap();
    words.keep(1 << 1);
    assert_eq!(frame.read32(word(0x84)), !(1 << 1));
    assert_eq!(frame.read32(word(0x420)), 0xa0a0_00a0);
}

#[test]
fn private_interrupts_are_words_of_the_second_frame() {
    let region = frame(RD);
    redistributor(region, 0, 0, LAST);
    let words = find_redistributor(&[region], None, 0).unwrap().words().unwrap();
    words.set(State::Pending, 1 << 25);
    words.clear(State::Active, 1 << 27);
    assert_eq!(region.read32(word(0x1_0200)), 1 << 25);
    assert_eq!(region.read32(word(0x1_0380)), 1 << 27);
}

#[test]
fn an_interrupt_that_does_not_exist_is_not_enabled() {
    let frame = distributor(3);
    let distributor = Distributor::init(frame, 0).unwrap();
    distributor.set_enabled(64, true);
    distributor.set_enabled(31, true);
    assert_eq!((frame.read32(word(0x100)), frame.read32(word(0x108))), (0, 0));
}

#[test]
fn edge_triggering_leaves_the_neighbours_alone() {
    let frame = distributor(3);
    let distributor = Distributor::init(frame, 0).unwrap();
    distributor.set_edge(33, true);
    assert_eq!(frame.read32(word(0xc08)), 0b1000);
    distributor.set_edge(34, true);
    distributor.set_edge(33, false);
    assert_eq!(frame.read32(word(0xc08)), 0b10_0000);
}

#[test]
fn a_redistributor_in_the_second_region_is_found() {
    let (first, second) = (frame(2 * RD), frame(RD));
    redistributor(first, 0, 0, 0);
    redistributor(first, RD, 1, LAST);
    redistributor(second, 0, 2, LAST);
    assert!(find_redistributor(&[first, second], None, 2).is_some());
}

#[test]
fn vlpi_frames_are_stepped_over() {
    let region = frame(4 * RD);
    redistributor(region, 0, 0, VLPIS);
    // Inside the first redistributor's VLPI frames.
    redistributor(region, RD, 7, 0);
    redistributor(region, 2 * RD, 1, VLPIS | LAST);
    assert!(find_redistributor(&[region], None, 1).is_some());
    assert!(find_redistributor(&[region], None, 7).is_none());
}

#[test]
fn the_stride_of_the_device_tree_goes_before_the_size() {
    let region = frame(4 * RD);
    redistributor(region, 0, 0, 0);
    redistributor(region, RD, 7, 0);
    redistributor(region, 3 * RD, 1, LAST);
    assert!(find_redistributor(&[region], Some(3 * RD), 1).is_some());
    assert!(find_redistributor(&[region], Some(3 * RD), 7).is_none());
}

#[test]
fn the_search_ends_at_the_last_redistributor_of_a_region() {
    let region = frame(2 * RD);
    redistributor(region, 0, 0, LAST);
    redistributor(region, RD, 1, 0);
    assert!(find_redistributor(&[region], None, 1).is_none());
}

#[test]
fn an_affinity_without_redistributor_is_not_found() {
    let region = frame(2 * RD);
    redistributor(region, 0, 0, 0);
    redistributor(region, RD, 1, 0);
    assert!(find_redistributor(&[region], None, 5).is_none());
}

#[test]
fn affinity_level_3_is_compared() {
    let region = frame(RD);
    redistributor(region, 0, 0x0100_0002, LAST);
    assert!(find_redistributor(&[region], None, 0x01_0000_0002).is_some());
    assert!(find_redistributor(&[region], None, 2).is_none());
}

#[test]
fn a_woken_redistributor_has_private_peripherals_disabled_and_group_1() {
    let region = frame(RD);
    redistributor(region, 0, 0, LAST);
    region.write32(word(0x14), 0b10);
    assert!(find_redistributor(&[region], None, 0).unwrap().init());
    assert_eq!(region.read32(word(0x14)), 0);
    assert_eq!(region.read32(word(0x1_0080)), u32::MAX);
    assert_eq!(region.read32(word(0x1_0180)), 0xffff_0000);
    assert_eq!(region.read32(word(0x1_0100)), 0x0000_ffff);
}

#[test]
fn a_read_outside_the_frame_is_zero() {
    let frame = frame(16);
    frame.write64(Register::<u64, ReadWrite>::at(8), u64::MAX);
    assert_eq!(frame.read32(word(12)), u32::MAX);
    assert_eq!(frame.part(0, 8).unwrap().read32(word(8)), 0);
}

#[test]
fn a_write_that_crosses_the_end_of_the_frame_is_ignored() {
    let whole = frame(16);
    whole.part(0, 12).unwrap().write64(Register::<u64, ReadWrite>::at(8), u64::MAX);
    assert_eq!(whole.read64(Register::<u64, ReadWrite>::at(8)), 0);
}

#[test]
fn a_part_that_leaves_its_frame_is_none() {
    let frame = frame(16);
    assert!(frame.part(8, 8).is_some());
    assert!(frame.part(8, 9).is_none());
    assert!(frame.part(u64::MAX, 2).is_none());
}
