//! A channel as plain as can be, and histories that are played on both. The fuzz target plays them too.

use std::collections::{BTreeMap, BTreeSet};

use vivc::{Channel, Geometry, Peer, PeerId, PeerSet, Width};

/// What the channel of all histories is.
pub(crate) const GEOMETRY: Geometry = Geometry { id: 7, rw_size: 0x2000, out_size: 0x1000 };

/// One thing that happens. Peers are taken modulo their number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Start(u8),
    Stop(u8),
    Read(u8, u32, Width),
    Write(u8, u32, Width, u32),
}

#[derive(Clone, Default)]
struct Plain {
    present: bool,
    generation: u32,
    rang: BTreeSet<usize>,
    missed: BTreeSet<usize>,
    mask: u32,
    notify: bool,
    payloads: BTreeMap<usize, u32>,
}

/// A channel and its plain reference.
pub(crate) struct History<'a> {
    channel: Channel<'a>,
    plain: Vec<Plain>,
}

fn bitmap(set: &BTreeSet<usize>) -> u32 {
    set.iter().map(|peer| 1 << peer).sum()
}

impl<'a> History<'a> {
    /// A channel with these peers, all of them absent.
    pub(crate) fn new(peers: &'a [Peer]) -> Self {
        Self { channel: Channel::new(GEOMETRY, peers), plain: vec![Plain::default(); peers.len()] }
    }

    /// Does one thing on both and compares what they say.
    pub(crate) fn step(&mut self, step: Step) {
        let own = |peer: u8| {
            let index = usize::from(peer) % self.plain.len();
            (index, PeerId::new(index).unwrap())
        };
        match step {
            Step::Start(peer) => {
                let (index, id) = own(peer);
                assert_eq!(self.channel.start(id).bits(), self.start(index), "{step:?}");
            }
            Step::Stop(peer) => {
                let (index, id) = own(peer);
                assert_eq!(self.channel.stop(id).bits(), self.stop(index), "{step:?}");
            }
            Step::Read(peer, offset, width) => {
                let (index, id) = own(peer);
                let value = self.channel.read(id, offset, width);
                assert_eq!(
                    value,
                    if width == Width::Word { self.read(index, offset) } else { 0 },
                    "{step:?}"
                );
            }
            Step::Write(peer, offset, width, value) => {
                let (index, id) = own(peer);
                let raised = self.channel.write(id, offset, width, value).map(PeerId::index);
                let expected = if width == Width::Word { self.write(index, offset, value) } else { None };
                assert_eq!(raised, expected, "{step:?}");
            }
        }
        for index in 0..self.plain.len() {
            let others = (0..self.plain.len()).filter(|other| *other != index);
            let alone = others.clone().all(|other| !self.plain[other].present);
            assert_eq!(self.channel.is_alone(PeerId::new(index).unwrap()), alone);
        }
    }

    fn notified(&self, by: usize) -> u32 {
        let wants = |(index, peer): &(usize, &Plain)| *index != by && peer.present && peer.notify;
        self.plain.iter().enumerate().filter(wants).map(|(index, _)| 1 << index).sum()
    }

    fn start(&mut self, peer: usize) -> u32 {
        let generation = self.plain[peer].generation.wrapping_add(1);
        self.plain[peer] = Plain { present: true, generation, ..Plain::default() };
        self.notified(peer)
    }

    fn stop(&mut self, peer: usize) -> u32 {
        let was_present = std::mem::take(&mut self.plain[peer].present);
        if was_present { self.notified(peer) } else { PeerSet::EMPTY.bits() }
    }

    fn read(&mut self, reader: usize, offset: u32) -> u32 {
        let peers = self.plain.len();
        let own = &mut self.plain[reader];
        match offset {
            0x00 => GEOMETRY.id,
            0x04 => peers as u32,
            0x08 => GEOMETRY.rw_size,
            0x0c => GEOMETRY.out_size,
            0x10 => reader as u32,
            0x20 => 0x4356_4942,
            0x24 => 1,
            0x28 => bitmap(&(0..peers).filter(|peer| self.plain[*peer].present).collect()),
            0x2c => bitmap(&std::mem::take(&mut own.rang)),
            0x30 => bitmap(&std::mem::take(&mut own.missed)),
            0x34 => own.mask,
            0x38 => u32::from(own.notify),
            0x40..0x80 if offset.is_multiple_of(4) => {
                self.plain.get((offset as usize - 0x40) / 4).map_or(0, |peer| peer.generation)
            }
            0x80..0xc0 if offset.is_multiple_of(4) => {
                own.payloads.get(&((offset as usize - 0x80) / 4)).copied().unwrap_or(0)
            }
            _ => 0,
        }
    }

    fn write(&mut self, writer: usize, offset: u32, value: u32) -> Option<usize> {
        match offset {
            0x14 => self.ring(writer, value as usize, None),
            0x34 => {
                let everybody = (1u32 << self.plain.len()) - 1;
                let own = &mut self.plain[writer];
                let cleared = std::mem::replace(&mut own.mask, value & everybody) & !value;
                (bitmap(&own.rang) & cleared != 0).then_some(writer)
            }
            0x38 => {
                self.plain[writer].notify = value & 1 != 0;
                None
            }
            0xc0..0x100 if offset.is_multiple_of(4) => {
                self.ring(writer, (offset as usize - 0xc0) / 4, Some(value))
            }
            _ => None,
        }
    }

    fn ring(&mut self, from: usize, target: usize, payload: Option<u32>) -> Option<usize> {
        let other = self.plain.get_mut(target)?;
        if !other.present {
            self.plain[from].missed.insert(target);
            return None;
        }
        if let Some(word) = payload {
            other.payloads.insert(from, word);
        }
        other.rang.insert(from);
        (other.mask >> from & 1 == 0).then_some(target)
    }
}
