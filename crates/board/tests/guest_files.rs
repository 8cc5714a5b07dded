//! Where interrupt files lie and who gets them, on machines with several groups of harts and other strides than
//! QEMU's.

use addr::{HostPhys, PAGE_SIZE, Range};
use board::{GuestFiles, Imsic};

/// Groups of harts, each in a region of its own that begins where its number stands in the address.
fn imsic(guest_index_bits: u32, hart_index_bits: u32, groups: u32, harts_in_group: u64) -> Imsic {
    let stride = PAGE_SIZE << guest_index_bits;
    let group_index_shift = 30;
    let region = |group: u32| {
        let start = HostPhys::new(0x2800_0000 | u64::from(group) << group_index_shift);
        Range::<HostPhys>::new(start, harts_in_group * stride).unwrap()
    };
    Imsic {
        regions: (0..groups).map(region).collect(),
        ids: 255,
        guest_ids: 255,
        guest_index_bits,
        hart_index_bits,
        group_index_bits: 2,
        group_index_shift,
        places: (0..groups as u16 * harts_in_group as u16).collect(),
    }
}

fn pages(imsic: &Imsic, cpu: usize, geilen: u32) -> Vec<(u8, u64)> {
    let mut files = GuestFiles::new(imsic, geilen);
    std::iter::from_fn(|| files.take(cpu)).map(|file| (file.number, file.page.raw())).collect()
}

#[test]
fn the_files_of_a_hart_are_taken_from_the_lowest_on() {
    assert_eq!(pages(&imsic(2, 2, 1, 4), 1, 63), [(1, 0x2800_5000), (2, 0x2800_6000), (3, 0x2800_7000)]);
}

#[test]
fn a_hart_has_no_more_files_than_it_implements() {
    assert_eq!(pages(&imsic(3, 2, 1, 4), 0, 2), [(1, 0x2800_1000), (2, 0x2800_2000)]);
    assert_eq!(pages(&imsic(3, 2, 1, 4), 0, 0), []);
}

#[test]
fn a_hart_has_no_more_files_than_there_are_addresses() {
    assert_eq!(pages(&imsic(0, 2, 1, 4), 0, 63), []);
    let most = pages(&imsic(7, 2, 1, 4), 3, 63);
    assert_eq!((most.len(), most.last()), (63, Some(&(63, 0x2800_0000 + 3 * 0x8_0000 + 63 * 0x1000))));
}

#[test]
fn each_hart_has_files_of_its_own() {
    let imsic = imsic(1, 2, 1, 4);
    let mut files = GuestFiles::new(&imsic, 1);
    let taken: Vec<_> = (0..4).map(|cpu| files.take(cpu).map(|file| file.page.raw())).collect();
    assert_eq!(taken, [0x2800_1000, 0x2800_3000, 0x2800_5000, 0x2800_7000].map(Some));
    assert!((0..5).all(|cpu| files.take(cpu).is_none()));
}

#[test]
fn files_follow_the_stride_of_their_group() {
    for guest_index_bits in 1..=7 {
        let imsic = imsic(guest_index_bits, 2, 3, 3);
        let stride = 0x1000 << guest_index_bits;
        for (cpu, start) in [(0, 0x2800_0000), (4, 0x6800_0000 + stride), (8, 0xa800_0000 + 2 * stride)] {
            assert_eq!(imsic.supervisor_file(cpu), Some(HostPhys::new(start)));
            assert_eq!(imsic.guest_file(cpu, 1), Some(HostPhys::new(start + 0x1000)));
        }
    }
}

#[test]
fn a_guest_file_has_a_number_within_its_harts_stride() {
    let imsic = imsic(2, 2, 1, 4);
    assert_eq!([0, 4, u32::MAX].map(|number| imsic.guest_file(0, number)), [None; 3]);
}

#[test]
fn the_aplic_names_a_hart_by_its_group_and_its_number_there() {
    for guest_index_bits in [0, 3, 7] {
        for hart_index_bits in 2..=5 {
            let imsic = imsic(guest_index_bits, hart_index_bits, 3, 3);
            let indexes: Vec<_> = (0..9).map(|cpu| imsic.hart_index(cpu).unwrap()).collect();
            let group = 1 << hart_index_bits;
            let expected = [0, 1, 2, group, group + 1, group + 2, 2 * group, 2 * group + 1, 2 * group + 2];
            assert_eq!(indexes, expected);
        }
    }
}

#[test]
fn a_region_that_ends_within_a_harts_files_moves_no_other_hart() {
    let mut imsic = imsic(2, 2, 2, 2);
    imsic.regions[0] = Range::<HostPhys>::new(HostPhys::new(0x2800_0000), 0x5000).unwrap();
    let files: Vec<_> = (0..4).map(|cpu| imsic.supervisor_file(cpu).map(HostPhys::raw)).collect();
    assert_eq!(files, [Some(0x2800_0000), None, Some(0x6800_0000), Some(0x6800_4000)]);
}
