//! The end of a lane that receives.

use crate::end::{End, LinkError, OpenError, Role};
use crate::format::{Data, GRANULE, Pair};
use crate::position::Ring;
use crate::section::{OwnSection, Section};

/// Receives messages from one other peer.
///
/// `O` is this peer's own section, `F` the other's, `B` rings the other peer's doorbell.
#[derive(Debug)]
pub struct Receiver<O, F, B> {
    end: End<O, F, B>,
    base: usize,
}

/// Why no message was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveError {
    /// There is none. [`Receiver::may_sleep`] asks to be rung when there is.
    Empty,
    /// The next message has `len` bytes, more than there was room for. It stays; see [`Receiver::skip`].
    TooLong {
        /// Bytes, at most [`Receiver::max_message`].
        len: usize,
    },
    /// There is no connection.
    Link(LinkError),
}

/// A message that is there.
struct Next {
    len: usize,
    record: u32,
}

impl<O: OwnSection, F: Section, B: FnMut()> Receiver<O, F, B> {
    /// Opens this peer's end of the lane from the other, and rings. Messages that were sent to an earlier opening and
    /// not received are lost.
    ///
    /// `generation` is this peer's own, from the control table. At most one receiver may be open in a zone for a pair.
    ///
    /// # Errors
    /// The sections are not those of a channel.
    pub fn open(own: O, foreign: F, pair: Pair, generation: u32, bell: B) -> Result<Self, OpenError> {
        if own.len() != foreign.len() {
            return Err(OpenError::Lengths);
        }
        let Data { base, capacity } = pair.reversed().data(foreign.len()).ok_or(OpenError::TooSmall)?;
        let words = (pair.receiver(), pair.reversed().sender());
        Ok(Self { end: End::open(own, foreign, bell, Ring::new(capacity), words, generation), base })
    }

    /// The longest message in bytes.
    #[must_use]
    pub fn max_message(&self) -> usize {
        self.end.ring.capacity().saturating_sub(GRANULE) as usize
    }

    /// Copies the next message to the front of `into` and says how long it is. Rings if the sender waits for the room.
    ///
    /// # Errors
    /// No message was received; `into` may have been written all the same.
    pub fn receive(&mut self, into: &mut [u8]) -> Result<usize, ReceiveError> {
        let Next { len, record } = self.next()?;
        let message = into.get_mut(..len).ok_or(ReceiveError::TooLong { len })?;
        self.take(message);
        self.end.publish(self.end.ring.advance(self.end.position, record))?;
        Ok(len)
    }

    /// Drops the next message and says how long it was.
    ///
    /// # Errors
    /// There is none, or no connection.
    pub fn skip(&mut self) -> Result<usize, ReceiveError> {
        let Next { len, record } = self.next()?;
        self.end.publish(self.end.ring.advance(self.end.position, record))?;
        Ok(len)
    }

    /// Whether there is nothing to do until the doorbell rings: no message, or no connection. Only then the other end is
    /// asked to ring, once that changes.
    pub fn may_sleep(&mut self) -> bool {
        let may_sleep = self.waits();
        if !may_sleep {
            self.end.stay_awake();
        }
        may_sleep
    }

    /// Asks to be rung once there is a message. Whether there is nothing to do until then.
    fn waits(&mut self) -> bool {
        if self.end.is_linked() {
            self.end.alert_at(self.end.position);
            if self.end.glance(Role::Receiver) != Some(self.end.position) {
                return false;
            }
        }
        self.end.is_settled()
    }

    /// Finds the next message, and checks what the sender says of it.
    fn next(&mut self) -> Result<Next, ReceiveError> {
        self.end.link()?;
        if self.end.partner == self.end.position {
            self.end.look(Role::Receiver)?;
            if self.end.partner == self.end.position {
                return Err(ReceiveError::Empty);
            }
        }
        let len = self.end.foreign.load(self.at(self.end.position)) as usize;
        let sent = self.end.ring.distance(self.end.position, self.end.partner);
        match self.end.ring.record(len).filter(|&record| record <= sent) {
            Some(record) => Ok(Next { len, record }),
            None => Err(self.end.distrust().into()),
        }
    }

    /// Copies the message at this end's position.
    fn take(&self, into: &mut [u8]) {
        let End { foreign, ring, position, .. } = &self.end;
        let start = ring.advance(*position, GRANULE);
        let until_end = ring.capacity().saturating_sub(ring.offset(start)) as usize;
        match into.split_at_mut_checked(until_end) {
            Some((first, second)) if !second.is_empty() => {
                foreign.read(self.at(start), first);
                foreign.read(self.base, second);
            }
            _ => foreign.read(self.at(start), into),
        }
    }

    /// Where a position is in the other peer's section.
    fn at(&self, position: u32) -> usize {
        self.base.saturating_add(self.end.ring.offset(position) as usize)
    }
}

impl From<LinkError> for ReceiveError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}
