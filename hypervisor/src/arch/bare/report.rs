//! The hypervisor's own end: a backtrace, and what a Rust panic leads to.

use core::fmt;

use crate::arch;
use crate::console;

use super::boot::STACK_SIZE;
use super::image;

/// The most frames that a backtrace shows.
const FRAMES: usize = 16;

/// The machine cannot go on after a Rust panic: says so and powers off.
pub fn panic_end(report: fmt::Arguments<'_>) -> ! {
    console::write_last_words(format_args!("panic: {report}"));
    console::write_last_words(format_args!("panic: {}", Backtrace { frame: arch::frame_pointer() }));
    arch::firmware::power_off()
}

/// The call chain from a frame on, as addresses of the image.
#[derive(Clone, Copy, Debug)]
pub struct Backtrace {
    /// The frame pointer to begin at.
    pub frame: u64,
}

impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("backtrace (addresses in the image):")?;
        let mut frame = self.frame;
        for _ in 0..FRAMES {
            let Some([next, caller]) = read_record(frame.wrapping_sub(arch::FRAME_RECORD_BELOW)) else {
                break;
            };
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

/// A caller's frame pointer and return address, if the record lies in this CPU's stacks or in the boot stack.
fn read_record(address: u64) -> Option<[u64; 2]> {
    let inside = |low: u64, high: u64| address >= low && address <= high.saturating_sub(16);
    let on_stack = arch::has_current_cpu() && {
        let cpu = arch::current_cpu();
        let top = cpu.stack_top.raw();
        inside(top.wrapping_sub(STACK_SIZE), top) || inside(top, cpu.emergency_top.raw())
    };
    let in_image = inside(image::rodata_end().raw(), image::end().raw());
    if !address.is_multiple_of(16) || !(on_stack || in_image) {
        return None;
    }
    // SAFETY: aligned, and inside memory that is mapped for the hypervisor, or a guard page at worst between
    // the two stacks, whose fault ends a report that is being given anyway.
    Some(unsafe { (address as *const [u64; 2]).read() })
}
