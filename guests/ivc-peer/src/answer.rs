//! `do=answer`: returns each message of one other peer, `peer=` (the next), for ever. `bulkhead-ivc` on Linux measures with
//! it: a message that begins with [`COUNT`] is only counted, one that begins with [`TELL`] is answered with the count of
//! those since the last, as eight bytes. An answer that the other peer has no room for, or does not wait for, is dropped.

use common::{Options, println};
use ivc::registers::IPI_INVOKE;
use ivc::{LinkError, Pair, ReceiveError, Receiver, Sender};

use crate::channel::Channel;
use crate::doorbell;

const COUNT: u8 = 1;
const TELL: u8 = 2;

/// The longest message.
const LONGEST: usize = 1 << 16;
static mut MESSAGE: [u8; LONGEST] = [0; LONGEST];

/// Never returns, unless there is no such peer.
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let (own, peers) = (channel.own(), channel.peers());
    let other = options.number("peer", u64::from((own + 1) % peers.max(1))) as u32;
    let (mine, theirs, life) = (channel.output(own), channel.output(other), channel.generation(own));
    let bell = || channel.write(IPI_INVOKE, other);
    let lanes = Pair::new(peers, own, other).and_then(|pair| {
        let sender = Sender::open(mine, theirs, pair, life, bell).ok()?;
        Some((sender, Receiver::open(mine, theirs, pair, life, bell).ok()?))
    });
    let Some((mut sender, mut receiver)) = lanes else {
        return println!("ivc: no lanes to peer {other}");
    };
    println!("ivc: answering peer {other}");
    let buffer = &raw mut MESSAGE;
    // SAFETY: this vCPU alone uses it, here only.
    let buffer = unsafe { &mut *buffer };
    let mut counted = 0u64;
    loop {
        let len = match receiver.receive(buffer) {
            Ok(len) => len,
            Err(ReceiveError::TooLong { .. }) => {
                let _ = receiver.skip();
                continue;
            }
            Err(error) => {
                if error == ReceiveError::Link(LinkError::Ended) {
                    counted = 0;
                }
                doorbell::wait_until(|| {
                    // The sender too goes along with a peer that begins anew.
                    let _ = sender.unread();
                    !receiver.may_sleep()
                });
                continue;
            }
        };
        let message = &buffer[..len];
        let _ = match message.first() {
            Some(&COUNT) => {
                counted += 1;
                continue;
            }
            Some(&TELL) => sender.send(&core::mem::take(&mut counted).to_le_bytes()),
            _ => sender.send(message),
        };
    }
}
