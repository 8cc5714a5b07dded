//! The walk: mapping, unmapping, splitting, translating and listing, the same for every format.

use crate::position;
use crate::{Entry, Format, Level, Maintenance, MapError, Tables};
use addr::{HostPhys, PAGE_SIZE};

/// Selects the entry inside a table that is not the root: 512 entries.
const INDEX_MASK: u64 = 511;
/// Entries in one table page.
const ENTRIES: usize = 512;

/// One address space: a root table and all that hangs below it.
#[derive(Debug)]
pub struct Tree<F> {
    root: HostPhys,
    top: Level,
    input_bits: u8,
    output_bits: u8,
    format: F,
}

/// One block or page of an address space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leaf<Input, Attributes> {
    /// First input address.
    pub input: Input,
    /// What it translates to.
    pub output: HostPhys,
    /// Bytes: 4 KiB, 2 MiB or 1 GiB.
    pub size: u64,
    /// Permissions and memory type.
    pub attributes: Attributes,
}

/// The place of an entry.
#[derive(Clone, Copy)]
struct Slot {
    table: HostPhys,
    index: usize,
    level: Level,
}

impl Slot {
    fn in_table(table: HostPhys, level: Level, at: u64) -> Self {
        Self { table, index: (at.wrapping_shr(level.shift()) & INDEX_MASK) as usize, level }
    }
}

/// A run of pages to be mapped; its ends have been checked. `input` is a position, see [`crate::position`].
#[derive(Clone, Copy)]
struct Span {
    input: u64,
    output: u64,
    size: u64,
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

impl<F: Format> Tree<F> {
    /// An empty address space of `input_bits` whose walk begins at `top`, over `output_bits` of physical
    /// address. The formats' own constructors pass only combinations that the architecture allows.
    pub(crate) fn with_geometry(
        format: F,
        tables: &mut impl Tables,
        top: Level,
        input_bits: u8,
        output_bits: u8,
    ) -> Result<Self, MapError> {
        let root = tables.allocate(root_pages(top, input_bits)).ok_or(MapError::OutOfTables)?;
        Ok(Self { root, top, input_bits, output_bits, format })
    }

    /// The address space whose root table, and all below it, somebody else has begun to fill.
    pub(crate) fn with_root(format: F, root: HostPhys, top: Level, input_bits: u8, output_bits: u8) -> Self {
        Self { root, top, input_bits, output_bits, format }
    }

    /// The root table.
    pub fn root(&self) -> HostPhys {
        self.root
    }

    /// The level at which a walk begins.
    pub fn top(&self) -> Level {
        self.top
    }

    /// Width of the input address space in bits.
    pub fn input_bits(&self) -> u8 {
        self.input_bits
    }

    /// Width of the physical address space in bits.
    pub fn output_bits(&self) -> u8 {
        self.output_bits
    }

    /// Maps `size` bytes from `input` to `output`, with the largest blocks that the alignment of both and
    /// the tables already there permit.
    ///
    /// Before the new translations are relied on, Arm wants a barrier; it caches no invalid entries. RISC-V may
    /// cache them, so there the range is invalidated ([`Maintenance`]).
    ///
    /// # Errors
    /// [`MapError`]; no translation has changed. After [`MapError::OutOfTables`] empty tables may have been
    /// linked; later calls use them.
    pub fn map(
        &mut self,
        tables: &mut impl Tables,
        input: F::Input,
        output: HostPhys,
        size: u64,
        attributes: F::Attributes,
    ) -> Result<(), MapError> {
        let (start, end) = self.check_input(input, size)?;
        self.check_output(output.raw(), size)?;
        if let Some(at) = self.first_where(tables, start, end, |entry| entry != Entry::Invalid) {
            return Err(MapError::AlreadyMapped { at: self.address(at) });
        }
        let span = Span { input: start, output: output.raw(), size };
        // Every table is in place before the first leaf is written: from there on nothing can fail.
        self.place(tables, span, None)?;
        self.place(tables, span, Some(attributes))?;
        if F::MAINTENANCE == Maintenance::AfterEveryChange {
            tables.invalidate(self.address(start), size);
        }
        Ok(())
    }

    /// Unmaps `size` bytes from `input`, all of which must be mapped, and invalidates them in the TLBs.
    ///
    /// A block of which only a part goes is split first. With [`Maintenance::BreakBeforeMake`] the whole block
    /// is not mapped for that moment: whoever may use it meanwhile must be stopped, or its fault be taken as a
    /// reason to retry if the address translates by then; the hypervisor must not split a block that it runs on.
    ///
    /// # Errors
    /// [`MapError`]; no translation has changed. After [`MapError::OutOfTables`] a block may have been split
    /// into smaller ones that translate the same.
    pub fn unmap(&mut self, tables: &mut impl Tables, input: F::Input, size: u64) -> Result<(), MapError> {
        let (start, end) = self.check_input(input, size)?;
        if let Some(at) = self.first_where(tables, start, end, |entry| entry == Entry::Invalid) {
            return Err(MapError::NotMapped { at: self.address(at) });
        }
        self.split_at(tables, start)?;
        self.split_at(tables, end)?;
        let mut at = Some(start);
        while let Some(current) = at.filter(|at| *at < end) {
            let (slot, _) = self.lookup(tables, current);
            tables.write(slot.table, slot.index, 0);
            at = next_entry(slot.level, current);
        }
        tables.invalidate(self.address(start), size);
        Ok(())
    }

    /// Where `input` leads, with the attributes of its mapping; `None` where it is not mapped.
    pub fn translate(&self, tables: &impl Tables, input: F::Input) -> Option<(HostPhys, F::Attributes)> {
        let at = position::of::<F>(input, self.input_bits)?;
        match self.lookup(tables, at) {
            (slot, Entry::Leaf(output, attributes)) => {
                Some((HostPhys::new(output.raw() | (at & slot.level.offset_mask())), attributes))
            }
            _ => None,
        }
    }

    /// Every block and page, in ascending order of input address (sign-extended ones last): for audits.
    pub fn leaves<'a, T: Tables>(&'a self, tables: &'a T) -> Leaves<'a, F, T> {
        Leaves { tree: self, tables, at: Some(0) }
    }

    /// The raw input address of a position.
    fn address(&self, position: u64) -> u64 {
        F::raw(position::input::<F>(position, self.input_bits))
    }

    /// Checks a range of input addresses and returns the positions of its start and end.
    fn check_input(&self, start: F::Input, size: u64) -> Result<(u64, u64), MapError> {
        let raw = F::raw(start);
        check_pages(raw, size)?;
        position::range::<F>(start, size, self.input_bits).ok_or(MapError::InputOutOfRange {
            start: raw,
            size,
            bits: self.input_bits,
        })
    }

    fn check_output(&self, start: u64, size: u64) -> Result<(), MapError> {
        check_pages(start, size)?;
        match start.checked_add(size.wrapping_sub(1)) {
            Some(last) if last <= position::last(self.output_bits) => Ok(()),
            _ => Err(MapError::OutputOutOfRange { start, size, bits: self.output_bits }),
        }
    }

    fn root_slot(&self, at: u64) -> Slot {
        // No mask: a root of concatenated tables has more than 512 entries. `at` lies inside `input_bits`.
        Slot { table: self.root, index: at.wrapping_shr(self.top.shift()) as usize, level: self.top }
    }

    /// Walks to the entry that decides on `at`: a leaf or an invalid one.
    fn lookup(&self, tables: &impl Tables, at: u64) -> (Slot, Entry<F::Attributes>) {
        let mut slot = self.root_slot(at);
        loop {
            let entry = F::decode(slot.level, tables.read(slot.table, slot.index));
            match (entry, slot.level.below()) {
                (Entry::Table(next), Some(level)) => slot = Slot::in_table(next, level, at),
                _ => return (slot, entry),
            }
        }
    }

    /// The first position from `start` up to `end` whose deciding entry is `wanted`.
    fn first_where(
        &self,
        tables: &impl Tables,
        start: u64,
        end: u64,
        wanted: impl Fn(Entry<F::Attributes>) -> bool,
    ) -> Option<u64> {
        let mut at = Some(start);
        while let Some(current) = at.filter(|at| *at < end) {
            let (slot, entry) = self.lookup(tables, current);
            if wanted(entry) {
                return Some(current);
            }
            at = next_entry(slot.level, current);
        }
        None
    }

    /// Adds the tables that the leaves of `span` need, and with attributes the leaves themselves.
    #[inline(never)]
    fn place(
        &mut self,
        tables: &mut impl Tables,
        span: Span,
        leaves: Option<F::Attributes>,
    ) -> Result<(), MapError> {
        let mut left = Some(span);
        while let Some(span) = left {
            let slot = self.slot_for(tables, span)?;
            if let Some(attributes) = leaves {
                let leaf = self.format.leaf(slot.level, HostPhys::new(span.output), attributes);
                tables.write(slot.table, slot.index, leaf);
            }
            left = span.after(slot.level.size());
        }
        Ok(())
    }

    /// The invalid entry that maps the beginning of `span`, as high in the tree as it can be.
    fn slot_for(&mut self, tables: &mut impl Tables, span: Span) -> Result<Slot, MapError> {
        let mut slot = self.root_slot(span.input);
        loop {
            let next = match F::decode(slot.level, tables.read(slot.table, slot.index)) {
                Entry::Leaf(..) => return Err(MapError::AlreadyMapped { at: self.address(span.input) }),
                Entry::Table(next) => next,
                Entry::Invalid if slot.level >= F::LARGEST_LEAF && span.begins_with(slot.level) => {
                    return Ok(slot);
                }
                Entry::Invalid => {
                    let next = tables.allocate(1).ok_or(MapError::OutOfTables)?;
                    tables.write(slot.table, slot.index, F::table(next));
                    next
                }
            };
            match slot.level.below() {
                Some(level) => slot = Slot::in_table(next, level, span.input),
                None => return Ok(slot),
            }
        }
    }

    /// Splits the blocks around `at` until it is the first address of an entry.
    fn split_at(&mut self, tables: &mut impl Tables, at: u64) -> Result<(), MapError> {
        if at > position::last(self.input_bits) {
            return Ok(());
        }
        loop {
            let (slot, entry) = self.lookup(tables, at);
            match (entry, slot.level.below()) {
                (Entry::Leaf(output, attributes), Some(below)) if at & slot.level.offset_mask() != 0 => {
                    let next = tables.allocate(1).ok_or(MapError::OutOfTables)?;
                    self.fill(tables, next, below, output, attributes);
                    self.replace(tables, slot, at, F::table(next));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Fills a new table with leaves of `level` that together translate to the block at `output`.
    fn fill(
        &self,
        tables: &mut impl Tables,
        table: HostPhys,
        level: Level,
        output: HostPhys,
        attributes: F::Attributes,
    ) {
        let outputs = core::iter::successors(Some(output), |output| output.checked_add(level.size()));
        for (index, output) in (0..ENTRIES).zip(outputs) {
            tables.write(table, index, self.format.leaf(level, output, attributes));
        }
    }

    /// Gives the valid entry that decides on `at` another valid value that translates the same.
    fn replace(&self, tables: &mut impl Tables, slot: Slot, at: u64, value: u64) {
        let (block, size) = (self.address(slot.level.base(at)), slot.level.size());
        match F::MAINTENANCE {
            Maintenance::BreakBeforeMake => {
                tables.write(slot.table, slot.index, 0);
                tables.invalidate(block, size);
                tables.write(slot.table, slot.index, value);
            }
            Maintenance::AfterEveryChange => {
                tables.write(slot.table, slot.index, value);
                tables.invalidate(block, size);
            }
        }
    }
}

/// Pages of a root table: more than one where `input_bits` exceeds what a single table at `top` resolves.
pub(crate) fn root_pages(top: Level, input_bits: u8) -> usize {
    let one_table_bits = top.shift().saturating_add(9);
    1usize.checked_shl(u32::from(input_bits).saturating_sub(one_table_bits)).unwrap_or(usize::MAX)
}

/// The first address after the entry of `level` that `at` lies in; `None` at the end of 64 bits.
fn next_entry(level: Level, at: u64) -> Option<u64> {
    level.base(at).checked_add(level.size())
}

/// Checks that there is something to map or unmap and that it is whole pages.
fn check_pages(start: u64, size: u64) -> Result<(), MapError> {
    if size == 0 {
        return Err(MapError::Empty);
    }
    for value in [start, size] {
        if value & PAGE_SIZE.wrapping_sub(1) != 0 {
            return Err(MapError::Unaligned { value });
        }
    }
    Ok(())
}

/// The iterator of [`Tree::leaves`].
#[derive(Debug)]
pub struct Leaves<'a, F, T> {
    tree: &'a Tree<F>,
    tables: &'a T,
    at: Option<u64>,
}

impl<F: Format, T: Tables> Iterator for Leaves<'_, F, T> {
    type Item = Leaf<F::Input, F::Attributes>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(at) = self.at.filter(|at| *at <= position::last(self.tree.input_bits)) {
            let (slot, entry) = self.tree.lookup(self.tables, at);
            self.at = next_entry(slot.level, at);
            if let Entry::Leaf(output, attributes) = entry {
                let input = position::input::<F>(at, self.tree.input_bits);
                return Some(Leaf { input, output, size: slot.level.size(), attributes });
            }
        }
        None
    }
}
