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
//! # Registers
//! 32 bits each, by aligned accesses of that width. Any other access, and any other offset, reads zero and ignores
//! writes; so do the entries of peers that the channel does not have. The first six are those of hvisor's interface.
//!
//! | offset | name | access | meaning |
//! |---|---|---|---|
//! | 0x00 | ivc_id | RO | the channel |
//! | 0x04 | max_peers | RO | number of peers |
//! | 0x08 | rw_sec_size | RO | bytes of the common section |
//! | 0x0c | out_sec_size | RO | bytes of each output section |
//! | 0x10 | peer_id | RO | the reader |
//! | 0x14 | ipi_invoke | WO | rings the peer of this number |
//! | 0x20 | magic | RO | [`MAGIC`] |
//! | 0x24 | version | RO | [`VERSION`] |
//! | 0x28 | present | RO | bitmap: peers whose zone runs |
//! | 0x2c | rang | RO, read clears | bitmap: peers that rang this one |
//! | 0x30 | missed | RO, read clears | bitmap: peers that were absent when this one rang them |
//! | 0x34 | mask | RW | bitmap: peers whose doorbells raise no interrupt here; clearing a bit that `rang` has raises one |
//! | 0x38 | notify | RW | bit 0: the start and the stop of another peer raise an interrupt too |
//! | 0x40 + 4i | generation | RO | how often peer i was started |
//! | 0x80 + 4i | payload | RO | the word of the last doorbell with one from peer i |
//! | 0xc0 + 4i | ring_with | WO | rings peer i with this word |
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
pub use registers::{MAGIC, VERSION};
