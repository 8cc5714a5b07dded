//! `do=messages`: sends each other peer `count=` (1000) messages of up to `bytes=` (64) and receives as many from each.
//! What a message holds follows from its number and the two peers, so that a loss, a change and another order are seen.
//! With `restart=N` the zone starts anew when it has received N messages from each, once. With `ends=N` it goes on until
//! each of its connections has ended N times by another peer's restart; then both count from zero.

use common::random::Random;
use common::{Options, calls, println};
use ivc::registers::{IPI_INVOKE, MAX_PEERS, NOTIFY, NOTIFY_PRESENCE};
use ivc::{LinkError, Pair, ReceiveError, Receiver, SendError, Sender};

use crate::channel::Channel;
use crate::doorbell;
use crate::memory::Memory;

/// The longest message that this guest sends.
const LONGEST: usize = 256;

/// Messages to and from one other peer.
struct Lane<'c, B: FnMut(), C: FnMut()> {
    channel: &'c Channel,
    own: u32,
    other: u32,
    sender: Sender<Memory, Memory, B>,
    receiver: Receiver<Memory, Memory, C>,
    sent: u32,
    received: u32,
    wrong: u32,
    /// Connections that have ended, as the receiver has noticed, and as the sender has.
    ended: u32,
    send_ended: u32,
    generation: u32,
}

/// All lanes of this peer.
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let count = options.number("count", 1000) as u32;
    let bytes = (options.number("bytes", 64) as usize).clamp(8, LONGEST);
    let own = channel.own();
    let restart = options.number("restart", 0) as u32;
    let ends = options.number("ends", 0) as u32;
    let restarts = restart != 0 && channel.generation(own) == 1;
    channel.write(NOTIFY, NOTIFY_PRESENCE);
    let mut lanes = [const { None }; MAX_PEERS as usize];
    for (other, place) in (0..channel.peers()).zip(&mut lanes).filter(|(other, _)| *other != own) {
        *place = lane(channel, own, other);
    }
    loop {
        let mut moved = false;
        for lane in lanes.iter_mut().flatten() {
            moved |= lane.send(count, bytes);
            moved |= lane.receive(bytes);
        }
        if restarts && lanes.iter().flatten().all(|lane| lane.received >= restart) {
            calls::reset();
        }
        let is_done =
            |lane: &Lane<'_, _, _>| lane.sent >= count && lane.received >= count && lane.ended >= ends;
        if lanes.iter().flatten().all(is_done) {
            break;
        }
        if !moved {
            doorbell::wait_until(|| !lanes.iter_mut().flatten().all(|lane| lane.may_sleep(count, bytes)));
        }
    }
    for lane in lanes.iter().flatten() {
        let Lane { other, sent, received, wrong, ended, generation, .. } = lane;
        println!(
            "ivc: peer={other} sent={sent} received={received} wrong={wrong} ended={ended} generation={generation}"
        );
    }
    println!("ivc: done");
}

fn lane<'c>(
    channel: &'c Channel,
    own: u32,
    other: u32,
) -> Option<Lane<'c, impl FnMut() + use<'c>, impl FnMut() + use<'c>>> {
    let pair = Pair::new(channel.peers(), own, other)?;
    let bell = move || channel.write(IPI_INVOKE, other);
    let (mine, theirs) = (channel.output(own), channel.output(other));
    let life = channel.generation(own);
    Some(Lane {
        channel,
        own,
        other,
        sender: Sender::open(mine, theirs, pair, life, bell).ok()?,
        receiver: Receiver::open(mine, theirs, pair, life, bell).ok()?,
        sent: 0,
        received: 0,
        wrong: 0,
        ended: 0,
        send_ended: 0,
        generation: 0,
    })
}

impl<B: FnMut(), C: FnMut()> Lane<'_, B, C> {
    /// Sends what there is room for. Whether anything has happened.
    fn send(&mut self, count: u32, bytes: usize) -> bool {
        let mut moved = false;
        let mut buffer = [0; LONGEST];
        while self.sent < count {
            let message = message(&mut buffer, self.own, self.other, self.sent, bytes);
            match self.sender.send(message) {
                Ok(()) => {
                    self.sent += 1;
                    moved = true;
                }
                Err(SendError::Link(LinkError::Ended)) => {
                    // Those that are lost are sent again with all others.
                    self.sent = 0;
                    self.send_ended += 1;
                    return true;
                }
                Err(_) => return moved,
            }
        }
        moved
    }

    /// Receives what has come. Whether anything has happened.
    fn receive(&mut self, bytes: usize) -> bool {
        let mut moved = false;
        let (mut buffer, mut expected) = ([0; LONGEST], [0; LONGEST]);
        loop {
            match self.receiver.receive(&mut buffer) {
                Ok(len) => {
                    let wanted = message(&mut expected, self.other, self.own, self.received, bytes);
                    self.wrong += u32::from(buffer.get(..len) != Some(wanted));
                    self.received += 1;
                    if self.received == 1 {
                        self.generation = self.channel.generation(self.other);
                    }
                    moved = true;
                }
                Err(ReceiveError::Link(LinkError::Ended)) => {
                    println!("ivc: peer {} has started anew after {} messages", self.other, self.received);
                    self.received = 0;
                    self.ended += 1;
                    if self.send_ended < self.ended {
                        // A sender that has nothing left to send does not notice by itself.
                        self.sent = 0;
                    }
                    return true;
                }
                Err(_) => return moved,
            }
        }
    }

    fn may_sleep(&mut self, count: u32, bytes: usize) -> bool {
        (self.sent >= count || self.sender.may_sleep(bytes)) && self.receiver.may_sleep()
    }
}

/// Message number `number` of `from` to `to`: a length and bytes as random as they are known.
fn message(buffer: &mut [u8; LONGEST], from: u32, to: u32, number: u32, bytes: usize) -> &[u8] {
    let mut random = Random::new(u64::from(from) << 48 | u64::from(to) << 32 | u64::from(number));
    let len = 1 + random.below(bytes as u64) as usize;
    for chunk in buffer[..len].chunks_mut(8) {
        let word = random.next().to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    &buffer[..len]
}
