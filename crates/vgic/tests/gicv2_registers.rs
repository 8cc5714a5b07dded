//! What the registers of a GICv2's distributor show and do where they differ from those of a GICv3.

mod support;

use support::world::World;
use vgic::{Access, Config, ConfigError, Frame, MAX_VCPUS_V2, Redistributor, VcpuId, Version, Vgic, Width};

const TARGETS: u32 = 0x800;

fn distributor(vcpu: usize) -> Frame {
    Frame::Banked(VcpuId::new(vcpu).unwrap())
}

fn world() -> World<'static> {
    World::v2(2, 4)
}

/// What a register reads for vCPU 0 after all ones have been written to it.
fn read_back(offset: u32, width: Width) -> u64 {
    let mut world = world();
    world.write(0, distributor(0), offset, width, u64::MAX);
    world.read(0, distributor(0), offset, width)
}

#[test]
fn the_control_register_has_the_two_enables_and_nothing_else() {
    assert_eq!(world().read(0, distributor(0), 0, Width::Word), 0);
    assert_eq!(read_back(0, Width::Word), 0x3);
}

#[test]
fn the_type_tells_lines_and_vcpus_and_no_security_extensions() {
    // 64 SPIs.
    assert_eq!(world().read(0, distributor(0), 4, Width::Word), 0x22);
    assert_eq!(World::v2(8, 4).read(7, distributor(7), 4, Width::Word), 0xe2);
    assert_eq!(World::v2(1, 4).read(0, distributor(0), 4, Width::Word), 0x02);
}

#[test]
fn the_frame_identifies_as_gicv2_with_4_kib() {
    let mut world = world();
    let mut read = |offset| world.read(0, distributor(0), offset, Width::Word);
    assert_eq!(read(0xfe8) >> 4, 2);
    assert_eq!(read(0xfd0) >> 4, 0);
    assert_eq!([0xff0, 0xff4, 0xff8, 0xffc].map(read), [0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn each_vcpu_finds_its_own_private_interrupts() {
    // Group, enable, pending and active, each with a PPI; a priority; a configuration.
    for offset in [0x80, 0x100, 0x200, 0x300, 0x410, 0xc04] {
        let mut world = world();
        let others = world.read(0, distributor(0), offset, Width::Word);
        world.write(1, distributor(1), offset, Width::Word, 0x8000_0000);
        assert_eq!(world.read(0, distributor(0), offset, Width::Word), others, "{offset:#x}");
        assert_ne!(world.read(1, distributor(1), offset, Width::Word), others, "{offset:#x}");
    }
}

#[test]
fn all_vcpus_find_the_same_spis() {
    for offset in [0x84, 0x104, 0x204, 0x304, 0x420, 0xc08, 0x820] {
        let mut world = world();
        world.write(1, distributor(1), offset, Width::Word, 0x0a0a_0a0a);
        let value = world.read(0, distributor(0), offset, Width::Word);
        assert_ne!(value, 0, "{offset:#x}");
        assert_eq!(world.read(1, distributor(1), offset, Width::Word), value, "{offset:#x}");
    }
}

#[test]
fn sgis_are_always_enabled() {
    let mut world = world();
    assert_eq!(world.read(0, distributor(0), 0x100, Width::Word), 0xffff);
    world.write(0, distributor(0), 0x180, Width::Word, u64::MAX);
    assert_eq!(world.read(0, distributor(0), 0x180, Width::Word), 0xffff);
    world.reboot();
    assert_eq!(world.read(0, distributor(0), 0x100, Width::Word), 0xffff);
}

#[test]
fn the_target_registers_of_private_interrupts_name_the_reader() {
    let mut world = World::v2(3, 4);
    for vcpu in 0..3 {
        world.write(vcpu, distributor(vcpu), TARGETS + 28, Width::Word, 0);
        let expected = 0x0101_0101 << vcpu;
        assert_eq!(world.read(vcpu, distributor(vcpu), TARGETS + 28, Width::Word), expected);
        assert_eq!(world.read(vcpu, distributor(vcpu), TARGETS + 3, Width::Byte), expected & 0xff);
    }
}

#[test]
fn a_target_field_has_a_bit_for_each_vcpu_of_the_zone() {
    let mut world = World::v2(3, 4);
    world.write(0, distributor(0), TARGETS + 40, Width::Word, u64::MAX);
    assert_eq!(world.read(0, distributor(0), TARGETS + 40, Width::Word), 0x0707_0707);
    world.write(0, distributor(0), TARGETS + 41, Width::Byte, 0xfa);
    assert_eq!(world.read(0, distributor(0), TARGETS + 40, Width::Word), 0x0707_0207);
}

#[test]
fn spis_have_no_target_after_reset() {
    let mut world = world();
    world.write(0, distributor(0), TARGETS + 40, Width::Byte, 1);
    world.reboot();
    assert_eq!(world.read(0, distributor(0), TARGETS + 40, Width::Word), 0);
}

#[test]
fn with_one_vcpu_the_target_registers_read_as_zero_and_ignore_writes() {
    let mut world = World::v2(1, 4);
    for offset in [TARGETS, TARGETS + 40] {
        world.write(0, distributor(0), offset, Width::Word, 0x0101_0101);
        assert_eq!(world.read(0, distributor(0), offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn sgis_are_edge_triggered_whatever_is_written() {
    let mut world = world();
    world.write(0, distributor(0), 0xc00, Width::Word, 0);
    assert_eq!(world.read(0, distributor(0), 0xc00, Width::Word), 0xaaaa_aaaa);
}

#[test]
fn priorities_have_5_bits() {
    assert_eq!(read_back(0x420, Width::Word), 0xf8f8_f8f8);
    assert_eq!(read_back(0x41f, Width::Byte), 0xf8);
}

#[test]
fn interrupts_beyond_the_configured_ones_do_not_exist() {
    for offset in [0x80 + 12, 0x100 + 12, 0x200 + 12, 0x300 + 12, 0x400 + 96, TARGETS + 96, 0xc00 + 24] {
        assert_eq!(read_back(offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn parts_that_this_gic_lacks_read_as_zero_and_ignore_writes() {
    // GICD_TYPER2, GICD_SETSPI_NSR, GICD_IGRPMODR, GICD_PPISR of some, GICD_NSACR, GICD_SGIR, and nothing.
    for offset in [0x0c, 0x40, 0xd00, 0xd04, 0xe00, 0xe08, 0xf00, 0xf04, 0xf30] {
        assert_eq!(read_back(offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn bytes_are_for_priorities_targets_and_senders() {
    for offset in [0x421, 0x821, 0xf21] {
        assert_ne!(read_back(offset, Width::Byte), 0, "{offset:#x}");
        assert_eq!(read_back(offset & !1, Width::Half), 0, "{offset:#x}");
    }
    for (offset, kept) in [(0x0, 0), (0x81, 0), (0x100, 0xffff), (0x201, 0), (0xc0d, 0)] {
        let mut world = world();
        world.write(0, distributor(0), offset, Width::Byte, 0xff);
        assert_eq!(world.read(0, distributor(0), offset, Width::Byte), 0, "{offset:#x}");
        assert_eq!(world.read(0, distributor(0), offset & !3, Width::Word), kept, "{offset:#x}");
    }
}

#[test]
fn a_byte_or_halfword_written_to_the_sgi_register_sends_nothing() {
    let mut world = world();
    world.open();
    world.write(0, distributor(0), 0xf00, Width::Half, 0x5);
    world.write(0, distributor(0), 0xf02, Width::Byte, 0x2);
    assert_eq!((world.acknowledge(0), world.acknowledge(1)), (None, None));
}

#[test]
fn every_offset_and_width_has_an_outcome() {
    let mut world = World::v2(2, 1);
    for offset in 0..0x2000 {
        for width in [Width::Byte, Width::Half, Width::Word, Width::Double] {
            let value = world.read(1, distributor(1), offset, width);
            assert!(width == Width::Double || value >> (width.bytes() * 8) == 0);
            world.write(1, distributor(1), offset, width, 0x5a5a_5a5a_5a5a_5a5a);
        }
    }
}

#[test]
fn private_registers_park_nobody() {
    let mut world = world();
    world.open();
    for by in 0..2 {
        world.write(by, distributor(by), 0xf00, Width::Word, 0x0003_0005);
    }
    for offset in [0x100, 0x200, 0x280, 0x300, 0x380, 0x404, 0x804, 0xf14, 0xf24] {
        let access = Access { frame: distributor(1), offset, width: Width::Word };
        assert!(world.must_park(1, &access, None).is_empty(), "{offset:#x}");
        assert!(world.must_park(1, &access, Some(u64::MAX)).is_empty(), "{offset:#x}");
    }
}

fn refused(vcpus: u8, priority_bits: u8) -> Option<ConfigError> {
    let mut redistributors = vec![Redistributor::new(); vcpus.into()];
    Vgic::new(Config { version: Version::V2, vcpus, spis: 32, priority_bits }, &mut redistributors).err()
}

#[test]
fn a_gicv2_has_8_vcpus_at_most() {
    assert_eq!(refused(8, 5), None);
    assert_eq!(refused(9, 5), Some(ConfigError::Vcpus { given: 9, most: MAX_VCPUS_V2 }));
}

#[test]
fn a_gicv2_has_5_priority_bits() {
    assert_eq!(refused(1, 6), Some(ConfigError::PriorityBits(6)));
}
