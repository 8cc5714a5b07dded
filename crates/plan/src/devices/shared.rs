//! Devices that act on what others own: nobody's to give.

use dtoolkit::Node;
use dtoolkit::model::DeviceTreeNode;

use super::{Request, is_compatible};
use crate::diagnostic::Diagnostic;

/// What a device is by a property that it has.
const BY_PROPERTY: [(&str, &str); 6] = [
    ("interrupt-controller", "an interrupt controller"),
    ("msi-controller", "an interrupt controller"),
    ("#iommu-cells", "an IOMMU"),
    ("#clock-cells", "a clock controller"),
    ("#reset-cells", "a reset controller"),
    ("#power-domain-cells", "a power controller"),
];

/// Refuses such a device.
pub(super) fn check(request: &Request<'_>) -> Result<(), Diagnostic> {
    match kind(request.node) {
        Some(what) => {
            let message = format!("{} is {what}: it acts on more than one zone", request.path);
            Err(request.refuse("device-shared", message, "not for zones").help("leave it out"))
        }
        None => Ok(()),
    }
}

/// What makes a node one that acts on others.
pub(super) fn kind(node: &DeviceTreeNode) -> Option<&'static str> {
    // Interrupts of GPIO lines come to no device but those on the lines.
    let is_gpio = node.property("gpio-controller").is_some();
    let named = |name: &str| node.property(name).is_some() && !(is_gpio && name == "interrupt-controller");
    let by_property = BY_PROPERTY.into_iter().find(|(name, _)| named(name)).map(|(_, what)| what);
    by_property.or(is_compatible(node, &["syscon"]).then_some("a system controller"))
}
