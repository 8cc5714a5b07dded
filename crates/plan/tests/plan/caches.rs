//! What guests are told of caches.

use dtoolkit::ToPropertyValue;
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use plan::FileProvider;

use crate::riscv64::{AIA, Files, QEMU};
use crate::support::{TestBoard, TestFiles, text, with, zone};

fn add<T: ToPropertyValue>(node: &mut DeviceTreeNode, name: &str, value: T) {
    node.add_property(DeviceTreeProperty::new(name, value).expect("a property's name"));
}

/// A cache as a vendor describes it, with its controller.
fn cache(name: &str, phandle: u32, level: u32) -> DeviceTreeNode {
    let mut cache = DeviceTreeNode::new(name).expect("a node's name");
    add(&mut cache, "compatible", &["vendor,ccache0", "cache"][..]);
    add(&mut cache, "reg", &[0u32, 0x0201_0000, 0, 0x1000][..]);
    add(&mut cache, "interrupts", &[1u32, 3][..]);
    add(&mut cache, "cache-level", level);
    add(&mut cache, "cache-size", level << 20);
    add(&mut cache, "cache-unified", &[0u8; 0][..]);
    add(&mut cache, "phandle", phandle);
    cache
}

/// CPUs 0 and 1 share a second level that lies on a bus, CPU 2 has one in its own node; behind both is a third.
fn with_caches(board: &[u8], bus: &str) -> Vec<u8> {
    let behind = |cache: &mut DeviceTreeNode, next: u32| add(cache, "next-level-cache", next);
    let mut board = with(board, bus, |bus| {
        let mut shared = cache("cache-controller@2010000", 0x700, 2);
        behind(&mut shared, 0x702);
        bus.add_child(shared);
    });
    for (cpu, next) in [(0, 0x700u32), (1, 0x700), (2, 0x701)] {
        board = with(&board, &format!("/cpus/cpu@{cpu}"), |cpu| behind(cpu, next));
    }
    board = with(&board, "/cpus/cpu@2", |cpu| {
        add(cpu, "d-cache-block-size", 64u32);
        let mut own = cache("l2-cache", 0x701, 2);
        behind(&mut own, 0x702);
        cpu.add_child(own);
    });
    with(&board, "/cpus", |cpus| cpus.add_child(cache("l3-cache", 0x702, 3)))
}

/// What the tree of the zone "z" on these CPUs says of caches, in the order of its lines.
fn told(board: &[u8], partition: String, files: &impl FileProvider) -> Vec<String> {
    let plan = plan::resolve(&partition, board, files).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let tree = Fdt::new(plan.guest_dtb("z").expect("a zone")).expect("a tree").to_string();
    let about = tree.lines().map(str::trim).filter(|line| line.contains("cache") || line.contains("<0x10"));
    about.filter(|line| !line.contains("cbo")).map(str::to_owned).collect()
}

const TWO_LEVELS: [&str; 14] = [
    "next-level-cache = <0x100>;",
    "next-level-cache = <0x100>;",
    "l2-cache0 {",
    "compatible = \"cache\";",
    "cache-level = <0x02>;",
    "cache-unified;",
    "cache-size = <0x200000>;",
    "next-level-cache = <0x101>;",
    "phandle = <0x100>;",
    "l3-cache1 {",
    "compatible = \"cache\";",
    "cache-level = <0x03>;",
    "cache-unified;",
    "cache-size = <0x300000>;",
];

#[test]
fn the_caches_of_a_zones_harts_are_told_of_once_each_and_without_their_controllers() {
    let partition = format!("[board]\n{QEMU}\n\n{}", zone("z", "[0, 1]", "\"64M\"", ""));
    let told = told(&with_caches(AIA, "/soc"), partition, &Files);
    assert_eq!(told[..14], TWO_LEVELS);
    assert_eq!(told[14..], ["phandle = <0x101>;"]);
}

#[test]
fn the_caches_of_a_zones_arm_cpus_are_told_of_likewise() {
    let board = with_caches(&TestBoard::default().dtb(), "/");
    let told = told(&board, text(&[zone("z", "[0, 1]", "\"64M\"", "")]), &TestFiles);
    assert_eq!(told[..14], TWO_LEVELS);
}

#[test]
fn caches_of_others_are_not_told_of() {
    let partition = format!("[board]\n{QEMU}\n\n{}", zone("z", "[2]", "\"64M\"", ""));
    let told = told(&with_caches(AIA, "/soc"), partition, &Files);
    assert_eq!(told[..2], ["d-cache-block-size = <0x40>;", "next-level-cache = <0x100>;"]);
    assert_eq!(
        told.iter().filter(|line| line.ends_with('{')).collect::<Vec<_>>(),
        ["l2-cache0 {", "l3-cache1 {"]
    );
}

#[test]
fn what_is_no_cache_is_not_linked_to() {
    let board = with(AIA, "/soc/serial@10000000", |serial| add(serial, "phandle", 0x700u32));
    let board = with(&board, "/cpus/cpu@0", |cpu| add(cpu, "next-level-cache", 0x700u32));
    let partition = format!("[board]\n{QEMU}\n\n{}", zone("z", "[0]", "\"64M\"", ""));
    assert_eq!(told(&board, partition, &Files), Vec::<String>::new());
}
