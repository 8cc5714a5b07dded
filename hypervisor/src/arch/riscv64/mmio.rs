//! The instructions by which device registers are read and written.

pub use super::bare::mmio::access;
use super::bare::mmio::device_access;

core::arch::global_asm!(include_str!("mmio.S"));

device_access!(read8 write8 u8, "lbu {value}, 0({address})", "sb {value}, 0({address})");
device_access!(read32 write32 u32, "lwu {value}, 0({address})", "sw {value}, 0({address})");
device_access!(read64 write64 u64, "ld {value}, 0({address})", "sd {value}, 0({address})");
