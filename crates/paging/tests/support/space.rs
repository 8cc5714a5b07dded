//! The address spaces that random operations are tried on, each as positions from 0 on.

use super::Pool;
use addr::{GuestPhys, HostPhys, HypVirt};
use paging::aarch64::{GuestStage2, Stage2, Stage2Attributes};
use paging::riscv64::{self, GStage, GStageAttributes, GuestGStage, HsStage1, MemoryTypes, Stage1Attributes};
use paging::{Format, Tree};

/// One kind of address space, with what tests need to know of it.
pub(crate) trait Space: Sized {
    type Format: Format;
    /// The raw input address of position 0.
    const ORIGIN: u64 = 0;

    /// Some attributes for every number.
    fn attributes(which: usize) -> Attributes<Self>;

    /// A pool of so many pages, for a tree of this kind.
    fn pool(pages: usize) -> Pool;
    fn tree(pool: &mut Pool) -> Tree<Self::Format>;
    fn worst_case_pages(regions: &[(Input<Self>, HostPhys, u64)]) -> usize;

    fn input(position: u64) -> Input<Self> {
        Self::Format::input(Self::ORIGIN.wrapping_add(position))
    }

    fn position(raw: u64) -> u64 {
        raw.wrapping_sub(Self::ORIGIN)
    }

    /// Whether a range of raw input addresses leaves the address space: no test reaches further than 64 bits do.
    fn leaves(start: u64, size: u64) -> bool {
        start.checked_add(size - 1).is_none()
    }
}

/// What a mapping of the space permits.
pub(crate) type Attributes<S> = <<S as Space>::Format as Format>::Attributes;
/// An input address of the space.
pub(crate) type Input<S> = <<S as Space>::Format as Format>::Input;

/// Stage 2 of aarch64: a root of concatenated tables, break-before-make.
pub(crate) struct Aarch64Stage2;

impl Space for Aarch64Stage2 {
    type Format = GuestStage2;

    fn attributes(which: usize) -> Stage2Attributes {
        [Stage2Attributes::RAM, Stage2Attributes::READ_ONLY, Stage2Attributes::DEVICE][which % 3]
    }

    fn pool(pages: usize) -> Pool {
        Pool::aarch64(pages, 30)
    }

    fn tree(pool: &mut Pool) -> Stage2 {
        Stage2::new(pool, 40).unwrap()
    }

    fn worst_case_pages(regions: &[(GuestPhys, HostPhys, u64)]) -> usize {
        Stage2::worst_case_pages(40, regions.iter().copied()).unwrap()
    }
}

/// G-stage of riscv64 in Sv39x4: a root of four pages.
pub(crate) struct Riscv64GStage;

impl Space for Riscv64GStage {
    type Format = GuestGStage;

    fn attributes(which: usize) -> GStageAttributes {
        let shared = |writable| GStageAttributes::Ram { writable, executable: false };
        [GStageAttributes::RAM, GStageAttributes::Device, shared(true), shared(false)][which % 4]
    }

    fn pool(pages: usize) -> Pool {
        Pool::riscv64(pages, 30)
    }

    fn tree(pool: &mut Pool) -> GStage {
        GStage::new(pool, riscv64::Mode::Sv39, MemoryTypes::Svpbmt).unwrap()
    }

    fn worst_case_pages(regions: &[(GuestPhys, HostPhys, u64)]) -> usize {
        GStage::worst_case_pages(riscv64::Mode::Sv39, regions.iter().copied())
    }
}

/// Stage 1 of riscv64 in Sv48, the last 4 GiB of it: sign-extended addresses, which end with 64 bits.
pub(crate) struct Riscv64Stage1;

impl Space for Riscv64Stage1 {
    type Format = HsStage1;
    const ORIGIN: u64 = (4u64 << 30).wrapping_neg();

    fn attributes(which: usize) -> Stage1Attributes {
        [Stage1Attributes::Data, Stage1Attributes::Code, Stage1Attributes::Constant, Stage1Attributes::Device]
            [which % 4]
    }

    fn pool(pages: usize) -> Pool {
        Pool::riscv64(pages, 39)
    }

    fn tree(pool: &mut Pool) -> riscv64::Stage1 {
        riscv64::Stage1::new(pool, riscv64::Mode::Sv48, MemoryTypes::Physical).unwrap()
    }

    fn worst_case_pages(regions: &[(HypVirt, HostPhys, u64)]) -> usize {
        riscv64::Stage1::worst_case_pages(riscv64::Mode::Sv48, regions.iter().copied())
    }
}
