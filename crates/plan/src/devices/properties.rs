//! What the guest is told of a device beside its registers and interrupts: every property that speaks of the device
//! alone.

use dtoolkit::model::DeviceTreeProperty;
use dtoolkit::{Node, Property};

use super::resources::Resources;
use super::{Request, references, shared};
use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, cells};

/// Properties that the guest's tree has in a form of its own, or not at all.
const OWN: [&str; 11] = [
    "clocks",
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

/// Properties that name other nodes by phandle: what those provide is nobody's to give yet, but for [`references`]. From
/// the bindings of dt-schema and Linux.
const REFERENCES: [&str; 37] = [
    "access-controllers",
    "assigned-clocks",
    "assigned-clock-parents",
    "backlight",
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

/// Lists of names beside registers and interrupts.
const NAMES: [&str; 2] = ["reg-names", "interrupt-names"];

/// The properties for the guest. `owners` says which zone has a node.
pub(super) fn read(
    request: &Request<'_>,
    resources: &Resources,
    facts: &Facts,
    owners: &[(String, &str)],
) -> Result<Vec<DeviceTreeProperty>, Diagnostic> {
    let is_other = |name: &str| is_reference(name) && references::cells_of(name).is_none();
    if let Some(property) = request.node.properties().find(|property| is_other(property.name())) {
        let name = property.name();
        return Err(depends(request, name, cells(request.node, name).first().copied(), facts, owners));
    }
    let is_left_out = |name: &str| {
        OWN.contains(&name)
            || references::cells_of(name).is_some()
            || resources.are_chosen() && NAMES.contains(&name)
    };
    let given = request.node.properties().filter(|property| !is_left_out(property.name()));
    Ok(given.map(|property| DeviceTreeProperty::from_property(&property)).collect())
}

/// A property refers by a phandle to what is not given with the device.
pub(super) fn depends(
    request: &Request<'_>,
    name: &str,
    phandle: Option<u32>,
    facts: &Facts,
    owners: &[(String, &str)],
) -> Diagnostic {
    let Request { path, zone, .. } = request;
    let target = phandle.and_then(|phandle| facts.with_phandle(phandle));
    let refuse = |message: String, help: &str| {
        request.refuse("device-depends", message, "depends on another node").help(help)
    };
    let Some((target, node)) = target else {
        let message = format!("{path} needs what its property `{name}` refers to, which cannot be found");
        return refuse(message, "leave it out; or correct the property in the board's device tree");
    };
    if name == "memory-region" {
        let message = format!("{path} needs the memory {target}, which the board reserves and no zone has");
        let help = "leave it out; or, if its driver can do without, take `memory-region` out of the board's device tree";
        return refuse(message, help);
    }
    if let Some((_, owner)) = owners.iter().find(|(owned, owner)| *owned == target && owner != zone) {
        let message = format!("{path} needs {target} (property `{name}`), which zone {owner} has");
        return refuse(message, "leave one of the two out: a device has one owner");
    }
    let kind = shared::kind(node);
    if kind.is_none() && references::cells_of(name).is_some() {
        let message = format!("{path} needs {target} (property `{name}`), which no zone has");
        let help = format!("add {target} to the devices of zone {zone}; or leave {path} out");
        return refuse(message, &help);
    }
    let what = kind.map_or(String::new(), |what| format!(", {what}"));
    let message = format!("{path} needs {target}{what} (property `{name}`), which is not given with it");
    let help = "leave it out: this version gives devices that depend on no other node but the interrupt controller and fixed clocks";
    refuse(message, help)
}

pub(super) fn is_reference(name: &str) -> bool {
    let is_pin_control = name.strip_prefix("pinctrl-").is_some_and(|rest| rest.parse::<u32>().is_ok());
    is_pin_control || REFERENCES.contains(&name) || REFERENCE_ENDS.iter().any(|end| name.ends_with(end))
}
