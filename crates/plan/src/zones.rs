//! Names and CPUs of the zones: each valid, there, and owned once.

use std::collections::HashMap;
use std::ops::Range;

use manifest::{MAX_ZONES, ZoneName};
use toml::Spanned;

use crate::config::Zone;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// Checks the names of all zones.
pub(crate) fn check_names(zones: &[Spanned<Zone>], diagnostics: &mut Vec<Diagnostic>) {
    if let Some(zone) = zones.get(MAX_ZONES) {
        let message = format!("{} zones are too many: {MAX_ZONES} are possible", zones.len());
        let diagnostic = Diagnostic::error("too-many-zones", message);
        diagnostics.push(diagnostic.at(zone.span(), "one too many").help("put several tasks into one zone"));
    }
    let mut taken: HashMap<&str, Range<usize>> = HashMap::new();
    for zone in zones {
        let name = &zone.get_ref().name;
        let text = name.get_ref().as_str();
        if ZoneName::new(text).is_none() {
            let message = format!("{text:?} cannot be a zone's name");
            let help =
                "use 1 to 31 of the characters a-z, 0-9, _ and -; `bulkhead` is the hypervisor's own name";
            diagnostics.push(Diagnostic::error("bad-name", message).at(name.span(), "this name").help(help));
        } else if let Some(first) = taken.get(text) {
            let diagnostic = Diagnostic::error("duplicate-name", format!("two zones are named {text}"))
                .at(first.clone(), "the first")
                .at(name.span(), "the second");
            diagnostics.push(diagnostic.help("give each zone a name of its own"));
        } else {
            taken.insert(text, name.span());
        }
    }
}

/// Checks that every CPU is there and has one owner.
pub(crate) fn check_cpus(zones: &[Spanned<Zone>], facts: &Facts, diagnostics: &mut Vec<Diagnostic>) {
    let count = facts.board.cpus.len();
    let mut owners: HashMap<u32, (&str, Range<usize>)> = HashMap::new();
    for zone in zones {
        let zone = zone.get_ref();
        let name = zone.name.get_ref().as_str();
        if zone.cpus.get_ref().is_empty() {
            let diagnostic = Diagnostic::error("no-cpus", format!("zone {name} has no CPU"));
            let help = format!("give it at least one of the board's CPUs 0 to {}", count - 1);
            diagnostics.push(diagnostic.at(zone.cpus.span(), "empty").help(help));
        }
        for cpu in zone.cpus.get_ref() {
            let index = *cpu.get_ref();
            if index as usize >= count {
                let message = format!("zone {name} wants CPU {index}, which is not on the board");
                let help = format!("the board has CPUs 0 to {}", count - 1);
                diagnostics
                    .push(Diagnostic::error("cpu-absent", message).at(cpu.span(), "no such CPU").help(help));
            } else if let Some((first, span)) = owners.get(&index) {
                let diagnostic = if *first == name {
                    Diagnostic::error("cpu-twice", format!("zone {name} lists CPU {index} twice"))
                        .at(span.clone(), "here")
                        .at(cpu.span(), "and here")
                } else {
                    let message = format!("CPU {index} is in two zones: {first} and {name}");
                    Diagnostic::error("cpu-in-two-zones", message)
                        .at(span.clone(), format!("zone {first} owns it"))
                        .at(cpu.span(), format!("zone {name} wants it too"))
                };
                diagnostics.push(diagnostic.help("a CPU belongs to one zone alone: take it out of one list"));
            } else {
                owners.insert(index, (name, cpu.span()));
            }
        }
    }
}
