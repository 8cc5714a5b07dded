//! Peers use a channel at the same time: no doorbell is lost between them.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use vivc::{Channel, Geometry, Peer, PeerId, Width};

const GEOMETRY: Geometry = Geometry { id: 0, rw_size: 0, out_size: 0x1000 };
const ROUNDS: u32 = 2000;

fn peer(index: usize) -> PeerId {
    PeerId::new(index).unwrap()
}

#[test]
fn a_doorbell_and_the_end_of_its_mask_never_miss_each_other() {
    let peers = [Peer::default(), Peer::default()];
    let channel = Channel::new(GEOMETRY, &peers);
    channel.start(peer(0));
    channel.start(peer(1));
    let (barrier, raised) = (Barrier::new(2), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                barrier.wait();
                if channel.write(peer(0), 0x14, Width::Word, 1).is_some() {
                    raised.fetch_add(1, Ordering::SeqCst);
                }
                barrier.wait();
            }
        });
        for _ in 0..ROUNDS {
            channel.write(peer(1), 0x34, Width::Word, 0b01);
            barrier.wait();
            if channel.write(peer(1), 0x34, Width::Word, 0).is_some() {
                raised.fetch_add(1, Ordering::SeqCst);
            }
            barrier.wait();
            assert_ne!(raised.swap(0, Ordering::SeqCst), 0);
            assert_eq!(channel.read(peer(1), 0x2c, Width::Word), 0b01);
        }
    });
}

#[test]
fn who_finds_that_a_peer_rang_finds_its_payload() {
    let peers = [Peer::default(), Peer::default()];
    let channel = Channel::new(GEOMETRY, &peers);
    channel.start(peer(0));
    channel.start(peer(1));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for word in 1..=ROUNDS {
                channel.write(peer(0), 0xc4, Width::Word, word);
                while channel.read(peer(0), 0x2c, Width::Word) == 0 {
                    std::thread::yield_now();
                }
            }
        });
        for word in 1..=ROUNDS {
            while channel.read(peer(1), 0x2c, Width::Word) == 0 {
                std::thread::yield_now();
            }
            assert_eq!(channel.read(peer(1), 0x80, Width::Word), word);
            channel.write(peer(1), 0x14, Width::Word, 0);
        }
    });
}
