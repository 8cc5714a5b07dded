//! Sv39 and Sv48 of the RISC-V privileged specification, and their G-stage forms Sv39x4 and Sv48x4 of the H
//! extension.

mod entry;
mod g_stage;
mod mode;
mod stage1;

pub use entry::MemoryTypes;
pub use g_stage::{GStage, GStageAttributes, GuestGStage};
pub use mode::Mode;
pub use stage1::{HsStage1, Stage1, Stage1Attributes};
