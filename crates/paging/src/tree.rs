//! The walk: mapping, unmapping, splitting, translating and listing, the same for every format.

use crate::position;
use crate::walk::{Slot, Span, Walk, next_entry};
use crate::{Entry, Format, Level, Maintenance, MapError, Shape as _, Tables};
use addr::{HostPhys, PAGE_SIZE};

/// Entries in one table page.
const ENTRIES: usize = 512;

/// One address space: a root table and all that hangs below it.
#[derive(Debug)]
pub struct Tree<F: Format> {
    walk: Walk<F::Shape>,
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
        Ok(Self::with_root(format, root, top, input_bits, output_bits))
    }

    /// The address space whose root table, and all below it, somebody else has begun to fill.
    pub(crate) fn with_root(format: F, root: HostPhys, top: Level, input_bits: u8, output_bits: u8) -> Self {
        Self { walk: Walk::new(root, top), input_bits, output_bits, format }
    }

    /// The root table.
    pub fn root(&self) -> HostPhys {
        self.walk.root
    }

    /// The level at which a walk begins.
    pub fn top(&self) -> Level {
        self.walk.top
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
        if let Some(at) = self.walk.first(tables, start, end, true) {
            return Err(MapError::AlreadyMapped { at: self.address(at) });
        }
        let span = Span { input: start, output: output.raw(), size };
        let format = self.format;
        let leaf = |level, output| format.leaf(level, output, attributes);
        // Every table is in place before the first leaf is written: from there on nothing can fail.
        self.walk.place(tables, span, None)?;
        self.walk.place(tables, span, Some(&leaf))?;
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
        if let Some(at) = self.walk.first(tables, start, end, false) {
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

    /// Walks to the entry that decides on `at`: a leaf or an invalid one.
    fn lookup(&self, tables: &impl Tables, at: u64) -> (Slot, Entry<F::Attributes>) {
        let (slot, kind) = self.walk.lookup(tables, at);
        let entry = match kind {
            Entry::Invalid => Entry::Invalid,
            Entry::Table(next) => Entry::Table(next),
            Entry::Leaf(output, ()) => {
                Entry::Leaf(output, F::attributes(tables.read(slot.table, slot.index)))
            }
        };
        (slot, entry)
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
                    self.replace(tables, slot, at, F::Shape::table(next));
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
pub struct Leaves<'a, F: Format, T> {
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
