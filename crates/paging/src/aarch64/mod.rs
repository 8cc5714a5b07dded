//! VMSAv8-64 with the 4 KiB granule and up to 48 bits of address (DDI 0487, D8).

mod descriptor;
mod physical_size;
mod stage1;
mod stage2;

pub use physical_size::physical_bits;
pub use stage1::{El2Stage1, MAIR_EL2, Permission, Stage1, Stage1Attributes};
pub use stage2::{GuestStage2, Stage2, Stage2Attributes, VmidWidth};
