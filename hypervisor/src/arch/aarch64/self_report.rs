//! Reports of the hypervisor's own end: an exception taken at EL2, or a Rust panic.

use core::fmt;

use crate::console;
use crate::cpu::Cpu;

use super::exits::{self, Registers};
use super::{current_cpu, firmware, has_current_cpu, image, registers};

/// The most frames that a backtrace shows.
const FRAMES: usize = 16;

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
    let start = frame.get(29);
    console::write_last_words(format_args!("panic: {}", Backtrace { start }));
    firmware::power_off()
}

/// The call chain from the caller on, as addresses of the image.
pub fn backtrace() -> impl fmt::Display {
    let start: u64;
    // SAFETY: reads the frame pointer.
    unsafe { core::arch::asm!("mov {}, x29", out(reg) start, options(nomem, nostack, preserves_flags)) };
    Backtrace { start }
}

struct Backtrace {
    start: u64,
}

impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("backtrace (addresses in the image):")?;
        let mut frame = self.start;
        for _ in 0..FRAMES {
            let Some([next, caller]) = read_frame(frame) else { break };
            write!(f, " {caller:#x}")?;
            // Frames lie one above the other: anything else is a damaged stack.
            if next <= frame {
                break;
            }
            frame = next;
        }
        Ok(())
    }
}

/// A frame record (AAPCS64, 6.4.6), if the address lies in this CPU's stack or in the boot stack.
fn read_frame(address: u64) -> Option<[u64; 2]> {
    let inside = |low: u64, high: u64| address >= low && address <= high.saturating_sub(16);
    let on_stack = has_current_cpu() && {
        let cpu: &Cpu = current_cpu();
        let (low, high) = exits::stack_range(cpu);
        inside(low.raw(), high.raw()) || inside(high.raw(), cpu.emergency_top.raw())
    };
    let in_image = inside(image::rodata_end().raw(), image::end().raw());
    if address % 16 != 0 || !(on_stack || in_image) {
        return None;
    }
    // SAFETY: aligned, and inside memory that is mapped for the hypervisor, or a guard page at worst between
    // the two stacks, whose fault ends a report that is being given anyway.
    Some(unsafe { (address as *const [u64; 2]).read() })
}

/// The machine cannot go on after a Rust panic: says so and powers off.
pub fn end(report: fmt::Arguments<'_>) -> ! {
    console::write_last_words(format_args!("panic: {report}"));
    console::write_last_words(format_args!("panic: {}", backtrace()));
    firmware::power_off()
}
