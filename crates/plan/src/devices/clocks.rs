//! The clocks of a device: those that run by themselves at one rate need nobody to drive them, so that a guest can be
//! told of them. All others are a clock controller's, which is nobody's.

use dtoolkit::model::{DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, Property};

use super::{Request, is_compatible};
use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, cells};

/// How many clocks may be fed by one another.
const MOST_LINKS: usize = 8;

/// A clock that runs by itself (Linux bindings clock/fixed-clock and clock/fixed-factor-clock).
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Its path in the board's device tree.
    pub(crate) path: String,
    /// Paths of those that feed it.
    pub(crate) parents: Vec<String>,
    /// What else the guest is told of it.
    pub(crate) properties: Vec<DeviceTreeProperty>,
}

/// What feeds a device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks {
    /// Paths of the device's own clocks, in the order of its property.
    pub(crate) own: Vec<String>,
    /// These, and those that feed them, each once.
    pub(crate) all: Vec<Clock>,
}

/// The clocks of a device, all of which must run by themselves.
pub(super) fn read(request: &Request<'_>, facts: &Facts) -> Result<Clocks, Diagnostic> {
    let mut clocks = Clocks::default();
    clocks.own = follow(request, request.node, facts, &mut clocks.all, MOST_LINKS)?;
    Ok(clocks)
}

/// The clocks that feed a node; they and theirs are added to `all`.
fn follow(
    request: &Request<'_>,
    node: &DeviceTreeNode,
    facts: &Facts,
    all: &mut Vec<Clock>,
    links_left: usize,
) -> Result<Vec<String>, Diagnostic> {
    let path = &request.path;
    let mut own = Vec::new();
    for phandle in cells(node, "clocks") {
        let refuse = |message, help: &str| {
            Err(request.refuse("device-clock", message, "needs a clock that cannot be given").help(help))
        };
        let Some((clock, provider)) = facts.with_phandle(phandle) else {
            let message = format!("a clock of {path} is missing: no node has the phandle {phandle:#x}");
            return refuse(message, "correct `clocks` in the board's device tree");
        };
        let is_fixed = is_compatible(provider, &["fixed-clock", "fixed-factor-clock"]);
        // One that has cells is a controller of several, whatever it says.
        if !is_fixed || cells(provider, "#clock-cells") != [0] {
            let message = format!("{path} needs a clock of {clock}, a clock controller, which is nobody's");
            let help = "leave it out; or, where firmware leaves the clock running, describe it as a `fixed-clock` in the board's device tree";
            return refuse(message, help);
        }
        if !all.iter().any(|known| known.path == clock) {
            let Some(links_left) = links_left.checked_sub(1) else {
                let message =
                    format!("the clocks of {path} feed one another in a circle, or too many in a row");
                return refuse(message, "correct `clocks` in the board's device tree");
            };
            let parents = follow(request, provider, facts, all, links_left)?;
            let told = ["clocks", "phandle", "linux,phandle", "status", "name"];
            let properties = provider.properties().filter(|property| !told.contains(&property.name()));
            let properties =
                properties.map(|property| DeviceTreeProperty::from_property(&property)).collect();
            // It may have been found on the way, if there is a circle.
            if !all.iter().any(|known| known.path == clock) {
                all.push(Clock { path: clock.clone(), parents, properties });
            }
        }
        own.push(clock);
    }
    Ok(own)
}
