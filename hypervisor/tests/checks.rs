//! Which bundles boot refuses on which board.

mod support;

use addr::{HostPhys, PAGE_SIZE, Range};
use board::Board;
use hypervisor::boot::{self, Refusal};
use manifest::{Arch, BoardError, Interrupt, Region, RegionKind, Trigger, ZoneSpec};
use support::*;

const BANK: u64 = 0x8000_0000;
/// Where the zone's RAM lies.
const ZONE: u64 = BANK + 0x100_0000;
const ZONE_SIZE: u64 = RAM_PAGES * PAGE_SIZE;
const SPIS: u32 = 96;

/// A machine on which the zone of [`zone`] may run.
struct Place {
    board: Board,
    image: Range<HostPhys>,
    device_tree: Range<HostPhys>,
    last_interrupt: u32,
}

fn place() -> Place {
    let mut board = board(host(BANK, 0x1000_0000));
    board.initrd = Some(host(BANK + 0x80_0000, PAGE_SIZE));
    let _ = board.reserved.push(host(BANK + 0x90_0000, PAGE_SIZE));
    Place {
        board,
        image: host(BANK + 0x20_0000, 0x20_0000),
        device_tree: host(BANK + 0x60_0000, 0x1000),
        last_interrupt: 31 + SPIS,
    }
}

fn zone() -> ZoneSpec<'static> {
    zone_spec(0, ZONE)
}

impl Place {
    fn check(&self, zones: &[ZoneSpec<'_>]) -> Result<(), Refusal> {
        let bundle = manifest::write(Arch::Arm64, false, zones, &[]).unwrap();
        boot::check(&self.board, &bundle, self.image, self.device_tree, self.last_interrupt).map(|_| ())
    }

    /// Who owns what the zone wants.
    fn owner(&self, zone: ZoneSpec<'_>) -> &'static str {
        match self.check(&[zone]) {
            Err(Refusal::Board(BoardError::Taken { what, .. })) => what,
            other => panic!("{other:?}"),
        }
    }
}

/// A page of the zone's RAM: its first or its last.
fn each_end() -> [Range<HostPhys>; 2] {
    [host(ZONE, 1), host(ZONE + ZONE_SIZE - 1, 1)]
}

/// The zone with a frame of device registers at `hpa`.
fn with_device(hpa: u64) -> ZoneSpec<'static> {
    let mut zone = zone();
    zone.regions.push(Region {
        ipa: addr::GuestPhys::new(0x1000_0000),
        hpa: HostPhys::new(hpa),
        size: PAGE_SIZE,
        kind: RegionKind::Device,
    });
    zone
}

fn with_interrupt(physical_intid: u32) -> ZoneSpec<'static> {
    let mut zone = zone();
    zone.interrupts =
        vec![Interrupt { virtual_number: 50, physical_number: physical_intid, trigger: Trigger::Edge }];
    zone
}

#[test]
fn a_bundle_that_fits_is_taken() {
    assert!(place().check(&[zone()]).is_ok());
}

#[test]
fn memory_beside_the_image_is_taken() {
    for image in [host(ZONE - PAGE_SIZE, PAGE_SIZE), host(ZONE + ZONE_SIZE, PAGE_SIZE)] {
        assert!(Place { image, ..place() }.check(&[zone()]).is_ok(), "{image}");
    }
}

#[test]
fn a_byte_shared_with_the_image_is_refused() {
    for image in each_end() {
        assert_eq!(Place { image, ..place() }.owner(zone()), "the hypervisor", "{image}");
    }
}

#[test]
fn a_byte_shared_with_the_device_tree_is_refused() {
    for device_tree in each_end() {
        let place = Place { device_tree, ..place() };
        assert_eq!(place.owner(zone()), "the board's device tree", "{device_tree}");
    }
}

#[test]
fn a_byte_shared_with_the_bundle_is_refused() {
    for bundle in each_end() {
        let mut place = place();
        place.board.initrd = Some(bundle);
        assert_eq!(place.owner(zone()), "the bundle", "{bundle}");
    }
}

#[test]
fn a_byte_shared_with_firmware_is_refused() {
    for range in each_end() {
        let mut place = place();
        let _ = place.board.reserved.push(range);
        assert_eq!(place.owner(zone()), "memory that firmware reserves", "{range}");
    }
}

#[test]
fn a_board_may_have_as_many_reserved_ranges_as_its_list_holds() {
    let mut place = place();
    while place.board.reserved.push(host(BANK + 0x90_0000, PAGE_SIZE)).is_ok() {}
    assert!(place.check(&[zone()]).is_ok());
}

#[test]
fn the_distributor_is_no_zone_s() {
    assert_eq!(place().owner(with_device(0x0800_f000)), "the interrupt controller");
}

#[test]
fn no_redistributor_is_a_zone_s() {
    let mut place = place();
    let board::InterruptController::Gicv3(gic) = &mut place.board.interrupt_controller else {
        panic!("the test board has a GICv3");
    };
    let _ = gic.redistributors.push(host(0x2000_0000, 0x2_0000));
    for frame in [0x080a_0000, 0x2001_f000] {
        assert_eq!(place.owner(with_device(frame)), "the interrupt controller", "{frame:#x}");
    }
}

#[test]
fn the_console_is_no_zone_s() {
    assert_eq!(place().owner(with_device(0x0900_0000)), "the console");
}

#[test]
fn any_other_device_is_taken() {
    assert!(place().check(&[with_device(0x0901_0000)]).is_ok());
}

#[test]
fn a_device_in_ram_is_refused() {
    let refusal = place().check(&[with_device(BANK)]);
    assert!(matches!(refusal, Err(Refusal::Board(BoardError::DeviceInRam { .. }))), "{refusal:?}");
}

#[test]
fn memory_across_the_end_of_a_bank_is_refused() {
    let mut place = place();
    place.board.ram.clear();
    let _ = place.board.ram.push(host(BANK, ZONE - BANK + PAGE_SIZE));
    let _ = place.board.ram.push(host(ZONE + PAGE_SIZE, PAGE_SIZE));
    let refusal = place.check(&[zone()]);
    assert!(matches!(refusal, Err(Refusal::Board(BoardError::NotRam { .. }))), "{refusal:?}");
}

#[test]
fn a_cpu_that_the_board_has_not_is_refused() {
    let mut zone = zone();
    zone.cpus[2] = 0xff;
    let refusal = place().check(&[zone]);
    assert!(
        matches!(refusal, Err(Refusal::Board(BoardError::NoCpu { hardware_id: 0xff, .. }))),
        "{refusal:?}"
    );
}

#[test]
fn the_console_s_interrupt_is_no_zone_s() {
    let second =
        ZoneSpec { interrupts: with_interrupt(UART_INTID).interrupts, ..zone_spec(1, BANK + 0x200_0000) };
    let refusal = place().check(&[zone(), second]);
    assert!(matches!(refusal, Err(Refusal::Interrupt(UART_INTID))), "{refusal:?}");
}

#[test]
fn the_board_s_last_interrupt_can_be_a_zone_s_and_the_next_one_cannot() {
    assert!(place().check(&[with_interrupt(31 + SPIS)]).is_ok());
    let refusal = place().check(&[with_interrupt(32 + SPIS)]);
    assert!(matches!(refusal, Err(Refusal::Board(BoardError::NoInterrupt { .. }))), "{refusal:?}");
}

#[test]
fn a_damaged_bundle_is_refused() {
    let place = place();
    let mut bundle = manifest::write(Arch::Arm64, false, &[zone()], &[]).unwrap();
    bundle[100] ^= 1;
    let refusal = boot::check(&place.board, &bundle, place.image, place.device_tree, 31 + SPIS);
    assert!(matches!(refusal, Err(Refusal::Manifest(_))), "{refusal:?}");
}
