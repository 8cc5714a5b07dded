//! The device whose interrupt is measured: the PL031 of QEMU's `virt`, which raises it on demand.

use bulkhead::board::QemuBoard;
use dtoolkit::fdt::Fdt;
use dtoolkit::model::DeviceTree;

use crate::Problem;

/// Its path in the device tree.
pub(super) const PATH: &str = "/pl031@9010000";

/// The board's device tree in which the PL031 has no clock: a zone is given no device that depends on another node, and
/// the emulated one runs without.
pub(super) fn without_clocks(board: &QemuBoard) -> Result<Vec<u8>, Problem> {
    let mut tree = tree(board)?;
    let device = tree.root.child_mut(PATH.trim_start_matches('/'));
    let device = device.ok_or_else(|| format!("the board has no {PATH}"))?;
    for property in ["clocks", "clock-names"] {
        device.remove_property(property);
    }
    Ok(tree.to_dtb())
}

/// The device tree of a board.
pub(super) fn tree(board: &QemuBoard) -> Result<DeviceTree, Problem> {
    let blob = board.device_tree().map_err(|failure| failure.to_string())?;
    let fdt = Fdt::new(&blob).map_err(|error| format!("the board's device tree: {error}"))?;
    Ok(DeviceTree::from_fdt(&fdt))
}
