//! What a zone's registers ask of the physical GIC.

use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid};

/// A state that an interrupt has a bit for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Forwarded to its CPU.
    Enabled,
    /// Pending.
    Pending,
    /// Active.
    Active,
}

/// The physical distributor and the redistributors of the zone's CPUs. Masks hold only interrupts that the zone owns,
/// and positions are of such. A bank that the zone does not have may be read, and comes with empty masks.
pub trait Physical {
    /// Which interrupts of the bank are in a state; the answer may hold those of others.
    fn read(&self, bank: BankId, state: State) -> u32;
    /// Puts the interrupts of `mask` into a state.
    fn set(&mut self, bank: BankId, state: State, mask: u32);
    /// Takes the interrupts of `mask` out of a state. Disabling has taken effect on return.
    fn clear(&mut self, bank: BankId, state: State, mask: u32);
    /// The priority of the interrupt at `position` (0 to 31) of the bank.
    fn priority(&self, bank: BankId, position: u32) -> u8;
    /// Sets it.
    fn set_priority(&mut self, bank: BankId, position: u32, priority: u8);
    /// Whether the interrupt at `position` is edge-triggered.
    fn is_edge(&self, bank: BankId, position: u32) -> bool;
    /// Makes it so or not.
    fn set_edge(&mut self, bank: BankId, position: u32, edge: bool);
    /// Routes an SPI to the CPU of `vcpu`.
    fn route(&mut self, intid: VirtualIntid, vcpu: VcpuId);
}
