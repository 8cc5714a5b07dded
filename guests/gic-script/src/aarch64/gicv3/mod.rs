//! A GICv3 (IHI 0069) as the script reaches it. Another GIC would be another module with the same names.

mod frames;
mod interface;

pub(super) use frames::{Address, Array, CONTROL, any_register, bit, configuration, priority, route};
pub(super) use interface::{Group, Register, SgiTo, use_system_registers};
