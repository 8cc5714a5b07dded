//! What the model asks of the hypervisor: messages to be sent, and what is to be done to physical sources.

use ids::PhysicalSource;

use crate::message::Message;

/// How a source recognises an interrupt: sourcecfg.SM (AIA 1.0, 4.5.2). The discriminants are the register's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Not at all; its state is read-only zero.
    Inactive = 0,
    /// The wire is ignored: only register writes make it pending.
    Detached = 1,
    /// Edge1: by a rising edge.
    RisingEdge = 4,
    /// Edge0: by a falling edge.
    FallingEdge = 5,
    /// Level1: by a high level.
    HighLevel = 6,
    /// Level0: by a low level.
    LowLevel = 7,
}

/// What the physical APLIC knows about bound sources. Only ever asked about sources that were bound by
/// [`Vaplic::bind`](crate::Vaplic::bind).
pub trait PhysicalState {
    /// Whether the source is pending: its bit in setip.
    fn is_pending(&self, source: PhysicalSource) -> bool;
    /// Its rectified input value: its bit in in_clrip.
    fn input(&self, source: PhysicalSource) -> bool;
}

/// What happens outside the model. Effects on physical sources only ever name sources that were bound by
/// [`Vaplic::bind`](crate::Vaplic::bind), messages only harts of the zone.
///
/// One access has at most 32 effects, one for each source of a word, except a write to domaincfg that changes IE
/// (at most one for each source).
pub trait Effects {
    /// Writes the message's EIID into the interrupt file of its hart.
    fn send(&mut self, message: Message);
    /// The same for an extempore MSI (genmsi; AIA 1.0, 4.5.15): every MSI that the physical APLIC has sent to this
    /// hart for a bound source must be visible there first (4.9.3).
    fn send_extempore(&mut self, message: Message);
    /// Sets the source mode. [`Mode::Inactive`] also disables the source and takes its pending state away, which an
    /// APLIC does by itself (AIA 1.0, 4.5.2): it stays disabled when it becomes active again.
    fn physical_mode(&mut self, source: PhysicalSource, mode: Mode);
    /// Routes the source: its MSIs are to be this message. `None`: to nobody, but they still leave, so that the
    /// source does not stay pending. (EIID 0 at any interrupt file of the zone does that.)
    fn physical_route(&mut self, source: PhysicalSource, message: Option<Message>);
    /// Enables or disables the source.
    fn physical_enable(&mut self, source: PhysicalSource, enable: bool);
    /// Tries to make the source pending, as setipnum does.
    fn physical_set_pending(&mut self, source: PhysicalSource);
    /// Tries to take the pending state away from the source, as clripnum does.
    fn physical_clear_pending(&mut self, source: PhysicalSource);
}
