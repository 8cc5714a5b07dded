//! The RAM that nobody owns yet.

use addr::{HostPhys, PAGE_SIZE, Range};

/// Free ranges in ascending order; ranges of different RAM banks are never joined.
#[derive(Clone, Debug, Default)]
pub(crate) struct Free(Vec<Range<HostPhys>>);

impl Free {
    /// All of the banks, whole pages only.
    pub(crate) fn new(banks: &[Range<HostPhys>]) -> Self {
        let mut ranges: Vec<_> = banks
            .iter()
            .filter_map(|bank| between(bank.start().align_up(PAGE_SIZE)?, bank.end().align_down(PAGE_SIZE)))
            .collect();
        ranges.sort_by_key(|range| range.start());
        Self(ranges)
    }

    /// Takes every page that `taken` touches.
    pub(crate) fn remove(&mut self, taken: Range<HostPhys>) {
        let start = taken.start().align_down(PAGE_SIZE);
        let end = taken.end().align_up(PAGE_SIZE).unwrap_or(taken.end());
        let pieces = self.0.iter().flat_map(|range| {
            if start < range.end() && range.start() < end {
                [between(range.start(), start), between(end, range.end())]
            } else {
                [Some(*range), None]
            }
        });
        self.0 = pieces.flatten().collect();
    }

    /// The lowest place for `size` bytes at a multiple of `align`.
    pub(crate) fn find(&self, size: u64, align: u64) -> Option<Range<HostPhys>> {
        self.0.iter().find_map(|range| {
            let candidate = Range::<HostPhys>::new(range.start().align_up(align)?, size)?;
            range.contains_range(candidate).then_some(candidate)
        })
    }

    /// All free bytes.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|range| range.size()).sum()
    }

    /// The ranges.
    pub(crate) fn ranges(&self) -> &[Range<HostPhys>] {
        &self.0
    }
}

fn between(start: HostPhys, end: HostPhys) -> Option<Range<HostPhys>> {
    Range::<HostPhys>::new(start, end.offset_from(start)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, size: u64) -> Range<HostPhys> {
        Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
    }

    #[test]
    fn a_hole_in_the_middle_leaves_both_ends() {
        let mut free = Free::new(&[range(0x4000, 0x4000)]);
        free.remove(range(0x5000, 0x1000));
        assert_eq!(free.ranges(), [range(0x4000, 0x1000), range(0x6000, 0x2000)]);
    }

    #[test]
    fn a_byte_takes_its_whole_page() {
        let mut free = Free::new(&[range(0x4000, 0x2000)]);
        free.remove(range(0x4fff, 1));
        assert_eq!(free.ranges(), [range(0x5000, 0x1000)]);
    }

    #[test]
    fn a_place_is_aligned_and_inside_one_bank() {
        let free = Free::new(&[range(0x4000, 0x2000), range(0x6000, 0x8000)]);
        assert_eq!(free.find(0x3000, 0x4000), Some(range(0x8000, 0x3000)));
        assert_eq!(free.find(0x9000, 0x1000), None);
    }

    #[test]
    fn parts_of_pages_at_the_ends_of_a_bank_are_not_free() {
        assert_eq!(Free::new(&[range(0x4800, 0x2000)]).ranges(), [range(0x5000, 0x1000)]);
        assert_eq!(Free::new(&[range(0x4800, 0x800)]).total(), 0);
    }
}
