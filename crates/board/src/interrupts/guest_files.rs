//! Who gets which guest interrupt file (AIA 1.0, chapter 6).

use addr::HostPhys;
use heapless::Vec;

use super::aia::Imsic;
use crate::MAX_CPUS;

/// A guest interrupt file that has an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestFile {
    /// Its number, for hstatus.VGEIN: 1 to 63.
    pub number: u8,
    /// Its page.
    pub page: HostPhys,
}

/// The guest interrupt files of a machine that nobody owns.
#[derive(Debug)]
pub struct GuestFiles<'b> {
    imsic: &'b Imsic,
    /// Of each CPU, with bit n for file n, as hgeie has them.
    free: Vec<u64, MAX_CPUS>,
}

impl<'b> GuestFiles<'b> {
    /// All of a machine whose harts have `geilen` guest files each (GEILEN; privileged specification, "hgeie and
    /// hgeip"), as far as there are addresses for them.
    pub fn new(imsic: &'b Imsic, geilen: u32) -> Self {
        let count = imsic.guest_files().min(geilen);
        let up_to_count = if count < 63 { 2u64.wrapping_shl(count).wrapping_sub(1) } else { u64::MAX };
        // There is no file 0.
        let mut free = Vec::new();
        // There is room: the list of places has no more.
        let _ = free.resize(imsic.places.len(), up_to_count & !1);
        Self { imsic, free }
    }

    /// Takes the lowest file of a CPU, a place in [`Board::cpus`](crate::Board::cpus), that nobody owns. `None` where
    /// there is none left.
    pub fn take(&mut self, cpu: usize) -> Option<GuestFile> {
        let free = self.free.get_mut(cpu).filter(|free| **free != 0)?;
        let number = free.trailing_zeros();
        let page = self.imsic.guest_file(cpu, number)?;
        *free &= free.wrapping_sub(1);
        Some(GuestFile { number: number as u8, page })
    }
}
