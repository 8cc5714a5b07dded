//! The traffic between the model and the list registers of each vCPU.
//!
//! - [`encode`]: what a list register has to say about an interrupt.
//! - [`settle`]: what a list register tells about an interrupt that it was loaded with.
//! - [`choose`]: which interrupts come first.
//! - [`refill`]: bringing the list registers in step; [`fold`]: taking everything out of them.
//! - [`sgi`]: who sent the SGIs of a GICv2.
//! - [`pend_one`]: one that a vCPU makes pending for itself; [`bring_in`]: loading what has just become due; [`arrival`]: a physical interrupt; [`end`]: an interrupt that ends without a list register.
//!
//! Three rules hold whenever a vCPU runs:
//! 1. Of the interrupts that are pending for it, the best are in list registers, as many as fit, and at least
//!    one. An active interrupt gives way if it must: the running priority is in the active-priorities registers
//!    and does not need it, and its end is told by ICH_HCR_EL2.EOIcount.
//! 2. If something was left out, the maintenance interrupt that tells when it can come in is on, and only then.
//! 3. A latch is either in the model or carried by a list register, never both: what a list register has
//!    consumed cannot come twice, and what comes meanwhile is not lost.

mod arrival;
mod bring_in;
mod choose;
mod encode;
mod end;
mod fold;
mod pend_one;
mod refill;
mod settle;
mod sgi;

pub use arrival::Arrival;
pub use pend_one::Load;
