//! `do=measure`: how many instructions doorbells and messages take, with two peers of this kind. Lines
//! `ivc: NAME count=N instructions=I`, printed when all is measured.
//!
//! | name | what |
//! |---|---|
//! | `doorbell` | a peer rings itself, interrupts being masked: the exit of who rings and, where there is one, that of who is rung; one instruction of the guest |
//! | `round_trip` | a doorbell to the other peer and one back |
//! | `copy_B`, `send_B`, `receive_B` | B bytes copied within the guest, by the loop that is used for messages too and is faster than its memcpy; a message of B bytes sent, and received |

use common::{Options, interrupts, println};
use ivc::registers::IPI_INVOKE;
use ivc::{Pair, Receiver, Sender};

use crate::arch::{copy, instructions};
use crate::channel::Channel;
use crate::doorbell::{taken, wait_until};
use crate::memory::Memory;

/// Sizes of messages, and how many of each fit into a ring together.
const MESSAGES: [(&str, usize, u64); 3] = [("64", 64, 512), ("4096", 4096, 64), ("65536", 65536, 8)];
const LONGEST: usize = 65536;

#[repr(C, align(64))]
struct Buffer([u8; LONGEST]);

static FROM: Buffer = Buffer([0x5a; LONGEST]);
static mut TO: Buffer = Buffer([0; LONGEST]);

/// A result, kept until all is measured: a console that still sends would disturb the next measure.
type Measure = (&'static str, &'static str, u64, u64);

/// Option `count=`: doorbells and round trips (1000).
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let count = options.number("count", 1000);
    let mut measures: [Option<Measure>; 8] = [None; 8];
    let own = channel.own();
    let pair = Pair::new(channel.peers(), own, 1 - own);
    let Some(pair) = pair else { return println!("ivc: not two peers") };
    let (mine, theirs) = (channel.output(own), channel.output(1 - own));
    let life = channel.generation(own);
    if own == 0 {
        let Ok(mut sender) = Sender::open(mine, theirs, pair, life, || ()) else { return };
        // The first message is the sign that the other peer is ready.
        while sender.send(&[0]).is_err() {
            core::hint::spin_loop();
        }
        wait_until(|| taken() == 1);
        measures[0] = Some(("doorbell", "", count, own_doorbells(channel, count)));
        measures[1] = Some(("round_trip", "", count, round_trips(channel, count)));
        for ((name, len, count), place) in MESSAGES.into_iter().zip(measures[2..].chunks_mut(2)) {
            place[0] = Some(("copy_", name, count, copies(len, count)));
            place[1] = Some(("send_", name, count, sent(&mut sender, len, count)));
            turn(channel);
        }
    } else {
        let Ok(mut receiver) = Receiver::open(mine, theirs, pair, life, || ()) else { return };
        while receiver.receive(&mut [0]).is_err() {
            core::hint::spin_loop();
        }
        channel.write(IPI_INVOKE, 0);
        for turn in 1..=count {
            wait_until(|| taken() >= turn);
            channel.write(IPI_INVOKE, 0);
        }
        for ((turn, (name, len, messages)), place) in (count + 1..).zip(MESSAGES).zip(&mut measures) {
            wait_until(|| taken() >= turn);
            *place = Some(("receive_", name, messages, received(&mut receiver, len, messages)));
            channel.write(IPI_INVOKE, 0);
        }
    }
    for (kind, name, count, instructions) in measures.into_iter().flatten() {
        println!("ivc: {kind}{name} count={count} instructions={instructions}");
    }
    println!("ivc: measured");
}

/// Has the other peer do its part.
fn turn(channel: &Channel) {
    let before = taken();
    channel.write(IPI_INVOKE, 1);
    wait_until(|| taken() > before);
}

fn own_doorbells(channel: &Channel, count: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..count {
        let before = taken();
        interrupts::mask();
        let empty = instructions();
        let start = instructions();
        channel.write(IPI_INVOKE, 0);
        let end = instructions();
        interrupts::unmask();
        // One instruction is the guest's.
        sum += (end - start) - (start - empty) - 1;
        wait_until(|| taken() > before);
    }
    sum
}

fn round_trips(channel: &Channel, count: u64) -> u64 {
    let start = instructions();
    (0..count).for_each(|_| turn(channel));
    instructions() - start
}

fn copies(len: usize, count: u64) -> u64 {
    let (to, from) = (&raw mut TO as u64, &raw const FROM as u64);
    let start = instructions();
    for _ in 0..count {
        // SAFETY: two buffers of at least this length, which nobody else uses.
        unsafe { copy(to, from, len) };
    }
    instructions() - start
}

fn sent(sender: &mut Sender<Memory, Memory, impl FnMut()>, len: usize, count: u64) -> u64 {
    let mut wrong = 0u64;
    let start = instructions();
    for _ in 0..count {
        wrong += u64::from(sender.send(&FROM.0[..len]).is_err());
    }
    let sum = instructions() - start;
    if wrong == 0 { sum } else { u64::MAX }
}

fn received(receiver: &mut Receiver<Memory, Memory, impl FnMut()>, len: usize, count: u64) -> u64 {
    let buffer = &raw mut TO;
    // SAFETY: this vCPU alone uses it, here only.
    let buffer = unsafe { &mut *buffer };
    let mut wrong = 0u64;
    let start = instructions();
    for _ in 0..count {
        wrong += u64::from(receiver.receive(&mut buffer.0) != Ok(len));
    }
    let sum = instructions() - start;
    if wrong == 0 { sum } else { u64::MAX }
}
