//! What a lane carries, and when its doorbell rings.

mod support;

use ivc::{ReceiveError, SendError};
use support::{Bell, Sections, TestReceiver, TestSender};

/// Two peers whose lanes hold 64 bytes each.
const SMALL: usize = 256 + 128 + 64;

struct Lane<'a> {
    sender: TestSender<'a>,
    receiver: TestReceiver<'a>,
}

/// Two doorbells: the receiver's and the sender's.
#[derive(Default)]
struct Bells {
    receivers: Bell,
    senders: Bell,
}

/// A connected lane, of which nobody was rung since.
fn lane<'a>(sections: &'a Sections, bells: &'a Bells) -> Lane<'a> {
    let mut sender = sections.sender(0, 1, 1, &bells.receivers);
    let mut receiver = sections.receiver(0, 1, 1, &bells.senders);
    assert!(receiver.receive(&mut []).is_err());
    sender.unread().unwrap();
    assert_eq!(receiver.receive(&mut []), Err(ReceiveError::Empty));
    bells.receivers.take();
    bells.senders.take();
    Lane { sender, receiver }
}

#[test]
fn a_message_of_64_kib_fits_sections_of_128_kib() {
    let (sections, bells) = (Sections::new(2, 128 << 10), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    let message: Vec<u8> = (0..65536_u32).map(|index| (index % 251) as u8).collect();
    let mut into = vec![0; 65536];
    for _ in 0..5 {
        sender.send(&message).unwrap();
        assert_eq!(receiver.receive(&mut into), Ok(65536));
        assert_eq!(into, message);
    }
}

#[test]
fn what_the_ring_never_holds_is_too_long() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, .. } = lane(&sections, &bells);
    assert_eq!(sender.max_message(), 56);
    assert_eq!(sender.send(&[0; 57]), Err(SendError::TooLong));
    assert_eq!(sender.send(&[0; 56]), Ok(()));
}

#[test]
fn a_full_ring_takes_no_more_and_loses_nothing() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    for byte in 0..4 {
        sender.send(&[byte; 8]).unwrap();
    }
    assert_eq!(sender.send(b""), Err(SendError::Full));
    assert_eq!(sender.unread(), Ok(64));
    let mut into = [0; 8];
    for byte in 0..4 {
        assert_eq!(receiver.receive(&mut into), Ok(8));
        assert_eq!(into, [byte; 8]);
    }
    assert_eq!(sender.unread(), Ok(0));
}

#[test]
fn a_message_longer_than_the_buffer_stays_and_can_be_skipped() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    sender.send(b"longer").unwrap();
    sender.send(b"next").unwrap();
    let mut into = [0; 4];
    assert_eq!(receiver.receive(&mut into), Err(ReceiveError::TooLong { len: 6 }));
    assert_eq!(receiver.receive(&mut into), Err(ReceiveError::TooLong { len: 6 }));
    assert_eq!(receiver.skip(), Ok(6));
    assert_eq!(receiver.receive(&mut into), Ok(4));
    assert_eq!(&into, b"next");
    assert_eq!(receiver.skip(), Err(ReceiveError::Empty));
}

#[test]
fn bytes_of_the_buffer_behind_the_message_stay() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    sender.send(b"abc").unwrap();
    let mut into = *b"XXXXXXXX";
    assert_eq!(receiver.receive(&mut into), Ok(3));
    assert_eq!(&into, b"abcXXXXX");
}

#[test]
fn nobody_is_rung_who_does_not_sleep() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    for _ in 0..100 {
        sender.send(b"message").unwrap();
        receiver.receive(&mut [0; 8]).unwrap();
    }
    assert_eq!((bells.receivers.take(), bells.senders.take()), (0, 0));
}

#[test]
fn a_receiver_that_sleeps_is_rung_by_the_first_message_alone() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    assert!(receiver.may_sleep());
    sender.send(b"first").unwrap();
    assert_eq!(bells.receivers.take(), 1);
    sender.send(b"second").unwrap();
    assert_eq!(bells.receivers.take(), 0);
}

#[test]
fn a_receiver_that_woke_is_not_rung_when_the_ring_comes_round() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    assert!(receiver.may_sleep());
    for _ in 0..100 {
        sender.send(b"message").unwrap();
        receiver.receive(&mut [0; 8]).unwrap();
    }
    assert_eq!(bells.receivers.take(), 1);
}

#[test]
fn a_receiver_with_a_message_may_not_sleep() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    sender.send(b"there").unwrap();
    assert!(!receiver.may_sleep());
}

#[test]
fn a_sender_that_sleeps_is_rung_once_there_is_the_room_that_it_asked_for() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    for _ in 0..4 {
        sender.send(&[0; 8]).unwrap();
    }
    // Takes 32 bytes: two of the messages.
    assert!(sender.may_sleep(24));
    receiver.skip().unwrap();
    assert_eq!(bells.senders.take(), 0);
    receiver.skip().unwrap();
    assert_eq!(bells.senders.take(), 1);
    receiver.skip().unwrap();
    assert_eq!(bells.senders.take(), 0);
    sender.send(&[0; 24]).unwrap();
}

#[test]
fn a_sender_can_sleep_until_everything_was_received() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    sender.send(b"").unwrap();
    sender.send(b"").unwrap();
    assert!(sender.may_sleep(sender.max_message()));
    receiver.skip().unwrap();
    assert_eq!(bells.senders.take(), 0);
    receiver.skip().unwrap();
    assert_eq!(bells.senders.take(), 1);
    assert!(!sender.may_sleep(sender.max_message()));
}

#[test]
fn a_sender_with_room_may_not_sleep() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let Lane { mut sender, mut receiver } = lane(&sections, &bells);
    assert!(!sender.may_sleep(56));
    sender.send(&[0; 56]).unwrap();
    receiver.skip().unwrap();
    assert!(!sender.may_sleep(56), "the room is there, though the sender has not seen it yet");
}

#[test]
fn an_end_may_sleep_until_the_other_appears() {
    let (sections, bells) = (Sections::new(2, SMALL), Bells::default());
    let mut receiver = sections.receiver(0, 1, 1, &bells.senders);
    assert!(receiver.may_sleep());
    let mut sender = sections.sender(0, 1, 1, &bells.receivers);
    assert_eq!(bells.receivers.take(), 1);
    assert!(!receiver.may_sleep());
    assert!(receiver.receive(&mut []).is_err());
    assert!(receiver.may_sleep(), "the sender has not joined yet");
    assert_eq!(sender.send(b"message"), Ok(()));
    assert_eq!(bells.receivers.take(), 1);
    assert!(!receiver.may_sleep());
    assert_eq!(receiver.receive(&mut [0; 8]), Ok(7));
}
