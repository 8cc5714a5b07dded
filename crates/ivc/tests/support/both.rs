//! One lane beside a plain model of it: a queue of messages, and what each end knows of the other.

use std::collections::VecDeque;

use ivc::{LinkError, ReceiveError, SendError};

use super::{Bell, Sections, TestReceiver, TestSender};

/// What happens to the lane.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// The sender sends a message of so many bytes.
    Send(usize),
    /// The receiver receives into a buffer of so many bytes.
    Receive(usize),
    Skip,
    Unread,
    ReceiverMaySleep,
    SenderMaySleep(usize),
    /// An end is opened, anew if it is open.
    Open(End),
    /// The zone of an end is restarted, and its end is not open yet.
    Restart(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Sender,
    Receiver,
}

/// What an end is by the model. A life is a number that no other opening has; 0 is none.
#[derive(Default)]
struct Known {
    life: u64,
    joined: u64,
    linked: bool,
    /// The other end rings when it passes this many bytes of the connection.
    alert: Option<u64>,
    /// How often the other end has rung this one.
    rung: u32,
}

/// The lane from peer 0 to peer 1 and its model.
pub(crate) struct Both<'a> {
    sections: &'a Sections,
    bells: &'a [Bell; 2],
    capacity: u64,
    sender: Option<TestSender<'a>>,
    receiver: Option<TestReceiver<'a>>,
    generations: [u32; 2],
    known: [Known; 2],
    lives: u64,
    queue: VecDeque<Vec<u8>>,
    /// Bytes that were sent and received in this connection, with headers and padding.
    tail: u64,
    head: u64,
    fill: u8,
}

/// What a message takes in the ring.
fn record(len: usize) -> u64 {
    8 + len.next_multiple_of(8) as u64
}

impl<'a> Both<'a> {
    /// Neither end is open; the bells are the sender's and the receiver's.
    pub(crate) fn new(sections: &'a Sections, bells: &'a [Bell; 2]) -> Self {
        let lanes = sections.peers() as usize - 1;
        let capacity = (sections.words(0).len() * 4 - 256 - 128 * lanes) / lanes / 64 * 64;
        Self {
            sections,
            bells,
            capacity: capacity as u64,
            sender: None,
            receiver: None,
            generations: [1, 1],
            known: Default::default(),
            lives: 0,
            queue: VecDeque::new(),
            tail: 0,
            head: 0,
            fill: 0,
        }
    }

    /// Plays a step on both; the results must agree, and so must the doorbells.
    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Send(len) => self.send(len),
            Op::Receive(room) => self.receive(room),
            Op::Skip => self.skip(),
            Op::Unread => self.unread(),
            Op::ReceiverMaySleep => self.receiver_may_sleep(),
            Op::SenderMaySleep(len) => self.sender_may_sleep(len),
            Op::Open(end) => self.open(end),
            Op::Restart(end) => self.restart(end),
        }
        for (bell, known) in self.bells.iter().zip(&mut self.known) {
            assert_eq!(bell.take(), std::mem::take(&mut known.rung), "doorbells after {op:?}");
        }
    }

    fn send(&mut self, len: usize) {
        let Some(mut sender) = self.sender.take() else { return };
        self.fill = self.fill.wrapping_add(1);
        let message: Vec<u8> = (0..len).map(|index| self.fill.wrapping_add(index as u8)).collect();
        let expected = if record(len) > self.capacity {
            Err(SendError::TooLong)
        } else {
            self.link(End::Sender).map_err(SendError::Link).and_then(|()| {
                if self.free() < record(len) {
                    return Err(SendError::Full);
                }
                self.queue.push_back(message.clone());
                let old = self.tail;
                self.tail += record(len);
                self.known[End::Sender as usize].alert = None;
                self.ring_if_passed(End::Receiver, old, self.tail);
                Ok(())
            })
        };
        assert_eq!(sender.send(&message), expected, "send of {len}");
        self.sender = Some(sender);
    }

    fn receive(&mut self, room: usize) {
        let Some(mut receiver) = self.receiver.take() else { return };
        let mut into = vec![0xee; room];
        let received = receiver.receive(&mut into);
        match self.next(room) {
            Ok(message) => {
                assert_eq!(received, Ok(message.len()), "receive into {room}");
                assert_eq!(into[..message.len()], message);
                assert!(into[message.len()..].iter().all(|&byte| byte == 0xee));
            }
            Err(error) => assert_eq!(received, Err(error), "receive into {room}"),
        }
        self.receiver = Some(receiver);
    }

    fn skip(&mut self) {
        let Some(mut receiver) = self.receiver.take() else { return };
        let expected = self.next(usize::MAX).map(|message| message.len());
        assert_eq!(receiver.skip(), expected, "skip");
        self.receiver = Some(receiver);
    }

    fn unread(&mut self) {
        let Some(mut sender) = self.sender.take() else { return };
        let expected = self.link(End::Sender).map(|()| (self.tail - self.head) as u32);
        assert_eq!(sender.unread(), expected, "unread");
        self.sender = Some(sender);
    }

    fn receiver_may_sleep(&mut self) {
        let Some(mut receiver) = self.receiver.take() else { return };
        let linked = self.known[End::Receiver as usize].linked;
        let expected = self.is_settled(End::Receiver) && !(linked && self.tail != self.head);
        self.known[End::Receiver as usize].alert = (expected && linked).then_some(self.head);
        assert_eq!(receiver.may_sleep(), expected, "may the receiver sleep");
        self.receiver = Some(receiver);
    }

    fn sender_may_sleep(&mut self, len: usize) {
        let Some(mut sender) = self.sender.take() else { return };
        let linked = self.known[End::Sender as usize].linked;
        let waits = record(len) <= self.capacity && !(linked && self.free() >= record(len));
        let expected = waits && self.is_settled(End::Sender);
        self.known[End::Sender as usize].alert =
            (expected && linked).then(|| self.tail + record(len) - self.capacity - 8);
        assert_eq!(sender.may_sleep(len), expected, "may the sender sleep for {len}");
        self.sender = Some(sender);
    }

    fn open(&mut self, end: End) {
        self.begin_life(end);
        self.lives += 1;
        self.known[end as usize].life = self.lives;
        self.known[end.other() as usize].rung += 1;
        let generation = self.generations[end as usize];
        let bell = &self.bells[end.other() as usize];
        match end {
            End::Sender => self.sender = Some(self.sections.sender(0, 1, generation, bell)),
            End::Receiver => self.receiver = Some(self.sections.receiver(0, 1, generation, bell)),
        }
    }

    fn restart(&mut self, end: End) {
        self.begin_life(end);
        self.generations[end as usize] += 1;
        self.sections.clear(end as u32);
        match end {
            End::Sender => self.sender = None,
            End::Receiver => self.receiver = None,
        }
    }

    /// Forgets an end, and with it the connection.
    fn begin_life(&mut self, end: End) {
        self.known[end as usize] = Known::default();
        self.queue.clear();
        (self.tail, self.head) = (0, 0);
    }

    fn free(&self) -> u64 {
        self.capacity - (self.tail - self.head)
    }

    fn link(&mut self, end: End) -> Result<(), LinkError> {
        let [this, other] = [end, end.other()].map(|end| end as usize);
        if self.known[this].joined != self.known[other].life {
            let was_linked = self.known[this].linked;
            self.known[this].joined = self.known[other].life;
            self.known[this].linked = false;
            self.known[this].alert = None;
            self.known[other].rung += u32::from(self.known[other].life != 0);
            if was_linked {
                return Err(LinkError::Ended);
            }
        }
        self.known[this].linked |= self.is_confirmed(end);
        if self.known[this].linked { Ok(()) } else { Err(LinkError::Apart) }
    }

    fn is_confirmed(&self, end: End) -> bool {
        let [this, other] = [end, end.other()].map(|end| &self.known[end as usize]);
        this.joined != 0 && other.joined == this.life
    }

    fn is_settled(&self, end: End) -> bool {
        let [this, other] = [end, end.other()].map(|end| &self.known[end as usize]);
        this.joined == other.life && (this.linked || !self.is_confirmed(end))
    }

    fn next(&mut self, room: usize) -> Result<Vec<u8>, ReceiveError> {
        self.link(End::Receiver).map_err(ReceiveError::Link)?;
        let len = self.queue.front().ok_or(ReceiveError::Empty)?.len();
        if len > room {
            return Err(ReceiveError::TooLong { len });
        }
        let old = self.head;
        self.head += record(len);
        self.known[End::Receiver as usize].alert = None;
        self.ring_if_passed(End::Sender, old, self.head);
        Ok(self.queue.pop_front().unwrap())
    }

    fn ring_if_passed(&mut self, end: End, old: u64, new: u64) {
        let known = &mut self.known[end as usize];
        known.rung += u32::from(known.alert.is_some_and(|mark| (old..new).contains(&mark)));
    }
}

impl End {
    fn other(self) -> Self {
        match self {
            Self::Sender => Self::Receiver,
            Self::Receiver => Self::Sender,
        }
    }
}
