//! Where a zone's kernel, device tree, initial RAM disk and binaries go in its memory, as a good boot loader
//! would have it (Linux, Documentation/arch/arm64/booting.rst).

use std::ops::Range;

use addr::{GuestPhys, Range as AddressRange};
use manifest::Region;

use crate::diagnostic::Diagnostic;
use crate::memory::human;

/// A kernel starts at its text offset from such an address, and its device tree lies within one such block.
pub(crate) const BLOCK: u64 = 2 << 20;

/// Something that needs a place.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What it is, with an article: "the kernel".
    pub(crate) what: String,
    /// Bytes that it takes in memory.
    pub(crate) size: u64,
    /// It lies `offset` above a multiple of this.
    pub(crate) align: u64,
    /// See `align`.
    pub(crate) offset: u64,
    /// Where zones.toml puts it.
    pub(crate) fixed: Option<u64>,
    /// Where zones.toml names it.
    pub(crate) span: Range<usize>,
}

/// A zone's memory while it is being filled.
pub(crate) struct Places<'z> {
    pub(crate) zone: &'z str,
    pub(crate) regions: &'z [Region],
    pub(crate) memory_span: Range<usize>,
}

impl Places<'_> {
    /// Finds a place for every item, in order; the fixed ones first. `None` where there is an error.
    pub(crate) fn assign(&self, items: &[Item], diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<GuestPhys>> {
        let before = diagnostics.len();
        let mut taken: Vec<(AddressRange<GuestPhys>, &Item)> = Vec::new();
        for item in items {
            if let Some(at) = item.fixed {
                taken.extend(self.fixed(item, at, &taken, diagnostics).map(|range| (range, item)));
            }
        }
        if diagnostics.len() > before {
            return None;
        }
        let ram: Vec<_> = self.regions.iter().filter_map(Region::guest_range).collect();
        let mut places = Vec::new();
        for item in items {
            let place = item.fixed.or_else(|| find(item, &ram, &taken));
            let Some(range) = place.and_then(|at| range(at, item.size)) else {
                diagnostics.push(self.too_small(items));
                return None;
            };
            if item.fixed.is_none() {
                taken.push((range, item));
            }
            places.push(range.start());
        }
        Some(places)
    }

    fn fixed(
        &self,
        item: &Item,
        at: u64,
        taken: &[(AddressRange<GuestPhys>, &Item)],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<AddressRange<GuestPhys>> {
        let (zone, what) = (self.zone, &item.what);
        if !at.wrapping_sub(item.offset).is_multiple_of(item.align) {
            let message = format!("{what} of zone {zone} cannot be at {at:#x}");
            let rule = match item.offset {
                0 => format!("it must be at a multiple of {}", human(item.align)),
                offset => format!("it must be {offset:#x} above a multiple of {}", human(item.align)),
            };
            diagnostics.push(
                Diagnostic::error("load-unaligned", message).at(item.span.clone(), "unaligned").help(rule),
            );
            return None;
        }
        let inside = |range: &AddressRange<GuestPhys>| {
            self.regions.iter().filter_map(Region::guest_range).any(|ram| ram.contains_range(*range))
        };
        let Some(range) = range(at, item.size).filter(inside) else {
            let message =
                format!("{what} of zone {zone} ({:#x} bytes at {at:#x}) is not inside its memory", item.size);
            let ram: Vec<_> =
                self.regions.iter().filter_map(Region::guest_range).map(|ram| ram.to_string()).collect();
            let help =
                format!("the zone's memory is {}; fix it with `at` where addresses matter", ram.join(", "));
            let diagnostic =
                Diagnostic::error("load-outside-memory", message).at(item.span.clone(), "this address");
            diagnostics.push(diagnostic.help(help));
            return None;
        };
        if let Some((other_range, other)) = taken.iter().find(|(other, _)| other.overlaps(range)) {
            let message =
                format!("in zone {zone}, {what} at {range} overlaps {} at {other_range}", other.what);
            let diagnostic = Diagnostic::error("load-overlap", message)
                .at(other.span.clone(), format!("{other_range}"))
                .at(item.span.clone(), format!("{range}"));
            diagnostics.push(diagnostic.help(format!("move it to {} or above", other_range.end())));
            return None;
        }
        Some(range)
    }

    fn too_small(&self, items: &[Item]) -> Diagnostic {
        let names: Vec<_> = items.iter().map(|item| item.what.as_str()).collect();
        let sizes: Vec<_> = self.regions.iter().map(|region| human(region.size)).collect();
        let message = format!(
            "the memory of zone {} ({}) is too small for {}",
            self.zone,
            sizes.join(" + "),
            names.join(", ")
        );
        let diagnostic =
            Diagnostic::error("memory-too-small", message).at(self.memory_span.clone(), "too small");
        match self.minimum(items) {
            Some(minimum) => diagnostic.help(format!("give it at least {}", human(minimum))),
            None => diagnostic.help("give it more memory, or other load addresses"),
        }
    }

    /// The size with which the first region would hold everything.
    fn minimum(&self, items: &[Item]) -> Option<u64> {
        let base = self.regions.first()?.ipa;
        let endless = range(base.raw(), (1 << 60) - base.raw())?;
        let mut taken: Vec<(AddressRange<GuestPhys>, &Item)> = Vec::new();
        let mut end = base;
        for item in items {
            let range = range(item.fixed.or_else(|| find(item, &[endless], &taken))?, item.size)?;
            end = end.max(range.end());
            taken.push((range, item));
        }
        end.align_up(BLOCK)?.offset_from(base)
    }
}

/// The lowest place for an item in `ram` that meets nothing of `taken`.
fn find(
    item: &Item,
    ram: &[AddressRange<GuestPhys>],
    taken: &[(AddressRange<GuestPhys>, &Item)],
) -> Option<u64> {
    let fits = |at: &u64| {
        range(*at, item.size).is_some_and(|range| {
            ram.iter().any(|ram| ram.contains_range(range))
                && taken.iter().all(|(other, _)| !other.overlaps(range))
        })
    };
    // The lowest place is behind the start of a region or behind the end of something.
    let starts = ram.iter().map(|ram| ram.start()).chain(taken.iter().map(|(other, _)| other.end()));
    starts.filter_map(|start| start.align_up(item.align)?.raw().checked_add(item.offset)).filter(fits).min()
}

fn range(at: u64, size: u64) -> Option<AddressRange<GuestPhys>> {
    AddressRange::<GuestPhys>::new(GuestPhys::new(at), size)
}
