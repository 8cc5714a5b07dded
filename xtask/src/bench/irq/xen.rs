//! The guest as a domain of Xen that boots without a dom0 (Xen, docs/features/dom0less).

use std::path::Path;

use bulkhead::board::QemuBoard;
use bulkhead::machine::board_command;
use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use setup::{Peer, Setup};

use super::column::measured;
use super::counts::Counts;
use super::device;
use crate::{Problem, describe};

/// Where QEMU loads the guest for Xen to find it.
const KERNEL: u64 = 0x6000_0000;
/// KiB of the domain.
const MEMORY: u64 = 64 << 10;
const OPTIONS: &str = "dtuart=/pl011@9000000 console=dtuart bootscrub=0";

pub(super) fn run(setup: &Setup, board: &QemuBoard, guest: &Path) -> Result<Counts, Problem> {
    let xen = setup.peer(Peer::Xen).map_err(describe)?.join("xen");
    let size = std::fs::metadata(guest).map_err(|error| error.to_string())?.len();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let tree = folder.path().join("board.dtb");
    std::fs::write(&tree, with_domain(board, size)?).map_err(|error| error.to_string())?;
    let mut qemu = board_command(board);
    qemu.arg("-kernel").arg(xen).args(["-append", OPTIONS]).arg("-dtb").arg(tree);
    qemu.arg("-device").arg(format!("loader,file={},addr={KERNEL:#x},force-raw=on", guest.display()));
    measured(&mut qemu)
}

/// The board's device tree with the domain in it.
fn with_domain(board: &QemuBoard, kernel_size: u64) -> Result<Vec<u8>, Problem> {
    let mut tree = device::tree(board)?;
    let chosen = tree.root.child_mut("chosen").ok_or("the board's device tree has no /chosen")?;
    cells(chosen);
    chosen.add_child(domain(kernel_size));
    Ok(tree.to_dtb())
}

fn domain(kernel_size: u64) -> DeviceTreeNode {
    let mut kernel = DeviceTreeNode::new_unchecked(format!("module@{KERNEL:x}"));
    let compatible: &[&str] = &["multiboot,kernel", "multiboot,module"];
    kernel.add_property(DeviceTreeProperty::new_unchecked("compatible", compatible));
    let reg: Vec<u8> = [KERNEL, kernel_size].into_iter().flat_map(u64::to_be_bytes).collect();
    kernel.add_property(DeviceTreeProperty::new_unchecked("reg", reg));

    let mut domain = DeviceTreeNode::new_unchecked("domU1");
    domain.add_property(DeviceTreeProperty::new_unchecked("compatible", "xen,domain"));
    cells(&mut domain);
    domain.add_property(DeviceTreeProperty::new_unchecked("cpus", 2u32));
    domain.add_property(DeviceTreeProperty::new_unchecked("memory", MEMORY));
    domain.add_property(DeviceTreeProperty::new_unchecked("vpl011", Vec::<u8>::new()));
    domain.add_child(kernel);
    domain
}

/// Addresses and sizes below the node are of 64 bits.
fn cells(node: &mut DeviceTreeNode) {
    for name in ["#address-cells", "#size-cells"] {
        node.remove_property(name);
        node.add_property(DeviceTreeProperty::new_unchecked(name, 2u32));
    }
}
