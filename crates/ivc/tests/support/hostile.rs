//! A peer that writes what it likes into everything that it may write, at every moment.
//!
//! Peer 0 is its victim, with a sender to it and a receiver from it. Peer 1 is hostile: it has honest ends too, so that
//! it gets far, and writes into its section between any two accesses of the victim. Peer 2 is nobody's concern.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::Ordering;

use ivc::{LinkError, OwnSection, ReceiveError, Receiver, Section, SendError, Sender};

use super::{Bell, Sections, TestReceiver, TestSender};

const VICTIM: u32 = 0;
const HOSTILE: u32 = 1;
const LANES: usize = 2;
/// Bytes of one lane.
pub(crate) const CAPACITY: usize = 128;
/// Bytes of a section.
pub(crate) const LEN: usize = 256 + (128 + CAPACITY) * LANES;

/// A step of the history.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    VictimSends(usize),
    VictimReceives(usize),
    VictimSkips,
    VictimAsksForUnread,
    VictimMaySleep(usize),
    HonestSend(usize),
    HonestReceive,
    HonestOpen,
    /// A write that waits until the victim has accessed the section this many times more.
    Write(u8, Write),
}

/// What the hostile peer does to a word of its section.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {
    Set(usize, u32),
    /// Adds to a word: values that are nearly right reach far.
    Add(usize, i8),
    /// Writes what the victim has in this word of its section.
    Mirror(usize, usize),
}

/// The section of the hostile peer as its victim sees it, and the victim's own.
struct World {
    sections: Sections,
    writes: RefCell<VecDeque<(u8, Write)>>,
    /// What the victim did in this step.
    accesses: Cell<usize>,
    bytes_read: Cell<usize>,
}

impl World {
    /// Lets the hostile peer write whatever is due before an access of the victim.
    fn before_access(&self) {
        let mut writes = self.writes.borrow_mut();
        while let Some((wait, write)) = writes.front_mut() {
            if *wait > 0 {
                *wait -= 1;
                return;
            }
            self.write(*write);
            writes.pop_front();
        }
    }

    fn write(&self, write: Write) {
        let (own, victims) = (self.sections.words(HOSTILE), self.sections.words(VICTIM));
        let word = |index: usize| &own[index % own.len()];
        match write {
            Write::Set(index, value) => word(index).store(value, Ordering::SeqCst),
            Write::Add(index, by) => {
                word(index).fetch_add(i32::from(by) as u32, Ordering::SeqCst);
            }
            Write::Mirror(index, from) => {
                word(index).store(victims[from % victims.len()].load(Ordering::SeqCst), Ordering::SeqCst);
            }
        }
    }

    fn count_access(&self) {
        self.accesses.set(self.accesses.get() + 1);
    }

    fn begin_step(&self) {
        self.accesses.set(0);
        self.bytes_read.set(0);
    }
}

/// The hostile peer's section. Accesses outside end the test.
struct Watched<'a>(&'a World);

impl Section for Watched<'_> {
    fn len(&self) -> usize {
        LEN
    }

    fn load(&self, offset: usize) -> u32 {
        self.0.count_access();
        self.0.before_access();
        assert!(offset.is_multiple_of(4) && offset < LEN, "load at {offset}");
        self.0.sections.foreign(HOSTILE).load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.count_access();
        self.0.bytes_read.set(self.0.bytes_read.get() + into.len());
        assert!(offset.is_multiple_of(8), "read at {offset}");
        // The data of its lane to the victim, which is its first.
        let lane = data(0);
        assert!(
            lane.contains(&offset) && offset + into.len() <= lane.end,
            "read at {offset} of {}",
            into.len()
        );
        for (index, chunk) in into.chunks_mut(8).enumerate() {
            self.0.before_access();
            self.0.sections.foreign(HOSTILE).read(offset + 8 * index, chunk);
        }
    }
}

/// The victim's own section. Writes to what is not for the hostile peer end the test.
struct Guarded<'a>(&'a World);

impl Section for Guarded<'_> {
    fn len(&self) -> usize {
        LEN
    }

    fn load(&self, offset: usize) -> u32 {
        self.0.sections.own(VICTIM).load(offset)
    }

    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.sections.own(VICTIM).read(offset, into);
    }
}

impl OwnSection for Guarded<'_> {
    fn store(&self, offset: usize, value: u32) {
        self.0.count_access();
        let places = [0..4, 16..32, 256..384, data(0)];
        assert!(places.iter().any(|place| place.contains(&offset)), "store at {offset}");
        self.0.sections.own(VICTIM).store(offset, value);
    }

    fn write(&self, offset: usize, from: &[u8]) {
        self.0.count_access();
        let lane = data(0);
        assert!(
            lane.contains(&offset) && offset + from.len() <= lane.end,
            "write at {offset} of {}",
            from.len()
        );
        self.0.sections.own(VICTIM).write(offset, from);
    }
}

/// The data of a slot.
fn data(slot: usize) -> Range<usize> {
    let base = 256 + 128 * LANES + CAPACITY * slot;
    base..base + CAPACITY
}

/// Plays the history; then the hostile peer is restarted with a sound program, and all is well.
pub(crate) fn play(history: impl IntoIterator<Item = Step>) {
    let (at_victim, at_hostile) = (Bell::default(), Bell::default());
    let world = World {
        sections: Sections::new(3, LEN),
        writes: RefCell::default(),
        accesses: Cell::default(),
        bytes_read: Cell::default(),
    };
    let pair = world.sections.pair(VICTIM, HOSTILE);
    let mut sender = Sender::open(Guarded(&world), Watched(&world), pair, 1, || at_hostile.ring()).unwrap();
    let mut receiver =
        Receiver::open(Guarded(&world), Watched(&world), pair, 1, || at_hostile.ring()).unwrap();
    let honest = || {
        let sections = &world.sections;
        (sections.sender(HOSTILE, VICTIM, 1, &at_victim), sections.receiver(VICTIM, HOSTILE, 1, &at_victim))
    };
    let (mut honest_sender, mut honest_receiver) = honest();
    for step in history {
        at_hostile.take();
        world.begin_step();
        match step {
            Step::VictimSends(len) => {
                let _ = sender.send(&vec![0x5a; len]);
            }
            Step::VictimReceives(room) => {
                let mut into = vec![0xee; room];
                match receiver.receive(&mut into) {
                    Ok(len) => assert!(into[len..].iter().all(|&byte| byte == 0xee)),
                    Err(ReceiveError::TooLong { len }) => {
                        assert!(len > room && len <= receiver.max_message())
                    }
                    Err(_) => {}
                }
                assert!(world.bytes_read.get() <= room);
            }
            Step::VictimSkips => {
                let _ = receiver.skip().map(|len| assert!(len <= receiver.max_message()));
            }
            Step::VictimAsksForUnread => {
                let _ = sender.unread().map(|bytes| assert!(bytes as usize <= CAPACITY));
            }
            Step::VictimMaySleep(len) => {
                receiver.may_sleep();
                sender.may_sleep(len);
            }
            Step::HonestSend(len) => {
                let _ = honest_sender.send(&vec![0xa5; len]);
            }
            Step::HonestReceive => {
                let _ = honest_receiver.skip();
            }
            Step::HonestOpen => (honest_sender, honest_receiver) = honest(),
            Step::Write(wait, write) => world.writes.borrow_mut().push_back((wait % 16, write)),
        }
        assert!(world.accesses.get() <= 24, "{} accesses in {step:?}", world.accesses.get());
        assert!(at_hostile.take() <= 2, "{step:?}");
    }
    world.writes.borrow_mut().clear();
    world.sections.clear(HOSTILE);
    let honest_sender = world.sections.sender(HOSTILE, VICTIM, 2, &at_victim);
    let honest_receiver = world.sections.receiver(VICTIM, HOSTILE, 2, &at_victim);
    assert_all_is_well((&mut sender, &mut receiver), honest_sender, honest_receiver);
}

/// Sends a message each way.
fn assert_all_is_well<'a>(
    (sender, receiver): (
        &mut Sender<Guarded<'a>, Watched<'a>, impl FnMut()>,
        &mut Receiver<Guarded<'a>, Watched<'a>, impl FnMut()>,
    ),
    mut honest_sender: TestSender<'_>,
    mut honest_receiver: TestReceiver<'_>,
) {
    // At most one call tells of the old connection's end, and one joins the new one.
    for _ in 0..2 {
        let _ = (sender.unread(), receiver.receive(&mut []), honest_receiver.skip(), honest_sender.unread());
    }
    sender.send(b"there").unwrap();
    honest_sender.send(b"back").unwrap();
    assert_eq!(honest_receiver.receive(&mut [0; 8]), Ok(5));
    assert_eq!(receiver.receive(&mut [0; 8]), Ok(4));
    assert_eq!(receiver.receive(&mut [0; 8]), Err(ReceiveError::Empty));
    assert!(!matches!(sender.send(b""), Err(SendError::Link(LinkError::Broken))));
}
