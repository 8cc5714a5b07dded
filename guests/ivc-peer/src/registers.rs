//! `do=registers`: every register of the control table, with peer 1 that echoes and peer 2 that has ended.

use common::{Options, println};
use ivc::registers::*;
use ivc::{OwnSection, Section};

use crate::channel::Channel;
use crate::checks::Checks;
use crate::doorbell::{comes_true, settle, taken};
use crate::echo::{QUIT, RESET};

const OWN: u32 = 0;
const ECHO: u32 = 1;
const GONE: u32 = 2;
const ABSENT: u32 = 3;
/// What this peer leaves in its section.
const MARK: u32 = 0x600d_f00d;

/// Options `rw=` and `out=`: the sizes that zones.toml gives.
pub(crate) fn run(options: &Options<'_>, channel: &Channel) {
    let mut checks = Checks::default();
    let others =
        comes_true(|| channel.is_present(ECHO) && channel.generation(GONE) == 1 && !channel.is_present(GONE));
    checks.holds("peer 1 runs and peer 2 has ended", others);
    constants(options, channel, &mut checks);
    widths(channel, &mut checks);
    doorbells(channel, &mut checks);
    masks(channel, &mut checks);
    restart(channel, &mut checks);
    channel.ring_with(ECHO, QUIT);
    checks.report();
    println!("ivc: done");
}

fn constants(options: &Options<'_>, channel: &Channel, checks: &mut Checks) {
    let expected = [
        ("ivc_id", IVC_ID, 0),
        ("max_peers", PEERS, 3),
        ("rw_sec_size", RW_SEC_SIZE, options.number("rw", 0)),
        ("out_sec_size", OUT_SEC_SIZE, options.number("out", 0)),
        ("peer_id", PEER_ID, OWN.into()),
        ("ipi_invoke", IPI_INVOKE, 0),
        ("magic", MAGIC, MAGIC_VALUE.into()),
        ("version", VERSION, VERSION_VALUE.into()),
        ("present", PRESENT, 0b011),
        ("own generation", GENERATION, 1),
        ("a register that is not there", 0x18, 0),
        ("the last word of the page", TABLE_SIZE - 4, 0),
    ];
    for (name, register, value) in expected {
        checks.equal(name, channel.read(register).into(), value);
    }
    let size = options.number("rw", 0) + 3 * options.number("out", 0);
    checks.equal("the size of the shared memory", channel.size, size);
}

/// Only aligned words are registers.
fn widths(channel: &Channel, checks: &mut Checks) {
    let at = channel.control + u64::from(MAGIC);
    // SAFETY: this zone's own control table, which holds no memory.
    let byte = unsafe { (at as *const u8).read_volatile() };
    // SAFETY: as above.
    let half = unsafe { (at as *const u16).read_volatile() };
    // SAFETY: as above.
    let double = unsafe { (at as *const u64).read_volatile() };
    checks.equal("magic by other widths", u64::from(byte) | u64::from(half) | double, 0);
    channel.write(MAGIC, 7);
    checks.equal("magic after a write", channel.read(MAGIC).into(), MAGIC_VALUE.into());
}

fn doorbells(channel: &Channel, checks: &mut Checks) {
    let before = taken();
    channel.ring_with(ECHO, 100);
    checks.holds("the echo's doorbell comes", comes_true(|| taken() == before + 1));
    checks.equal("rang", channel.read(RANG).into(), 1 << ECHO);
    checks.equal("rang once more", channel.read(RANG).into(), 0);
    checks.equal("payload", channel.payload(ECHO).into(), 101);
    channel.write(IPI_INVOKE, ECHO);
    checks.holds("a doorbell without a word comes", comes_true(|| taken() == before + 2));
    checks.equal("its source", channel.read(RANG).into(), 1 << ECHO);
    channel.write(IPI_INVOKE, OWN);
    checks.holds("one's own doorbell comes", comes_true(|| taken() == before + 3));
    checks.equal("its source", channel.read(RANG).into(), 1 << OWN);
    channel.write(IPI_INVOKE, GONE);
    channel.write(IPI_INVOKE, ABSENT);
    channel.write(IPI_INVOKE, 0x1_0001);
    channel.ring_with(ABSENT, 1);
    settle();
    checks.equal("missed", channel.read(MISSED).into(), 1 << GONE);
    checks.equal("missed once more", channel.read(MISSED).into(), 0);
    checks.equal("doorbells of nobody", taken(), before + 3);
}

fn masks(channel: &Channel, checks: &mut Checks) {
    let before = taken();
    channel.write(MASK, 1 << ECHO);
    channel.ring_with(ECHO, 200);
    checks.holds("a masked doorbell leaves its word", comes_true(|| channel.payload(ECHO) == 201));
    settle();
    checks.equal("it raises nothing", taken(), before);
    channel.write(MASK, 0);
    checks.holds("it does without the mask", comes_true(|| taken() == before + 1));
    checks.equal("its source", channel.read(RANG).into(), 1 << ECHO);
    channel.write(MASK, u32::MAX);
    checks.equal("the mask has three bits", channel.read(MASK).into(), 0b111);
    channel.write(MASK, 0);
}

/// The echo starts anew: it is seen to go and to come, its section is cleared, and it answers again.
fn restart(channel: &Channel, checks: &mut Checks) {
    let (own, echo) = (channel.output(OWN), channel.output(ECHO));
    own.store(4, MARK);
    checks.equal("the echo's section", echo.load(0).into(), 1);
    let before = taken();
    channel.write(NOTIFY, NOTIFY_PRESENCE);
    channel.ring_with(ECHO, RESET);
    checks.holds("the restart is told", comes_true(|| taken() > before));
    checks.holds("it is the echo's", comes_true(|| channel.generation(ECHO) == 2));
    checks.holds("which has begun again", comes_true(|| echo.load(0) == 2));
    channel.write(NOTIFY, 0);
    checks.equal("the payload of before", channel.payload(ECHO).into(), 201);
    checks.equal("this peer's section", own.load(4).into(), MARK.into());
    checks.equal("whoever rang", channel.read(RANG).into(), 0);
    let before = taken();
    channel.ring_with(ECHO, 300);
    checks.holds("it echoes again", comes_true(|| taken() > before && channel.payload(ECHO) == 301));
}
