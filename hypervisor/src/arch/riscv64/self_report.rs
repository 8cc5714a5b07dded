//! The report of a trap of the hypervisor itself.

use crate::console;

use super::bare::Callers;
use super::exits::Registers;
use super::{csr, firmware};

/// The trap vector has switched to the emergency stack; behind the registers the frame holds nothing.
#[unsafe(no_mangle)]
extern "C" fn self_report(frame: &Registers) -> ! {
    console::write_last_words(format_args!(
        "panic: trap in the hypervisor: PC {:#x}, cause {:#x}, stval {:#x}, sstatus {:#x}",
        csr::sepc(),
        csr::scause(),
        csr::stval(),
        csr::sstatus()
    ));
    for (row, values) in frame.all().chunks(4).enumerate() {
        let [a, b, c, d] = *values else { continue };
        console::write_last_words(format_args!(
            "panic: x{:<2} {a:#018x} {b:#018x} {c:#018x} {d:#018x}",
            row.wrapping_mul(4)
        ));
    }
    console::write_last_words(format_args!("panic: {}", Callers { stack: frame.get(2) }));
    firmware::power_off()
}
