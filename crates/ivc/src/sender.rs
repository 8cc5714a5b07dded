//! The end of a lane that sends.

use crate::end::{End, LinkError, OpenError, Role};
use crate::format::{Data, GRANULE, Pair};
use crate::position::Ring;
use crate::section::{OwnSection, Section};

/// Sends messages to one other peer.
///
/// `O` is this peer's own section, `F` the other's, `B` rings the other peer's doorbell.
#[derive(Debug)]
pub struct Sender<O, F, B> {
    end: End<O, F, B>,
    base: usize,
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// There is no room now. [`Sender::may_sleep`] asks to be rung when there is.
    Full,
    /// The message is longer than [`Sender::max_message`].
    TooLong,
    /// There is no connection.
    Link(LinkError),
}

impl<O: OwnSection, F: Section, B: FnMut()> Sender<O, F, B> {
    /// Opens this peer's end of the lane to the other, and rings. Messages that an earlier opening has sent and that
    /// were not received are lost.
    ///
    /// `generation` is this peer's own, from the control table. At most one sender may be open in a zone for a pair.
    ///
    /// # Errors
    /// The sections are not those of a channel.
    pub fn open(own: O, foreign: F, pair: Pair, generation: u32, bell: B) -> Result<Self, OpenError> {
        if own.len() != foreign.len() {
            return Err(OpenError::Lengths);
        }
        let Data { base, capacity } = pair.data(own.len()).ok_or(OpenError::TooSmall)?;
        let words = (pair.sender(), pair.reversed().receiver());
        Ok(Self { end: End::open(own, foreign, bell, Ring::new(capacity), words, generation), base })
    }

    /// The longest message in bytes.
    #[must_use]
    pub fn max_message(&self) -> usize {
        self.end.ring.capacity().saturating_sub(GRANULE) as usize
    }

    /// Sends a message, and rings if the receiver waits for it.
    ///
    /// # Errors
    /// It was not sent. After [`LinkError::Ended`] those before it may not have been received either.
    pub fn send(&mut self, message: &[u8]) -> Result<(), SendError> {
        let record = self.end.ring.record(message.len()).ok_or(SendError::TooLong)?;
        self.end.link()?;
        if self.free() < record {
            self.end.look(Role::Sender)?;
            if self.free() < record {
                return Err(SendError::Full);
            }
        }
        self.put(message);
        Ok(self.end.publish(self.end.ring.advance(self.end.position, record))?)
    }

    /// Bytes of the ring that hold messages not yet received, headers and padding with them.
    ///
    /// # Errors
    /// There is no connection.
    pub fn unread(&mut self) -> Result<u32, LinkError> {
        self.end.link()?;
        self.end.look(Role::Sender)?;
        Ok(self.end.ring.distance(self.end.partner, self.end.position))
    }

    /// Whether there is nothing to do until the doorbell rings: no room for a message of `len` bytes, or no connection.
    /// Only then the other end is asked to ring, once that changes. With `len` = [`Sender::max_message`]: once everything
    /// was received.
    pub fn may_sleep(&mut self, len: usize) -> bool {
        let may_sleep = self.end.ring.record(len).is_some_and(|record| self.waits_for(record));
        if !may_sleep {
            self.end.stay_awake();
        }
        may_sleep
    }

    /// Asks to be rung once `record` bytes are free. Whether there is nothing to do until then.
    fn waits_for(&mut self, record: u32) -> bool {
        if self.end.is_linked() {
            let Some(missing) = record.checked_sub(self.free()).filter(|&missing| missing > 0) else {
                return false;
            };
            // Positions are multiples of the granule: to reach a position is to pass the granule before it.
            let mark = self.end.ring.advance(self.end.partner, missing.saturating_sub(GRANULE));
            self.end.alert_at(mark);
            if self.end.glance(Role::Sender).is_none_or(|head| self.free_from(head) >= record) {
                return false;
            }
        }
        self.end.is_settled()
    }

    /// Bytes that are free by what is known of the receiver.
    fn free(&self) -> u32 {
        self.free_from(self.end.partner)
    }

    /// Bytes that are free while the receiver is at `head`.
    fn free_from(&self, head: u32) -> u32 {
        self.end.ring.capacity().saturating_sub(self.end.ring.distance(head, self.end.position))
    }

    /// Writes a message behind the others.
    fn put(&self, message: &[u8]) {
        let End { own, ring, position, .. } = &self.end;
        let at = |position| self.base.saturating_add(ring.offset(position) as usize);
        // Below 2^30: there is room for it.
        own.store(at(*position), message.len() as u32);
        let start = ring.advance(*position, GRANULE);
        let until_end = ring.capacity().saturating_sub(ring.offset(start)) as usize;
        match message.split_at_checked(until_end) {
            Some((first, second)) if !second.is_empty() => {
                own.write(at(start), first);
                own.write(self.base, second);
            }
            _ => own.write(at(start), message),
        }
    }
}

impl From<LinkError> for SendError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}
