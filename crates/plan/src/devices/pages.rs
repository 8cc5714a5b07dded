//! What of its devices' registers a zone gets as whole pages, and what lies in pages with what is not its own, where the
//! hypervisor carries out each access.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};
use manifest::{Region, RegionKind};

use super::PlannedDevice;

/// The registers of all of a zone's devices as its regions, ascending: a page that several of them fill is a whole one.
pub(crate) fn regions(devices: &[PlannedDevice]) -> Vec<Region> {
    divide(devices.iter().flat_map(|device| device.registers.iter().copied()))
}

/// The regions of a zone's registers, ascending: whole pages, and parts of others. The guest sees them where the board
/// has them.
fn divide(registers: impl Iterator<Item = Range<HostPhys>>) -> Vec<Region> {
    joined(registers).into_iter().flat_map(|(start, end)| pieces(start, end)).collect()
}

/// Starts and ends of the ranges, ascending; those that meet are one.
fn joined(ranges: impl Iterator<Item = Range<HostPhys>>) -> Vec<(HostPhys, HostPhys)> {
    let mut ranges: Vec<_> = ranges.map(|range| (range.start(), range.end())).collect();
    ranges.sort_unstable();
    let mut joined: Vec<(HostPhys, HostPhys)> = Vec::new();
    for (start, end) in ranges {
        match joined.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Whole pages, and before and behind them parts of one.
fn pieces(start: HostPhys, end: HostPhys) -> impl Iterator<Item = Region> {
    let first = start.align_up(PAGE_SIZE).map_or(end, |first| first.min(end));
    let behind = end.align_down(PAGE_SIZE).max(first);
    let pieces = [
        (start, first, RegionKind::SharedPage),
        (first, behind, RegionKind::Device),
        (behind, end, RegionKind::SharedPage),
    ];
    pieces.into_iter().filter_map(|(start, end, kind)| {
        let size = end.offset_from(start).filter(|size| *size > 0)?;
        Some(Region { ipa: GuestPhys::new(start.raw()), hpa: start, size, kind })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces_of<const N: usize>(registers: [(u64, u64); N]) -> Vec<(u64, u64, RegionKind)> {
        let range = |(start, size)| Range::<HostPhys>::new(HostPhys::new(start), size).expect("a range");
        let regions = divide(registers.into_iter().map(range)).into_iter();
        regions.map(|region| (region.hpa.raw(), region.size, region.kind)).collect()
    }

    fn pieces(start: u64, size: u64) -> Vec<(u64, u64, RegionKind)> {
        pieces_of([(start, size)])
    }

    #[test]
    fn whole_pages_are_mapped() {
        assert_eq!(pieces(0x1000, 0x3000), [(0x1000, 0x3000, RegionKind::Device)]);
    }

    #[test]
    fn a_part_of_a_page_is_not() {
        assert_eq!(pieces(0xe00, 0x200), [(0xe00, 0x200, RegionKind::SharedPage)]);
        assert_eq!(pieces(0x1000, 0x200), [(0x1000, 0x200, RegionKind::SharedPage)]);
        assert_eq!(pieces(0x1100, 0x200), [(0x1100, 0x200, RegionKind::SharedPage)]);
    }

    #[test]
    fn parts_before_and_behind_whole_pages_are_parts() {
        let expected = [
            (0xf00, 0x100, RegionKind::SharedPage),
            (0x1000, 0x2000, RegionKind::Device),
            (0x3000, 0x10, RegionKind::SharedPage),
        ];
        assert_eq!(pieces(0xf00, 0x2110), expected);
        let two_parts = [(0xf00, 0x100, RegionKind::SharedPage), (0x1000, 0x10, RegionKind::SharedPage)];
        assert_eq!(pieces(0xf00, 0x110), two_parts);
    }

    #[test]
    fn a_page_that_several_ranges_fill_is_mapped_in_whatever_order_they_come() {
        let eight = [0xc00, 0, 0x400, 0x200, 0xe00, 0x600, 0xa00, 0x800].map(|start| (start, 0x200));
        assert_eq!(pieces_of(eight), [(0, 0x1000, RegionKind::Device)]);
    }

    #[test]
    fn a_page_that_lacks_a_byte_is_not() {
        let expected = [(0, 0xe00, RegionKind::SharedPage), (0xe01, 0x1ff, RegionKind::SharedPage)];
        assert_eq!(pieces_of([(0, 0x800), (0x800, 0x600), (0xe01, 0x1ff)]), expected);
    }

    #[test]
    fn ranges_that_meet_across_pages_are_parts_of_one_page_each() {
        let expected = [(0xf00, 0x100, RegionKind::SharedPage), (0x1000, 0x100, RegionKind::SharedPage)];
        assert_eq!(pieces_of([(0x1000, 0x100), (0xf00, 0x100)]), expected);
    }
}
