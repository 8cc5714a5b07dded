//! The hypervisor's own end: where it came from, and what a Rust panic leads to.

use core::fmt;

use addr::PAGE_SIZE;

use crate::arch;
use crate::console;

use super::boot::{EMERGENCY_SIZE, STACK_SIZE};
use super::image;

/// The most return addresses that are shown.
const CALLERS: usize = 16;

/// The machine cannot go on after a Rust panic: says so and powers off.
pub fn panic_end(report: fmt::Arguments<'_>) -> ! {
    console::write_last_words(format_args!("panic: {report}"));
    console::write_last_words(format_args!("panic: {}", Callers { stack: arch::stack_pointer() }));
    arch::firmware::power_off()
}

/// The return addresses on a stack from an address on, as addresses of the image: the functions that were being called,
/// the innermost first, and perhaps some that had returned. Frame pointers would tell them apart, and cost every exit
/// some dozen instructions.
#[derive(Clone, Copy, Debug)]
pub struct Callers {
    /// The stack pointer.
    pub stack: u64,
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("return addresses on the stack (in the image):")?;
        let Some((start, end)) = rest_of_stack(self.stack) else { return Ok(()) };
        let words = (start..end).step_by(size_of::<u64>()).map(|address| {
            // SAFETY: aligned, inside a stack, which is mapped; nobody else writes it.
            unsafe { (address as *const u64).read() }
        });
        for caller in words.filter(|word| follows_call(*word)).take(CALLERS) {
            write!(f, " {caller:#x}")?;
        }
        Ok(())
    }
}

/// What is in use of the stack that an address lies in, or in the guard page of which it lies.
fn rest_of_stack(address: u64) -> Option<(u64, u64)> {
    let used = |top: u64, size: u64| {
        let bottom = top.wrapping_sub(size);
        let inside = address >= bottom.wrapping_sub(PAGE_SIZE) && address < top;
        inside.then_some((address.max(bottom).next_multiple_of(16), top))
    };
    if !arch::has_current_cpu() {
        let top = image::boot_stack_top().raw();
        return used(top, top.wrapping_sub(image::boot_stack_guard().raw()).wrapping_sub(PAGE_SIZE));
    }
    let cpu = arch::current_cpu();
    used(cpu.stack_top.raw(), STACK_SIZE).or_else(|| used(cpu.emergency_top.raw(), EMERGENCY_SIZE))
}

/// Whether the instruction in front of an address of the image's code is a call.
fn follows_call(address: u64) -> bool {
    let code = image::start().raw().wrapping_add(4)..image::text_end().raw();
    if !code.contains(&address) || !address.is_multiple_of(2) {
        return false;
    }
    // SAFETY: aligned for two bytes; the four bytes in front of the address are code, which is mapped to be read.
    let before = unsafe { (address.wrapping_sub(4) as *const [u16; 2]).read() };
    arch::is_call(before)
}
