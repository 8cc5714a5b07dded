//! What the guest is told of a device beside its registers and interrupts: every property that speaks of the device
//! alone.

use dtoolkit::model::DeviceTreeProperty;
use dtoolkit::{Node, Property};

use super::Request;
use crate::diagnostic::Diagnostic;

/// Properties that the guest's tree has in a form of its own, or not at all.
const OWN: [&str; 10] = [
    "reg",
    "ranges",
    "dma-ranges",
    "interrupts",
    "interrupts-extended",
    "interrupt-parent",
    "phandle",
    "linux,phandle",
    "status",
    "name",
];

/// Properties that name other nodes by phandle: what those provide is nobody's to give yet. From the bindings of
/// dt-schema and Linux.
const REFERENCES: [&str; 38] = [
    "access-controllers",
    "assigned-clocks",
    "assigned-clock-parents",
    "backlight",
    "clocks",
    "cooling-device",
    "dmas",
    "extcon",
    "gpios",
    "hwlocks",
    "i2c-parent",
    "interconnects",
    "interrupt-affinity",
    "interrupt-map",
    "io-channels",
    "iommu-map",
    "iommus",
    "leds",
    "mboxes",
    "memory-region",
    "msi-map",
    "msi-parent",
    "next-level-cache",
    "nvmem",
    "nvmem-cells",
    "operating-points-v2",
    "phy-handle",
    "phys",
    "power-domains",
    "power-supplies",
    "pwms",
    "regmap",
    "required-opps",
    "resets",
    "sound-dai",
    "syscon",
    "thermal-sensors",
    "wakeup-parent",
];

/// Ends of the names of such properties.
const REFERENCE_ENDS: [&str; 5] = ["-gpios", "-gpio", "-supply", "-syscon", ",syscon"];

/// The properties for the guest.
pub(super) fn read(request: &Request<'_>) -> Result<Vec<DeviceTreeProperty>, Diagnostic> {
    if let Some(property) = request.node.properties().find(|property| is_reference(property.name())) {
        let (path, name) = (&request.path, property.name());
        let message =
            format!("{path} needs what its property `{name}` refers to, which is not given with it");
        let help = "leave it out: this version gives devices that depend on no other node but the interrupt controller";
        return Err(request.refuse("device-depends", message, "depends on another node").help(help));
    }
    let given = request.node.properties().filter(|property| !OWN.contains(&property.name()));
    Ok(given.map(|property| DeviceTreeProperty::from_property(&property)).collect())
}

fn is_reference(name: &str) -> bool {
    let is_pin_control = name.strip_prefix("pinctrl-").is_some_and(|rest| rest.parse::<u32>().is_ok());
    is_pin_control || REFERENCES.contains(&name) || REFERENCE_ENDS.iter().any(|end| name.ends_with(end))
}
