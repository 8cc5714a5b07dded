//! The guest as a domain of Xen that boots without a dom0 (Xen, docs/features/dom0less).

use std::path::Path;
use std::process::Command;

use bulkhead::board::QemuBoard;
use bulkhead::machine::board_command;
use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use setup::{Peer, Setup};

use super::super::machine::device_tree;
use super::guest::Guest;
use crate::{Problem, describe};

/// Where QEMU loads the guest's files for Xen to find them.
const KERNEL: u64 = 0x6000_0000;
const INITRD: u64 = 0x6800_0000;
/// A vCPU for each CPU: a guest may wait by WFI itself.
const OPTIONS: &str = "dtuart=/pl011@9000000 console=dtuart bootscrub=0 vwfi=native";

/// The machine, its device tree in `folder`.
pub(super) fn command(
    setup: &Setup,
    board: &QemuBoard,
    guest: &Guest,
    folder: &Path,
) -> Result<Command, Problem> {
    let xen = setup.peer(Peer::Xen).map_err(describe)?.join("xen");
    let tree = folder.join("board.dtb");
    let mut qemu = board_command(board);
    qemu.arg("-kernel").arg(xen).arg("-dtb").arg(&tree);

    let mut domain = domain(guest);
    let initrd = guest.initrd(setup)?.map(|file| (file, INITRD, "multiboot,ramdisk"));
    for (file, address, kind) in
        [(guest.kernel(setup)?, KERNEL, "multiboot,kernel")].into_iter().chain(initrd)
    {
        let size = std::fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?.len();
        qemu.arg("-device").arg(format!("loader,file={},addr={address:#x},force-raw=on", file.display()));
        domain.add_child(module(kind, address, size, guest));
    }
    std::fs::write(&tree, with_domain(board, domain)?).map_err(|error| error.to_string())?;
    Ok(qemu)
}

/// The board's device tree with the domain in it.
fn with_domain(board: &QemuBoard, domain: DeviceTreeNode) -> Result<Vec<u8>, Problem> {
    let mut tree = device_tree(board)?;
    let chosen = tree.root.child_mut("chosen").ok_or("the board's device tree has no /chosen")?;
    cells(chosen);
    chosen.add_property(DeviceTreeProperty::new_unchecked("xen,xen-bootargs", OPTIONS));
    chosen.add_child(domain);
    Ok(tree.to_dtb())
}

/// A domain without its files.
fn domain(guest: &Guest) -> DeviceTreeNode {
    let mut domain = DeviceTreeNode::new_unchecked("domU1");
    domain.add_property(DeviceTreeProperty::new_unchecked("compatible", "xen,domain"));
    cells(&mut domain);
    domain.add_property(DeviceTreeProperty::new_unchecked("cpus", guest.cpus as u32));
    // In KiB.
    domain.add_property(DeviceTreeProperty::new_unchecked("memory", u64::from(guest.mebibytes) << 10));
    domain.add_property(DeviceTreeProperty::new_unchecked("vpl011", Vec::<u8>::new()));
    domain
}

/// A file of a domain. The kernel's has the guest's command line.
fn module(kind: &str, address: u64, size: u64, guest: &Guest) -> DeviceTreeNode {
    let mut module = DeviceTreeNode::new_unchecked(format!("module@{address:x}"));
    let compatible: &[&str] = &[kind, "multiboot,module"];
    module.add_property(DeviceTreeProperty::new_unchecked("compatible", compatible));
    let reg: Vec<u8> = [address, size].into_iter().flat_map(u64::to_be_bytes).collect();
    module.add_property(DeviceTreeProperty::new_unchecked("reg", reg));
    if address == KERNEL {
        module.add_property(DeviceTreeProperty::new_unchecked("bootargs", guest.options.as_str()));
    }
    module
}

/// Addresses and sizes below the node are of 64 bits.
fn cells(node: &mut DeviceTreeNode) {
    for name in ["#address-cells", "#size-cells"] {
        node.remove_property(name);
        node.add_property(DeviceTreeProperty::new_unchecked(name, 2u32));
    }
}
