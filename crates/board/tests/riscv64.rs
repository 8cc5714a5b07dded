//! What is read from the device trees of QEMU's riscv64 boards, and what is refused.
//!
//! `trees/qemu-aia.dtb` is `-M virt,aia=aplic-imsic,aia-guests=3,dumpdtb=… -cpu rv64 -smp 4 -m 2G` of QEMU 10,
//! `qemu-plic.dtb` the same without the two `aia` properties, `qemu-aia-two-sockets.dtb` the same in two NUMA nodes;
//! `qemu-aia-booted.dtb` is the first as OpenSBI 1.5 hands it on, with an initial RAM disk.

use addr::{HostPhys, Range};
use board::{
    Aia, Arch, Board, BoardError, Device, DeviceInterrupt, DeviceInterruptError, Firmware,
    InterruptController, MAX_INTERRUPTS, UartKind,
};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use proptest::prelude::*;

const AIA: &[u8] = include_bytes!("trees/qemu-aia.dtb");
const BOOTED: &[u8] = include_bytes!("trees/qemu-aia-booted.dtb");
const PLIC: &[u8] = include_bytes!("trees/qemu-plic.dtb");
const TWO_SOCKETS: &[u8] = include_bytes!("trees/qemu-aia-two-sockets.dtb");

const APLIC_NODE: &str = "/soc/interrupt-controller@d000000";
const IMSIC_NODE: &str = "/soc/interrupt-controller@28000000";
const UART_NODE: &str = "/soc/serial@10000000";

fn range(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
}

fn aia(board: &Board) -> &Aia {
    let InterruptController::Aia(aia) = &board.interrupt_controller else { panic!("another controller") };
    aia
}

/// The board with `change` made to the node at `path`.
fn with(blob: &[u8], path: &str, change: impl FnOnce(&mut DeviceTreeNode)) -> Result<Board, BoardError> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(blob).unwrap());
    change(tree.find_node_mut(path).unwrap());
    Board::parse(&tree.to_dtb())
}

fn cells(name: &str, values: &[u32]) -> DeviceTreeProperty {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    DeviceTreeProperty::new(name, bytes.as_slice()).unwrap()
}

fn text(name: &str, value: &str) -> DeviceTreeProperty {
    DeviceTreeProperty::new(name, value).unwrap()
}

#[test]
fn a_whole_board_is_read() {
    let board = Board::parse(AIA).unwrap();
    assert_eq!((board.arch(), board.firmware), (Arch::Riscv64, Firmware::Sbi));
    assert_eq!(board.timebase_frequency, Some(10_000_000));
    assert_eq!(board.ram.as_slice(), [range(0x8000_0000, 0x8000_0000)]);
    assert_eq!(board.cpus.iter().map(|cpu| cpu.hardware_id).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(board.reserved.is_empty() && board.initrd.is_none());
}

#[test]
fn the_architecture_is_known_without_the_rest() {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(AIA).unwrap());
    tree.root.remove_child("soc");
    assert_eq!(Board::arch_of(&tree.to_dtb()), Ok(Arch::Riscv64));
}

#[test]
fn firmwares_memory_and_the_bundle_are_in_the_tree_that_firmware_hands_on() {
    let board = Board::parse(BOOTED).unwrap();
    assert_eq!(board.reserved.as_slice(), [range(0x8000_0000, 0x4_0000), range(0x8004_0000, 0x2_0000)]);
    assert_eq!(board.initrd, Some(range(0xa020_0000, 0x2fa_f080)));
}

#[test]
fn firmware_changes_nothing_of_what_is_supervisor_levels() {
    let [dumped, booted] = [AIA, BOOTED].map(|blob| Board::parse(blob).unwrap());
    assert_eq!(dumped.interrupt_controller, booted.interrupt_controller);
    assert_eq!((dumped.cpus, dumped.uart), (booted.cpus, booted.uart));
}

#[test]
fn the_console_is_an_ns16550_at_a_source_of_the_aplic() {
    let uart = Board::parse(AIA).unwrap().uart;
    let kind = UartKind::Ns16550 { reg_shift: 0, reg_io_width: 1, clock_frequency: Some(3_686_400) };
    assert_eq!((uart.frame, uart.interrupt, uart.kind), (range(0x1000_0000, 0x100), 10, kind));
}

#[test]
fn a_board_that_is_refused_still_has_its_console() {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(AIA).unwrap());
    tree.find_node_mut("/soc").unwrap().remove_child("interrupt-controller@28000000");
    let blob = tree.to_dtb();
    let uart = Board::parse(AIA).unwrap().uart;
    assert!(Board::parse(&blob).is_err());
    assert_eq!(Board::console(&blob), Ok((uart.frame, uart.kind)));
}

#[test]
fn registers_that_lie_apart_are_known() {
    let board = with(AIA, UART_NODE, |uart| {
        uart.add_property(cells("reg-shift", &[2]));
        uart.add_property(cells("reg-io-width", &[4]));
        uart.remove_property("clock-frequency");
    });
    let kind = UartKind::Ns16550 { reg_shift: 2, reg_io_width: 4, clock_frequency: None };
    assert_eq!(board.unwrap().uart.kind, kind);
}

#[test]
fn an_impossible_register_width_is_refused() {
    let board = with(AIA, UART_NODE, |uart| uart.add_property(cells("reg-io-width", &[3])));
    assert_eq!(board.unwrap_err(), BoardError::BadProperty("reg-io-width"));
}

#[test]
fn the_supervisor_levels_domain_and_files_are_found() {
    let board = Board::parse(AIA).unwrap();
    let Aia { aplic, imsic } = aia(&board);
    assert_eq!((aplic.frame, aplic.sources), (range(0xd00_0000, 0x8000), 96));
    assert_eq!(imsic.regions.as_slice(), [range(0x2800_0000, 0x1_0000)]);
    assert_eq!((imsic.ids, imsic.guest_ids, imsic.guest_files()), (255, 255, 3));
    assert_eq!((imsic.guest_index_bits, imsic.hart_index_bits, imsic.group_index_bits), (2, 2, 0));
}

#[test]
fn frames_are_all_that_zones_may_not_have() {
    let frames = |blob| Board::parse(blob).unwrap().interrupt_controller.frames().collect::<Vec<_>>();
    assert_eq!(frames(AIA), [range(0xd00_0000, 0x8000), range(0x2800_0000, 0x1_0000)]);
    assert_eq!(frames(PLIC), [range(0xc00_0000, 0x60_0000)]);
}

#[test]
fn each_hart_has_its_file_and_its_guest_files_behind_it() {
    let board = Board::parse(AIA).unwrap();
    let imsic = &aia(&board).imsic;
    let files: Vec<_> = (0..5).map(|cpu| imsic.supervisor_file(cpu).map(HostPhys::raw)).collect();
    assert_eq!(files, [Some(0x2800_0000), Some(0x2800_4000), Some(0x2800_8000), Some(0x2800_c000), None]);
    assert_eq!((0..4).map(|cpu| imsic.hart_index(cpu)).collect::<Vec<_>>(), [0, 1, 2, 3].map(Some));
}

#[test]
fn files_in_two_groups_are_found_in_their_regions() {
    let board = Board::parse(TWO_SOCKETS).unwrap();
    let imsic = &aia(&board).imsic;
    let files: Vec<_> = (0..4).map(|cpu| imsic.supervisor_file(cpu).map(HostPhys::raw)).collect();
    assert_eq!(files, [0x2800_0000, 0x2800_4000, 0x2900_0000, 0x2900_4000].map(Some));
    assert_eq!((imsic.hart_index_bits, imsic.group_index_bits, imsic.group_index_shift), (1, 1, 24));
    assert_eq!((0..4).map(|cpu| imsic.hart_index(cpu)).collect::<Vec<_>>(), [0, 1, 2, 3].map(Some));
}

#[test]
fn of_several_domains_the_consoles_is_taken() {
    let moved = |phandle| {
        with(TWO_SOCKETS, UART_NODE, |uart| uart.add_property(cells("interrupt-parent", &[phandle])))
    };
    for (phandle, domain) in [(0xe, 0xd00_0000), (0xc, 0xd00_8000)] {
        assert_eq!(aia(&moved(phandle).unwrap()).aplic.frame.start().raw(), domain);
    }
}

#[test]
fn harts_are_matched_to_files_by_their_local_controllers() {
    // The files of hart 0 and 1 the other way round, and one more of a hart that is not there.
    let outputs = [6, 9, 8, 9, 0x77, 9, 4, 9, 2, 9];
    let board = with(AIA, IMSIC_NODE, |imsic| {
        imsic.add_property(cells("interrupts-extended", &outputs));
        imsic.add_property(cells("reg", &[0, 0x2800_0000, 0, 0x1_4000]));
    });
    let board = board.unwrap();
    let imsic = &aia(&board).imsic;
    let files: Vec<_> = (0..4).map(|cpu| imsic.supervisor_file(cpu).map(HostPhys::raw)).collect();
    assert_eq!(files, [0x2800_4000, 0x2800_0000, 0x2800_c000, 0x2801_0000].map(Some));
}

#[test]
fn a_hart_without_a_file_is_refused() {
    let board = with(AIA, IMSIC_NODE, |imsic| {
        imsic.add_property(cells("interrupts-extended", &[8, 9, 6, 9, 4, 9]));
    });
    assert_eq!(board.unwrap_err(), BoardError::BadProperty("IMSIC interrupts-extended"));
}

#[test]
fn files_beyond_their_regions_are_refused() {
    let board = with(AIA, IMSIC_NODE, |imsic| imsic.add_property(cells("reg", &[0, 0x2800_0000, 0, 0xf000])));
    assert_eq!(board.unwrap_err(), BoardError::BadProperty("IMSIC reg"));
}

#[test]
fn an_aplic_with_wires_to_its_harts_is_not_supported() {
    let board = with(AIA, APLIC_NODE, |aplic| {
        aplic.remove_property("msi-parent");
    });
    let known = "riscv,aplic with riscv,imsics, riscv,plic0";
    assert_eq!(board.unwrap_err(), BoardError::NoInterruptController(known));
}

#[test]
fn more_sources_than_an_aplic_can_have_are_refused() {
    for count in [0, 1024] {
        let board = with(AIA, APLIC_NODE, |aplic| aplic.add_property(cells("riscv,num-sources", &[count])));
        assert_eq!(board.unwrap_err(), BoardError::BadProperty("riscv,num-sources"));
    }
}

#[test]
fn a_plic_is_read_with_each_harts_supervisor_context() {
    let board = Board::parse(PLIC).unwrap();
    let InterruptController::Plic(plic) = &board.interrupt_controller else { panic!("another controller") };
    assert_eq!((plic.frame, plic.sources), (range(0xc00_0000, 0x60_0000), 95));
    assert_eq!(plic.contexts.as_slice(), [1, 3, 5, 7]);
}

#[test]
fn a_console_that_is_no_ns16550_is_refused() {
    let board = with(AIA, UART_NODE, |uart| uart.add_property(text("compatible", "arm,pl011")));
    assert_eq!(board.unwrap_err(), BoardError::NoConsole("ns16550a"));
}

#[test]
fn a_hart_without_an_mmu_is_no_cpu() {
    let board = with(AIA, "/cpus/cpu@0", |cpu| cpu.add_property(text("mmu-type", "riscv,none")));
    let board = board.unwrap();
    assert_eq!(board.cpus.iter().map(|cpu| cpu.hardware_id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(aia(&board).imsic.supervisor_file(0), Some(HostPhys::new(0x2800_4000)));
}

#[test]
fn the_counters_frequency_may_stand_with_each_hart() {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(AIA).unwrap());
    let cpus = tree.root.child_mut("cpus").unwrap();
    cpus.remove_property("timebase-frequency");
    assert_eq!(Board::parse(&tree.to_dtb()).unwrap_err(), BoardError::BadProperty("timebase-frequency"));
    let cpus = tree.root.child_mut("cpus").unwrap();
    cpus.child_mut("cpu@2").unwrap().add_property(cells("timebase-frequency", &[24_000_000]));
    assert_eq!(Board::parse(&tree.to_dtb()).unwrap().timebase_frequency, Some(24_000_000));
}

proptest! {
    #[test]
    fn a_damaged_tree_never_panics(
        place in any::<prop::sample::Index>(),
        value in any::<u8>(),
        blob in prop_oneof![Just(AIA), Just(PLIC), Just(TWO_SOCKETS)],
    ) {
        let mut blob = blob.to_vec();
        let place = place.index(blob.len());
        blob[place] = value;
        if let Ok(Board { interrupt_controller: InterruptController::Aia(aia), cpus, .. }) = Board::parse(&blob) {
            prop_assert!((0..cpus.len()).all(|cpu| aia.imsic.supervisor_file(cpu).is_some()));
        }
    }
}

const RTC_NODE: &str = "/soc/rtc@101000";

/// The RTC's interrupts on the board with `change` made to it.
fn rtc_interrupts(
    change: impl FnOnce(&mut DeviceTreeNode),
) -> Result<Vec<DeviceInterrupt>, (usize, DeviceInterruptError)> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(AIA).unwrap());
    change(tree.find_node_mut(RTC_NODE).unwrap());
    let blob = tree.to_dtb();
    let controller = Board::parse(&blob).unwrap().interrupt_controller;
    let device = Device::at(&blob, RTC_NODE).unwrap().unwrap();
    device.interrupts(&controller).map(|interrupts| interrupts.to_vec())
}

#[test]
fn a_device_is_read_by_its_path() {
    let device = Device::at(AIA, RTC_NODE).unwrap().unwrap();
    assert!(device.is_usable());
    assert_eq!(device.registers().unwrap().as_slice(), [range(0x10_1000, 0x1000)]);
    assert_eq!(rtc_interrupts(|_| ()), Ok(vec![DeviceInterrupt { number: 11, flags: 4 }]));
    assert!(Device::at(AIA, "/soc/rtc@102000").unwrap().is_none());
}

#[test]
fn a_device_below_a_disabled_bus_is_not_usable() {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(AIA).unwrap());
    tree.find_node_mut("/soc").unwrap().add_property(text("status", "disabled"));
    assert!(!Device::at(&tree.to_dtb(), RTC_NODE).unwrap().unwrap().is_usable());
}

#[test]
fn a_source_of_a_plic_that_tells_no_flags_is_a_level() {
    let controller = Board::parse(PLIC).unwrap().interrupt_controller;
    let device = Device::at(PLIC, RTC_NODE).unwrap().unwrap();
    let interrupts = device.interrupts(&controller).unwrap();
    assert_eq!(interrupts.as_slice(), [DeviceInterrupt { number: 11, flags: 4 }]);
}

#[test]
fn extended_interrupts_come_before_plain_ones() {
    let extended = |rtc: &mut DeviceTreeNode| rtc.add_property(cells("interrupts-extended", &[0xc, 12, 1]));
    assert_eq!(rtc_interrupts(extended), Ok(vec![DeviceInterrupt { number: 12, flags: 1 }]));
}

#[test]
fn interrupts_that_are_cut_off_or_too_many_are_malformed() {
    let many: Vec<u32> = (0..=MAX_INTERRUPTS as u32).flat_map(|source| [source, 4]).collect();
    for (name, values, place) in [
        ("interrupts", &[11u32][..], 0),
        ("interrupts", &[11, 4, 12], 1),
        ("interrupts-extended", &[0xc, 11], 0),
        ("interrupts", &many, MAX_INTERRUPTS),
    ] {
        let found = rtc_interrupts(|rtc| rtc.add_property(cells(name, values)));
        assert_eq!(found, Err((place, DeviceInterruptError::Malformed)), "{name}");
    }
}

#[test]
fn an_interrupt_parent_is_the_boards_controller_or_an_error() {
    for (phandle, error) in
        [(0x7777, DeviceInterruptError::NoParent), (2, DeviceInterruptError::OtherController)]
    {
        let found = rtc_interrupts(|rtc| rtc.add_property(cells("interrupt-parent", &[phandle])));
        assert_eq!(found, Err((0, error)));
    }
}
