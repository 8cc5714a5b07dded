//! Channels between zones, as all who take part see them: the hypervisor, bare-metal guests, programs on Linux.
//!
//! - [`registers`]: the control table's registers.
//! - [`Layout`]: the sections of the shared memory.
//! - [`Sender`] and [`Receiver`]: the two ends of a ring in it that carries messages between peers that do not trust
//!   each other.
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

mod end;
mod epoch;
mod format;
mod layout;
mod position;
mod receiver;
pub mod registers;
mod section;
mod sender;

pub use end::{LinkError, OpenError};
pub use format::{EPOCHS_SIZE, FORMAT, Pair};
pub use layout::{Extent, Layout, LayoutError, PAGE_SIZE};
pub use receiver::{ReceiveError, Receiver};
pub use section::{ForeignWords, OwnSection, OwnWords, Section};
pub use sender::{SendError, Sender};
