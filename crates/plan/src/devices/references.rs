//! Properties of a device that name lines of other devices by phandle. They are given if the zone has those devices too.

use dtoolkit::model::DeviceTreeNode;
use dtoolkit::{Node, Property};

use super::{Request, properties};
use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, cells};

/// A property with its phandles as paths of the board's device tree, since the guest's tree has phandles of its own.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) value: Vec<Cell>,
}

#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// The phandle of the device at this path.
    Phandle(String),
    Number(u32),
}

/// Lists of phandles, each with as many cells behind it as a property of the node that it names says
/// (Linux bindings gpio/gpio.txt, pwm/pwm.txt, iio/iio-consumer).
pub(super) fn cells_of(name: &str) -> Option<&'static str> {
    match name {
        "pwms" => Some("#pwm-cells"),
        "io-channels" => Some("#io-channel-cells"),
        _ => {
            let is_gpio = name == "gpios" || name.ends_with("-gpios") || name.ends_with("-gpio");
            is_gpio.then_some("#gpio-cells")
        }
    }
}

/// The references of a node: a device, or one below it.
pub(super) fn read(
    request: &Request<'_>,
    node: &DeviceTreeNode,
    facts: &Facts,
    owners: &[(String, &str)],
) -> Result<Vec<Reference>, Diagnostic> {
    let names = node.properties().map(|property| property.name().to_owned());
    let names = names.filter_map(|name| cells_of(&name).map(|cells| (name, cells)));
    names.map(|(name, count)| follow(request, node, (name, count), facts, owners)).collect()
}

fn follow(
    request: &Request<'_>,
    node: &DeviceTreeNode,
    (name, count): (String, &str),
    facts: &Facts,
    owners: &[(String, &str)],
) -> Result<Reference, Diagnostic> {
    let all = cells(node, &name);
    let mut rest = all.as_slice();
    let mut value = Vec::new();
    while let Some((phandle, behind)) = rest.split_first() {
        let depends = || properties::depends(request, &name, Some(*phandle), facts, owners);
        let (path, target) = facts.with_phandle(*phandle).ok_or_else(depends)?;
        if !owners.iter().any(|(owned, zone)| *owned == path && *zone == request.zone) {
            return Err(depends());
        }
        let arguments =
            cells(target, count).first().and_then(|count| behind.split_at_checked(*count as usize));
        let Some((arguments, behind)) = arguments else {
            let message = format!(
                "the property `{name}` of {} is malformed: `{count}` of {path} does not say how it goes on",
                request.path
            );
            let help = "correct the board's device tree";
            return Err(request.refuse("device-depends", message, "this device").help(help));
        };
        value.push(Cell::Phandle(path));
        value.extend(arguments.iter().map(|cell| Cell::Number(*cell)));
        rest = behind;
    }
    Ok(Reference { name, value })
}
