//! Table memory that watches over what TLBs may hold, and a plain reference for what an address space says.
// Each test file uses its part of this module.
#![allow(dead_code)]

pub(crate) mod space;

use addr::HostPhys;
use paging::Tables;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Where the first table lies. Aligned to the largest root (16 pages).
const POOL: u64 = 0x7000_0000;

/// Whose TLBs and table entries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Architecture {
    Aarch64,
    Riscv64,
}

impl Architecture {
    /// The table that a valid entry of 1 << `shift` bytes leads to.
    fn next_table(self, entry: u64, shift: u32) -> Option<u64> {
        match self {
            _ if shift == 12 => None,
            Self::Aarch64 => (entry & 0b11 == 0b11).then_some(entry & 0x0000_ffff_ffff_f000),
            Self::Riscv64 => (entry & 0b1111 == 0b0001).then_some(entry >> 10 << 12),
        }
    }
}

/// Table pages in a vector. It reads every entry as the architecture does, on its own.
///
/// On aarch64, an entry that turns from valid to another valid value, or becomes valid over an address that was
/// not invalidated since it last was, ends the test. On riscv64 every change leaves a stale range behind, until
/// it is invalidated; an entry that turns from valid to another valid value may only come to lead to a table,
/// one that is full.
pub(crate) struct Pool {
    architecture: Architecture,
    entries: Vec<u64>,
    limit: usize,
    /// For each page: the input address of its first entry and the bits that an entry spans.
    places: Vec<Option<(u64, u32)>>,
    root_shift: u32,
    /// Input addresses of the tree, without what sign extension adds.
    span: u64,
    /// Ranges of which the TLBs may hold what the tables do not say any more.
    stale: Vec<(u64, u64)>,
    pub(crate) invalidations: Vec<(u64, u64)>,
    pub(crate) writes: usize,
}

impl Pool {
    /// A pool of `limit` pages for a tree of aarch64 whose root entries span 1 << `root_shift` bytes.
    pub(crate) fn aarch64(limit: usize, root_shift: u32) -> Self {
        Self::new(Architecture::Aarch64, limit, root_shift)
    }

    /// The same for a tree of riscv64.
    pub(crate) fn riscv64(limit: usize, root_shift: u32) -> Self {
        Self::new(Architecture::Riscv64, limit, root_shift)
    }

    fn new(architecture: Architecture, limit: usize, root_shift: u32) -> Self {
        Self {
            architecture,
            entries: vec![],
            limit,
            places: vec![],
            root_shift,
            span: 0,
            stale: vec![],
            invalidations: vec![],
            writes: 0,
        }
    }

    /// Pages handed out so far.
    pub(crate) fn used(&self) -> usize {
        self.places.len()
    }

    /// Allows `pages` in all from now on.
    pub(crate) fn limit(&mut self, pages: usize) {
        self.limit = pages;
    }

    /// Whether everything that the TLBs may hold wrongly has been invalidated.
    pub(crate) fn nothing_stale(&self) -> bool {
        self.stale.is_empty()
    }

    fn position(table: HostPhys, index: usize) -> usize {
        let offset = table.offset_from(HostPhys::new(POOL)).expect("a table of the pool");
        assert!(table.is_aligned(4096));
        offset as usize / 8 + index
    }

    /// Break-before-make (DDI 0487, chapter D8).
    fn check_aarch64(&mut self, start: u64, end: u64, old: u64, value: u64) {
        if old & 1 == 1 {
            assert!(value & 1 == 0 || value == old, "{start:#x}: {old:#x} became {value:#x} without a break");
            if value & 1 == 0 {
                self.stale.push((start, end));
            }
        } else if value & 1 == 1 {
            let cached = self.stale.iter().find(|(s, e)| *s < end && start < *e);
            assert_eq!(cached, None, "{start:#x} was made valid while the TLBs may hold its old meaning");
        }
    }

    /// The TLBs may hold the old entry, be it valid or not; a link to an empty table says the same as no entry.
    fn check_riscv64(&mut self, start: u64, end: u64, old: u64, value: u64) {
        let next = self.architecture.next_table(value, (end - start).trailing_zeros());
        let linked =
            next.map(|table| Self::position(HostPhys::new(table), 0)).map(|at| &self.entries[at..at + 512]);
        match linked {
            Some(entries) if old & 1 == 1 => {
                assert!(entries.iter().all(|entry| entry & 1 == 1), "{start:#x}: a split left something out");
            }
            Some(entries) => return assert!(entries.iter().all(|entry| *entry == 0)),
            None => assert!(old & 1 == 0 || value == 0, "{start:#x}: {old:#x} became {value:#x}"),
        }
        self.stale.push((start, end));
    }
}

impl Tables for Pool {
    fn allocate(&mut self, pages: usize) -> Option<HostPhys> {
        assert!(pages.is_power_of_two() && pages <= 16);
        let first = self.used().next_multiple_of(pages);
        if first + pages > self.limit {
            return None;
        }
        // The first allocation is the root; where another table hangs shows when it is linked.
        let is_root = self.used() == 0;
        for page in 0..pages as u64 {
            self.places.push(is_root.then_some(((page << 9) << self.root_shift, self.root_shift)));
        }
        if is_root {
            self.span = (pages as u64 * 512) << self.root_shift;
        }
        self.entries.resize((first + pages) * 512, 0);
        Some(HostPhys::new(POOL + first as u64 * 4096))
    }

    fn read(&self, table: HostPhys, index: usize) -> u64 {
        self.entries[Self::position(table, index)]
    }

    fn write(&mut self, table: HostPhys, index: usize, value: u64) {
        let position = Self::position(table, index);
        let old = std::mem::replace(&mut self.entries[position], value);
        self.writes += 1;
        // A table that no entry leads to yet is private: anything may be written into it.
        let Some((base, shift)) = self.places[position / 512] else { return };
        let start = base + ((position as u64 % 512) << shift);
        let end = start + (1 << shift);
        match self.architecture {
            Architecture::Aarch64 => self.check_aarch64(start, end, old, value),
            Architecture::Riscv64 => self.check_riscv64(start, end, old, value),
        }
        if let Some(child) = self.architecture.next_table(value, shift) {
            self.places[(child - POOL) as usize / 4096] = Some((start, shift - 9));
        }
    }

    fn invalidate(&mut self, input_address: u64, size: u64) {
        self.invalidations.push((input_address, size));
        let from = input_address % self.span;
        self.stale.retain(|(start, end)| *start < from || *end > from + size);
    }
}

/// What an address space should say: disjoint ranges, input start → (end, output, attributes).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference<A>(BTreeMap<u64, (u64, u64, A)>);

impl<A: Copy + PartialEq + Debug> Reference<A> {
    pub(crate) fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Whether some of the range is mapped.
    pub(crate) fn any(&self, start: u64, size: u64) -> bool {
        size > 0 && self.0.range(..start + size).next_back().is_some_and(|(_, (end, ..))| *end > start)
    }

    /// Whether all of the range is mapped.
    pub(crate) fn all(&self, start: u64, size: u64) -> bool {
        let mut at = start;
        while at < start + size {
            match self.0.range(..=at).next_back() {
                Some((_, (end, ..))) if *end > at => at = *end,
                _ => return false,
            }
        }
        true
    }

    pub(crate) fn map(&mut self, input: u64, output: u64, size: u64, attributes: A) {
        self.0.insert(input, (input + size, output, attributes));
    }

    pub(crate) fn unmap(&mut self, start: u64, size: u64) {
        let end = start + size;
        let touched: Vec<_> =
            self.0.range(..end).filter(|(_, (e, ..))| *e > start).map(|(s, v)| (*s, *v)).collect();
        for (s, (e, output, attributes)) in touched {
            self.0.remove(&s);
            if s < start {
                self.0.insert(s, (start, output, attributes));
            }
            if e > end {
                self.0.insert(end, (e, output + (end - s), attributes));
            }
        }
    }

    pub(crate) fn translate(&self, at: u64) -> Option<(u64, A)> {
        let (start, (end, output, attributes)) = self.0.range(..=at).next_back()?;
        (at < *end).then_some((output + (at - start), *attributes))
    }

    /// The same translations with neighbours that continue each other joined.
    pub(crate) fn joined(&self) -> Self {
        let mut joined = Self::new();
        let mut last: Option<(u64, u64, u64, A)> = None;
        for (&start, &(end, output, attributes)) in &self.0 {
            last = match last {
                Some((s, e, o, a)) if e == start && a == attributes && o + (e - s) == output => {
                    Some((s, end, o, a))
                }
                other => {
                    if let Some((s, e, o, a)) = other {
                        joined.map(s, o, e - s, a);
                    }
                    Some((start, end, output, attributes))
                }
            };
        }
        if let Some((s, e, o, a)) = last {
            joined.map(s, o, e - s, a);
        }
        joined
    }

    /// The addresses at and beside every edge.
    pub(crate) fn edges(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|(s, (e, ..))| [s.saturating_sub(1), *s, s + 0x123, e - 1, *e])
    }
}
