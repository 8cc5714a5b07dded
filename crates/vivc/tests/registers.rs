//! The registers one by one, as docs/ivc.md has them.

use vivc::{Channel, Geometry, MAX_PEERS, Peer, PeerId, Width};

const GEOMETRY: Geometry = Geometry { id: 3, rw_size: 0x4000, out_size: 0x1_0000 };
const PRESENT: u32 = 0x28;
const RANG: u32 = 0x2c;
const MISSED: u32 = 0x30;
const MASK: u32 = 0x34;
const NOTIFY: u32 = 0x38;
const INVOKE: u32 = 0x14;

fn peer(index: usize) -> PeerId {
    PeerId::new(index).unwrap()
}

fn generation(of: u32) -> u32 {
    0x40 + 4 * of
}

fn payload(from: u32) -> u32 {
    0x80 + 4 * from
}

fn ring_with(target: u32) -> u32 {
    0xc0 + 4 * target
}

struct Three(Channel<'static>);

impl Three {
    /// Three peers, all present.
    fn present() -> Self {
        let this = Self::absent();
        for index in 0..3 {
            this.0.start(peer(index));
        }
        this
    }

    fn absent() -> Self {
        let peers: Vec<Peer> = (0..3).map(|_| Peer::default()).collect();
        Self(Channel::new(GEOMETRY, peers.leak()))
    }

    fn read(&self, by: usize, offset: u32) -> u32 {
        self.0.read(peer(by), offset, Width::Word)
    }

    /// The number of the peer whose interrupt is raised.
    fn write(&self, by: usize, offset: u32, value: u32) -> Option<usize> {
        self.0.write(peer(by), offset, Width::Word, value).map(PeerId::index)
    }
}

#[test]
fn the_first_registers_are_those_of_the_known_interface() {
    let channel = Three::present();
    assert_eq!(
        [0x00, 0x04, 0x08, 0x0c, 0x10].map(|offset| channel.read(2, offset)),
        [3, 3, 0x4000, 0x1_0000, 2]
    );
    assert_eq!(channel.write(2, INVOKE, 1), Some(1));
}

#[test]
fn magic_and_version_say_what_else_there_is() {
    let channel = Three::present();
    assert_eq!((channel.read(0, 0x20), channel.read(0, 0x24)), (0x4356_4942, 1));
}

#[test]
fn reading_rang_tells_who_rang_once() {
    let channel = Three::present();
    channel.write(0, INVOKE, 1);
    channel.write(2, INVOKE, 1);
    assert_eq!([channel.read(1, RANG), channel.read(1, RANG)], [0b101, 0]);
}

#[test]
fn a_peer_can_ring_itself() {
    let channel = Three::present();
    assert_eq!(channel.write(1, INVOKE, 1), Some(1));
    assert_eq!(channel.read(1, RANG), 0b010);
}

#[test]
fn a_doorbell_to_an_absent_peer_is_reported_to_the_ringer() {
    let channel = Three::present();
    channel.0.stop(peer(1));
    assert_eq!(channel.write(0, INVOKE, 1), None);
    assert_eq!(channel.write(0, ring_with(1), 5), None);
    assert_eq!([channel.read(0, MISSED), channel.read(0, MISSED), channel.read(2, MISSED)], [0b010, 0, 0]);
    channel.0.start(peer(1));
    assert_eq!((channel.read(1, RANG), channel.read(1, payload(0))), (0, 0));
}

#[test]
fn ringing_a_peer_that_the_channel_does_not_have_does_nothing() {
    let channel = Three::present();
    for target in [3, MAX_PEERS as u32, 0x1_0000, u32::MAX] {
        assert_eq!(channel.write(0, INVOKE, target), None);
    }
    assert_eq!(channel.write(0, ring_with(3), 9), None);
    assert_eq!(channel.read(0, MISSED), 0);
}

#[test]
fn a_masked_doorbell_waits_until_the_mask_is_cleared() {
    let channel = Three::present();
    channel.write(1, MASK, 0b001);
    assert_eq!(channel.write(0, INVOKE, 1), None);
    assert_eq!(channel.write(2, INVOKE, 1), Some(1), "another peer is not masked");
    assert_eq!(channel.write(1, MASK, 0), Some(1));
    assert_eq!(channel.write(1, MASK, 0), None, "once");
    assert_eq!(channel.read(1, RANG), 0b101);
}

#[test]
fn clearing_the_mask_of_a_peer_that_did_not_ring_raises_nothing() {
    let channel = Three::present();
    channel.write(1, MASK, 0b001);
    channel.write(2, INVOKE, 1);
    assert_eq!(channel.write(1, MASK, 0), None);
}

#[test]
fn the_mask_has_bits_for_peers_alone() {
    let channel = Three::present();
    channel.write(0, MASK, u32::MAX);
    assert_eq!(channel.read(0, MASK), 0b111);
}

#[test]
fn a_payload_is_the_word_of_the_last_doorbell_of_each_peer() {
    let channel = Three::present();
    assert_eq!(channel.write(0, ring_with(1), 0xdead_beef), Some(1));
    channel.write(2, ring_with(1), 2);
    channel.write(2, ring_with(1), 3);
    channel.write(0, INVOKE, 1);
    assert_eq!([0, 1, 2].map(|from| channel.read(1, payload(from))), [0xdead_beef, 0, 3]);
    assert_eq!([0, 1, 2].map(|from| channel.read(0, payload(from))), [0, 0, 0], "another peer's are its own");
}

#[test]
fn who_asks_for_it_is_told_that_another_peer_comes_and_goes() {
    let channel = Three::present();
    channel.write(0, NOTIFY, u32::MAX);
    assert_eq!(channel.read(0, NOTIFY), 1);
    assert_eq!(channel.0.stop(peer(2)).iter().map(PeerId::index).collect::<Vec<_>>(), [0]);
    assert_eq!(channel.0.start(peer(2)).bits(), 0b001);
    assert_eq!(channel.0.stop(peer(0)).bits(), 0, "not of itself");
    assert_eq!(channel.0.stop(peer(1)).bits(), 0, "nor while it is absent");
}

#[test]
fn a_stop_of_an_absent_peer_is_news_to_nobody() {
    let channel = Three::present();
    channel.write(0, NOTIFY, 1);
    channel.0.stop(peer(1));
    assert_eq!(channel.0.stop(peer(1)).bits(), 0);
}

#[test]
fn presence_and_generation_follow_starts_and_stops() {
    let channel = Three::absent();
    assert_eq!((channel.read(0, PRESENT), channel.read(0, generation(1))), (0, 0));
    channel.0.start(peer(0));
    channel.0.start(peer(1));
    channel.0.stop(peer(1));
    assert_eq!((channel.read(0, PRESENT), channel.read(0, generation(1))), (0b001, 1));
    channel.0.start(peer(1));
    assert_eq!((channel.read(0, PRESENT), channel.read(0, generation(1))), (0b011, 2));
}

#[test]
fn a_restart_resets_the_registers_of_that_peer_alone() {
    let channel = Three::present();
    for by in [1, 2] {
        channel.write(0, ring_with(by), 1);
        channel.write(by as usize, NOTIFY, 1);
        channel.write(by as usize, MASK, 0b100);
    }
    channel.0.stop(peer(1));
    channel.0.start(peer(1));
    let registers = |by| [RANG, MISSED, MASK, NOTIFY, payload(0)].map(|offset| channel.read(by, offset));
    assert_eq!(registers(1), [0; 5]);
    assert_eq!(registers(2), [0b001, 0, 0b100, 1, 1]);
}

#[test]
fn registers_of_peers_that_are_not_there_read_zero() {
    let channel = Three::present();
    for index in 3..MAX_PEERS as u32 {
        assert_eq!((channel.read(0, generation(index)), channel.read(0, payload(index))), (0, 0));
    }
}

#[test]
fn accesses_of_other_widths_or_between_registers_do_nothing() {
    let channel = Three::present();
    channel.write(0, INVOKE, 1);
    for width in [Width::Byte, Width::Half, Width::Double] {
        assert_eq!(channel.0.read(peer(1), RANG, width), 0);
        assert_eq!(channel.0.write(peer(1), INVOKE, width, 0), None);
    }
    assert_eq!((channel.read(1, RANG + 2), channel.write(1, INVOKE + 2, 0)), (0, None));
    assert_eq!((channel.read(1, 0x100), channel.read(1, 0xffc), channel.read(1, 0x18)), (0, 0, 0));
    assert_eq!(channel.read(1, RANG), 0b001, "it was not taken");
}
