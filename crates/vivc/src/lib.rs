//! The control table of a channel between zones, as each of its peers sees it: who is there, who rang, and whose
//! interrupt is to be raised. Pure state, all of it atomics: peers use it at the same time without a lock.
//!
//! The model owns no hardware; the hypervisor calls it:
//! - a peer's access to its control table: [`Channel::read`] or [`Channel::write`];
//! - a peer's zone starts or stops: [`Channel::start`] and [`Channel::stop`].
//!
//! Each says whose interrupt is to be raised. A doorbell is in `rang` before that, and its payload before that again: who
//! takes the interrupt finds both.
//!
//! The registers are those of [`ivc::registers`]: 32 bits each, by aligned accesses of that width. Any other access, and
//! any other offset, reads zero and ignores writes; so do the entries of peers that the channel does not have.
//!
//! # A peer that restarts while it is rung
//! Ringing and restarting are not serialised. A doorbell that was rung while its target stopped may be found after the
//! target's next start, as one that came just then.
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

mod channel;
mod peer;
mod registers;

pub use channel::{Channel, Geometry};
pub use ids::Width;
pub use peer::{MAX_PEERS, Peer, PeerId, PeerSet};
