//! Channels between zones, as all who take part see them: the hypervisor, bare-metal guests, programs on Linux.
//!
//! - [`registers`]: the control table's registers.
//! - [`Layout`]: the sections of the shared memory.
//! - [`Sender`] and [`Receiver`]: the two ends of a lane, a ring that carries messages from one peer to another. The
//!   two need not trust each other.
//! - [`Section`] and [`OwnSection`]: how an end reaches the memory. Only one's own section can be written.
//!
//! # What a lane is
//! Each pair of peers has two lanes, one each way, which know nothing of each other. A lane has a ring in the sender's
//! output section. Each end has a few words in its own output section and reads the other's: an epoch, the epoch of the
//! other that it goes by (*joined*), a position in the ring, and an alert. Where they are: [`FORMAT`].
//!
//! A message is its length in 32 bits, 4 bytes that mean nothing, and its bytes; it begins at a multiple of 8, and is
//! split where the ring ends. It may be as long as the ring, less 8. Lengths vary rather than being slots of one size,
//! so that a lane carries 64 bytes and 64 KiB well, each with one copy in and one copy out.
//!
//! A position counts bytes over two laps of the ring. The sender writes a message, then its position; the receiver
//! copies a message out, then writes its own. What an end reads from the other is read once, into a local, and checked:
//! a position must be one that the other can be at, a length must lie within what was sent. Nothing else is believed. So
//! a hostile sender can make the receiver get any message of its, none, or [`LinkError::Broken`], and a hostile receiver
//! can make the sender overwrite what it has sent to that receiver: each harms its own lane, and no more. No operation
//! has a loop other than copying, which is at most two pieces.
//!
//! # How the ends find each other
//! An end that is opened takes a new epoch, made of the generation of its zone from the control table and a count of
//! openings. It then clears *joined*, writes the epoch, clears position and alert, and rings. An end that sees another
//! epoch of the other than it goes by clears its position and alert, writes that epoch as *joined*, and rings. The two
//! are connected once each goes by the other's epoch; both positions are 0 then.
//!
//! So when a zone is restarted, which clears its output section, or a program opens an end anew, the other end sees it
//! at its next call, says [`LinkError::Ended`] once, and connects by itself. What was on the way is lost. A receiver looks
//! at the sender's epoch again after it has copied a message, and gives none that may be of a cleared ring; for this
//! the epochs are cleared first ([`EPOCHS_SIZE`]).
//!
//! # When the doorbell rings
//! An end rings the other when it is opened, when it joins, and when its position passes the mark in the other's
//! alert. It never has to be rung by its user. An end that finds nothing to do sleeps so:
//! 1. Take what has rung (read the control table's RANG, or the device): what rings from now on will wake it.
//! 2. [`Receiver::receive`] until [`ReceiveError::Empty`], [`Sender::send`] until [`SendError::Full`], or either until
//!    [`LinkError::Apart`].
//! 3. [`Receiver::may_sleep`] or [`Sender::may_sleep`]. If not, go on with 2.
//! 4. Sleep until the doorbell rings, and begin anew.
//!
//! No wake-up is lost. Who may sleep writes its alert, passes a full fence, and looks at the other's position; the
//! other writes its position, passes a full fence, and looks at the alert. The two fences have an order: whose comes
//! second sees what the other wrote. Either the sleeper sees the new position and stays awake, or the other sees the
//! alert and rings. Openings and joins ring always. Who hears a doorbell sees what was written before it was rung: the
//! control table promises that, and a closure that rings in another way has to.
//!
//! An alert is a mark rather than a flag, so that one sleep is rung once, and a sender can wait for as much room as it
//! needs.
//!
//! A zone that has ended rings nobody by itself: set [`registers::NOTIFY_PRESENCE`] to hear of it.
//!
//! ```
//! use core::sync::atomic::AtomicU32;
//! use ivc::{ForeignWords, OwnWords, Pair, Receiver, Sender};
//!
//! // The output sections of two peers. Each zone would have its own view of them.
//! let sections = [[const { AtomicU32::new(0) }; 1024], [const { AtomicU32::new(0) }; 1024]];
//! let [zero, one] = &sections;
//! let (from_zero, from_one) = (Pair::new(2, 0, 1).unwrap(), Pair::new(2, 1, 0).unwrap());
//!
//! let ring_one = || { /* writes 1 to IPI_INVOKE of peer 0's control table */ };
//! let mut sender = Sender::open(OwnWords(zero), ForeignWords(one), from_zero, 1, ring_one).unwrap();
//! let ring_zero = || {};
//! let mut receiver = Receiver::open(OwnWords(one), ForeignWords(zero), from_one, 1, ring_zero).unwrap();
//!
//! let mut buffer = [0; 64];
//! assert!(receiver.receive(&mut buffer).is_err(), "the sender has not joined yet");
//! sender.send(b"hello").unwrap();
//! let len = receiver.receive(&mut buffer).unwrap();
//! assert_eq!(&buffer[..len], b"hello");
//! ```
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
