//! The trap vector, and what is done with a trap: interrupts are handed to the guest; an exception inside a probe
//! is recorded and stepped over, any other ends the zone.

use super::{calls, interrupts};
use crate::fault::{self, Fault};
use crate::println;
use core::arch::{asm, global_asm};

/// What a trap interrupted: register n at index n. The places of x0 and tp are not restored.
#[repr(C)]
pub(crate) struct Frame {
    x: [u64; 32],
    sepc: u64,
    sstatus: u64,
}

global_asm!(
    r#"
    .pushsection .text.vectors, "ax"
    .balign 4
    .global guest_vector
guest_vector:
    addi    sp, sp, -{frame_size}
    .irp    n, 1,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd      x\n, 8*\n(sp)
    .endr
    csrr    t0, sepc
    csrr    t1, sstatus
    sd      t0, 256(sp)
    sd      t1, 264(sp)
    mv      a0, sp
    csrr    a1, scause
    csrr    a2, stval
    call    guest_exception
    ld      t0, 256(sp)
    ld      t1, 264(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    .irp    n, 1,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld      x\n, 8*\n(sp)
    .endr
    addi    sp, sp, {frame_size}
    sret
    .popsection
    "#,
    frame_size = const size_of::<Frame>(),
);

unsafe extern "Rust" {
    safe fn guest_interrupt(number: u32);
}

/// scause: an interrupt.
const INTERRUPT: u64 = 1 << 63;
/// Exceptions of a fetch: misaligned, access fault, page fault.
const FETCH: [u64; 3] = [0, 1, 12];
/// Exceptions that follow from the contents of a page table entry: the page faults of fetch, load and store. A
/// walk that may not read its table ends in an access fault.
const OF_TABLE_CONTENTS: [u64; 3] = [12, 13, 15];
/// sstatus.SPP: the trap came from supervisor mode.
const SSTATUS_SPP: u64 = 1 << 8;
/// Bits 1 and 0 of an instruction of four bytes.
const LONG: u16 = 0b11;

/// Whether the contents of a page table entry led to this scause.
pub(crate) fn is_of_table_contents(scause: u64) -> bool {
    OF_TABLE_CONTENTS.contains(&scause)
}

#[unsafe(no_mangle)]
extern "C" fn guest_exception(frame: &mut Frame, scause: u64, stval: u64) {
    if scause & INTERRUPT != 0 {
        let number = scause as u32;
        interrupts::acknowledge(number);
        guest_interrupt(number);
        return;
    }
    if !fault::record(Fault { cause: scause, address: stval }) {
        println!("guest: unexpected exception: scause={scause:#x} stval={stval:#x} sepc={:#x}", frame.sepc);
        calls::power_off();
    }
    frame.sepc = if FETCH.contains(&scause) || frame.sstatus & SSTATUS_SPP == 0 {
        // Nothing can run there, or not in this mode. The probe was entered by JALR: go back to its caller.
        frame.x[1]
    } else {
        frame.sepc + length(frame.sepc)
    };
    // A probe may have led to user mode, where this guest does not run.
    frame.sstatus |= SSTATUS_SPP;
}

/// Bytes of the instruction at `at`, which this guest has just executed.
fn length(at: u64) -> u64 {
    let start: u16;
    // SAFETY: the guest's own code, readable like all its memory.
    unsafe { asm!("lhu {}, 0({})", out(reg) start, in(reg) at, options(readonly, nostack)) };
    if start & LONG == LONG { 4 } else { 2 }
}
