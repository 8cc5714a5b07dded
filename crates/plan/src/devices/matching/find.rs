//! The free device of the board that a node of a guest's device tree means: by each of its `compatible` in their order,
//! then by the address of its first registers.

use std::ops::Range;

use super::{GuestNode, Wanted};
use crate::config::DeviceTable;
use crate::devices::candidates::{Candidate, Candidates};
use crate::devices::{Asked, Request, Requests};
use crate::diagnostic::Diagnostic;

/// How many devices a message lists.
const LISTED: usize = 4;

/// What zones.toml says of a device that it does not name: nothing.
pub(in crate::devices) static NO_WORDS: DeviceTable =
    DeviceTable { path: None, alias: None, label: None, compatible: None, resources: None, dma: None };

/// Adds what the nodes of each zone's tree are matched to; to a request of the zone itself for the same device it adds
/// the node. `found` are the devices that zones.toml names, which no other zone's node is matched to.
pub(in crate::devices) fn find<'f>(
    wanted: &'f [Option<Wanted<'f>>],
    candidates: &Candidates<'f>,
    found: &mut [Requests<'f>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Those that say where they are come first, so that none of theirs is taken for a node that does not say.
    for with_base in [true, false] {
        for (zone, wanted) in wanted.iter().enumerate() {
            let Some(wanted) = wanted else { continue };
            for node in wanted.nodes.iter().filter(|node| node.base().is_some() == with_base) {
                match search(node, zone, candidates, found) {
                    Some(candidate) => add(wanted, node, candidate, zone, found),
                    None => diagnostics.push(none_free(wanted, node, zone, candidates, found)),
                }
            }
        }
    }
}

/// Who has a device so far.
enum Holder<'r> {
    Nobody,
    /// The zone itself, by a name in zones.toml.
    Itself,
    /// The zone itself, for another node.
    Node(&'r str),
    Zone(&'r str, Range<usize>),
}

fn holder<'r>(path: &str, zone: usize, found: &'r [Requests<'_>]) -> Holder<'r> {
    for (place, (name, requests)) in found.iter().enumerate() {
        let Some(request) = requests.iter().flatten().find(|request| request.path == path) else { continue };
        return match &request.asked {
            _ if place != zone => Holder::Zone(name, request.span.clone()),
            Some(asked) => Holder::Node(&asked.node.path),
            None => Holder::Itself,
        };
    }
    Holder::Nobody
}

fn search<'c, 'f>(
    node: &GuestNode,
    zone: usize,
    candidates: &'c Candidates<'f>,
    found: &[Requests<'_>],
) -> Option<&'c Candidate<'f>> {
    node.compatible.iter().find_map(|kind| {
        let free = candidates.of_kind(kind).filter(|candidate| candidate.kept.is_none());
        let mut free = free.filter_map(|candidate| match holder(&candidate.path, zone, found) {
            Holder::Nobody => Some((candidate, false)),
            Holder::Itself => Some((candidate, true)),
            Holder::Node(_) | Holder::Zone(..) => None,
        });
        match node.base() {
            Some(base) => free.find(|(candidate, _)| candidate.start.raw() == base),
            // One that zones.toml names for this zone is more likely meant than one that is just free.
            None => free.min_by_key(|(candidate, is_named)| (!is_named, candidate.start)),
        }
        .map(|(candidate, _)| candidate)
    })
}

fn add<'f>(
    wanted: &Wanted<'f>,
    node: &'f GuestNode,
    candidate: &Candidate<'f>,
    zone: usize,
    found: &mut [Requests<'f>],
) {
    let Some((name, requests)) = found.get_mut(zone) else { return };
    let asked = Some(Asked { node, span: wanted.span.clone() });
    match requests.iter_mut().flatten().find(|request| request.path == candidate.path) {
        Some(request) => request.asked = asked,
        None => requests.push(Some(Request {
            zone: name,
            path: candidate.path.clone(),
            table: &NO_WORDS,
            node: candidate.node,
            span: wanted.span.clone(),
            asked,
        })),
    }
}

/// Says which devices there are that the node could have meant, and who has them.
fn none_free(
    wanted: &Wanted<'_>,
    node: &GuestNode,
    zone: usize,
    candidates: &Candidates<'_>,
    found: &[Requests<'_>],
) -> Diagnostic {
    let kinds = node.compatible.join(" or ");
    let mut all: Vec<&Candidate<'_>> = Vec::new();
    for candidate in node.compatible.iter().flat_map(|kind| candidates.of_kind(kind)) {
        if !all.iter().any(|known| known.path == candidate.path) {
            all.push(candidate);
        }
    }
    let is_there = |candidate: &&Candidate<'_>| node.base() == Some(candidate.start.raw());
    let there: Vec<_> = all.iter().copied().filter(is_there).collect();
    let list = |devices: &[&Candidate<'_>]| {
        let one = |candidate: &&Candidate<'_>| {
            let who = match (candidate.kept, holder(&candidate.path, zone, found)) {
                (Some(kept), _) => kept.to_owned(),
                (None, Holder::Nobody | Holder::Itself) => "free".to_owned(),
                (None, Holder::Node(other)) => format!("matched to {other}"),
                (None, Holder::Zone(other, _)) => format!("zone {other}'s"),
            };
            format!("{} ({who})", candidate.path)
        };
        let mut text = devices.iter().take(LISTED).map(one).collect::<Vec<_>>().join(", ");
        if let Some(more) = devices.len().checked_sub(LISTED).filter(|more| *more > 0) {
            text += &format!(" and {more} more");
        }
        text
    };
    let (reason, help) = match (all.is_empty(), there.is_empty(), node.base()) {
        (true, ..) => (
            format!("the board has none compatible with {kinds}"),
            "correct `compatible`, or take the node out of the zone's device tree",
        ),
        (false, false, _) => (
            format!("compatible with {kinds} is there {}", list(&there)),
            "let the node's `reg` name another, or take it out of the zone's device tree",
        ),
        (false, true, Some(base)) => (
            format!("of those compatible with {kinds} none is at {base:#x}: {}", list(&all)),
            "write the board's address into the node's `reg`, or take it out of the zone's device tree",
        ),
        (false, true, None) => (
            format!("compatible with {kinds} are {}", list(&all)),
            "take the node out of the zone's device tree, or a device out of another list",
        ),
    };
    let message =
        format!("in zone {}, no free device matches the guest's {}: {reason}", wanted.zone, node.path);
    let mut error = wanted.refuse("match-none-free", message, &node.path);
    if let [one] = there[..]
        && let Holder::Zone(other, span) = holder(&one.path, zone, found)
    {
        error = error.at(span, format!("zone {other} owns {}", one.path));
    }
    error.help(help)
}
