//! Who owns which physical memory: the boot loader's area, what is reserved, and the zones' RAM, with fixed
//! addresses or addresses chosen here; and what channels share.

mod boot_area;
mod free;
mod pieces;

pub(crate) use boot_area::boot_areas;

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range as AddressRange};
use manifest::{Region, RegionKind};

use crate::channels::Wanted;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use free::Free;
use pieces::Piece;

/// Zones start at such an address where the planner chooses: stage 2 then maps them in blocks.
pub(crate) const BLOCK: u64 = 2 << 20;
/// Large zones start at such an address where one is free.
const GIGABYTE: u64 = 1 << 30;

/// The owner of what is left to the boot loader.
pub(crate) const BOOT_AREA: &str = "the boot area";

/// The owner of what machine-level firmware keeps.
const FIRMWARE: &str = "firmware";

/// A range with an owner.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) range: AddressRange<HostPhys>,
    /// Whose it is, as it reads after "overlaps".
    pub(crate) owner: String,
    /// Where zones.toml says so, if it does.
    pub(crate) span: Option<std::ops::Range<usize>>,
}

/// The memory of the whole board.
#[derive(Clone, Debug)]
pub(crate) struct MemoryPlan {
    /// What no zone may have.
    pub(crate) reserved: Vec<Claim>,
    /// The regions of each zone; empty where they could not be planned.
    pub(crate) zones: Vec<Vec<Region>>,
    /// The memory of each channel; `None` where there is none left.
    pub(crate) channels: Vec<Option<AddressRange<HostPhys>>>,
    /// What is left over.
    pub(crate) free: Vec<AddressRange<HostPhys>>,
}

/// Gives every zone and every channel its memory. `boot_areas` are left to firmware and boot loader.
pub(crate) fn plan(
    config: &Config,
    facts: &Facts,
    channels: &[Wanted<'_>],
    boot_areas: Vec<Claim>,
    diagnostics: &mut Vec<Diagnostic>,
) -> MemoryPlan {
    let mut claims = reserved(config, facts, diagnostics);
    // What a tree says of firmware's memory adds nothing to what is left to firmware anyhow.
    let firmware = boot_areas.iter().find(|area| area.owner == FIRMWARE).map(|area| area.range);
    claims.retain(|claim| !firmware.is_some_and(|firmware| firmware.contains_range(claim.range)));
    claims.extend(boot_areas);
    let reserved = claims.clone();

    let mut free = Free::new(&facts.board.ram);
    claims.iter().for_each(|claim| free.remove(claim.range));
    let pieces = pieces::read(&config.zones, diagnostics);
    for piece in &pieces {
        if let Some(range) = piece.fixed {
            check_fixed(piece, range, &claims, facts, diagnostics);
            free.remove(range);
            claims.push(Claim {
                range,
                owner: format!("zone {}", piece.zone),
                span: Some(piece.span.clone()),
            });
        }
    }

    let mut zones = vec![Vec::new(); config.zones.len()];
    for piece in &pieces {
        let place = piece.fixed.or_else(|| choose(piece, &mut free, diagnostics));
        if let (Some(range), Some(regions)) = (place, zones.get_mut(piece.zone_index)) {
            let ipa = piece.ipa.unwrap_or(range.start().raw());
            let region = Region {
                ipa: GuestPhys::new(ipa),
                hpa: range.start(),
                size: range.size(),
                kind: RegionKind::Ram,
            };
            check_guest_place(piece, &region, regions, facts, diagnostics);
            regions.push(region);
        }
    }
    // After the zones, whose places are the same with channels and without.
    let channels = channels.iter().map(|channel| share(channel, &mut free, diagnostics)).collect();
    MemoryPlan { reserved, zones, channels, free: free.ranges().to_vec() }
}

fn reserved(config: &Config, facts: &Facts, diagnostics: &mut Vec<Diagnostic>) -> Vec<Claim> {
    let firmware = facts.board.reserved.iter().map(|range| Claim {
        range: *range,
        owner: "memory that the board's device tree reserves".into(),
        span: None,
    });
    let mut claims: Vec<Claim> = firmware.collect();
    for area in &config.board.reserved {
        if let Some(range) = pieces::area(area, diagnostics) {
            claims.push(Claim { range, owner: "reserved memory".into(), span: Some(area.span()) });
        }
    }
    claims
}

/// Checks a piece that zones.toml puts somewhere against the board and everything before it.
fn check_fixed(
    piece: &Piece,
    range: AddressRange<HostPhys>,
    claims: &[Claim],
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let zone = &piece.zone;
    if !facts.board.ram.iter().any(|bank| bank.contains_range(range)) {
        let message = format!("memory {range} of zone {zone} is not RAM of the board");
        let banks: Vec<_> = facts.board.ram.iter().map(ToString::to_string).collect();
        let help = format!("the board's RAM is {}", banks.join(", "));
        diagnostics
            .push(Diagnostic::error("memory-not-ram", message).at(piece.span.clone(), "not RAM").help(help));
        return;
    }
    for other in claims.iter().filter(|other| other.range.overlaps(range)) {
        let Claim { range: taken, owner, span } = other;
        let message = format!("memory {range} of zone {zone} overlaps {taken} of {owner}");
        let mut diagnostic = Diagnostic::error("memory-overlap", message);
        if let Some(span) = span {
            diagnostic = diagnostic.at(span.clone(), format!("{taken}: {owner}"));
        }
        diagnostic = diagnostic.at(piece.span.clone(), format!("{range}: zone {zone}"));
        let help =
            format!("move it to {} or above, or leave `at` out and let the planner choose", taken.end());
        diagnostics.push(diagnostic.help(help));
    }
}

/// Finds a place for a piece that has none.
fn choose(
    piece: &Piece,
    free: &mut Free,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<AddressRange<HostPhys>> {
    let large = (piece.size >= GIGABYTE).then(|| free.find(piece.size, GIGABYTE)).flatten();
    if let Some(range) = large.or_else(|| free.find(piece.size, BLOCK)) {
        free.remove(range);
        return Some(range);
    }
    let what = format!("zone {}", piece.zone);
    diagnostics.push(none_left(&what, piece.size, piece.span.clone(), free));
    None
}

/// Finds a place for a channel's memory.
fn share(
    channel: &Wanted<'_>,
    free: &mut Free,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<AddressRange<HostPhys>> {
    let size = channel.size();
    let found = free.find(size, if size < BLOCK { PAGE_SIZE } else { BLOCK });
    match found {
        Some(range) => free.remove(range),
        None => {
            let what = format!("channel {}", channel.name);
            diagnostics.push(none_left(&what, size, channel.span.clone(), free));
        }
    }
    found
}

fn none_left(what: &str, size: u64, span: std::ops::Range<usize>, free: &Free) -> Diagnostic {
    let size = human(size);
    let blocks: Vec<_> =
        free.ranges().iter().map(|range| format!("{} at {}", human(range.size()), range.start())).collect();
    let help = format!("{} are free: {}; make the zones smaller", human(free.total()), blocks.join(", "));
    Diagnostic::error("not-enough-memory", format!("the board has no {size} left for {what}"))
        .at(span, format!("{size} wanted"))
        .help(help)
}

/// Checks that a region meets nothing else in its zone's guest-physical address space.
fn check_guest_place(
    piece: &Piece,
    region: &Region,
    others: &[Region],
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(range) = region.guest_range() else { return };
    let frame = |frame: AddressRange<HostPhys>| {
        AddressRange::<GuestPhys>::new(GuestPhys::new(frame.start().raw()), frame.size())
    };
    let controller = facts.board.interrupt_controller.frames().filter_map(frame);
    let taken = others
        .iter()
        .filter_map(|other| Some((other.guest_range()?, "other memory of the zone")))
        .chain(frame(facts.board.uart.frame).map(|range| (range, "the virtual UART")))
        .chain(controller.map(|range| (range, "the virtual interrupt controller")));
    for (other, what) in taken.filter(|(other, _)| other.overlaps(range)) {
        let message = format!("guest memory {range} of zone {} overlaps {what} at {other}", piece.zone);
        let diagnostic = Diagnostic::error("guest-overlap", message).at(piece.span.clone(), "this memory");
        diagnostics.push(diagnostic.help(format!("choose an `ipa` at {} or above", other.end())));
    }
}

/// A size in the largest unit that divides it.
pub(crate) fn human(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(shift, _)| bytes != 0 && bytes.is_multiple_of(1 << shift));
    unit.map_or_else(|| format!("{bytes} bytes"), |(shift, name)| format!("{} {name}", bytes >> shift))
}
