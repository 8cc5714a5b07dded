//! How the two ends of a lane find each other, and what a restart of one means for the other.

mod support;

use ivc::{
    FORMAT, LinkError, OpenError, OwnSection, Pair, ReceiveError, Receiver, Section, SendError, Sender,
};
use support::{Bell, Sections, TestReceiver, TestSender};

const PAGE: usize = 4096;

fn receive(receiver: &mut TestReceiver<'_>) -> Result<Vec<u8>, ReceiveError> {
    let mut into = vec![0; receiver.max_message()];
    let len = receiver.receive(&mut into)?;
    into.truncate(len);
    Ok(into)
}

/// Connects the two ends.
fn connect(sender: &mut TestSender<'_>, receiver: &mut TestReceiver<'_>) {
    let _ = receive(receiver);
    let _ = sender.unread();
    assert_eq!(receive(receiver), Err(ReceiveError::Empty));
    assert_eq!(sender.unread(), Ok(0));
}

#[test]
fn messages_arrive_whichever_end_is_opened_first() {
    for sender_first in [true, false] {
        let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
        let (mut sender, mut receiver);
        if sender_first {
            sender = sections.sender(0, 1, 1, &bell);
            assert_eq!(sender.send(b"early"), Err(SendError::Link(LinkError::Apart)));
            receiver = sections.receiver(0, 1, 1, &bell);
        } else {
            receiver = sections.receiver(0, 1, 1, &bell);
            assert_eq!(receive(&mut receiver), Err(ReceiveError::Link(LinkError::Apart)));
            sender = sections.sender(0, 1, 1, &bell);
        }
        connect(&mut sender, &mut receiver);
        sender.send(b"one").unwrap();
        sender.send(b"").unwrap();
        assert_eq!(receive(&mut receiver).unwrap(), b"one");
        assert_eq!(receive(&mut receiver).unwrap(), b"");
        assert_eq!(receive(&mut receiver), Err(ReceiveError::Empty));
    }
}

#[test]
fn an_end_that_both_open_and_join_calls_the_other() {
    let (sections, at_receiver, at_sender) = (Sections::new(2, PAGE), Bell::default(), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &at_receiver);
    assert_eq!(at_receiver.take(), 1, "the sender is open");
    let mut receiver = sections.receiver(0, 1, 1, &at_sender);
    let _ = receive(&mut receiver);
    assert_eq!(at_sender.take(), 2, "the receiver is open, and has joined");
    let _ = sender.unread();
    assert_eq!(at_receiver.take(), 1, "the sender has joined");
    connect(&mut sender, &mut receiver);
    assert_eq!((at_sender.take(), at_receiver.take()), (0, 0));
}

#[test]
fn lanes_of_all_peers_are_apart() {
    let (sections, bell) = (Sections::new(16, PAGE), Bell::default());
    let pairs = || (0..16).flat_map(|from| (0..16).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let mut ends: Vec<_> = pairs()
        .map(|(from, to)| (sections.sender(from, to, 1, &bell), sections.receiver(from, to, 1, &bell)))
        .collect();
    for (sender, receiver) in &mut ends {
        connect(sender, receiver);
    }
    for ((sender, _), (from, to)) in ends.iter_mut().zip(pairs()) {
        // Fills the lane: two messages of 56 bytes and their headers.
        sender.send(&[(16 * from + to) as u8; 56]).unwrap();
        sender.send(&[!(16 * from + to) as u8; 56]).unwrap();
        assert_eq!(sender.send(b""), Err(SendError::Full));
    }
    for ((_, receiver), (from, to)) in ends.iter_mut().zip(pairs()) {
        assert_eq!(receive(receiver).unwrap(), [(16 * from + to) as u8; 56]);
        assert_eq!(receive(receiver).unwrap(), [!(16 * from + to) as u8; 56]);
    }
}

#[test]
fn a_sender_hears_once_that_the_receivers_zone_was_restarted_and_goes_on() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"lost").unwrap();
    sections.clear(1);
    assert_eq!(sender.send(b"lost too"), Err(SendError::Link(LinkError::Ended)));
    assert_eq!(sender.send(b"nor this"), Err(SendError::Link(LinkError::Apart)));
    let mut receiver = sections.receiver(0, 1, 2, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"again").unwrap();
    assert_eq!(receive(&mut receiver).unwrap(), b"again");
}

#[test]
fn a_receiver_hears_once_that_the_senders_zone_was_restarted_and_goes_on() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"lost").unwrap();
    sections.clear(0);
    assert_eq!(receive(&mut receiver), Err(ReceiveError::Link(LinkError::Ended)));
    assert_eq!(receive(&mut receiver), Err(ReceiveError::Link(LinkError::Apart)));
    let mut sender = sections.sender(0, 1, 2, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"again").unwrap();
    assert_eq!(receive(&mut receiver).unwrap(), b"again");
}

#[test]
fn asking_whether_to_sleep_leaves_the_news_of_a_restart_to_the_next_message() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    let message = vec![0; sender.max_message()];
    for _ in 0..2 {
        sender.send(&message).unwrap();
        receiver.skip().unwrap();
    }
    sender.send(&message).unwrap();
    sections.clear(1);
    assert!(!sender.may_sleep(message.len()));
    assert_eq!(sender.send(&message), Err(SendError::Link(LinkError::Ended)));
}

#[test]
fn an_end_opened_anew_in_the_same_life_of_its_zone_is_noticed() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"of the first").unwrap();
    let mut sender = sections.sender(0, 1, 1, &bell);
    assert_eq!(receive(&mut receiver), Err(ReceiveError::Link(LinkError::Ended)));
    connect(&mut sender, &mut receiver);
    sender.send(b"of the second").unwrap();
    assert_eq!(receive(&mut receiver).unwrap(), b"of the second");
}

#[test]
fn both_ends_may_be_opened_anew_at_once() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    for _ in 0..3 {
        sender.send(b"old").unwrap();
    }
    assert_eq!(receive(&mut receiver).unwrap(), b"old");
    let mut sender = sections.sender(0, 1, 1, &bell);
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    connect(&mut sender, &mut receiver);
    sender.send(b"new").unwrap();
    assert_eq!(receive(&mut receiver).unwrap(), b"new");
}

#[test]
fn the_other_direction_goes_on_when_one_is_opened_anew() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let (mut there, mut at_one) = (sections.sender(0, 1, 1, &bell), sections.receiver(0, 1, 1, &bell));
    let (mut back, mut at_zero) = (sections.sender(1, 0, 1, &bell), sections.receiver(1, 0, 1, &bell));
    connect(&mut there, &mut at_one);
    connect(&mut back, &mut at_zero);
    back.send(b"stays").unwrap();
    let mut there = sections.sender(0, 1, 1, &bell);
    let _ = receive(&mut at_one);
    connect(&mut there, &mut at_one);
    assert_eq!(receive(&mut at_zero).unwrap(), b"stays");
}

/// A section whose owner's zone is restarted while it is read.
struct ClearedWhileRead<'a> {
    sections: &'a Sections,
    peer: u32,
    /// Clear before this many bytes or words were read.
    countdown: std::cell::Cell<u32>,
}

impl ClearedWhileRead<'_> {
    fn step(&self) {
        let left = self.countdown.get();
        if left == 1 {
            self.sections.clear(self.peer);
        }
        self.countdown.set(left.saturating_sub(1));
    }
}

impl Section for &ClearedWhileRead<'_> {
    fn len(&self) -> usize {
        PAGE
    }

    fn load(&self, offset: usize) -> u32 {
        self.step();
        self.sections.foreign(self.peer).load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        for (index, chunk) in into.chunks_mut(8).enumerate() {
            self.step();
            self.sections.foreign(self.peer).read(offset + 8 * index, chunk);
        }
    }
}

#[test]
fn a_restart_in_the_middle_of_a_message_never_lets_a_torn_one_through() {
    const MESSAGE: [u8; 64] = [0xa5; 64];
    let mut delivered = 0;
    let mut ended = 0;
    for countdown in 1..20 {
        let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
        let mut sender = sections.sender(0, 1, 1, &bell);
        let cleared = ClearedWhileRead { sections: &sections, peer: 0, countdown: 0.into() };
        let mut receiver = Receiver::open(sections.own(1), &cleared, sections.pair(1, 0), 1, || {}).unwrap();
        let mut into = [0; 64];
        let _ = receiver.receive(&mut into);
        sender.unread().unwrap();
        assert_eq!(receiver.receive(&mut into), Err(ReceiveError::Empty));
        // So that a position of zero is not the receiver's.
        sender.send(b"first").unwrap();
        receiver.receive(&mut into).unwrap();
        sender.send(&MESSAGE).unwrap();
        cleared.countdown.set(countdown);
        match receiver.receive(&mut into) {
            Ok(len) => {
                assert_eq!(into[..len], MESSAGE, "cleared before access {countdown}");
                delivered += 1;
            }
            Err(error) => {
                assert_eq!(error, ReceiveError::Link(LinkError::Ended), "cleared before access {countdown}");
                ended += 1;
            }
        }
    }
    assert!(delivered > 0 && ended > 8, "{delivered} delivered, {ended} ended");
}

#[test]
fn a_peer_with_another_format_is_told_apart_from_one_that_is_absent() {
    let (sections, bell) = (Sections::new(2, PAGE), Bell::default());
    let mut receiver = sections.receiver(0, 1, 1, &bell);
    let _sender = sections.sender(0, 1, 1, &bell);
    sections.own(0).store(0, FORMAT + (1 << 24));
    for _ in 0..2 {
        assert_eq!(receive(&mut receiver), Err(ReceiveError::Link(LinkError::Incompatible)));
    }
    let mut sender = sections.sender(0, 1, 2, &bell);
    connect(&mut sender, &mut receiver);
}

#[test]
fn sections_that_are_not_those_of_a_channel_are_refused() {
    let (one, other) = (Sections::new(2, PAGE), Sections::new(2, 2 * PAGE));
    let pair = one.pair(0, 1);
    let error = Sender::open(one.own(0), other.foreign(1), pair, 1, || {}).map(|_| ()).unwrap_err();
    assert_eq!(error, OpenError::Lengths);
    let error = Receiver::open(one.own(0), other.foreign(1), pair, 1, || {}).map(|_| ()).unwrap_err();
    assert_eq!(error, OpenError::Lengths);
    let tiny = Sections::new(2, 256 + 128 + 63);
    let error = Sender::open(tiny.own(0), tiny.foreign(1), pair, 1, || {}).map(|_| ()).unwrap_err();
    assert_eq!(error, OpenError::TooSmall);
}

#[test]
fn a_pair_is_of_two_peers_of_the_channel() {
    assert!(Pair::new(2, 0, 1).is_some());
    assert!(Pair::new(2, 1, 1).is_none());
    assert!(Pair::new(2, 0, 2).is_none());
    assert!(Pair::new(17, 0, 1).is_none());
}
