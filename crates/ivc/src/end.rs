//! What the two ends of a lane have in common: how they find each other, and how they call each other.

use crate::epoch;
use crate::format::{FORMAT, Words};
use crate::position::Ring;
use crate::section::{OwnSection, Section};

/// Why an end has no connection to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// The other end was not opened yet, or has not noticed this one. Once it does, it rings.
    Apart,
    /// The connection has ended, because the other peer was restarted or opened its end anew. What was on the way is
    /// lost. Said once; the ends connect again by themselves.
    Ended,
    /// The other peer's section has another format.
    Incompatible,
    /// The other peer's words make no sense. It stays so until one of the ends is opened anew.
    Broken,
}

/// Why an end cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The two sections differ in length: a channel's output sections are all of one.
    Lengths,
    /// The sections are too small for a ring.
    TooSmall,
}

/// One end of a lane.
#[derive(Debug)]
pub(crate) struct End<O, F, B> {
    pub(crate) own: O,
    pub(crate) foreign: F,
    bell: B,
    pub(crate) ring: Ring,
    mine: Words,
    theirs: Words,
    /// This end's.
    epoch: u32,
    /// The other end's that this one goes by, 0 before there was one.
    joined: u32,
    state: State,
    /// This end's, as the other may read it.
    pub(crate) position: u32,
    /// The other end's, as it was read last and found sound.
    pub(crate) partner: u32,
    alerted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Apart,
    Linked,
    Incompatible,
    Broken,
}

/// Which of the two an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Sender,
    Receiver,
}

impl<O: OwnSection, F: Section, B: FnMut()> End<O, F, B> {
    /// Begins a new life of this end, and rings.
    pub(crate) fn open(
        own: O,
        foreign: F,
        bell: B,
        ring: Ring,
        (mine, theirs): (Words, Words),
        generation: u32,
    ) -> Self {
        let epoch = epoch::next(generation, own.load(mine.epoch));
        let mut end = Self {
            own,
            foreign,
            bell,
            ring,
            mine,
            theirs,
            epoch,
            joined: 0,
            state: State::Apart,
            position: 0,
            partner: 0,
            alerted: false,
        };
        // Who sees the new epoch does not see the old connection as confirmed.
        end.own.store(mine.joined, 0);
        end.own.store(0, FORMAT);
        end.own.store(mine.epoch, epoch);
        // Who sees a word of the new life sees the new epoch. Messages are written only once the other end has seen it.
        end.own.store(mine.position, 0);
        end.own.store(mine.alert, 0);
        end.call();
        end
    }

    /// Goes on with the other end as it is now, and says whether the two are connected.
    pub(crate) fn link(&mut self) -> Result<(), LinkError> {
        self.follow()?;
        match self.state {
            State::Linked => Ok(()),
            State::Incompatible => Err(LinkError::Incompatible),
            State::Broken => Err(LinkError::Broken),
            State::Apart if self.confirmed() => {
                self.state = State::Linked;
                Ok(())
            }
            State::Apart => Err(LinkError::Apart),
        }
    }

    /// Whether the other end is still in the life that this one goes by; if not, goes by its new one.
    fn follow(&mut self) -> Result<(), LinkError> {
        let epoch = self.foreign.load(self.theirs.epoch);
        if epoch == self.joined {
            return Ok(());
        }
        let was_linked = matches!(self.state, State::Linked | State::Broken);
        self.join(epoch);
        if was_linked { Err(LinkError::Ended) } else { Ok(()) }
    }

    /// Goes by the other end's life of this epoch.
    fn join(&mut self, epoch: u32) {
        self.joined = epoch;
        self.position = 0;
        self.partner = 0;
        self.alerted = false;
        self.own.store(self.mine.position, 0);
        self.own.store(self.mine.alert, 0);
        self.state = State::Apart;
        if epoch != 0 && self.foreign.load(0) != FORMAT {
            self.state = State::Incompatible;
            return;
        }
        // After the position: who sees itself joined sees the position of the new connection.
        self.own.store(self.mine.joined, epoch);
        if epoch != 0 {
            self.call();
        }
    }

    /// Rings for what was just written, which is not to be overtaken by the doorbell.
    fn call(&mut self) {
        self.own.fence();
        (self.bell)();
    }

    /// Whether the other end goes by this one's life.
    fn confirmed(&self) -> bool {
        self.joined != 0 && self.foreign.load(self.theirs.joined) == self.epoch
    }

    /// Reads the other end's position anew.
    pub(crate) fn look(&mut self, role: Role) -> Result<(), LinkError> {
        match self.glance(role) {
            Some(position) => {
                self.partner = position;
                Ok(())
            }
            None => Err(self.distrust()),
        }
    }

    /// The other end's position now, if it is one that it can be at.
    pub(crate) fn glance(&self, role: Role) -> Option<u32> {
        let position = self.ring.accept(self.foreign.load(self.theirs.position))?;
        let (head, tail) = match role {
            Role::Sender => (position, self.position),
            Role::Receiver => (self.position, position),
        };
        self.ring.filled(head, tail).map(|_| position)
    }

    /// What to say of words that make no sense: the end of the connection, if a new life of the other end explains them.
    pub(crate) fn distrust(&mut self) -> LinkError {
        self.own.fence();
        if let Err(ended) = self.follow() {
            return ended;
        }
        self.state = State::Broken;
        LinkError::Broken
    }

    /// Publishes this end's new position, and rings if the other end waits for it.
    ///
    /// # Errors
    /// The connection has ended before; what was read from the other's section may be of no connection.
    pub(crate) fn publish(&mut self, position: u32) -> Result<(), LinkError> {
        self.stay_awake();
        let old = self.position;
        self.position = position;
        self.own.store(self.mine.position, position);
        // Between the position and the alert: the other end writes its alert, passes its fence, and looks at the
        // position. One of the two sees the other. And between what was read and the epoch, for a reader.
        self.own.fence();
        self.follow()?;
        let alert = self.foreign.load(self.theirs.alert);
        if alert & 1 != 0
            && self.ring.accept(alert & !1).is_some_and(|mark| self.ring.passes(old, position, mark))
        {
            (self.bell)();
        }
        Ok(())
    }

    /// Asks to be rung when the other end's position passes `mark`.
    pub(crate) fn alert_at(&mut self, mark: u32) {
        self.own.store(self.mine.alert, mark | 1);
        self.alerted = true;
        self.own.fence();
    }

    /// No longer asks to be rung.
    pub(crate) fn stay_awake(&mut self) {
        if self.alerted {
            self.own.store(self.mine.alert, 0);
            self.alerted = false;
        }
    }

    /// Whether nothing about the connection asks for this end's attention.
    pub(crate) fn is_settled(&self) -> bool {
        self.foreign.load(self.theirs.epoch) == self.joined
            && !(self.state == State::Apart && self.confirmed())
    }

    /// Whether the ends are connected, as far as this one has noticed.
    pub(crate) fn is_linked(&self) -> bool {
        self.state == State::Linked
    }
}
