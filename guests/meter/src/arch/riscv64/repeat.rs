//! Repeating an instruction.

/// The instructions that `$body` took in `$count` repetitions, those of the loop apart: the same loop is measured
/// empty. `$body` may name the operands behind it, and must not end the loop.
macro_rules! repeat {
    ($count:expr, $body:literal $(, $($operand:tt)*)?) => {{
        use $crate::arch::riscv64::repeat::counted_loop;
        // Once before it counts: what happens the first time only is another measure.
        let _ = counted_loop!(1, $body $(, $($operand)*)?);
        let full = counted_loop!($count, $body $(, $($operand)*)?);
        full - counted_loop!($count, "")
    }};
}
pub(super) use repeat;

macro_rules! counted_loop {
    ($count:expr, $body:literal $(, $($operand:tt)*)?) => {{
        let (begin, end): (u64, u64);
        let count: u64 = $count;
        // SAFETY: the loop's registers are its own; what the body does is for its author to argue: calls and device
        // registers that change nothing of what Rust owns.
        unsafe {
            core::arch::asm!(
                "csrr {begin}, instret",
                "2:",
                $body,
                "addi {left}, {left}, -1",
                "bnez {left}, 2b",
                "csrr {end}, instret",
                begin = out(reg) begin,
                end = lateout(reg) end,
                left = inout(reg) count => _,
                $($($operand)*)?
            );
        }
        end - begin
    }};
}
pub(super) use counted_loop;
