//! Partitions of QEMU's riscv64 boards, whose device trees are those of the tests of crate `board`.

use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use manifest::{Arch, Controller, Manifest, UartKind};
use plan::{FileProvider, Plan};

use crate::support::{TestFiles, riscv64_image, told, zone};

pub(crate) const AIA: &[u8] = include_bytes!("../../../board/tests/trees/qemu-aia.dtb");
const BOOTED: &[u8] = include_bytes!("../../../board/tests/trees/qemu-aia-booted.dtb");
pub(crate) const PLIC: &[u8] = include_bytes!("../../../board/tests/trees/qemu-plic.dtb");
pub(crate) const TWO_SOCKETS: &[u8] = include_bytes!("../../../board/tests/trees/qemu-aia-two-sockets.dtb");

pub(crate) const QEMU: &str =
    "arch = \"riscv64\"\nqemu = { machine = \"virt\", cpu = \"rv64\", smp = 4, memory = \"2G\" }";

/// The files of [`TestFiles`], with kernels for riscv64.
pub(crate) struct Files;

impl FileProvider for Files {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        match name {
            "Image" | "guest:linux-6.12" => Ok(riscv64_image(30 << 20)),
            "Image-arm64" => TestFiles.read("Image"),
            other => TestFiles.read(other),
        }
    }
}

pub(crate) fn text(board: &str, zones: &[String]) -> String {
    format!("[board]\n{board}\n\n{}", zones.join("\n"))
}

fn two_zones(board: &str) -> String {
    let more = "initrd = \"initrd\"\ncmdline = \"console=ttyS0\"";
    text(board, &[zone("a", "[0, 1]", "\"256M\"", more), zone("b", "[3]", "\"128M\"", "uart = false")])
}

pub(crate) fn plan(text: &str, board: &[u8]) -> Plan {
    plan::resolve(text, board, &Files).unwrap_or_else(|diagnostics| panic!("refused: {diagnostics:#?}"))
}

#[track_caller]
pub(crate) fn refused(text: &str, board: &[u8], expected: &str) {
    let mistakes = plan::resolve(text, board, &Files).expect_err("accepted");
    assert_eq!(told(text, &mistakes), expected);
}

/// The board with `change` made to the node at `path`.
pub(crate) fn with(blob: &[u8], path: &str, change: impl FnOnce(&mut DeviceTreeNode)) -> Vec<u8> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(blob).expect("a tree"));
    change(tree.find_node_mut(path).expect("a node"));
    tree.to_dtb()
}

pub(crate) fn tree_text(plan: &Plan, zone: &str) -> String {
    Fdt::new(plan.guest_dtb(zone).expect("a zone")).expect("a device tree").to_string()
}

#[test]
fn the_example_is_valid() {
    let plan = plan(include_str!("../../../../examples/two-linux-riscv64.toml"), AIA);
    assert_eq!(plan.zone_names().collect::<Vec<_>>(), ["linux-a", "linux-b"]);
    assert_eq!((plan.arch(), plan.warnings().len()), (Arch::Riscv64, 0));
}

#[test]
fn a_zones_controller_and_uart_are_where_the_boards_are() {
    let bundle = plan(&two_zones(QEMU), AIA).bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    let zone = manifest.zones().next().expect("a zone");
    let Controller::Aia(aia) = zone.controller() else { panic!("another controller") };
    assert_eq!((aia.aplic.start().raw(), aia.aplic.size(), aia.sources), (0xd00_0000, 0x8000, 96));
    assert_eq!((aia.imsic.start().raw(), aia.imsic.size()), (0x2800_0000, 2 * 0x1000));
    let uart = zone.uart().expect("a UART");
    assert_eq!((uart.range.start().raw(), uart.range.size()), (0x1000_0000, 0x1000));
    assert_eq!((uart.interrupt, uart.kind), (10, UartKind::Ns16550));
    assert_eq!((manifest.arch(), zone.cpus().collect::<Vec<_>>()), (Arch::Riscv64, vec![0, 1]));
}

#[test]
fn on_a_board_without_the_aia_it_is_a_plic() {
    let plan = plan(&two_zones(QEMU), PLIC);
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let Controller::Plic(plic) = zone.controller() else { panic!("another controller") };
    assert_eq!((plic.frame.start().raw(), plic.frame.size(), plic.sources), (0xc00_0000, 0x60_0000, 95));
}

#[test]
fn the_guests_tree_says_what_the_zone_owns() {
    let plan = plan(&two_zones(QEMU), AIA);
    assert_eq!(tree_text(&plan, "a"), include_str!("riscv64-aia.dts"));
}

#[test]
fn the_guests_tree_has_a_plic_with_one_context_for_each_vcpu() {
    let plan = plan(&two_zones(QEMU), PLIC);
    let text = tree_text(&plan, "a");
    let soc = &text[text.find("    soc {").expect("a bus")..];
    assert_eq!(soc, include_str!("riscv64-plic-soc.dts"));
    assert!(!text.contains("ssaia"), "{text}");
}

#[test]
fn nothing_else_of_the_board_is_in_the_guests_tree() {
    let text = tree_text(&plan(&two_zones(QEMU), BOOTED), "b");
    for foreign in [
        "serial",
        "rtc",
        "virtio_mmio",
        "pci",
        "flash",
        "fw-cfg",
        "clint",
        "pmu",
        "test@",
        "poweroff",
        "c000000",
        "24000000",
        "cpu@1",
        "cpu@3",
        "rng-seed",
        "reserved-memory",
        "smaia",
        "svadu",
        "zihpm",
        "shgatpa",
        "\"h\"",
    ] {
        assert!(!text.contains(foreign), "{foreign} in {text}");
    }
}

#[test]
fn a_hart_with_everything_passes_on_what_works_in_a_guest() {
    // All that QEMU's `-cpu max` has beyond `rv64`.
    let names = "i,m,a,c,h,v,zicfilp,zicfiss,zicond,zkn,zk,zkr,zvbb,sha,smepmp,smstateen,ssaia,ssccfg,sscofpmf,ssdbltrp,\
        ssnpm,sspm,ssstateen,sstc,supm,ssctr,svinval,svnapot,svpbmt";
    let names: Vec<_> = names.split(',').collect();
    let board = with(AIA, "/cpus/cpu@0", |cpu| {
        cpu.add_property(DeviceTreeProperty::new("riscv,isa-extensions", names.as_slice()).expect("a name"));
    });
    let text = tree_text(&plan(&text(QEMU, &[zone("a", "[0]", "\"64M\"", "")]), &board), "a");
    let isa = "riscv,isa = \"rv64imacv_zicond_zkn_zvbb_ssaia_sstc_svinval_svnapot_svpbmt\";";
    assert!(text.contains(isa), "{text}");
}

#[test]
fn the_table_names_every_owner() {
    assert_eq!(plan(&two_zones(QEMU), AIA).table(), include_str!("riscv64-table.txt"));
}

#[test]
fn firmwares_memory_is_listed_once_whether_the_tree_tells_of_it_or_not() {
    let [dumped, booted] = [AIA, BOOTED].map(|board| plan(&two_zones(QEMU), board).table());
    assert_eq!(dumped, booted);
}

#[test]
fn the_drawing_speaks_of_harts_and_sources() {
    let svg = plan(&two_zones(QEMU), AIA).svg();
    for wanted in ["hart 0x3", "source", "virtual APLIC", "interrupt files of its CPUs", "firmware, 2 MiB"] {
        assert!(svg.contains(wanted), "{wanted}");
    }
}

#[test]
fn the_drawing_is_tidy() {
    crate::drawing::is_tidy(&plan(&two_zones(QEMU), TWO_SOCKETS).svg());
}

#[test]
fn what_qemu_boots_lies_in_the_boot_areas() {
    let plan = plan(&two_zones(QEMU), AIA);
    let bundle = plan.bundle().len() as u64;
    let inside = |start: u64, size: u64| {
        plan.boot_areas().any(|area| area.start().raw() <= start && start + size <= area.end().raw())
    };
    // Seen with QEMU 10.0.2 and 2 GiB: image, initial RAM disk, device tree.
    assert!(inside(0x8020_0000, 2 << 20) && inside(0xa020_0000, bundle) && inside(0xffe0_0000, 64 << 10));
}

#[test]
fn firmwares_memory_is_left_alone_whether_the_tree_tells_of_it_or_not() {
    let everything = "[{ size = \"64M\", at = 0x8000_0000 }]";
    for board in [AIA, BOOTED] {
        let text = text(QEMU, &[zone("a", "[0]", everything, "")]);
        let mistakes = plan::resolve(&text, board, &Files).expect_err("accepted");
        let told = told(&text, &mistakes);
        assert!(told.contains("overlaps 0x80000000..0x80200000 of firmware"), "{told}");
    }
}

#[test]
fn a_boot_loaders_usual_addresses_are_left_to_it_on_a_real_board() {
    let plan = plan(&two_zones("dtb = \"board.dtb\""), AIA);
    let areas: Vec<_> = plan.boot_areas().collect();
    assert_eq!((areas.len(), areas[0].start().raw()), (1, 0x8020_0000));
    // U-Boot's ramdisk_addr_r on QEMU's board.
    assert!(areas[0].end().raw() >= 0x8c30_0000 + plan.bundle().len() as u64);
}

#[test]
fn the_kernel_is_at_the_start_of_the_memory() {
    let bundle = plan(&two_zones(QEMU), AIA).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let base = zone.regions().next().expect("RAM").ipa.raw();
    let places: Vec<_> = zone.loads().map(|load| load.ipa.raw() - base).collect();
    assert_eq!((zone.entry().raw(), places[0]), (base, 0));
    assert!(places[1..].iter().all(|place| *place >= 30 << 20));
}

#[test]
fn files_in_two_groups_are_one_run_for_the_guest() {
    let text = text(QEMU, &[zone("a", "[1, 2]", "\"64M\"", "")]);
    let plan = plan(&text, TWO_SOCKETS);
    let tree = tree_text(&plan, "a");
    assert!(tree.contains("reg = <0x00 0x28000000 0x00 0x2000>;"), "{tree}");
}

#[test]
fn a_tree_that_contradicts_the_file_is_refused() {
    refused(
        &two_zones("arch = \"arm64\"\ndtb = \"board.dtb\""),
        AIA,
        "\
board-arch: the board's device tree is for riscv64, and the file says arm64
  line 2, `\"arm64\"`: another architecture
  help: write `arch = \"riscv64\"`, or name the device tree of an arm64 board
",
    );
}

#[test]
fn bytes_behind_the_device_tree_are_left_out() {
    let mut blob = AIA.to_vec();
    blob.resize(1 << 20, 0);
    assert!(plan::resolve(&two_zones("dtb = \"board.dtb\""), &blob, &Files).is_ok());
}

#[test]
fn an_unknown_architecture_is_found() {
    let text = two_zones("arch = \"mips\"\ndtb = \"board.dtb\"");
    let mistakes = plan::resolve(&text, AIA, &Files).expect_err("accepted");
    assert!(told(&text, &mistakes).contains("expected `arm64` or `riscv64`"));
}

#[test]
fn a_kernel_for_another_architecture_says_so() {
    refused(
        &two_zones(QEMU).replacen("\"Image\"", "\"Image-arm64\"", 1),
        AIA,
        "\
kernel-not-image: the kernel of zone a is no riscv64 Image: it is an arm64 Image
  line 9, `\"Image-arm64\"`: this file
  help: use a riscv64 kernel
",
    );
}

#[test]
fn a_board_without_guest_files_is_refused() {
    let board = with(AIA, "/soc/interrupt-controller@28000000", |imsic| {
        imsic.remove_property("riscv,guest-index-bits");
    });
    refused(
        &two_zones(QEMU),
        &board,
        "\
board-no-guest-files: the board's interrupt controllers (IMSIC) have no files for guests
  help: with QEMU add `aia-guests=3` to `machine`; on a real board take one whose IMSICs have them
",
    );
}

#[test]
fn a_hart_without_the_hypervisor_extension_is_refused() {
    let board = with(AIA, "/cpus/cpu@2", |cpu| {
        let names = ["i", "m", "a", "c", "sstc"];
        cpu.add_property(DeviceTreeProperty::new("riscv,isa-extensions", &names[..]).expect("a name"));
    });
    refused(
        &two_zones(QEMU),
        &board,
        "\
board-no-h: CPU 2 of the board has no hypervisor extension
  help: Bulkhead needs a board whose harts have H; with QEMU `cpu = \"rv64\"`
",
    );
}

#[test]
fn a_board_with_wires_only_is_told_what_it_needs() {
    let board = with(AIA, "/soc/interrupt-controller@d000000", |aplic| {
        aplic.remove_property("msi-parent");
    });
    refused(
        &two_zones(QEMU),
        &board,
        "\
board-no-aia: no supported interrupt controller in the device tree (supported: riscv,aplic with riscv,imsics, riscv,plic0)
  help: is it the right device tree? with QEMU add `aia=aplic-imsic,aia-guests=3` to `machine`
",
    );
}

#[test]
fn a_board_without_a_console_is_refused() {
    let board = with(AIA, "/chosen", |chosen| {
        chosen.remove_property("stdout-path");
    });
    refused(
        &two_zones(QEMU),
        &board,
        "\
board-no-console: /chosen/stdout-path names no supported console (supported: ns16550a)
  help: let /chosen/stdout-path of the board's device tree name its NS16550A
",
    );
}

#[test]
fn memory_over_the_interrupt_files_is_found() {
    let memory = "[{ size = \"64M\" }, { size = \"1M\", ipa = 0x2800_0000 }]";
    let text = text(QEMU, &[zone("a", "[0]", memory, "")]);
    let mistakes = plan::resolve(&text, AIA, &Files).expect_err("accepted");
    assert_eq!(mistakes[0].code, "guest-overlap");
}

#[test]
fn an_entry_point_between_halfwords_is_found() {
    let memory = "[{ size = \"64M\", at = 0x9000_0000 }]";
    let entry = |address: &str| text(QEMU, &[zone("a", "[0]", memory, &format!("entry = {address}"))]);
    assert!(plan::resolve(&entry("0x9000_0002"), AIA, &Files).is_ok());
    let mistakes = plan::resolve(&entry("0x9000_0001"), AIA, &Files).expect_err("accepted");
    assert_eq!(mistakes[0].help.as_deref(), Some("give a multiple of 2 inside the zone's memory"));
}

#[test]
fn ram_too_small_for_what_qemu_boots_is_found() {
    let board = with(AIA, "/memory@80000000", |memory| {
        let reg = [0u32, 0x8000_0000, 0, 0x80_0000];
        memory.add_property(DeviceTreeProperty::new("reg", reg).expect("a name"));
    });
    let text = text(QEMU, &[zone("a", "[0]", "\"64M\"", "")]);
    let mistakes = plan::resolve(&text, &board, &Files).expect_err("accepted");
    assert_eq!(
        told(&text, &mistakes[..1]),
        "\
boot-area: the first RAM bank 0x80200000..0x80800000 does not hold the image, the bundle and the device tree
  help: name another place of 6 MiB: `boot-area` in [board]
"
    );
}
