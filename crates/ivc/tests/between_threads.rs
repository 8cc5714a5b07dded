//! Two peers on two threads of the machine, each asleep whenever there is nothing to do.

mod support;

use std::sync::mpsc::{Receiver as Rung, SyncSender as Bell, TrySendError, sync_channel};
use std::thread;

use ivc::{LinkError, Pair, ReceiveError, Receiver, SendError, Sender};
use support::Sections;

const MESSAGES: u32 = 100_000;

/// A doorbell: rung once or more, it wakes once.
fn bell() -> (Bell<()>, Rung<()>) {
    sync_channel(1)
}

fn ring(bell: &Bell<()>) {
    // Who has ended need not be woken.
    assert!(matches!(
        bell.try_send(()),
        Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(()))
    ));
}

/// Message `number`, of 4 to 103 bytes.
fn message(number: u32) -> Vec<u8> {
    let mut message = number.to_le_bytes().to_vec();
    message.extend((0..number % 100).map(|index| (number.wrapping_mul(31) + index) as u8));
    message
}

#[test]
fn every_message_arrives_once_and_in_order() {
    let sections = Sections::new(2, 4096);
    let (ring_sender, wake_sender) = bell();
    let (ring_receiver, wake_receiver) = bell();
    let sections = [sections.words(0), sections.words(1)];
    thread::scope(|scope| {
        scope.spawn(move || {
            let pair = Pair::new(2, 0, 1).unwrap();
            let (own, foreign) = (ivc::OwnWords(sections[0]), ivc::ForeignWords(sections[1]));
            let mut sender = Sender::open(own, foreign, pair, 1, || ring(&ring_receiver)).unwrap();
            for number in 0..MESSAGES {
                let message = message(number);
                loop {
                    match sender.send(&message) {
                        Ok(()) => break,
                        Err(SendError::Full | SendError::Link(LinkError::Apart)) => {}
                        Err(error) => panic!("{error:?} at {number}"),
                    }
                    if sender.may_sleep(message.len()) {
                        wake_sender.recv().unwrap();
                    }
                }
            }
            // The bell stays until the receiver has everything.
            while sender.unread() != Ok(0) {
                if sender.may_sleep(sender.max_message()) {
                    wake_sender.recv().unwrap();
                }
            }
        });
        let pair = Pair::new(2, 1, 0).unwrap();
        let (own, foreign) = (ivc::OwnWords(sections[1]), ivc::ForeignWords(sections[0]));
        let mut receiver = Receiver::open(own, foreign, pair, 1, || ring(&ring_sender)).unwrap();
        let mut into = [0; 128];
        let mut next = 0;
        while next < MESSAGES {
            match receiver.receive(&mut into) {
                Ok(len) => {
                    assert_eq!(into[..len], message(next), "message {next}");
                    next += 1;
                    continue;
                }
                Err(ReceiveError::Empty | ReceiveError::Link(LinkError::Apart)) => {}
                Err(error) => panic!("{error:?} at {next}"),
            }
            if receiver.may_sleep() {
                wake_receiver.recv().unwrap();
            }
        }
    });
}
