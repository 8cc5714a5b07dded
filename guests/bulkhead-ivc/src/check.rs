//! `bulkhead-ivc bench --check`: both peers send and receive at once. Each message has a number, a length and bytes that
//! follow from its number and its sender, so that a lost, doubled, swapped or changed one is found at once.

use ivc::{ReceiveError, SendError};

use crate::channel::{Channel, has_ended};
use crate::failure::Failure;
use crate::linux::print;
use crate::options::Options;

/// The longest message in bytes.
const LONGEST: usize = 1 << 16;
/// The shortest: its number.
const SHORTEST: usize = 8;
/// Messages that are sent before one looks for those that have come, and the other way about.
const BURST: u32 = 64;
const MESSAGES: u64 = 10_000;

/// One direction.
struct Stream {
    /// The peer that sends.
    sender: u64,
    longest: usize,
    /// The next message's number.
    next: u64,
    /// Of all messages until then.
    sum: u64,
}

impl Stream {
    fn new(sender: u32, longest: usize) -> Self {
        Self { sender: sender.into(), longest, next: 0, sum: 0 }
    }

    /// Writes the next message to the front of `into` and says how long it is.
    fn write(&self, into: &mut [u8; LONGEST]) -> usize {
        let mut state = mix(self.next ^ self.sender << 56);
        let length = SHORTEST + (state % (self.longest - SHORTEST + 1) as u64) as usize;
        let (number, rest) = into[..length].split_at_mut(SHORTEST);
        number.copy_from_slice(&self.next.to_le_bytes());
        for chunk in rest.chunks_mut(8) {
            state = mix(state);
            chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
        }
        length
    }

    /// Goes on to the message after this one.
    fn advance(&mut self, message: &[u8]) {
        for chunk in message.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.sum = (self.sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.next += 1;
    }

    /// Begins anew, with a peer that did.
    fn restart(&mut self) {
        (self.next, self.sum) = (0, 0);
    }
}

/// SplitMix64's output function: spreads a number over all bits.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// Sends and receives until both directions are through in one life of both peers.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let lanes = channel.lanes(options)?;
    let (mut sender, mut receiver) = (lanes.sender()?, lanes.receiver()?);
    let count = options.count.unwrap_or(MESSAGES);
    if !(SHORTEST..=LONGEST).contains(&options.size) {
        return Err(Failure::Usage("--check takes a --size from 8 to 65536"));
    }
    let mut outgoing = Stream::new(channel.info()?.own(), options.size);
    let mut incoming = Stream::new(lanes.peer, options.size);
    let (mut expected, mut message) = ([0; LONGEST], [0; LONGEST]);
    let mut length = outgoing.write(&mut message);
    let mut come = [0; LONGEST];
    loop {
        let mut moved = false;
        for _ in 0..BURST {
            if outgoing.next == count {
                break;
            }
            match sender.send(&message[..length]) {
                Ok(()) => outgoing.advance(&message[..length]),
                Err(SendError::Full) => break,
                Err(SendError::TooLong) => return Err(Failure::Usage("--size is more than the ring holds")),
                Err(SendError::Link(error)) => {
                    if !has_ended(error)? {
                        break;
                    }
                    outgoing.restart();
                }
            }
            moved = true;
            length = outgoing.write(&mut message);
        }
        for _ in 0..BURST {
            match receiver.receive(&mut come) {
                Ok(length) => {
                    let wanted = incoming.write(&mut expected);
                    if incoming.next == count || come[..length] != expected[..wanted] {
                        let number = incoming.next;
                        print(format_args!("check: message {number} is not what was sent\n"));
                        return Err(Failure::Check("a message was lost, doubled, swapped or changed"));
                    }
                    if incoming.next == 0 {
                        let generation = lanes.peer_generation()?;
                        print(format_args!(
                            "check: connected to peer {} generation={generation}\n",
                            lanes.peer
                        ));
                    }
                    incoming.advance(&come[..length]);
                }
                Err(ReceiveError::Empty) => break,
                Err(ReceiveError::TooLong { .. }) => {
                    return Err(Failure::Check("a message is longer than any sent"));
                }
                Err(ReceiveError::Link(error)) => {
                    if !has_ended(error)? {
                        break;
                    }
                    let (at, generation) = (incoming.next, lanes.peer_generation()?);
                    print(format_args!("check: peer began anew at={at} generation={generation}\n"));
                    incoming.restart();
                }
            }
            moved = true;
        }
        // Looked at also while this direction waits, for a peer that begins anew is found so.
        let unread = match sender.unread() {
            Ok(unread) => unread,
            Err(error) => {
                if has_ended(error)? {
                    outgoing.restart();
                    length = outgoing.write(&mut message);
                }
                1
            }
        };
        if outgoing.next == count && incoming.next == count && unread == 0 {
            break;
        }
        if moved {
            continue;
        }
        let room = if outgoing.next == count { sender.max_message() } else { length };
        let sent = outgoing.next == count && unread == 0;
        if receiver.may_sleep() && (sent || sender.may_sleep(room)) {
            channel.wait(None)?;
        }
    }
    let (sent, received) = (outgoing.sum, incoming.sum);
    print(format_args!("check: messages={count} sent_sum={sent:016x} received_sum={received:016x}\n"));
    Ok(())
}
