//! The vector table, and what is done with an exception: interrupts are acknowledged and handed to the
//! guest; a synchronous exception inside a probe is recorded and stepped over, any other ends the zone.

use super::{calls, interrupts};
use crate::fault::{self, Fault};
use crate::println;
use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What an exception interrupted.
#[repr(C)]
pub(crate) struct Frame {
    x: [u64; 31],
    elr: u64,
    spsr: u64,
    reserved: u64,
}

global_asm!(
    r#"
    .pushsection .text.vectors, "ax"
    .macro guest_vector kind
    .balign 128
    sub     sp, sp, #272
    stp     x0, x1, [sp]
    mov     x1, #\kind
    b       guest_exception_entry
    .endm

    .balign 2048
    .global guest_vectors
guest_vectors:
    guest_vector 0
    guest_vector 1
    guest_vector 2
    guest_vector 3
    guest_vector 4
    guest_vector 5
    guest_vector 6
    guest_vector 7
    guest_vector 8
    guest_vector 9
    guest_vector 10
    guest_vector 11
    guest_vector 12
    guest_vector 13
    guest_vector 14
    guest_vector 15

guest_exception_entry:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, elr_el1
    stp     x30, x2, [sp, #240]
    mrs     x2, spsr_el1
    str     x2, [sp, #256]
    mov     x0, sp
    bl      guest_exception
    ldr     x2, [sp, #256]
    msr     spsr_el1, x2
    ldp     x30, x2, [sp, #240]
    msr     elr_el1, x2
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #16
    add     sp, sp, #256
    eret
    .popsection
    "#
);

unsafe extern "Rust" {
    safe fn guest_interrupt(number: u32);
}

/// Exception classes (ESR_ELx.EC) after which the program goes on elsewhere than one instruction later.
const EC_ILLEGAL_STATE: u64 = 0x0e;
const EC_SVC: u64 = 0x15;
const EC_INSTRUCTION_ABORT: u64 = 0x21;
const EC_PC_ALIGNMENT: u64 = 0x22;
/// DFSC values of faults that follow from a descriptor's contents: address size, translation, access flag and
/// permission.
const OF_TABLE_CONTENTS: core::ops::Range<u64> = 0x00..0x10;
/// SPSR.IL.
const SPSR_ILLEGAL: u64 = 1 << 20;

static SYSTEM_ERRORS: AtomicU64 = AtomicU64::new(0);

/// SErrors taken so far, by all vCPUs.
pub fn system_errors() -> u64 {
    SYSTEM_ERRORS.load(Relaxed)
}

/// Whether the contents of a translation table entry led to this ESR_EL1.
pub(crate) fn is_of_table_contents(esr: u64) -> bool {
    OF_TABLE_CONTENTS.contains(&(esr & 0x3f))
}

#[unsafe(no_mangle)]
extern "C" fn guest_exception(frame: &mut Frame, kind: u64) {
    match kind & 3 {
        0 => synchronous(frame),
        1 | 2 => {
            // Spurious (1023) where the interrupt has gone again.
            let acknowledged = interrupts::acknowledge();
            let intid = interrupts::intid(acknowledged);
            if intid < 1020 {
                guest_interrupt(intid);
                interrupts::end(acknowledged);
            }
        }
        _ => {
            SYSTEM_ERRORS.fetch_add(1, Relaxed);
        }
    }
}

fn synchronous(frame: &mut Frame) {
    let (esr, far): (u64, u64);
    // SAFETY: reads two registers that this exception wrote.
    unsafe {
        asm!("mrs {}, esr_el1", "mrs {}, far_el1", out(reg) esr, out(reg) far, options(nomem, nostack));
    }
    if !fault::record(Fault { cause: esr, address: far }) {
        println!("guest: unexpected exception: esr={esr:#x} far={far:#x} pc={:#x}", frame.elr);
        calls::power_off();
    }
    match esr >> 26 & 0x3f {
        // The probe was entered by BLR: go back to its caller.
        EC_INSTRUCTION_ABORT | EC_PC_ALIGNMENT => frame.elr = frame.x[30],
        EC_SVC => (),
        EC_ILLEGAL_STATE => frame.spsr &= !SPSR_ILLEGAL,
        _ => frame.elr += 4,
    }
}
