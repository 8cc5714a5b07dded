//! Taking an interrupt that the vCPU raises itself, with nothing between it and the counter.

/// How often the loop that waits for an interrupt goes round before it gives up: many times what any hypervisor takes.
pub(super) const PATIENCE: u64 = 10_000_000;

/// When one interrupt was where, by the counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Before the trigger.
    pub(super) before: u64,
    /// At the first instruction of the handler.
    pub(super) at_handler: u64,
    /// After the end of interrupt.
    pub(super) ended: u64,
}

impl Taken {
    /// Instructions from the trigger, its own last one included, to the first of the handler. A read of the counter and
    /// the one right behind it are one instruction apart.
    pub(super) fn to_handler(self) -> u64 {
        self.at_handler - self.before - 1
    }

    /// Instructions from the trigger to after the end of interrupt.
    pub(super) fn to_end(self) -> u64 {
        self.ended - self.before - 1
    }
}

/// Raises an interrupt by the instructions `$trigger`, which may name the operands behind them, and waits for
/// `$handler`. `None` where it does not come.
macro_rules! take {
    ($gic:expr, $handler:expr, $trigger:literal $(, $($operand:tt)*)?) => {{
        use $crate::arch::aarch64::interrupts::{PATIENCE, Taken};
        let (before, at_handler, ended): (u64, u64, u64);
        // SAFETY: the handler changes x25 to x27 alone, which are named here. Nothing but this interrupt is let in. What
        // the trigger does is for its author to argue: interrupts of this machine, no memory.
        unsafe {
            core::arch::asm!(
                "mov  x27, xzr",
                "msr  daifclr, #2",
                "mrs  {before}, cntvct_el0",
                $trigger,
                "2:",
                "cbnz x27, 3f",
                "subs {left}, {left}, #1",
                "b.ne 2b",
                "3:",
                "msr  daifset, #2",
                before = out(reg) before,
                left = inout(reg) PATIENCE => _,
                out("x25") _,
                out("x26") ended,
                out("x27") at_handler,
                in("x28") $handler.address($gic.is_v3),
                $($($operand)*)?
            );
        }
        (at_handler != 0).then_some(Taken { before, at_handler, ended })
    }};
}
pub(super) use take;
