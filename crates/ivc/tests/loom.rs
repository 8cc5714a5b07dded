//! Two ends that run at the same time, in all orders that the memory model allows (within a bound on preemptions).
//!
//! A lost wake-up shows as a deadlock: who sleeps waits for a doorbell alone, and nothing wakes it by itself.

use ivc::{LinkError, OwnSection, Pair, ReceiveError, Receiver, Section, SendError, Sender};
use loom::model::Builder;
use loom::sync::atomic::{AtomicU32, Ordering, fence};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// Bytes of a section whose lane holds 64.
const LEN: usize = 256 + 128 + 64;

/// An output section, every word an atomic of the checker.
struct Words(Vec<AtomicU32>);

/// A channel of two peers, with a doorbell for each.
#[derive(Clone)]
struct Channel {
    sections: [Arc<Words>; 2],
    bells: [Arc<Bell>; 2],
}

/// A section as its owner has it.
struct Own(Arc<Words>);

/// A section as the other peer has it.
struct Foreign(Arc<Words>);

/// A doorbell: an interrupt that stays pending until it is taken.
#[derive(Default)]
struct Bell {
    pending: Mutex<bool>,
    rung: Condvar,
}

impl Words {
    fn new() -> Self {
        Self((0..LEN / 4).map(|_| AtomicU32::new(0)).collect())
    }

    fn load(&self, offset: usize) -> u32 {
        self.0[offset / 4].load(Ordering::Acquire)
    }

    /// The messages of these tests are whole words.
    fn read(&self, offset: usize, into: &mut [u8]) {
        for (to, word) in into.chunks_exact_mut(4).zip(&self.0[offset / 4..]) {
            to.copy_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
    }
}

impl Section for Own {
    fn len(&self) -> usize {
        LEN
    }
    fn load(&self, offset: usize) -> u32 {
        self.0.load(offset)
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }
    fn fence(&self) {
        fence(Ordering::SeqCst);
    }
}

impl OwnSection for Own {
    fn store(&self, offset: usize, value: u32) {
        self.0.0[offset / 4].store(value, Ordering::Release);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        for (from, word) in from.chunks_exact(4).zip(&self.0.0[offset / 4..]) {
            word.store(u32::from_le_bytes(from.try_into().unwrap()), Ordering::Relaxed);
        }
    }
}

impl Section for Foreign {
    fn len(&self) -> usize {
        LEN
    }
    fn load(&self, offset: usize) -> u32 {
        self.0.load(offset)
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }
    fn fence(&self) {
        fence(Ordering::SeqCst);
    }
}

impl Bell {
    fn ring(&self) {
        *self.pending.lock().unwrap() = true;
        self.rung.notify_one();
    }

    /// Sleeps until it is rung, or was since it was taken last.
    fn take(&self) {
        let mut pending = self.pending.lock().unwrap();
        while !*pending {
            pending = self.rung.wait(pending).unwrap();
        }
        *pending = false;
    }
}

type AnySender = Sender<Own, Foreign, Box<dyn FnMut()>>;
type AnyReceiver = Receiver<Own, Foreign, Box<dyn FnMut()>>;

impl Channel {
    fn new() -> Self {
        let bell = || Arc::new(Bell::default());
        Self { sections: [Arc::new(Words::new()), Arc::new(Words::new())], bells: [bell(), bell()] }
    }

    fn own(&self, peer: usize) -> Own {
        Own(Arc::clone(&self.sections[peer]))
    }

    fn foreign(&self, peer: usize) -> Foreign {
        Foreign(Arc::clone(&self.sections[peer]))
    }

    fn bell(&self, peer: usize) -> Box<dyn FnMut()> {
        let bell = Arc::clone(&self.bells[peer]);
        Box::new(move || bell.ring())
    }

    /// Peer 0 sends.
    fn sender(&self) -> AnySender {
        Sender::open(self.own(0), self.foreign(1), Pair::new(2, 0, 1).unwrap(), 1, self.bell(1)).unwrap()
    }

    /// Peer 1 receives.
    fn receiver(&self) -> AnyReceiver {
        Receiver::open(self.own(1), self.foreign(0), Pair::new(2, 1, 0).unwrap(), 1, self.bell(0)).unwrap()
    }

    /// Both, connected and with their doorbells taken.
    fn connected(&self) -> (AnySender, AnyReceiver) {
        let (mut sender, mut receiver) = (self.sender(), self.receiver());
        assert!(receiver.skip().is_err());
        assert_eq!(sender.unread(), Ok(0));
        assert_eq!(receiver.skip(), Err(ReceiveError::Empty));
        self.bells.iter().for_each(|bell| bell.take());
        (sender, receiver)
    }

    /// Sends, and sleeps as long as that is not possible.
    fn send(&self, sender: &mut AnySender, message: &[u8]) {
        loop {
            match sender.send(message) {
                Ok(()) => return,
                Err(SendError::Full | SendError::Link(LinkError::Apart)) => {}
                Err(error) => panic!("{error:?}"),
            }
            if sender.may_sleep(message.len()) {
                self.bells[0].take();
            }
        }
    }

    /// Receives a message of `N` bytes, and sleeps as long as there is none. A connection that ends is gone through.
    fn receive<const N: usize>(&self, receiver: &mut AnyReceiver) -> [u8; N] {
        let mut into = [0; N];
        loop {
            match receiver.receive(&mut into) {
                Ok(len) => {
                    assert_eq!(len, N);
                    return into;
                }
                Err(ReceiveError::Empty | ReceiveError::Link(LinkError::Apart | LinkError::Ended)) => {}
                Err(error) => panic!("{error:?}"),
            }
            if receiver.may_sleep() {
                self.bells[1].take();
            }
        }
    }
}

fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

#[test]
fn a_receiver_that_sleeps_gets_every_message_in_order() {
    check(3, || {
        let channel = Channel::new();
        let (mut sender, mut receiver) = channel.connected();
        let at_sender = channel.clone();
        let sending = thread::spawn(move || {
            at_sender.send(&mut sender, &[1; 4]);
            at_sender.send(&mut sender, &[2; 4]);
        });
        assert_eq!(channel.receive(&mut receiver), [1; 4]);
        assert_eq!(channel.receive(&mut receiver), [2; 4]);
        sending.join().unwrap();
    });
}

#[test]
fn a_sender_that_sleeps_for_room_goes_on() {
    check(3, || {
        let channel = Channel::new();
        let (mut sender, mut receiver) = channel.connected();
        sender.send(&[1; 48]).unwrap();
        let at_sender = channel.clone();
        // Needs the room of the first, and overwrites its second half.
        let sending = thread::spawn(move || at_sender.send(&mut sender, &[2; 24]));
        assert_eq!(channel.receive(&mut receiver), [1; 48]);
        sending.join().unwrap();
        assert_eq!(receiver.receive(&mut [0; 24]), Ok(24));
    });
}

#[test]
fn ends_that_are_opened_at_once_find_each_other() {
    check(2, || {
        let channel = Channel::new();
        let at_sender = channel.clone();
        let sending = thread::spawn(move || {
            let mut sender = at_sender.sender();
            at_sender.send(&mut sender, &[1; 4]);
            // Stays open until the message was received.
            sender
        });
        let mut receiver = channel.receiver();
        assert_eq!(channel.receive(&mut receiver), [1; 4]);
        drop(sending.join().unwrap());
    });
}

#[test]
fn a_sender_opened_anew_beside_a_reader_never_makes_it_see_a_torn_message() {
    check(2, || {
        let channel = Channel::new();
        let (mut sender, mut receiver) = channel.connected();
        sender.send(&[1; 8]).unwrap();
        let at_sender = channel.clone();
        let sending = thread::spawn(move || {
            drop(sender);
            let mut sender = at_sender.sender();
            // At the place of the first.
            at_sender.send(&mut sender, &[2; 8]);
            sender
        });
        let mut message = channel.receive(&mut receiver);
        if message == [1; 8] {
            message = channel.receive(&mut receiver);
        }
        assert_eq!(message, [2; 8]);
        drop(sending.join().unwrap());
    });
}

#[test]
fn a_receiver_opened_anew_beside_a_sender_gets_what_is_sent_to_it() {
    check(2, || {
        let channel = Channel::new();
        let (mut sender, receiver) = channel.connected();
        sender.send(&[1; 8]).unwrap();
        let at_sender = channel.clone();
        let sending = thread::spawn(move || {
            // Whether it is sent before or after the receiver is opened anew: it arrives, or its loss is said.
            match sender.send(&[2; 8]) {
                Ok(()) | Err(SendError::Link(LinkError::Ended)) => {}
                Err(error) => panic!("{error:?}"),
            }
            while sender.unread() != Ok(0) {
                if sender.may_sleep(sender.max_message()) {
                    at_sender.bells[0].take();
                }
            }
            at_sender.send(&mut sender, &[3; 8]);
            sender
        });
        drop(receiver);
        let mut receiver = channel.receiver();
        assert_eq!(channel.receive(&mut receiver), [3; 8]);
        drop(sending.join().unwrap());
    });
}
