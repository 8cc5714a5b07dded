//! What of a device's registers a zone gets as whole pages, and what lies in pages with what is not its own, where the
//! hypervisor carries out each access.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};
use manifest::{Region, RegionKind};

/// The regions of one range of registers: whole pages, and before and behind them parts of one. The guest sees them
/// where the board has them.
pub(super) fn divide(range: Range<HostPhys>) -> Vec<Region> {
    let (start, end) = (range.start(), range.end());
    let first = start.align_up(PAGE_SIZE).map_or(end, |first| first.min(end));
    let behind = end.align_down(PAGE_SIZE).max(first);
    let pieces = [
        (start, first, RegionKind::SharedPage),
        (first, behind, RegionKind::Device),
        (behind, end, RegionKind::SharedPage),
    ];
    let region = |(start, end, kind): (HostPhys, HostPhys, RegionKind)| {
        let size = end.offset_from(start).filter(|size| *size > 0)?;
        Some(Region { ipa: GuestPhys::new(start.raw()), hpa: start, size, kind })
    };
    pieces.into_iter().filter_map(region).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(start: u64, size: u64) -> Vec<(u64, u64, RegionKind)> {
        let range = Range::<HostPhys>::new(HostPhys::new(start), size).expect("a range");
        let regions = divide(range).into_iter();
        regions.map(|region| (region.hpa.raw(), region.size, region.kind)).collect()
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
}
