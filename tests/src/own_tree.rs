//! Device trees that zones bring: those that would be derived for them, changed.

use std::fs;

use bulkhead::Failure;
use bulkhead::partition::Partition as Planned;
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, Property};
use plan::Arch;
use setup::Setup;

use crate::board::Board;
use crate::partition::{OwnTree, Partition};

/// The first shared interrupt of a GIC, from which specifiers count.
const FIRST_SPI: u32 = 32;

/// Plans a partition whose name in reports this is; first with derived trees, if zones bring trees of their own.
pub(crate) fn plan(
    setup: &Setup,
    name: &str,
    partition: &Partition,
    board: &Board,
) -> miette::Result<Planned> {
    let derived = Planned::of_text(setup, name, &partition.to_toml(board), setup.root())?;
    if partition.own_trees().next().is_none() {
        return Ok(derived);
    }
    // What is in it is copied into the bundle.
    let folder = tempfile::tempdir().map_err(Failure::from)?;
    for (zone, own) in partition.own_trees() {
        let tree = derived.plan().guest_dtb(zone).unwrap_or_default();
        let is_arm64 = derived.plan().arch() == Arch::Arm64;
        let tree = renumbered(tree, own, is_arm64).ok_or_else(|| {
            Failure::new(format!("no node {} with interrupts in the tree of {zone}", own.node))
        })?;
        fs::write(folder.path().join(format!("{zone}.dtb")), &tree).map_err(Failure::from)?;
    }
    Planned::of_text(setup, name, &partition.to_toml_with_trees(board, folder.path()), setup.root())
}

/// A tree with another number in the first specifier of a node's interrupts.
fn renumbered(blob: &[u8], own: OwnTree, is_arm64: bool) -> Option<Vec<u8>> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(blob).ok()?);
    let node = node(&mut tree.root, own.node)?;
    let mut cells = node.property("interrupts")?.value().to_vec();
    // The GIC's binding has the type of an interrupt first.
    let (place, number) = if is_arm64 { (4, own.interrupt - FIRST_SPI) } else { (0, own.interrupt) };
    cells.get_mut(place..place + 4)?.copy_from_slice(&number.to_be_bytes());
    node.add_property(DeviceTreeProperty::new("interrupts", cells.as_slice()).ok()?);
    Some(tree.to_dtb())
}

fn node<'n>(below: &'n mut DeviceTreeNode, name: &str) -> Option<&'n mut DeviceTreeNode> {
    below.children_mut().find_map(|child| if child.name() == name { Some(child) } else { node(child, name) })
}
