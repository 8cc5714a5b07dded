//! Devices that a zone's own device tree asks for (`match = true`): each node of it that needs resources of the board is
//! matched to a free device of the board, and its interrupts are bound to that device's, one to one.

mod bind;
mod find;
mod interrupts;
mod nodes;
mod numbers;
mod tree;

use std::ops::Range;

use toml::Spanned;

use crate::config::Zone;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::files::Contents;

pub(super) use bind::{bind, registers};
pub(super) use find::find;
pub(super) use nodes::GuestNode;
pub(crate) use numbers::{Guest as GuestNumbers, check as check_numbers};
pub(crate) use tree::is_shallow;

/// What a zone's own device tree asks for.
#[derive(Debug)]
pub(super) struct Wanted<'z> {
    pub(super) zone: &'z str,
    /// Where zones.toml says that it is matched.
    pub(super) span: Range<usize>,
    pub(super) nodes: Vec<GuestNode>,
}

/// Reads the device trees of the zones that are matched; `trees` are those that zones bring. What cannot be read is
/// reported and left out.
pub(super) fn read<'z>(
    zones: &'z [Spanned<Zone>],
    trees: &[Option<Contents>],
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Option<Wanted<'z>>> {
    let one = |(zone, blob): (&'z Spanned<Zone>, &Option<Contents>)| {
        let zone = zone.get_ref();
        let wish = zone.match_devices.as_ref().filter(|wish| *wish.get_ref())?;
        let mut wanted = Wanted { zone: zone.name.get_ref(), span: wish.span(), nodes: Vec::new() };
        if zone.dtb.is_none() {
            let message = format!("zone {} has no device tree of its own to match", wanted.zone);
            let help = "name it with `dtb`; or leave `match` out: the derived tree has what `devices` names";
            diagnostics.push(wanted.refuse("match-no-dtb", message, "without `dtb`").help(help));
        }
        // One that cannot be read was reported.
        wanted.nodes = nodes::read(blob.as_ref()?, &wanted, zone.uart, facts, diagnostics);
        Some(wanted)
    };
    zones.iter().zip(trees).map(one).collect()
}

impl Wanted<'_> {
    /// An error that points at where zones.toml says that the tree is matched.
    fn refuse(&self, code: &'static str, message: String, label: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.span.clone(), label)
    }
}
