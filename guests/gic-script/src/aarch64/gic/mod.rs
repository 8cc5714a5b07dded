//! The GIC of the machine or the zone as the script reaches it: a GICv3 (IHI 0069) or a GICv2 (IHI 0048B). Registers that
//! are alike in both have the names of GICv3.

mod frames;
mod interface;
mod kind;

pub(super) use frames::{
    Address, Array, CONTROL, Frame, SenderArray, any_register, bit, configuration, priority, route, send,
    senders, target,
};
pub(super) use interface::{Group, Register, SgiTo};
pub(super) use kind::{Kind, find, initialise_interface, kind};
