//! The guest interrupt file of this hart's vCPU, as the hypervisor reaches it through vsiselect and vsireg while
//! hstatus.VGEIN names it (AIA 1.0, 3.8 and 6.3). Also the hypervisor's own file.

use super::csr;

/// Indirect registers of an interrupt file (AIA 1.0, 3.8).
const EIDELIVERY: u64 = 0x70;
const EITHRESHOLD: u64 = 0x72;
const EIP0: u64 = 0x80;
const EIE0: u64 = 0xc0;
/// Identities in one of a 64-bit hart's pending and enable registers, which have even numbers only.
const IDENTITIES: u64 = 64;
const STEP: u64 = 2;

/// The highest identity that a file can have (AIA 1.0, 3.1).
const LAST_IDENTITY: u32 = 2047;

/// The identity by which harts interrupt each other.
pub const IPI: u32 = 1;
/// The identity of the console's interrupt.
pub const CONSOLE: u32 = 2;

/// Puts the guest's file, which has identities 1 to `last`, back to its reset state: nothing delivered, enabled or
/// pending.
pub fn reset(last: u32) {
    select(EIDELIVERY, 0);
    select(EITHRESHOLD, 0);
    for offset in offsets(last) {
        select(EIE0.wrapping_add(offset), 0);
        select(EIP0.wrapping_add(offset), 0);
    }
    csr::set_vsiselect(0);
}

/// Where the pending or enable registers for identities up to `last` lie: there may be none behind them.
fn offsets(last: u32) -> impl Iterator<Item = u64> {
    (0..=u64::from(last.min(LAST_IDENTITY)) / IDENTITIES).map(|index| index.wrapping_mul(STEP))
}

fn select(register: u64, value: u64) {
    csr::set_vsiselect(register);
    csr::set_vsireg(value);
}

/// Prepares the hypervisor's own file, which has identities 1 to `last`: its two interrupts, and nothing else.
pub fn init_own(last: u32) {
    select_own(EIDELIVERY, 0);
    for offset in offsets(last) {
        select_own(EIE0.wrapping_add(offset), 0);
        select_own(EIP0.wrapping_add(offset), 0);
    }
    select_own(EITHRESHOLD, 0);
    select_own(EIE0, 1 << IPI | 1 << CONSOLE);
    select_own(EIDELIVERY, 1);
}

fn select_own(register: u64, value: u64) {
    // SAFETY: selects a register of this hart's own interrupt file.
    unsafe { csr::set_siselect(register) };
    // SAFETY: which interrupts of its own reach the hypervisor, which polls for them.
    unsafe { csr::set_sireg(value) };
}
