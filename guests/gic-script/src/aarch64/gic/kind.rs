//! Which GIC there is, and how much of it is shown.

use super::frames::CONTROL;
use super::interface::Register;
use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

/// What kind of GIC there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in super::super) enum Kind {
    /// A GICv2 without Security Extensions: both groups.
    V2,
    /// A GICv3 with one security state: both groups.
    V3,
    /// The Non-secure side of a GICv3 with two security states: group 1, and half as many priorities.
    NonSecure,
}

/// A [`Kind`].
static KIND: AtomicU8 = AtomicU8::new(Kind::V3 as u8);
/// The Non-secure side finds the whole range of priorities in its CPU interface.
static HAS_WHOLE_RANGE: AtomicBool = AtomicBool::new(false);

/// GICD_CTLR.DS: one security state.
const ONE_SECURITY_STATE: u64 = 1 << 6;
/// The lowest implemented bit of a priority, which the Non-secure view does not have.
const LOWEST_BIT: u64 = 1 << 3;

/// What [`find`] has found.
pub(in super::super) fn kind() -> Kind {
    match KIND.load(Relaxed) {
        value if value == Kind::V2 as u8 => Kind::V2,
        value if value == Kind::NonSecure as u8 => Kind::NonSecure,
        _ => Kind::V3,
    }
}

/// Whether it is a GICv2.
pub(in super::super) fn is_gicv2() -> bool {
    kind() == Kind::V2
}

/// Finds out which GIC there is, and makes the CPU interface of this CPU usable.
pub(in super::super) fn find() {
    let features: u64;
    // SAFETY: reads a register without side effect.
    unsafe { asm!("mrs {}, id_aa64pfr0_el1", out(reg) features, options(nomem, nostack, preserves_flags)) };
    // ID_AA64PFR0_EL1.GIC: 0 without system registers.
    if features >> 24 & 0xf == 0 {
        KIND.store(Kind::V2 as u8, Relaxed);
        return;
    }
    initialise_interface();
    if CONTROL.read() & ONE_SECURITY_STATE == 0 {
        KIND.store(Kind::NonSecure as u8, Relaxed);
        Register::Pmr.write(u64::MAX);
        HAS_WHOLE_RANGE.store(Register::Pmr.read() & LOWEST_BIT != 0, Relaxed);
    }
}

/// Makes the CPU interface of this CPU usable (ICC_SRE_EL1.SRE).
pub(in super::super) fn initialise_interface() {
    if !is_gicv2() {
        Register::Sre.write(1);
    }
}

/// Whether the CPU interface shows a Non-secure side the whole range of priorities, as it does where SCR_EL3.FIQ is 0 (IHI
/// 0069, 4.8.1 and 12.2). QEMU, which is its own firmware, leaves it so.
pub(super) fn has_whole_range() -> bool {
    HAS_WHOLE_RANGE.load(Relaxed)
}
