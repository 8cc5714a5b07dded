//! Registers of a device in each width, with the option `transport=yes`: the first virtio transport that the device tree
//! has. It should have no device behind it, so that what is written means nothing.

use super::registers::access;
use super::report::Report;
use common::Options;

/// What the device tree calls it.
const KIND: &str = "virtio,mmio";
/// Virtio 1.2, 4.2.2: where the device's own registers begin, which take accesses of 8, 16 and 32 bits.
const CONFIG: u64 = 0x100;

pub(super) fn measure(options: &Options<'_>, report: &mut Report<'_>) {
    if options.text("transport").is_none() {
        return;
    }
    let Some(register) = options.device(KIND).map(|transport| transport.start + CONFIG) else { return };
    report.measure("transport_read_8", || read_8(register));
    report.measure("transport_read_16", || read_16(register));
    report.measure("transport_read_32", || read_32(register));
    report.measure("transport_write_8", || write_8(register, 0));
    report.measure("transport_write_16", || write_16(register, 0));
    report.measure("transport_write_32", || write_32(register, 0));
}

access!(read_8(), "ldrb {value:w}, [{address}]", value = out(reg) _);
access!(read_16(), "ldrh {value:w}, [{address}]", value = out(reg) _);
access!(read_32(), "ldr {value:w}, [{address}]", value = out(reg) _);
access!(write_8(value: u32), "strb {value:w}, [{address}]", value = in(reg) value);
access!(write_16(value: u32), "strh {value:w}, [{address}]", value = in(reg) value);
access!(write_32(value: u32), "str {value:w}, [{address}]", value = in(reg) value);
