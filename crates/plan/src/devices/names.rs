//! Which node of the board a zone means: by its path, alias, label or name, or by what it is compatible with.

use dtoolkit::model::DeviceTreeNode;
use dtoolkit::{Node, Property};
use toml::Spanned;

use super::candidates::Candidates;
use super::matching::{self, Wanted};
use super::{Request, Requests};
use crate::config::{Device, DeviceTable, Zone};
use crate::diagnostic::{Diagnostic, nearest};
use crate::facts::Facts;

/// The paths of labels are here (Devicetree compiler, option -@); those of aliases in a node of that name.
const LABELS: &str = "__symbols__";
const ALIASES: &str = "aliases";

/// The devices that each zone asks for, in the order of zones.toml, and those that `guests`, the zones' own device trees,
/// are matched to. What is meant is decided for those with a name first, then for what the trees ask for, so that no
/// other is taken for a kind of device that would be.
pub(super) fn resolve<'f>(
    zones: &'f [Spanned<Zone>],
    guests: &'f [Option<Wanted<'f>>],
    facts: &'f Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(&'f str, Vec<Request<'f>>)> {
    let mut found = named(zones, facts, diagnostics);
    let candidates = Candidates::new(facts);
    matching::find(guests, &candidates, &mut found, diagnostics);
    for (place, zone) in zones.iter().enumerate() {
        for (index, device) in zone.get_ref().devices.iter().enumerate() {
            let table = &device.get_ref().0;
            let Ok(Name::Kind(kind)) = name_of(table) else { continue };
            if let Some(request) = matched(kind, &candidates, found.get_mut(place)) {
                (request.table, request.span) = (table, device.span());
                continue;
            }
            let taken: Vec<&str> = found
                .iter()
                .flat_map(|(_, requests)| requests.iter().flatten())
                .map(|request| request.path.as_str())
                .collect();
            match first_free(kind, &taken, &candidates, facts) {
                Ok((path, node)) => {
                    let zone = zone.get_ref().name.get_ref();
                    let request = Request { zone, path, table, node, span: device.span(), asked: None };
                    if let Some(slot) = found.get_mut(place).and_then(|(_, all)| all.get_mut(index)) {
                        *slot = Some(request);
                    }
                }
                Err(error) => diagnostics.push(error.at(device.span(), "no such device is free")),
            }
        }
    }
    found.into_iter().map(|(zone, requests)| (zone, requests.into_iter().flatten().collect())).collect()
}

/// The devices that have names, each at its place in its zone's list.
fn named<'f>(
    zones: &'f [Spanned<Zone>],
    facts: &'f Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Requests<'f>> {
    let of_zone = |zone: &'f Spanned<Zone>| {
        let zone = zone.get_ref();
        let name = zone.name.get_ref().as_str();
        let one = |device: &'f Spanned<Device>| {
            let table = &device.get_ref().0;
            let node = match name_of(table) {
                Ok(Name::Kind(_)) => None,
                Ok(wanted) => find(&wanted, facts).map_err(|error| diagnostics.push(error(device))).ok(),
                Err(error) => {
                    diagnostics.push(error.at(device.span(), "this device"));
                    None
                }
            };
            node.map(|(path, node)| Request {
                zone: name,
                path,
                table,
                node,
                span: device.span(),
                asked: None,
            })
        };
        (name, zone.devices.iter().map(one).collect())
    };
    zones.iter().map(of_zone).collect()
}

/// The first device of a kind that a node of the zone's tree is matched to, and of which zones.toml says nothing yet.
fn matched<'r, 'f>(
    kind: &str,
    candidates: &Candidates<'_>,
    requests: Option<&'r mut Requests<'f>>,
) -> Option<&'r mut Request<'f>> {
    let (_, requests) = requests?;
    let is_it = |request: &Request<'_>, path: &str| {
        request.path == path && request.asked.as_ref().is_some_and(|asked| asked.span == request.span)
    };
    let is_matched = |path: &str| requests.iter().flatten().any(|request| is_it(request, path));
    let path =
        candidates.of_kind(kind).map(|candidate| candidate.path.as_str()).find(|path| is_matched(path))?;
    requests.iter_mut().flatten().find(|request| is_it(request, path))
}

/// How zones.toml says which device it means.
enum Name<'t> {
    Text(&'t str),
    Alias(&'t str),
    Label(&'t str),
    Kind(&'t str),
}

fn name_of(table: &DeviceTable) -> Result<Name<'_>, Diagnostic> {
    let names = [
        table.path.as_deref().map(Name::Text),
        table.alias.as_deref().map(Name::Alias),
        table.label.as_deref().map(Name::Label),
        table.compatible.as_deref().map(Name::Kind),
    ];
    let mut names = names.into_iter().flatten();
    match (names.next(), names.next()) {
        (Some(wanted), None) => Ok(wanted),
        (first, _) => {
            let message = if first.is_none() { "a device without a name" } else { "a device with two names" };
            let help = "write one of `path`, `alias`, `label` and `compatible`";
            Err(Diagnostic::error("device-name", message).help(help))
        }
    }
}

type Found<'f> = (String, &'f DeviceTreeNode);

fn find<'f>(
    wanted: &Name<'_>,
    facts: &'f Facts,
) -> Result<Found<'f>, impl FnOnce(&Spanned<Device>) -> Diagnostic> {
    let (name, found) = match wanted {
        Name::Text(path) if path.starts_with('/') => (path, facts.at_path(path)),
        Name::Text(name) => {
            let alias = facts.named_in(ALIASES, name);
            (name, alias.or_else(|| facts.named_in(LABELS, name)).or_else(|| only_node(name, facts)))
        }
        Name::Alias(name) => (name, facts.named_in(ALIASES, name)),
        Name::Label(name) => (name, facts.named_in(LABELS, name)),
        Name::Kind(kind) => (kind, None),
    };
    let name = (*name).to_owned();
    found.ok_or(move |device: &Spanned<Device>| unknown(&name, device, facts))
}

/// The node of this name, address and all, if there is but one.
fn only_node<'f>(name: &str, facts: &'f Facts) -> Option<Found<'f>> {
    let mut named = facts.nodes().into_iter().filter(|(_, node)| node.name() == name);
    named.next().filter(|_| named.next().is_none())
}

fn unknown(name: &str, device: &Spanned<Device>, facts: &Facts) -> Diagnostic {
    let table = &device.get_ref().0;
    let names_of = |node: &str| -> Vec<String> {
        let node = facts.tree.root.child(node);
        node.into_iter().flat_map(|node| node.properties().map(|name| name.name().to_owned())).collect()
    };
    let names = if table.alias.is_some() {
        names_of(ALIASES)
    } else if table.label.is_some() {
        names_of(LABELS)
    } else {
        let nodes = facts.nodes().into_iter().map(|(_, node)| node.name().to_owned());
        facts.paths().into_iter().chain(names_of(ALIASES)).chain(names_of(LABELS)).chain(nodes).collect()
    };
    let unknown = Diagnostic::error("unknown-device", format!("the board has no device {name}"))
        .at(device.span(), "unknown device");
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
        None if table.label.is_some() && names.is_empty() => unknown.help(
            "the board's device tree has no labels: compile it with `dtc -@`, or name the device by its path",
        ),
        None => {
            unknown.help("name a path such as /soc/ethernet@1000, or an alias, of the board's device tree")
        }
    }
}

/// The first device of a kind by the address of its first registers that is there, nobody's, and not the hypervisor's.
fn first_free<'f>(
    kind: &str,
    taken: &[&str],
    candidates: &Candidates<'f>,
    facts: &Facts,
) -> Result<Found<'f>, Diagnostic> {
    let equals: Vec<_> = candidates.of_kind(kind).filter(|device| device.kept.is_none()).collect();
    let count = equals.len();
    if let Some(free) = equals.into_iter().find(|device| !taken.contains(&device.path.as_str())) {
        return Ok((free.path.clone(), free.node));
    }
    if count > 0 {
        let message =
            format!("no device compatible with {kind} is free: zones have all {count} of the board's");
        let help = "take one out of another list";
        return Err(Diagnostic::error("device-none-free", message).help(help));
    }
    let mut kinds = Vec::new();
    for (_, node) in facts.nodes() {
        let list = node.property("compatible").map(|list| list.value().to_vec()).unwrap_or_default();
        kinds.extend(String::from_utf8_lossy(&list).split_terminator('\0').map(str::to_owned));
    }
    let message = format!("the board has no device compatible with {kind} for zones");
    let unknown = Diagnostic::error("unknown-device", message);
    Err(match nearest(kind, kinds.iter().map(String::as_str).filter(|other| *other != kind)) {
        Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
        None => unknown.help("name one that `compatible` of a node of the board's device tree lists"),
    })
}
