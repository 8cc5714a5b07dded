//! What single registers show and do, and what an access comes to that no register allows.

mod support;

use support::world::{WIRED, World};
use vgic::{Access, Frame, VcpuId, Version, Width};

const DISTRIBUTOR: Frame = Frame::Distributor;

fn redistributor(vcpu: usize) -> Frame {
    Frame::Redistributor(VcpuId::new(vcpu).unwrap())
}

fn world() -> World<'static> {
    World::new(2, 4)
}

/// What a register reads after all ones have been written to it.
fn read_back(frame: Frame, offset: u32, width: Width) -> u64 {
    let mut world = world();
    world.write(0, frame, offset, width, u64::MAX);
    world.read(0, frame, offset, width)
}

#[test]
fn the_distributor_has_one_security_state_and_affinity_routing_only() {
    assert_eq!(world().read(0, DISTRIBUTOR, 0, Width::Word), 0x50);
    assert_eq!(read_back(DISTRIBUTOR, 0, Width::Word), 0x53);
}

#[test]
fn the_distributor_type_tells_its_lines_and_what_it_lacks() {
    // 64 SPIs; no MBIS, LPIS, ESPI; IDbits 10, A3V, No1N.
    assert_eq!(world().read(0, DISTRIBUTOR, 4, Width::Word), 0x0348_0002);
}

#[test]
fn the_redistributor_type_tells_affinity_number_and_last() {
    let mut world = world();
    assert_eq!(world.read(1, redistributor(0), 8, Width::Double), 0);
    assert_eq!(world.read(0, redistributor(1), 8, Width::Double), 0x1_0000_0110);
}

#[test]
fn the_redistributor_type_can_be_read_in_halves() {
    let mut world = world();
    assert_eq!(world.read(0, redistributor(1), 8, Width::Word), 0x110);
    assert_eq!(world.read(0, redistributor(1), 12, Width::Word), 1);
}

#[test]
fn both_frames_identify_as_gicv3() {
    let mut world = world();
    for frame in [DISTRIBUTOR, redistributor(1)] {
        assert_eq!(world.read(0, frame, 0xffe8, Width::Word), 0x3b);
        let component: Vec<_> =
            (0..4).map(|index| world.read(0, frame, 0xfff0 + index * 4, Width::Word)).collect();
        assert_eq!(component, [0x0d, 0xf0, 0x05, 0xb1]);
    }
}

#[test]
fn a_redistributor_sleeps_after_reset_and_wakes_when_told() {
    let mut world = world();
    assert_eq!(world.read(0, redistributor(0), 0x14, Width::Word), 6);
    world.write(0, redistributor(0), 0x14, Width::Word, 0);
    assert_eq!(world.read(0, redistributor(0), 0x14, Width::Word), 0);
    assert_eq!(world.read(0, redistributor(1), 0x14, Width::Word), 6);
}

#[test]
fn a_redistributor_beyond_the_vcpus_reads_as_zero() {
    for offset in [0x4, 0x8, 0x14, 0xffe8, 0x1_0100, 0x1_0400] {
        assert_eq!(read_back(redistributor(2), offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn private_interrupts_are_not_in_the_distributor() {
    for offset in [0x80, 0x100, 0x200, 0x300, 0x400, 0xc00, 0x6000] {
        assert_eq!(read_back(DISTRIBUTOR, offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn interrupts_beyond_the_configured_ones_do_not_exist() {
    for offset in [0x80 + 12, 0x100 + 12, 0x200 + 12, 0x300 + 12, 0x400 + 96, 0xc00 + 24, 0x6000 + 96 * 8] {
        assert_eq!(read_back(DISTRIBUTOR, offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn priorities_keep_the_implemented_bits() {
    assert_eq!(read_back(DISTRIBUTOR, 0x420, Width::Word), 0xf8f8_f8f8);
    assert_eq!(read_back(redistributor(0), 0x1_041f, Width::Byte), 0xf8);
}

#[test]
fn a_priority_byte_leaves_its_neighbours() {
    let mut world = world();
    world.write(0, DISTRIBUTOR, 0x421, Width::Byte, 0x50);
    assert_eq!(world.read(0, DISTRIBUTOR, 0x420, Width::Word), 0x5000);
}

#[test]
fn sgis_are_edge_triggered_whatever_is_written() {
    let mut world = world();
    world.write(0, redistributor(0), 0x1_0c00, Width::Word, 0);
    assert_eq!(world.read(0, redistributor(0), 0x1_0c00, Width::Word), 0xaaaa_aaaa);
}

#[test]
fn the_lower_configuration_bit_is_always_zero() {
    assert_eq!(read_back(DISTRIBUTOR, 0xc08, Width::Word), 0xaaaa_aaaa);
}

#[test]
fn a_route_has_four_affinity_levels_and_no_routing_mode() {
    assert_eq!(read_back(DISTRIBUTOR, 0x6100, Width::Double), 0xff_00ff_ffff);
}

#[test]
fn a_route_can_be_written_in_halves() {
    let mut world = world();
    world.write(0, DISTRIBUTOR, 0x6108, Width::Word, 0x8001_0203);
    world.write(0, DISTRIBUTOR, 0x610c, Width::Word, 0x04);
    assert_eq!(world.read(0, DISTRIBUTOR, 0x6108, Width::Double), 0x04_0001_0203);
}

#[test]
fn a_width_that_a_register_does_not_allow_changes_nothing() {
    let accesses = [
        (0x104, Width::Byte),
        (0x104, Width::Half),
        (0x100, Width::Double),
        (0x420, Width::Half),
        (0x420, Width::Double),
        (0x6100, Width::Byte),
        (0x0, Width::Double),
    ];
    for (offset, width) in accesses {
        let mut world = world();
        world.write(0, DISTRIBUTOR, offset, width, u64::MAX);
        assert_eq!(world.read(0, DISTRIBUTOR, offset, width), 0, "{offset:#x} {width:?}");
        assert_eq!(world.read(0, DISTRIBUTOR, offset & !7 | 4, Width::Word) & !0x0348_0002, 0, "{offset:#x}");
    }
}

#[test]
fn an_unaligned_access_changes_nothing() {
    for (offset, width) in [(0x106, Width::Word), (0x422, Width::Word), (0x6104, Width::Double)] {
        assert_eq!(read_back(DISTRIBUTOR, offset, width), 0, "{offset:#x}");
    }
}

#[test]
fn parts_that_this_gic_lacks_read_as_zero_and_ignore_writes() {
    for offset in [0x0c, 0x10, 0x40, 0x48, 0x820, 0xd04, 0xe08, 0xf00, 0xf10, 0xf20, 0x1000, 0xc000] {
        assert_eq!(read_back(DISTRIBUTOR, offset, Width::Word), 0, "{offset:#x}");
    }
    for offset in [0x0, 0x10, 0x18, 0x1c, 0x40, 0x70, 0x78, 0xa0, 0xb0, 0xc0, 0x1_0d00, 0x1_0e00] {
        assert_eq!(read_back(redistributor(0), offset, Width::Word), 0, "{offset:#x}");
    }
}

#[test]
fn every_offset_and_width_of_every_frame_has_an_outcome() {
    let mut world = World::new(1, 1);
    let frames = [(DISTRIBUTOR, 0x1_0000), (redistributor(0), 0x2_0000), (redistributor(63), 0x2_0000)];
    for (frame, size) in frames {
        for offset in 0..size {
            for width in [Width::Byte, Width::Half, Width::Word, Width::Double] {
                let value = world.read(0, frame, offset, width);
                assert!(width == Width::Double || value >> (width.bytes() * 8) == 0);
                world.write(0, frame, offset, width, 0x5a5a_5a5a_5a5a_5a5a);
            }
        }
    }
}

#[test]
fn reading_an_enable_register_parks_nobody() {
    let mut world = world();
    world.open();
    world.set_bit(0, 0x200, 50);
    let access = Access { frame: DISTRIBUTOR, offset: 0x104, width: Width::Word };
    assert!(world.must_park(1, &access, None).is_empty());
}

#[test]
fn reading_the_pending_state_parks_the_vcpu_that_holds_an_interrupt_of_the_word() {
    let mut world = world();
    world.open();
    world.set_bit(0, 0x200, 50);
    let access = Access { frame: DISTRIBUTOR, offset: 0x204, width: Width::Word };
    assert!(world.must_park(1, &access, None).contains(VcpuId::new(0).unwrap()));
    assert!(world.must_park(0, &access, None).is_empty());
}

#[test]
fn disabling_parks_only_for_what_is_disabled() {
    let mut world = world();
    world.open();
    world.set_bit(0, 0x200, 50);
    let access = Access { frame: DISTRIBUTOR, offset: 0x184, width: Width::Word };
    assert!(world.must_park(1, &access, Some(1 << 17)).is_empty());
    assert!(!world.must_park(1, &access, Some(1 << 18)).is_empty());
}

#[test]
fn the_short_way_shows_what_the_long_way_shows() {
    for version in [Version::V2, Version::V3] {
        let mut world = World::with(version, 2, 4);
        world.open();
        let distributor = world.distributor(0);
        for intid in 16..96 {
            world.set_priority(0, intid, (intid * 8) as u8);
        }
        world.write(0, distributor, 0x204, Width::Word, 0x5a00_0ff0);
        world.write(0, distributor, 0x308, Width::Word, 0x00a5_f00f);
        world.write(0, distributor, 0xc10, Width::Word, 0xa0a0_0a0a);
        world.write(0, distributor, 0x84, Width::Word, 0x1234_5678);
        let mut frames = vec![(distributor, 0x1_0000)];
        if version == Version::V3 {
            frames.extend([(redistributor(0), 0x2_0000), (redistributor(1), 0x2_0000)]);
        }
        for (frame, size) in frames {
            for offset in (0..size).step_by(4) {
                for width in [Width::Byte, Width::Half, Width::Word, Width::Double] {
                    let (short, long) = world.both_ways(0, frame, offset, width);
                    assert!(short.is_none_or(|short| short == long), "{frame:?} {offset:#x} {width:?}");
                }
            }
        }
    }
}

#[test]
fn a_line_that_is_up_is_pending_when_its_interrupt_becomes_level_sensitive() {
    for before in 0..2 {
        let mut world = World::new(1, 4);
        world.open();
        let configure = |world: &mut World, value| world.write(0, DISTRIBUTOR, 0xc08, Width::Word, value);
        configure(&mut world, 2 << 16);
        world.drive(WIRED, true);
        assert_eq!(world.acknowledge(0), Some(WIRED));
        world.end(0);
        world.kick(0);
        // Every other access takes the short way.
        (0..before).for_each(|_| {
            world.read(0, DISTRIBUTOR, 4, Width::Word);
        });
        configure(&mut world, 0);
        assert_eq!(world.acknowledge(0), Some(WIRED));
    }
}
