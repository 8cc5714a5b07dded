//! Partitions that hold.

use dtoolkit::fdt::Fdt;
use dtoolkit::{Node, Property};
use manifest::{Controller, GicVersion, Manifest};

use crate::support::{TestBoard, plan, plan_on, text, two_zones, zone};

fn tree_text(blob: &[u8]) -> String {
    Fdt::new(blob).expect("a device tree").to_string()
}

#[test]
fn the_example_is_valid() {
    let example = include_str!("../../../../examples/two-linux-arm64.toml");
    let plan = plan(example);
    assert_eq!(plan.zone_names().collect::<Vec<_>>(), ["linux-a", "linux-b"]);
    assert!(plan.warnings().is_empty());
}

#[test]
fn the_bundle_says_what_the_text_says() {
    let bundle = plan(&two_zones()).bundle();
    let zones: Vec<_> = Manifest::parse(&bundle).expect("valid").zones().collect();
    assert_eq!(zones[0].cpus().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(zones[1].cpus().collect::<Vec<_>>(), [2]);
    assert_eq!(zones[0].regions().map(|region| region.size).collect::<Vec<_>>(), [256 << 20]);
    assert_eq!(zones[0].loads().count(), 3);
    assert_eq!(zones[1].loads().count(), 2);
}

#[test]
fn a_zones_addresses_are_those_of_the_board() {
    let bundle = plan(&two_zones()).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert!(zone.regions().all(|region| region.ipa.raw() == region.hpa.raw()));
    let Controller::Gic(gic) = zone.controller() else { panic!("another controller") };
    assert_eq!(gic.distributor.start().raw(), 0x800_0000);
    let GicVersion::V3 { redistributors } = gic.version else { panic!("another version") };
    assert_eq!(redistributors.size(), 2 * 0x2_0000);
    assert_eq!(gic.spi_count, 32);
    assert_eq!(zone.uart().map(|uart| (uart.range.start().raw(), uart.interrupt)), Some((0x900_0000, 33)));
}

#[test]
fn zones_begin_at_whole_blocks_behind_the_boot_area() {
    let plan = plan(&two_zones());
    let boot_area = plan.boot_areas().next().expect("a boot area");
    let bundle = plan.bundle();
    assert!(boot_area.size() >= (128 << 20) + bundle.len() as u64 + (2 << 20));
    for region in Manifest::parse(&bundle).expect("valid").zones().flat_map(|zone| zone.regions()) {
        assert!(region.hpa.is_aligned(2 << 20) && region.hpa >= boot_area.end());
    }
}

#[test]
fn a_large_zone_begins_at_a_gigabyte() {
    let board = TestBoard { ram: vec![(0x4000_0000, 0x2_0000_0000)], ..TestBoard::default() };
    let bundle = plan_on(&text(&[zone("a", "[0]", "\"2G\"", "")]), &board).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert_eq!(zone.regions().next().expect("RAM").hpa.raw(), 0x8000_0000);
}

#[test]
fn the_kernel_is_at_its_offset_and_the_rest_behind_what_it_clears() {
    let bundle = plan(&two_zones()).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let base = zone.regions().next().expect("RAM").ipa.raw();
    let places: Vec<_> = zone.loads().map(|load| load.ipa.raw() - base).collect();
    assert_eq!(places, [0, 30 << 20, (30 << 20) + 4096]);
    assert_eq!(zone.entry().raw(), base);
    assert_eq!(zone.argument(), base + (30 << 20));
}

#[test]
fn addresses_of_the_users_own_are_kept() {
    let memory = "[{ size = \"64M\", at = 0x8000_0000, ipa = 0x4000_0000 }, { size = \"2M\" }]";
    let more = "initrd = \"initrd\"\nkernel-load = 0x4020_0000\ndtb-load = 0x4000_0000\ninitrd-load = 0x4300_0000\n\
        entry = 0x4020_0040";
    let bundle = plan(&text(&[zone("a", "[3]", memory, more)])).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let regions: Vec<_> = zone.regions().collect();
    assert_eq!((regions[0].ipa.raw(), regions[0].hpa.raw()), (0x4000_0000, 0x8000_0000));
    let places: Vec<_> = zone.loads().map(|load| load.ipa.raw()).collect();
    assert_eq!(places, [0x4020_0000, 0x4000_0000, 0x4300_0000]);
    assert_eq!((zone.entry().raw(), zone.argument()), (0x4020_0040, 0x4000_0000));
}

#[test]
fn a_binary_alone_starts_without_a_device_tree() {
    let zone = "[[zone]]\nname = \"rtos\"\ncpus = [1]\nmemory = [{ size = \"2M\", at = 0x8000_0000 }]\n\
        raw = { file = \"app.bin\", load = 0x8000_1000, entry = 0x8000_1004 }\nuart = false\n";
    let bundle = plan(&text(&[zone.into()])).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert_eq!(
        zone.loads().map(|load| (load.ipa.raw(), load.data.len())).collect::<Vec<_>>(),
        [(0x8000_1000, 5000)]
    );
    assert_eq!((zone.entry().raw(), zone.argument(), zone.uart()), (0x8000_1004, 0, None));
}

#[test]
fn several_binaries_are_a_list() {
    let zone = "[[zone]]\nname = \"rtos\"\ncpus = [1]\nmemory = [{ size = \"2M\", at = 0x8000_0000 }]\n\
        raw = [{ file = \"app.bin\", load = 0x8000_0000 }, { file = \"initrd\", load = 0x8010_0000 }]\n";
    let bundle = plan(&text(&[zone.into()])).bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    assert_eq!((zone.loads().count(), zone.entry().raw()), (2, 0x8000_0000));
}

#[test]
fn the_guests_tree_says_what_the_zone_owns() {
    let plan = plan(&two_zones());
    let blob = plan.guest_dtb("a").expect("a zone");
    let base =
        Manifest::parse(&plan.bundle()).unwrap().zones().next().unwrap().regions().next().unwrap().ipa.raw();
    let mut expected = include_str!("guest.dts").to_owned();
    for (mark, value) in
        [("BASE", base), ("INITRD_START", base + (30 << 20) + 4096), ("INITRD_END", base + (31 << 20) + 4096)]
    {
        expected = expected.replace(mark, &format!("{value:x}"));
    }
    assert_eq!(tree_text(blob), expected);
}

#[test]
fn nothing_else_of_the_board_is_in_the_guests_tree() {
    let plan = plan(&two_zones());
    let text = tree_text(plan.guest_dtb("b").expect("a zone"));
    for foreign in ["pl031", "rtc0", "9000", "7777", "cpu@1", "smc", "8005"] {
        // The UART's address contains "9000".
        assert!(!text.replace("9000000", "").contains(foreign), "{foreign} in {text}");
    }
}

#[test]
fn a_zone_without_a_uart_has_none_in_its_tree() {
    let plan = plan(&text(&[zone("a", "[0]", "\"64M\"", "uart = false")]));
    let text = tree_text(plan.guest_dtb("a").expect("a zone"));
    assert!(!text.contains("pl011") && !text.contains("stdout-path"), "{text}");
}

#[test]
fn zones_that_do_not_exist_have_no_tree() {
    assert_eq!(plan(&two_zones()).guest_dtb("c"), None);
}

#[test]
fn memory_that_firmware_reserves_is_left_alone() {
    let board = TestBoard { reserved: vec![(0x5000_0000, 0x1000_0800)], ..TestBoard::default() };
    let bundle = plan_on(&two_zones(), &board).bundle();
    let zones = Manifest::parse(&bundle).expect("valid");
    let taken = zones.zones().flat_map(|zone| zone.regions()).filter_map(|region| region.host_range());
    assert!(
        taken.into_iter().all(|range| range.start().raw() >= 0x6000_1000 || range.end().raw() <= 0x5000_0000)
    );
}

#[test]
fn colour_is_the_users_choice() {
    let colourless = format!("{}\n[console]\ncolour = false\n", two_zones());
    assert!(Manifest::parse(&plan(&two_zones()).bundle()).expect("valid").colour());
    let mut plan = plan(&colourless);
    assert!(!Manifest::parse(&plan.bundle()).expect("valid").colour());
    plan.set_colour(true);
    assert!(Manifest::parse(&plan.bundle()).expect("valid").colour());
}

#[test]
fn the_same_text_gives_the_same_bundle() {
    assert_eq!(plan(&two_zones()).bundle(), plan(&two_zones()).bundle());
}

#[test]
fn the_table_names_every_owner() {
    let expected = include_str!("table.txt");
    assert_eq!(plan(&two_zones()).table(), expected);
}

#[test]
fn the_schema_knows_every_key() {
    let schema = plan::schema().to_string();
    for key in
        ["boot-area", "kernel-load", "initrd-load", "dtb-load", "raw", "devices", "uart", "cmdline", "ipa"]
    {
        assert!(schema.contains(&format!("\"{key}\"")), "{key}");
    }
}

#[test]
fn a_tree_of_the_users_own_gets_the_command_line() {
    struct WithTree;
    impl plan::FileProvider for WithTree {
        fn read(&self, name: &str) -> Result<Vec<u8>, String> {
            if name == "own.dtb" {
                Ok(TestBoard::default().dtb())
            } else {
                crate::support::TestFiles.read(name)
            }
        }
    }
    let text = text(&[zone("a", "[0]", "\"64M\"", "dtb = \"own.dtb\"\ncmdline = \"quiet\"")]);
    let plan = plan::resolve(&text, &TestBoard::default().dtb(), &WithTree).expect("valid");
    let blob = plan.guest_dtb("a").expect("a zone");
    let fdt = Fdt::new(blob).expect("a tree");
    let chosen = fdt.root().child("chosen").expect("/chosen");
    assert_eq!(chosen.property("bootargs").expect("bootargs").value(), b"quiet\0");
    assert!(fdt.root().child("pl031@9010000").is_some());
}

/// Two zones with the value of `interrupts` that the first has.
fn delivering(how: &str) -> String {
    two_zones().replacen("name = \"a\"", &format!("name = \"a\"\ninterrupts = \"{how}\""), 1)
}

#[test]
fn direct_delivery_gives_the_uart_an_interrupt_that_the_board_does_not_use() {
    let bundle = plan(&delivering("direct")).bundle();
    let zones: Vec<_> = Manifest::parse(&bundle).expect("valid").zones().collect();
    let number = zones[0].uart().expect("a UART").interrupt;
    let owned: Vec<_> = zones[0].interrupts().collect();
    assert_eq!(
        owned.iter().map(|own| (own.virtual_number, own.physical_number)).collect::<Vec<_>>(),
        [(number, number)]
    );
    assert_ne!(number, 33);
    assert!(zones[0].is_direct() && !zones[1].is_direct());
}

#[test]
fn the_guest_is_told_of_the_uarts_interrupt() {
    let plan = plan(&delivering("direct"));
    let bundle = plan.bundle();
    let zone = Manifest::parse(&bundle).expect("valid").zones().next().expect("a zone");
    let number = zone.uart().expect("a UART").interrupt;
    let tree = tree_text(plan.guest_dtb("a").expect("a tree"));
    assert!(tree.contains(&format!("interrupts = <0x00 0x{:02x} 0x04>", number - 32)), "{tree}");
}

#[test]
fn direct_delivery_on_a_gic_is_listed_as_a_hole() {
    let table = plan(&delivering("direct")).table();
    let (_, holes) = table.split_once("Holes in the isolation").expect("holes");
    assert!(holes.contains("a     interrupts"), "{table}");
}

#[test]
fn without_a_word_delivery_is_virtual() {
    assert_eq!(plan(&delivering("auto")).bundle(), plan(&delivering("virtual")).bundle());
    assert_eq!(plan(&delivering("auto")).bundle(), plan(&two_zones()).bundle());
}
