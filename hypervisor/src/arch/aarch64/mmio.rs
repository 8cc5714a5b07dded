//! The instructions by which device registers are read and written, in the plain addressing form: an abort by one that
//! writes back would not describe itself to a hypervisor below (Arm ARM, ISV).

pub use super::bare::mmio::access;
use super::bare::mmio::device_access;

core::arch::global_asm!(include_str!("mmio.S"));

device_access!(read8 write8 u8, "ldrb {value:w}, [{address}]", "strb {value:w}, [{address}]");
device_access!(read32 write32 u32, "ldr {value:w}, [{address}]", "str {value:w}, [{address}]");
device_access!(read64 write64 u64, "ldr {value}, [{address}]", "str {value}, [{address}]");
