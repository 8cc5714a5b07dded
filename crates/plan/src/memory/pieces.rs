//! Memory as zones.toml asks for it: whole pages, within reach.

use addr::{HostPhys, PAGE_SIZE, Range as AddressRange};
use manifest::ADDRESS_BITS;
use toml::Spanned;

use super::BLOCK;
use crate::config::{Area, Bytes, Memory, Zone};
use crate::diagnostic::Diagnostic;

/// A piece of RAM that a zone asks for.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The zone's name.
    pub(super) zone: String,
    /// The zone's place in zones.toml.
    pub(super) zone_index: usize,
    /// Bytes.
    pub(super) size: u64,
    /// Where it must be.
    pub(super) fixed: Option<AddressRange<HostPhys>>,
    /// Where the guest must see it.
    pub(super) ipa: Option<u64>,
    /// Where zones.toml asks for it.
    pub(super) span: std::ops::Range<usize>,
}

/// The pieces of all zones that can be had.
pub(super) fn read(zones: &[Spanned<Zone>], diagnostics: &mut Vec<Diagnostic>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (zone_index, zone) in zones.iter().enumerate() {
        let zone = zone.get_ref();
        let mut add = |size: &Bytes, size_span: std::ops::Range<usize>, at: Option<u64>, ipa, span| {
            let name = zone.name.get_ref();
            let wanted = Wanted { zone: name, size, size_span, at, ipa, span };
            pieces.extend(wanted.check(zone_index, diagnostics));
        };
        let span = zone.memory.span();
        match zone.memory.get_ref() {
            Memory::Total(size) => add(size, span.clone(), None, None, span),
            Memory::Pieces(list) if list.is_empty() => {
                let message = format!("zone {} has no memory", zone.name.get_ref());
                let help = "write a size, or a list of { size, at, ipa }";
                diagnostics.push(Diagnostic::error("no-memory", message).at(span, "empty").help(help));
            }
            Memory::Pieces(list) => {
                for piece in list {
                    let wanted = piece.get_ref();
                    add(wanted.size.get_ref(), wanted.size.span(), wanted.at, wanted.ipa, piece.span());
                }
            }
        }
    }
    pieces
}

/// The range of an area in the [board] table.
pub(super) fn area(
    area: &Spanned<Area>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<AddressRange<HostPhys>> {
    let Area { at, size } = area.get_ref();
    let size = size.get();
    let range = size.and_then(|size| within_reach(*at, size));
    if range.is_none() {
        let diagnostic =
            Diagnostic::error("bad-size", "the area has no valid size or ends beyond the address space");
        diagnostics.push(diagnostic.at(area.span(), "this area").help(SIZE_HELP));
    }
    range
}

const SIZE_HELP: &str = "write a number with a unit, such as \"256M\" or \"1G\"";

/// A piece as it is written.
struct Wanted<'z> {
    zone: &'z str,
    size: &'z Bytes,
    size_span: std::ops::Range<usize>,
    at: Option<u64>,
    ipa: Option<u64>,
    span: std::ops::Range<usize>,
}

impl Wanted<'_> {
    fn check(self, zone_index: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<Piece> {
        let Self { zone, size, size_span, at, ipa, span } = self;
        let Some(bytes) = size.get().filter(|bytes| *bytes != 0) else {
            let written = match size {
                Bytes::Text(text) => format!("{text:?}"),
                Bytes::Number(number) => number.to_string(),
            };
            let diagnostic =
                Diagnostic::error("bad-size", format!("{written} is no size of memory for zone {zone}"));
            diagnostics.push(diagnostic.at(size_span, "no size").help(SIZE_HELP));
            return None;
        };
        let numbers = [("size", Some(bytes)), ("address", at), ("guest address", ipa)];
        let odd: Vec<_> = numbers
            .into_iter()
            .filter_map(|(what, number)| Some((what, number?)))
            .filter(|(_, number)| !number.is_multiple_of(PAGE_SIZE))
            .collect();
        for (what, number) in &odd {
            let message =
                format!("the {what} {number:#x} of zone {zone}'s memory is not a multiple of 4 KiB");
            let neighbours = [Some(number - number % PAGE_SIZE), number.checked_next_multiple_of(PAGE_SIZE)];
            let neighbours: Vec<_> = neighbours
                .into_iter()
                .flatten()
                .filter(|near| *near != 0)
                .map(|near| format!("{near:#x}"))
                .collect();
            let help = format!("use {}; multiples of 2 MiB are best", neighbours.join(" or "));
            diagnostics.push(
                Diagnostic::error("unaligned-memory", message).at(span.clone(), "unaligned").help(help),
            );
        }
        let beyond = [at, ipa].into_iter().flatten().find(|start| within_reach(*start, bytes).is_none());
        if let Some(start) = beyond.or((bytes > 1 << ADDRESS_BITS).then_some(0)) {
            let message =
                format!("{bytes:#x} bytes at {start:#x} for zone {zone} end beyond {ADDRESS_BITS} bits");
            let diagnostic = Diagnostic::error("memory-out-of-reach", message).at(span, "too far");
            diagnostics.push(diagnostic.help("choose a lower address or a smaller size"));
            return None;
        }
        if !odd.is_empty() {
            return None;
        }
        if at.or(ipa).is_some_and(|start| !start.is_multiple_of(BLOCK)) {
            let message = format!(
                "zone {zone}'s memory does not begin at a multiple of 2 MiB: address translation costs more"
            );
            let diagnostic = Diagnostic::warning("small-pages", message).at(span.clone(), "this memory");
            diagnostics.push(diagnostic.help("use a multiple of 2 MiB, or leave the address out"));
        }
        let fixed = at.and_then(|at| within_reach(at, bytes));
        Some(Piece { zone: zone.to_owned(), zone_index, size: bytes, fixed, ipa, span })
    }
}

fn within_reach(start: u64, size: u64) -> Option<AddressRange<HostPhys>> {
    AddressRange::<HostPhys>::new(HostPhys::new(start), size)
        .filter(|range| range.end().raw() <= 1 << ADDRESS_BITS)
}
