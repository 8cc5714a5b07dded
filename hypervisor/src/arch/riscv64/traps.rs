//! What a guest may do by itself, and what comes to the hypervisor: registers of each hart, written before it first
//! enters a guest (privileged specification, "Hypervisor extension"; AIA 1.0, chapter 6).

use super::{csr, features};
use crate::cpu::Cpu;

/// Supervisor software, timer and external interrupts, as bits of sie and sip.
pub const SOFTWARE: u64 = 1 << 1;
/// See above.
pub const TIMER: u64 = 1 << 5;
/// See above.
pub const EXTERNAL: u64 = 1 << 9;

/// Exceptions that a guest takes itself: misaligned and illegal instructions, breakpoints, misaligned accesses and
/// access faults, calls from its user mode, and the page faults of its own tables. What is left comes here: calls
/// from VS-mode (10), guest-page faults (20, 21, 23) and virtual instructions (22).
const DELEGATED_EXCEPTIONS: u64 = 1 << 0
    | 1 << 1
    | 1 << 2
    | 1 << 3
    | 1 << 4
    | 1 << 5
    | 1 << 6
    | 1 << 7
    | 1 << 8
    | 1 << 12
    | 1 << 13
    | 1 << 15
    | 1 << 18
    | 1 << 19;

/// Interrupts that a guest takes itself: VS-level software, timer and external (VSSIP, VSTIP, VSEIP).
const DELEGATED_INTERRUPTS: u64 = 1 << 2 | 1 << 6 | 1 << 10;

/// cycle, time and instret: a guest may read all three and decides for its user mode by scounteren.
pub const COUNTERS: u64 = 0b111;

/// henvcfg: the guest's timer is its own (STCE), page-based memory types (PBMTE), cache-block instructions (CBZE,
/// CBCFE, CBIE = flush). Bits of extensions that the hart lacks stay zero. Hardware updating of A and D bits (ADUE)
/// is off: the guest's device tree does not name it.
const ENVIRONMENT: u64 = 1 << 63 | 1 << 62 | 1 << 7 | 1 << 6 | 1 << 4;
const STCE: u64 = 1 << 63;

/// hstateen0: what state a guest may use (privileged specification, "Smstateen"): senvcfg (ENVCFG) and fcsr without
/// F (FCSR). sstateen0 (SE0) it may not, for it is not told of Ssstateen: for hstateen1 to hstateen3 would have to hand
/// out the others.
const STATE: u64 = 1 << 62 | USER_STATE;
/// The same where the guest has an interrupt file: indirect CSRs (CSRIND), AIA's CSRs (AIA) and those of the file
/// (IMSIC).
const AIA_STATE: u64 = 1 << 60 | 1 << 59 | 1 << 58;
/// sstateen0: of that, what the guest's user mode may use. As on a hart without sstateen0, it is all: FCSR.
pub const USER_STATE: u64 = 1 << 1;

/// Sets every control of this hart. False where the hart has no timer for guests (Sstc).
pub fn init(cpu: &Cpu) -> bool {
    // SAFETY: the hypervisor polls with interrupts off (sstatus.SIE = 0): these decide what ends its waiting.
    unsafe { csr::set_sie(SOFTWARE | TIMER | EXTERNAL) };
    // SAFETY: no interrupt of the hypervisor's own timer until an alarm is set.
    unsafe { csr::set_stimecmp(u64::MAX) };
    // SAFETY: all of these are exceptions of the guest's own making, answered in its VS-mode behind the G-stage.
    unsafe { csr::set_hedeleg(DELEGATED_EXCEPTIONS) };
    // SAFETY: only the VS-level interrupts, which the hypervisor itself does not use.
    unsafe { csr::set_hideleg(DELEGATED_INTERRUPTS) };
    // SAFETY: counters are readable, nothing more.
    unsafe { csr::set_hcounteren(COUNTERS) };
    // SAFETY: each bit gives the guest an instruction or a timer that acts on its own state alone.
    unsafe { csr::set_henvcfg(ENVIRONMENT) };
    // SAFETY: guest interrupt files do not interrupt the hypervisor: each vCPU stays on its hart.
    unsafe { csr::set_hgeie(0) };
    csr::set_hvip(0);
    csr::set_htimedelta(0);
    if features::get().stateen {
        let state = if cpu.arch.guest_file.is_some() { STATE | AIA_STATE } else { STATE };
        // SAFETY: state of the guest alone; what later extensions add stays off.
        unsafe { csr::set_hstateen0(state) };
    }
    if features::get().ssaia {
        csr::set_hvien(0);
        csr::set_hvictl(0);
    }
    csr::henvcfg() & STCE != 0
}

/// How many guest interrupt files this hart has (GEILEN), by which bits of hgeie stick (privileged specification,
/// "hgeie and hgeip").
pub fn guest_files() -> u32 {
    // SAFETY: interrupts are off, and the next line puts the register back.
    unsafe { csr::set_hgeie(u64::MAX) };
    let files = csr::hgeie() >> 1;
    // SAFETY: as in `init`.
    unsafe { csr::set_hgeie(0) };
    files.trailing_ones()
}
