//! Control and status registers by number (privileged specification, "CSR Listing"; AIA 1.0, "CSRs"). Numbers, not
//! names: the compiler's assembler knows the names of an extension only where the target has it.

/// Reads the CSR with this number.
///
/// A read has no effect that Rust knows of; a CSR that the hart lacks is a trap of the hypervisor, which ends the
/// machine with a report, so optional ones are read only behind a check of the device tree.
macro_rules! read {
    ($number:literal) => {{
        let value: u64;
        // SAFETY: reading this CSR changes nothing; `memory` is clobbered by default, which keeps the read in its
        // place among accesses of devices.
        unsafe {
            core::arch::asm!(concat!("csrr {}, ", $number), out(reg) value, options(nostack, preserves_flags));
        }
        value
    }};
}

macro_rules! readable {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])*
        #[inline(always)]
        pub fn $name() -> u64 {
            read!($number)
        })*
    };
}

macro_rules! guest_state {
    ($($(#[$doc:meta])* $set:ident = $number:literal;)*) => {
        $($(#[$doc])*
        #[inline(always)]
        pub fn $set(value: u64) {
            // SAFETY: this CSR acts on the guest alone, behind the G-stage: no value of it gives the guest more,
            // or changes what the hypervisor does.
            unsafe {
                core::arch::asm!(concat!("csrw ", $number, ", {}"), in(reg) value, options(nostack));
            }
        })*
    };
}

macro_rules! own_state {
    ($($(#[$doc:meta])* $set:ident = $number:literal;)*) => {
        $($(#[$doc])*
        ///
        /// # Safety
        ///
        /// The value decides what the hypervisor itself or a guest's confinement rests on: the caller argues
        /// that it is right.
        #[inline(always)]
        pub unsafe fn $set(value: u64) {
            // SAFETY: the caller's argument.
            unsafe {
                core::arch::asm!(concat!("csrw ", $number, ", {}"), in(reg) value, options(nostack));
            }
        })*
    };
}

readable! {
    /// Where the trap came from (sepc).
    sepc = "0x141";
    /// Why it was taken (scause).
    scause = "0x142";
    /// The faulting virtual address or instruction (stval).
    stval = "0x143";
    /// Address translation of the hypervisor (satp).
    satp = "0x180";
    /// Interrupts that are pending for HS-mode (sip).
    sip = "0x144";
    /// Status of HS-mode (sstatus).
    sstatus = "0x100";
    /// The guest-physical address of a G-stage fault, shifted right by two (htval).
    htval = "0x643";
    /// The trapping instruction in its transformed shape, or 0 (htinst).
    htinst = "0x64a";
    /// The G-stage's root and mode (hgatp).
    hgatp = "0x680";
    /// Which guest interrupt files exist, once all bits have been written (hgeie).
    hgeie = "0x607";
    /// The guest's status (vsstatus).
    vsstatus = "0x200";
    /// Where the guest took its last trap (vsepc).
    vsepc = "0x241";
    /// The guest's trap vector (vstvec).
    vstvec = "0x205";
    /// What the hypervisor lets the guest's environment do (henvcfg).
    henvcfg = "0x60a";
    /// The time (time).
    time = "0xc01";
    /// The time of the hypervisor's own timer interrupt (stimecmp).
    stimecmp = "0x14d";
}

guest_state! {
    /// vsstatus.
    set_vsstatus = "0x200";
    /// vsie.
    set_vsie = "0x204";
    /// vstvec.
    set_vstvec = "0x205";
    /// vsscratch.
    set_vsscratch = "0x240";
    /// vsepc.
    set_vsepc = "0x241";
    /// vscause.
    set_vscause = "0x242";
    /// vstval.
    set_vstval = "0x243";
    /// vsatp.
    set_vsatp = "0x280";
    /// vstimecmp.
    set_vstimecmp = "0x24d";
    /// vsiselect: which register of the guest interrupt file `vsireg` is.
    set_vsiselect = "0x250";
    /// vsireg.
    set_vsireg = "0x251";
    /// scounteren: the guest's own, for its user mode; the hypervisor has none.
    set_scounteren = "0x106";
    /// senvcfg: the guest's own, for its user mode; the hypervisor has none.
    set_senvcfg = "0x10a";
    /// sstateen0: for the guest's user mode; the hypervisor has none.
    set_sstateen0 = "0x10c";
    /// hvip: interrupts pending for the guest by the hypervisor's word.
    set_hvip = "0x645";
    /// htimedelta: added to the time that the guest reads.
    set_htimedelta = "0x605";
    /// hvictl: interrupts for the guest beside its own; none.
    set_hvictl = "0x609";
    /// hvien: interrupts that only the hypervisor can make pending; none.
    set_hvien = "0x608";
}

own_state! {
    /// sepc: where the return from the trap goes.
    set_sepc = "0x141";
    /// sstatus.
    set_sstatus = "0x100";
    /// sie: what wakes and interrupts the hypervisor.
    set_sie = "0x104";
    /// stimecmp: the hypervisor's own timer.
    set_stimecmp = "0x14d";
    /// siselect: which register of the hypervisor's interrupt file `sireg` is.
    set_siselect = "0x150";
    /// sireg.
    set_sireg = "0x151";
    /// hstatus.
    set_hstatus = "0x600";
    /// hedeleg: exceptions that the guest takes itself.
    set_hedeleg = "0x602";
    /// hideleg: interrupts that the guest takes itself.
    set_hideleg = "0x603";
    /// hcounteren: counters that the guest may read.
    set_hcounteren = "0x606";
    /// hgeie: guest interrupt files that interrupt the hypervisor.
    set_hgeie = "0x607";
    /// henvcfg.
    set_henvcfg = "0x60a";
    /// hstateen0: state that the guest may use.
    set_hstateen0 = "0x60c";
    /// hgatp: what the guest's physical addresses mean.
    set_hgatp = "0x680";
}

/// Claims the most urgent interrupt of the hypervisor's interrupt file: its identity, or 0 (AIA 1.0, 3.10 "stopei").
#[inline(always)]
pub fn claim_stopei() -> u32 {
    let value: u64;
    // SAFETY: reading and writing stopei takes one pending interrupt out of this hart's own file.
    unsafe { core::arch::asm!("csrrw {}, 0x15c, zero", out(reg) value, options(nostack)) };
    (value >> 16) as u32 & 0x7ff
}

/// Takes note of a software interrupt: clears sip.SSIP.
#[inline(always)]
pub fn clear_software_interrupt() {
    // SAFETY: the bit is this hart's own; what it stands for is looked at after.
    unsafe { core::arch::asm!("csrci 0x144, 2", options(nostack)) };
}

/// Forgets every translation that this hart keeps: guest-virtual and guest-physical addresses of all zones.
#[inline(always)]
pub fn forget_guest_translations() {
    // SAFETY: forgetting cached translations is always allowed; the tables decide. The encodings are HFENCE.GVMA and
    // HFENCE.VVMA with both operands x0 (privileged specification, "Hypervisor Memory-Management Fence Instructions").
    unsafe {
        core::arch::asm!(
            ".insn r 0x73, 0, 0x31, x0, x0, x0",
            ".insn r 0x73, 0, 0x11, x0, x0, x0",
            options(nostack)
        )
    };
}

/// Makes the guest's software interrupt pending (hvip.VSSIP).
#[inline(always)]
pub fn set_guest_software_interrupt() {
    // SAFETY: an interrupt of this hart's own guest.
    unsafe { core::arch::asm!("csrsi 0x645, 4", options(nostack)) };
}

/// Whether it is pending.
#[inline(always)]
pub fn guest_software_interrupt_pending() -> bool {
    read!("0x645") & 4 != 0
}

/// Takes it back.
#[inline(always)]
pub fn clear_guest_software_interrupt() {
    // SAFETY: an interrupt of this hart's own guest.
    unsafe { core::arch::asm!("csrci 0x645, 4", options(nostack)) };
}

/// Makes the guest's external interrupt pending (hvip.VSEIP), or not.
#[inline(always)]
pub fn set_guest_external_interrupt(pending: bool) {
    let bit = 1u64 << 10;
    if pending {
        // SAFETY: an interrupt of this hart's own guest.
        unsafe { core::arch::asm!("csrs 0x645, {}", in(reg) bit, options(nostack)) };
    } else {
        // SAFETY: as above.
        unsafe { core::arch::asm!("csrc 0x645, {}", in(reg) bit, options(nostack)) };
    }
}

/// Whether an interrupt that the guest has enabled is pending for it (hip and hie hold the VS-level bits).
#[inline(always)]
pub fn guest_interrupt_pending() -> bool {
    read!("0x644") & read!("0x604") != 0
}

/// Lets vector instructions execute (sstatus.VS).
#[inline(always)]
pub fn enable_vectors() {
    // SAFETY: the hypervisor keeps nothing in vector registers; a guest's own sstatus decides for the guest.
    unsafe { core::arch::asm!("csrs 0x100, {}", in(reg) 0b11u64 << 9, options(nostack)) };
}

/// FENCE.I.
#[inline(always)]
pub fn fence_instructions() {
    // SAFETY: later fetches see earlier stores; nothing else changes.
    unsafe { core::arch::asm!("fence.i", options(nostack)) };
}

/// HFENCE.VVMA: forgets what this hart keeps of guest-virtual addresses of the zone that hgatp names.
#[inline(always)]
pub fn forget_guest_virtual() {
    // SAFETY: forgetting cached translations is always allowed; the guest's tables decide.
    unsafe { core::arch::asm!(".insn r 0x73, 0, 0x11, x0, x0, x0", options(nostack)) };
}

/// The same for one address space.
#[inline(always)]
pub fn forget_guest_virtual_of(asid: u64) {
    // SAFETY: as above.
    unsafe { core::arch::asm!(".insn r 0x73, 0, 0x11, x0, x0, {}", in(reg) asid, options(nostack)) };
}

/// The same for one address.
#[inline(always)]
pub fn forget_guest_virtual_at(address: u64) {
    // SAFETY: as above.
    unsafe { core::arch::asm!(".insn r 0x73, 0, 0x11, x0, {}, x0", in(reg) address, options(nostack)) };
}

/// The same for one address of one address space.
#[inline(always)]
pub fn forget_guest_virtual_of_at(asid: u64, address: u64) {
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(".insn r 0x73, 0, 0x11, x0, {}, {}", in(reg) address, in(reg) asid, options(nostack))
    };
}

/// Waits until an interrupt that `sie` names is pending.
#[inline(always)]
pub fn wfi() {
    // SAFETY: waiting changes nothing.
    unsafe { core::arch::asm!("wfi", options(nostack)) };
}

/// Orders all memory and device accesses before against all after.
#[inline(always)]
pub fn fence() {
    // SAFETY: a fence changes nothing.
    unsafe { core::arch::asm!("fence iorw, iorw", options(nostack)) };
}

/// The record of this hart (tp), or 0 before it has one.
#[inline(always)]
pub fn thread_pointer() -> u64 {
    let value: u64;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mv {}, tp", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}
