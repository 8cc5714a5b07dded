//! `do=known`: two peers that know nothing but hvisor's interface: its query call and offsets 0x00 to 0x14. Peer 0 rings
//! peer 1 `count=` times (1000), which answers each; what they say is in their output sections.

use common::{Options, println};
use ivc::{OwnSection, Section};

use crate::channel::Channel;
use crate::checks::Checks;
use crate::{arch, doorbell};

const IVC_ID: u32 = 0x00;
const MAX_PEERS: u32 = 0x04;
const RW_SEC_SIZE: u32 = 0x08;
const OUT_SEC_SIZE: u32 = 0x0c;
const PEER_ID: u32 = 0x10;
const IPI_INVOKE: u32 = 0x14;

/// The answer of the query call: packed, so that 64-bit fields need not be aligned.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, Default)]
struct Info {
    len: u64,
    control: [u64; 2],
    shared: [u64; 2],
    ids: [u32; 2],
    interrupts: [u32; 2],
}

static mut INFO: Info = Info { len: 0, control: [0; 2], shared: [0; 2], ids: [0; 2], interrupts: [0; 2] };

/// Both peers.
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let mut checks = Checks::default();
    query(options, channel, &mut checks);
    checks.equal("ivc_id", channel.read(IVC_ID).into(), 0);
    checks.equal("max_peers", channel.read(MAX_PEERS).into(), 2);
    let sections = channel.read(RW_SEC_SIZE) + 2 * channel.read(OUT_SEC_SIZE);
    checks.equal("the sizes of the sections", sections.into(), channel.size);
    let own = channel.read(PEER_ID);
    let count = options.number("count", 1000) as u32;
    if own == 0 {
        ask(channel, count)
    } else {
        answer(channel, count)
    }
    checks.report();
    println!("ivc: peer={own} turns={count}");
}

fn query(options: &Options<'_>, channel: &Channel, checks: &mut Checks) {
    let at = &raw mut INFO;
    checks.equal("the query's result", arch::query(at as u64), 0);
    // SAFETY: written by the call, and by nobody else.
    let info = unsafe { at.read_volatile() };
    checks.equal("channels", info.len, 1);
    checks.equal("the control table", info.control[0], channel.control);
    checks.equal("the shared memory", info.shared[0], channel.shared);
    checks.equal("the channel's number", info.ids[0].into(), 0);
    checks.equal("the interrupt", info.interrupts[0].into(), channel.interrupt.into());
    let end = options.ram_start + options.ram_size;
    for address in [0, end - 55, end, channel.control, channel.shared, u64::MAX - 55, u64::MAX] {
        checks.equal("the result of a query to elsewhere", arch::query(address), -14i64 as u64);
    }
}

/// Peer 0: says a number, rings, and waits until it has been said back.
fn ask(channel: &Channel, count: u32) {
    let (own, other) = (channel.output(0), channel.output(1));
    // A doorbell to who is not there yet is lost: it says so first.
    while other.load(0) == 0 {
        core::hint::spin_loop();
    }
    for turn in 1..=count {
        let before = doorbell::taken();
        own.store(0, turn);
        channel.write(IPI_INVOKE, 1);
        doorbell::wait_until(|| doorbell::taken() > before && other.load(4) == turn);
    }
}

/// Peer 1: says that it is there, and then back what peer 0 says.
fn answer(channel: &Channel, count: u32) {
    let (own, other) = (channel.output(1), channel.output(0));
    own.store(0, 1);
    for turn in 1..=count {
        doorbell::wait_until(|| other.load(0) == turn);
        own.store(4, turn);
        channel.write(IPI_INVOKE, 0);
    }
}
