//! Calls to firmware (SBI 2.0).

use super::repeat::repeat;
use super::report::Report;

/// Extension BASE, get_spec_version: the call with the least behind it.
const BASE: u64 = 0x10;
const GET_SPEC_VERSION: u64 = 0;

/// A call and back.
pub(super) fn measure(count: u64, report: &mut Report) {
    let instructions = repeat!(
        count,
        "ecall",
        in("a7") BASE,
        in("a6") GET_SPEC_VERSION,
        lateout("a0") _,
        lateout("a1") _,
    );
    report.add("sbi_base_call", count, instructions);
}
