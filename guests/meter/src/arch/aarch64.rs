//! arm64: no measures yet. Its counter tells time, and a tick of QEMU's is an instruction only where a CPU model makes
//! it so.

use common::Options;

pub(crate) fn measure(_: &Options<'_>, _: u64) {}
