//! The report of an exception taken at EL2 itself.

use crate::console;

use super::bare::Callers;
use super::exits::Registers;
use super::{firmware, registers};

/// An exception at EL2 itself, from vector `kind` (synchronous, IRQ, FIQ, SError). The vectors have switched
/// to the emergency stack. x30's neighbour in the frame is the stack pointer.
#[unsafe(no_mangle)]
extern "C" fn self_report(frame: &Registers, kind: u64) -> ! {
    let kind = ["synchronous exception", "interrupt", "FIQ", "system error"]
        .get(kind as usize)
        .copied()
        .unwrap_or("exception");
    console::write_last_words(format_args!(
        "panic: {kind} in the hypervisor: PC {:#x}, ESR {:#x}, FAR {:#x}, SPSR {:#x}",
        registers::elr_el2(),
        registers::esr_el2(),
        registers::far_el2(),
        registers::spsr_el2()
    ));
    for (row, values) in frame.all().chunks(4).enumerate() {
        let [a, b, c, d] = *values else { continue };
        console::write_last_words(format_args!(
            "panic: x{:<2} {a:#018x} {b:#018x} {c:#018x} {d:#018x}",
            row.wrapping_mul(4)
        ));
    }
    let stack = frame.all().last().copied().unwrap_or(0);
    console::write_last_words(format_args!("panic: {}", Callers { stack }));
    firmware::power_off()
}
