//! Calls by HVC (SMCCC, DEN0028).

use super::report::Report;
use core::arch::asm;

/// The call with the least behind it (PSCI, DEN0022).
const PSCI_VERSION: u64 = 0x8400_0000;

/// A call and back.
pub(super) fn measure(report: &mut Report<'_>) {
    report.measure("hypercall", || {
        let (before, after): (u64, u64);
        // SAFETY: PSCI_VERSION returns a number; a call changes no register but those of the list.
        unsafe {
            asm!(
                "mrs x20, cntvct_el0",
                "hvc #0",
                "mrs x21, cntvct_el0",
                out("x20") before,
                out("x21") after,
                inlateout("x0") PSCI_VERSION => _,
                clobber_abi("C"),
            );
        }
        Some(after - before - 1)
    });
}
