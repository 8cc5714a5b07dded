//! A channel's output sections as plain words, and the ends of one lane in them.
#![allow(dead_code, reason = "each test takes in what it needs")]

pub(crate) mod both;
pub(crate) mod hostile;

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use ivc::{EPOCHS_SIZE, ForeignWords, OwnWords, Pair, Receiver, Sender};

/// The output sections of all peers.
pub(crate) struct Sections(Vec<Vec<AtomicU32>>);

impl Sections {
    /// Zeroed ones, of `len` bytes each.
    pub(crate) fn new(peers: u32, len: usize) -> Self {
        let section = || std::iter::repeat_with(|| AtomicU32::new(0)).take(len / 4).collect();
        Self((0..peers).map(|_| section()).collect())
    }

    pub(crate) fn peers(&self) -> u32 {
        self.0.len() as u32
    }

    pub(crate) fn own(&self, peer: u32) -> OwnWords<'_> {
        OwnWords(&self.0[peer as usize])
    }

    pub(crate) fn foreign(&self, peer: u32) -> ForeignWords<'_> {
        ForeignWords(&self.0[peer as usize])
    }

    /// The words of a peer's section.
    pub(crate) fn words(&self, peer: u32) -> &[AtomicU32] {
        &self.0[peer as usize]
    }

    /// What the hypervisor does when the peer's zone starts: epochs first.
    pub(crate) fn clear(&self, peer: u32) {
        let (epochs, rest) = self.words(peer).split_at(EPOCHS_SIZE / 4);
        epochs.iter().chain(rest).for_each(|word| word.store(0, Ordering::SeqCst));
    }

    pub(crate) fn pair(&self, own: u32, other: u32) -> Pair {
        Pair::new(self.peers(), own, other).unwrap()
    }

    /// Opens the sender of peer `from` to peer `to`.
    pub(crate) fn sender<'a>(
        &'a self,
        from: u32,
        to: u32,
        generation: u32,
        bell: &'a Bell,
    ) -> TestSender<'a> {
        let bell: Rings<'a> = Box::new(|| bell.ring());
        Sender::open(self.own(from), self.foreign(to), self.pair(from, to), generation, bell).unwrap()
    }

    /// Opens the receiver of peer `to` for what peer `from` sends.
    pub(crate) fn receiver<'a>(
        &'a self,
        from: u32,
        to: u32,
        generation: u32,
        bell: &'a Bell,
    ) -> TestReceiver<'a> {
        let bell: Rings<'a> = Box::new(|| bell.ring());
        Receiver::open(self.own(to), self.foreign(from), self.pair(to, from), generation, bell).unwrap()
    }
}

pub(crate) type Rings<'a> = Box<dyn FnMut() + 'a>;
pub(crate) type TestSender<'a> = Sender<OwnWords<'a>, ForeignWords<'a>, Rings<'a>>;
pub(crate) type TestReceiver<'a> = Receiver<OwnWords<'a>, ForeignWords<'a>, Rings<'a>>;

/// A doorbell that counts.
#[derive(Debug, Default)]
pub(crate) struct Bell(Cell<u32>);

impl Bell {
    fn ring(&self) {
        self.0.set(self.0.get() + 1);
    }

    /// How often it was rung since the last time that this was asked.
    pub(crate) fn take(&self) -> u32 {
        self.0.take()
    }
}
