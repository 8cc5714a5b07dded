//! Boards made to order: a small complete device tree, and changes to it.

use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};

/// A property holding cells.
pub(crate) fn cells(name: &str, values: &[u32]) -> DeviceTreeProperty {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    DeviceTreeProperty::new(name, bytes.as_slice()).unwrap()
}

/// A property holding one string.
pub(crate) fn text(name: &str, value: &str) -> DeviceTreeProperty {
    DeviceTreeProperty::new(name, value).unwrap()
}

/// A node with these properties and children.
pub(crate) fn node(
    name: &str,
    properties: Vec<DeviceTreeProperty>,
    children: Vec<DeviceTreeNode>,
) -> DeviceTreeNode {
    // The root is the one node without a name.
    let builder = DeviceTreeNode::builder(name).unwrap();
    let builder = properties.into_iter().fold(builder, |builder, property| builder.property(property));
    children.into_iter().fold(builder, |builder, child| builder.child(child)).build()
}

/// A tree with two CPUs, one bank of RAM, a GICv3 of two redistributor regions, PSCI and a PL011 on a bus that
/// translates addresses.
pub(crate) fn board() -> DeviceTree {
    let mut tree = DeviceTree::new();
    tree.root = node(
        "",
        vec![cells("#address-cells", &[2]), cells("#size-cells", &[2])],
        vec![
            node("chosen", vec![text("stdout-path", "console:115200n8")], vec![]),
            node("aliases", vec![text("console", "/bus@10000000/serial@1000")], vec![]),
            node(
                "memory@40000000",
                vec![text("device_type", "memory"), cells("reg", &[0, 0x4000_0000, 0, 0x1000_0000])],
                vec![],
            ),
            node(
                "cpus",
                vec![cells("#address-cells", &[1]), cells("#size-cells", &[0])],
                vec![cpu(0), cpu(0x100)],
            ),
            node("psci", vec![text("compatible", "arm,psci-1.0"), text("method", "smc")], vec![]),
            node(
                "intc@8000000",
                vec![
                    text("compatible", "arm,gic-v3"),
                    cells("interrupt-controller", &[]),
                    cells("#interrupt-cells", &[3]),
                    cells("#redistributor-regions", &[2]),
                    cells(
                        "reg",
                        &[0, 0x800_0000, 0, 0x1_0000, 0, 0x80a_0000, 0, 0x4_0000, 1, 0, 0, 0x4_0000],
                    ),
                    cells("interrupts", &[1, 9, 4]),
                ],
                vec![],
            ),
            node(
                "bus@10000000",
                vec![
                    text("compatible", "simple-bus"),
                    cells("#address-cells", &[1]),
                    cells("#size-cells", &[1]),
                    cells("ranges", &[0, 0, 0x1000_0000, 0x10_0000]),
                ],
                vec![node(
                    "serial@1000",
                    vec![
                        text("compatible", "arm,pl011"),
                        cells("reg", &[0x1000, 0x1000]),
                        cells("interrupts", &[0, 1, 4]),
                    ],
                    vec![],
                )],
            ),
        ],
    );
    tree
}

fn cpu(affinity: u32) -> DeviceTreeNode {
    node(&format!("cpu@{affinity:x}"), vec![text("device_type", "cpu"), cells("reg", &[affinity])], vec![])
}
