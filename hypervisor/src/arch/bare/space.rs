//! The hypervisor's own address space: the image at its linked address, everything else at virtual = physical.

use addr::{HostPhys, HypVirt, PAGE_SIZE, Range};
use paging::{MapError, Tables};

use super::tables::{PoolTables, Translation};
use crate::arch::stage1::{self, Stage1, Stage1Attributes};
use crate::memory::identity;
use crate::memory::pool::Pool;

/// The address space that entry code began and boot completes.
pub struct AddressSpace {
    stage1: Stage1,
}

/// What to map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Read only: the device tree, the bundle.
    Constant,
    /// RAM of a zone, which starts with it filled by the hypervisor.
    ZoneRam,
    /// Device registers.
    Device,
}

impl AddressSpace {
    /// Goes on with the tables that entry code filled.
    ///
    /// # Errors
    ///
    /// [`MapError`] where the CPU has a size of physical addresses that does not exist.
    pub fn adopt() -> Result<Self, MapError> {
        Ok(Self { stage1: stage1::adopt()? })
    }

    /// Maps the pages that hold `range` at virtual = physical. Pages that are already mapped for the same use
    /// stay: two things may share a page.
    ///
    /// # Errors
    ///
    /// [`MapError`] where the pool has no table left or the address is out of reach.
    pub fn map(&mut self, pool: &mut Pool, range: Range<HostPhys>, purpose: Use) -> Result<(), MapError> {
        let attributes = stage1::attributes(purpose);
        let start = range.start().align_down(PAGE_SIZE);
        let end = range.end().align_up(PAGE_SIZE).unwrap_or(range.end());
        let mut tables = PoolTables { pool, translation: Translation::Hypervisor };
        self.map_missing(&mut tables, start, end, attributes)?;
        Ok(())
    }

    /// Maps a stack at an address of its own.
    ///
    /// # Errors
    ///
    /// [`MapError`] where the pool has no table left.
    pub fn map_stack(
        &mut self,
        pool: &mut Pool,
        at: HypVirt,
        pages: HostPhys,
        size: u64,
    ) -> Result<(), MapError> {
        let mut tables = PoolTables { pool, translation: Translation::Hypervisor };
        self.stage1.map(&mut tables, at, pages, size, stage1::DATA)?;
        Ok(())
    }

    fn map_missing(
        &mut self,
        tables: &mut impl Tables,
        start: HostPhys,
        end: HostPhys,
        attributes: Stage1Attributes,
    ) -> Result<(), MapError> {
        let mut start = start;
        while start < end {
            let size = end.offset_from(start).unwrap_or(0);
            match self.stage1.map(tables, identity(start), start, size, attributes) {
                Err(MapError::AlreadyMapped { at })
                    if self.stage1.translate(tables, HypVirt::new(at))
                        == Some((HostPhys::new(at), attributes)) =>
                {
                    // Whatever lies before the page that is mapped already is not: map that, then step over.
                    let taken = HostPhys::new(at);
                    if let Some(before) = taken.offset_from(start).filter(|size| *size > 0) {
                        self.stage1.map(tables, identity(start), start, before, attributes)?;
                    }
                    start = taken.checked_add(PAGE_SIZE).unwrap_or(end);
                }
                other => return other,
            }
        }
        Ok(())
    }
}
