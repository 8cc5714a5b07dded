//! APLIC and interrupt file (AIA 1.0, chapters 3 and 4).

use super::mmio::store;
use core::arch::asm;

/// APLIC: domaincfg with IE and DM; sourcecfg and target of source n at n words; setienum and clrienum.
const DOMAINCFG: u64 = 0;
const ENABLED_BY_MSI: u32 = 1 << 8 | 1 << 2;
const SOURCECFG: u64 = 0;
const TARGET: u64 = 0x3000;
const SETIENUM: u64 = 0x1edc;
const CLRIENUM: u64 = 0x1fdc;
/// sourcecfg.SM.
const INACTIVE: u32 = 0;
const EDGE_RISING: u32 = 4;
const LEVEL_HIGH: u32 = 6;

/// Registers of an interrupt file by siselect.
const EIDELIVERY: u64 = 0x70;
const EITHRESHOLD: u64 = 0x72;
const EIE0: u64 = 0xc0;
/// Bytes of a file, whose first register makes an identity pending (seteipnum_le).
const FILE_SIZE: u64 = 0x1000;

/// How a source is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For its rising edges.
    Edge,
    /// For its high level.
    Level,
}

/// Opens this vCPU's interrupt file, and the domain.
pub fn open(aplic: u64) {
    for (register, value) in [(EIE0, 0xfffe), (EITHRESHOLD, 0), (EIDELIVERY, 1)] {
        // SAFETY: this vCPU's own interrupt file.
        unsafe { asm!("csrw 0x150, {}", in(reg) register, options(nostack)) };
        // SAFETY: as above.
        unsafe { asm!("csrw 0x151, {}", in(reg) value as u64, options(nostack)) };
    }
    store(aplic + DOMAINCFG, ENABLED_BY_MSI);
}

/// Sends a source to the file of vCPU 0 as `identity`.
pub fn enable(aplic: u64, source: u32, mode: Mode, identity: u32) {
    let mode = match mode {
        Mode::Edge => EDGE_RISING,
        Mode::Level => LEVEL_HIGH,
    };
    let place = u64::from(source) * 4;
    store(aplic + SOURCECFG + place, mode);
    store(aplic + TARGET + place, identity);
    store(aplic + SETIENUM, source);
}

/// Watches a source no more.
pub fn disable(aplic: u64, source: u32) {
    store(aplic + CLRIENUM, source);
    store(aplic + SOURCECFG + u64::from(source) * 4, INACTIVE);
}

/// Makes an identity pending in the file of a vCPU.
pub fn send(imsic: u64, vcpu: u64, identity: u32) {
    store(imsic + vcpu * FILE_SIZE, identity);
}

/// Takes the best pending identity of this vCPU's file (stopei).
pub fn claim() -> Option<u32> {
    let top: u64;
    // SAFETY: this vCPU's own interrupt file.
    unsafe { asm!("csrrw {}, 0x15c, zero", out(reg) top, options(nostack)) };
    (top != 0).then_some((top >> 16) as u32)
}
