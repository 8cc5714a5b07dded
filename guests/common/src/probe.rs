//! Running an instruction that may fault, and learning how it ended.

use crate::arch::probe;
use crate::fault::{self, Fault};

pub use crate::arch::probe::{REGISTERS, RET};

/// Words in the code buffer.
const CODE_WORDS: usize = 1024;

#[repr(C, align(4096))]
struct Code([u32; CODE_WORDS]);

static mut CODE: Code = Code([0; CODE_WORDS]);

/// Instructions written at run time. There is one buffer: vCPU 0 owns it.
#[derive(Debug)]
pub struct CodeBuffer(());

impl CodeBuffer {
    /// The buffer.
    ///
    /// # Safety
    /// At most one may exist.
    pub unsafe fn new() -> Self {
        Self(())
    }

    /// Writes `words` and makes them executable; returns the address of the first. Excess words are left out.
    pub fn load(&mut self, words: impl IntoIterator<Item = u32>) -> u64 {
        let start = (&raw mut CODE).cast::<u32>();
        for (index, word) in words.into_iter().take(CODE_WORDS).enumerate() {
            let at = start.wrapping_add(index);
            // SAFETY: inside CODE, which `self` owns; nothing there is running.
            unsafe { at.write_volatile(word) };
            probe::written(at as u64);
        }
        probe::synchronise();
        start as u64
    }
}

/// Calls the code at `code` (one instruction and [`RET`]) with the first three argument registers as given: x0 to
/// x2 or a0 to a2. Returns the second of them, or the fault.
///
/// # Errors
/// The exception that the instruction ended in.
///
/// # Safety
/// The code must change no register but those that a function may change, and no memory that Rust owns.
pub unsafe fn run(code: u64, first: u64, second: u64, third: u64) -> Result<u64, Fault> {
    fault::arm();
    // SAFETY: the caller's promise.
    let result = unsafe { probe::call(code, first, second, third) };
    fault::disarm().map_or(Ok(result), Err)
}

/// Calls the code at `code` with [`REGISTERS`] registers as given, and stores there what they are afterwards:
/// x0 to x17; or a0 to a7 and t0 to t6.
///
/// # Errors
/// The exception that the code ended in.
///
/// # Safety
/// As for [`run`].
pub unsafe fn run_registers(code: u64, registers: &mut [u64; REGISTERS]) -> Result<(), Fault> {
    fault::arm();
    // SAFETY: the caller's promise.
    unsafe { probe::call_with_registers(code, registers) };
    fault::disarm().map_or(Ok(()), Err)
}
