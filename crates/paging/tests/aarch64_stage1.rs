//! The hypervisor's own map, case by case.

mod support;

use addr::{HostPhys, HypVirt};
use paging::aarch64::{MAIR_EL2, Permission, Stage1, Stage1Attributes};
use paging::{MapError, Tables};
use support::Pool;

const G1: u64 = 1 << 30;
const ALL: [Stage1Attributes; 5] = [
    Stage1Attributes::Normal(Permission::ReadOnly),
    Stage1Attributes::Normal(Permission::ReadWrite),
    Stage1Attributes::Normal(Permission::ReadExecute),
    Stage1Attributes::NonCacheable,
    Stage1Attributes::Device,
];

fn new() -> (Pool, Stage1) {
    let mut pool = Pool::aarch64(64, 39);
    let stage1 = Stage1::new(&mut pool, 40).unwrap();
    (pool, stage1)
}

/// Maps 1 GiB and returns its descriptor.
fn descriptor(attributes: Stage1Attributes) -> u64 {
    let (mut pool, mut stage1) = new();
    stage1.map(&mut pool, HypVirt::new(G1), HostPhys::new(G1), G1, attributes).unwrap();
    let level1 = HostPhys::new(pool.read(stage1.root(), 0) & 0x0000_ffff_ffff_f000);
    pool.read(level1, 1)
}

#[test]
fn tcr_describes_48_bits_of_virtual_over_the_machines_physical_address() {
    let (_, stage1) = new();
    // Bits 31 and 23, PS = 40 bits, SH0 = 3, ORGN0 = IRGN0 = 1, T0SZ = 16.
    assert_eq!(stage1.tcr(), 0x8080_0000 | 2 << 16 | 0x3500 | 16);
}

#[test]
fn ttbr0_is_the_root() {
    let (_, stage1) = new();
    assert_eq!(stage1.ttbr0(), stage1.root().raw());
}

#[test]
fn mair_has_the_three_types_at_the_indices_that_descriptors_use() {
    let attribute = |attributes| MAIR_EL2.to_le_bytes()[(descriptor(attributes) >> 2 & 7) as usize];
    assert_eq!(attribute(Stage1Attributes::Normal(Permission::ReadWrite)), 0xff);
    assert_eq!(attribute(Stage1Attributes::Device), 0x04);
    assert_eq!(attribute(Stage1Attributes::NonCacheable), 0x44);
}

#[test]
fn nothing_is_writable_and_executable() {
    for attributes in ALL {
        let descriptor = descriptor(attributes);
        let (read_only, execute_never) = (descriptor >> 7 & 1, descriptor >> 54 & 1);
        assert!(read_only == 1 || execute_never == 1, "{attributes:?}: {descriptor:#x}");
    }
}

#[test]
fn only_code_is_executable() {
    for attributes in ALL {
        let executable = descriptor(attributes) >> 54 & 1 == 0;
        assert_eq!(executable, attributes == Stage1Attributes::Normal(Permission::ReadExecute));
    }
}

#[test]
fn every_descriptor_is_accessed_with_ap1_as_the_regime_wants_it() {
    for attributes in ALL {
        assert_eq!(descriptor(attributes) & (1 << 10 | 1 << 6), 1 << 10 | 1 << 6, "{attributes:?}");
    }
}

#[test]
fn every_attribute_reads_back_as_it_was_written() {
    let (mut pool, mut stage1) = new();
    for (page, attributes) in ALL.into_iter().enumerate() {
        let at = page as u64 * 4096;
        stage1.map(&mut pool, HypVirt::new(at), HostPhys::new(at), 4096, attributes).unwrap();
        assert_eq!(stage1.translate(&pool, HypVirt::new(at)), Some((HostPhys::new(at), attributes)));
    }
}

#[test]
fn virtual_addresses_may_be_higher_than_the_machine_has_physical_ones() {
    let (mut pool, mut stage1) = new();
    let (high, low) = (HypVirt::new(1 << 47), HostPhys::new(0x4020_0000));
    stage1.map(&mut pool, high, low, 4096, Stage1Attributes::Device).unwrap();
    assert_eq!(stage1.translate(&pool, high), Some((low, Stage1Attributes::Device)));
}

#[test]
fn physical_addresses_beyond_the_machine_are_refused() {
    let (mut pool, mut stage1) = new();
    let start = 1 << 40;
    assert_eq!(
        stage1.map(&mut pool, HypVirt::new(0), HostPhys::new(start), 4096, Stage1Attributes::Device),
        Err(MapError::OutputOutOfRange { start, size: 4096, bits: 40 })
    );
}

#[test]
fn a_guard_page_below_a_stack_faults_and_its_neighbours_do_not() {
    let (mut pool, mut stage1) = new();
    let data = Stage1Attributes::Normal(Permission::ReadWrite);
    stage1.map(&mut pool, HypVirt::new(0x4020_0000), HostPhys::new(0x4020_0000), 0x20_0000, data).unwrap();
    stage1.unmap(&mut pool, HypVirt::new(0x4028_0000), 4096).unwrap();
    let mapped = |at| stage1.translate(&pool, HypVirt::new(at)).is_some();
    assert_eq!([0x4027_ffff, 0x4028_0000, 0x4028_0fff, 0x4028_1000].map(mapped), [true, false, false, true]);
}

#[test]
fn an_adopted_root_keeps_its_mappings_and_takes_more() {
    let (mut pool, mut begun) = new();
    let code = Stage1Attributes::Normal(Permission::ReadExecute);
    begun.map(&mut pool, HypVirt::new(G1), HostPhys::new(G1), G1, code).unwrap();
    let mut adopted = Stage1::adopt(begun.root(), 40).unwrap();
    adopted.map(&mut pool, HypVirt::new(0), HostPhys::new(0), 4096, Stage1Attributes::Device).unwrap();
    let kinds: Vec<_> = adopted.leaves(&pool).map(|leaf| leaf.attributes).collect();
    assert_eq!(kinds, [Stage1Attributes::Device, code]);
}
