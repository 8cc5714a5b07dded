//! The walk as far as it does not depend on what leaves permit: the same code for every address space of an architecture.

use core::marker::PhantomData;

use crate::{Entry, Level, MapError, Shape, Tables};
use addr::HostPhys;

/// Selects the entry inside a table that is not the root: 512 entries.
const INDEX_MASK: u64 = 511;

/// The place of an entry.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) table: HostPhys,
    pub(crate) index: usize,
    pub(crate) level: Level,
}

impl Slot {
    fn in_table(table: HostPhys, level: Level, at: u64) -> Self {
        Self { table, index: (at.wrapping_shr(level.shift()) & INDEX_MASK) as usize, level }
    }
}

/// A run of pages to be mapped; its ends have been checked. `input` is a position, see [`crate::position`].
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) size: u64,
}

impl Span {
    /// What is left after the first `bytes`, or `None` where nothing is.
    fn after(self, bytes: u64) -> Option<Self> {
        let size = self.size.checked_sub(bytes).filter(|left| *left > 0)?;
        Some(Self { input: self.input.checked_add(bytes)?, output: self.output.checked_add(bytes)?, size })
    }

    /// Whether one leaf of `level` can map the beginning of the run.
    fn begins_with(self, level: Level) -> bool {
        (self.input | self.output) & level.offset_mask() == 0 && self.size >= level.size()
    }
}

/// Where a walk begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<S> {
    pub(crate) root: HostPhys,
    pub(crate) top: Level,
    shape: PhantomData<S>,
}

impl<S: Shape> Walk<S> {
    pub(crate) fn new(root: HostPhys, top: Level) -> Self {
        Self { root, top, shape: PhantomData }
    }

    fn root_slot(&self, at: u64) -> Slot {
        // No mask: a root of concatenated tables has more than 512 entries. `at` lies inside the address space.
        Slot { table: self.root, index: at.wrapping_shr(self.top.shift()) as usize, level: self.top }
    }

    /// Walks to the entry that decides on `at`: a leaf or an invalid one.
    pub(crate) fn lookup(&self, tables: &impl Tables, at: u64) -> (Slot, Entry<()>) {
        let mut slot = self.root_slot(at);
        loop {
            let entry = S::kind(slot.level, tables.read(slot.table, slot.index));
            match (entry, slot.level.below()) {
                (Entry::Table(next), Some(level)) => slot = Slot::in_table(next, level, at),
                _ => return (slot, entry),
            }
        }
    }

    /// The first position from `start` up to `end` that is mapped, or that is not.
    #[inline(never)]
    pub(crate) fn first(&self, tables: &impl Tables, start: u64, end: u64, mapped: bool) -> Option<u64> {
        let mut at = Some(start);
        while let Some(current) = at.filter(|at| *at < end) {
            let (slot, entry) = self.lookup(tables, current);
            if (entry != Entry::Invalid) == mapped {
                return Some(current);
            }
            at = next_entry(slot.level, current);
        }
        None
    }

    /// Adds the tables that the leaves of `span` need, and with `leaf` the leaves themselves.
    #[inline(never)]
    pub(crate) fn place(
        &self,
        tables: &mut impl Tables,
        span: Span,
        leaf: Option<&dyn Fn(Level, HostPhys) -> u64>,
    ) -> Result<(), MapError> {
        let mut left = Some(span);
        while let Some(span) = left {
            let slot = self.slot_for(tables, span)?;
            if let Some(leaf) = leaf {
                tables.write(slot.table, slot.index, leaf(slot.level, HostPhys::new(span.output)));
            }
            left = span.after(slot.level.size());
        }
        Ok(())
    }

    /// The invalid entry that maps the beginning of `span`, as high in the tree as it can be.
    fn slot_for(&self, tables: &mut impl Tables, span: Span) -> Result<Slot, MapError> {
        let mut slot = self.root_slot(span.input);
        loop {
            let next = match S::kind(slot.level, tables.read(slot.table, slot.index)) {
                Entry::Leaf(..) => return Err(MapError::AlreadyMapped { at: span.input }),
                Entry::Table(next) => next,
                Entry::Invalid if slot.level >= S::LARGEST_LEAF && span.begins_with(slot.level) => {
                    return Ok(slot);
                }
                Entry::Invalid => {
                    let next = tables.allocate(1).ok_or(MapError::OutOfTables)?;
                    tables.write(slot.table, slot.index, S::table(next));
                    next
                }
            };
            match slot.level.below() {
                Some(level) => slot = Slot::in_table(next, level, span.input),
                None => return Ok(slot),
            }
        }
    }
}

/// The first address after the entry of `level` that `at` lies in; `None` at the end of 64 bits.
pub(crate) fn next_entry(level: Level, at: u64) -> Option<u64> {
    level.base(at).checked_add(level.size())
}
