//! Registers of a device in each width, with the option `transport=yes`: the first virtio transport that the device tree
//! has. It should have no device behind it, so that what is written means nothing.

use super::repeat::repeat;
use super::report::Report;
use common::Options;

/// What the device tree calls it.
const KIND: &str = "virtio,mmio";
/// Virtio 1.2, 4.2.2: where the device's own registers begin, which take accesses of 8, 16 and 32 bits.
const CONFIG: u64 = 0x100;

pub(super) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    if options.text("transport").is_none() {
        return;
    }
    let Some(register) = options.device(KIND).map(|transport| transport.start + CONFIG) else { return };
    /// By registers that functions need not preserve, as drivers mostly do.
    macro_rules! access {
        ($name:literal, $instruction:literal) => {
            let taken = repeat!(count, $instruction, inout("a0") 0u64 => _, in("a1") register);
            report.add($name, count, taken);
        };
    }
    access!("transport_read_8", "lbu a0, 0(a1)");
    access!("transport_read_16", "lhu a0, 0(a1)");
    access!("transport_read_32", "lw a0, 0(a1)");
    access!("transport_write_8", "sb a0, 0(a1)");
    access!("transport_write_16", "sh a0, 0(a1)");
    access!("transport_write_32", "sw a0, 0(a1)");
}
