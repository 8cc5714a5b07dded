//! Taking an interrupt that the vCPU raises itself, with nothing between it and the counter.

/// Supervisor interrupts by their number in scause and sie.
pub(super) const SOFTWARE: u64 = 1;
pub(super) const TIMER: u64 = 5;
pub(super) const EXTERNAL: u64 = 9;

/// What the interrupts of one measure took, all together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Instructions from before the trigger to the first of the handler.
    pub(super) to_handler: u64,
    /// Instructions from before the trigger to after the handler.
    pub(super) round_trip: u64,
}

/// Raises interrupt `$number` `$count` times by the instructions `$trigger`, and each time waits by `$wait` until a
/// handler has run, which executes `$acknowledge`. They may name the operands behind them.
macro_rules! take {
    (
        $count:expr, $number:expr,
        trigger: $trigger:literal, wait: $wait:literal, acknowledge: $acknowledge:literal
        $(, $($operand:tt)*)?
    ) => {{
        use $crate::arch::riscv64::interrupts::take_some;
        // Once before it counts: what happens the first time only is another measure.
        let _ = take_some!(1, $number, $trigger, $wait, $acknowledge $(, $($operand)*)?);
        take_some!($count, $number, $trigger, $wait, $acknowledge $(, $($operand)*)?)
    }};
}
pub(super) use take;

macro_rules! take_some {
    (
        $count:expr, $number:expr, $trigger:literal, $wait:literal, $acknowledge:literal
        $(, $($operand:tt)*)?
    ) => {{
        let (to_handler, round_trip): (u64, u64);
        let count: u64 = $count;
        let enabled: u64 = 1 << $number;
        // SAFETY: nothing but this interrupt is let in, its handler is here and changes registers of this loop alone;
        // an exception goes where all go. What trigger and acknowledgement do is for their author to argue:
        // interrupts and devices of this zone, no memory.
        unsafe {
            core::arch::asm!(
                "csrrw  {sie}, sie, {enabled}",
                "lla    {before}, 5f",
                "csrrw  {vector}, stvec, {before}",
                "csrsi  sstatus, 2",
                "2:",
                "li     {at_handler}, 0",
                "csrr   {before}, instret",
                $trigger,
                "3:",
                $wait,
                "beqz   {at_handler}, 3b",
                "csrr   {after}, instret",
                // A read of the counter and the one right behind it are one instruction apart.
                "addi   {before}, {before}, 1",
                "sub    {after}, {after}, {before}",
                "add    {round_trip}, {round_trip}, {after}",
                "sub    {after}, {at_handler}, {before}",
                "add    {to_handler}, {to_handler}, {after}",
                "addi   {left}, {left}, -1",
                "bnez   {left}, 2b",
                "j      7f",
                ".balign 4",
                "5:",
                "csrr   {at_handler}, instret",
                "csrr   {after}, scause",
                "bltz   {after}, 6f",
                "j      guest_vector",
                "6:",
                $acknowledge,
                "sret",
                "7:",
                "csrci  sstatus, 2",
                "csrw   stvec, {vector}",
                "csrw   sie, {sie}",
                enabled = in(reg) enabled,
                sie = out(reg) _,
                vector = out(reg) _,
                before = out(reg) _,
                after = out(reg) _,
                at_handler = out(reg) _,
                left = inout(reg) count => _,
                to_handler = inout(reg) 0u64 => to_handler,
                round_trip = inout(reg) 0u64 => round_trip,
                $($($operand)*)?
            );
        }
        $crate::arch::riscv64::interrupts::Taken { to_handler, round_trip }
    }};
}
pub(super) use take_some;
