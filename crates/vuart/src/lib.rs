//! The UARTs that guests see: models of Arm's PL011 ([`pl011`]) and of the NS16550A ([`ns16550`]), with their 16-byte
//! FIFOs, interrupts and loopback, on top of a byte channel, the [`Wire`].
//!
//! The models are state machines without hardware or clock. A byte takes no time on the wire: it leaves when the
//! wire takes it, and a receive timeout has always elapsed. Baud rate, parity and modem lines are storage.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod fifo;
pub mod ns16550;
pub mod pl011;

pub use ns16550::Vns16550;
pub use pl011::Vpl011;

/// The bytes' way to and from the outside world.
pub trait Wire {
    /// Takes a byte to send. False: there is no room, and the byte was not taken.
    fn send(&mut self, byte: u8) -> bool;
    /// Hands over the next received byte, if there is one.
    fn receive(&mut self) -> Option<u8>;
}
