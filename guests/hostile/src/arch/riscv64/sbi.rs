//! SBI 2.0: calls with every register in view, and every extension with arguments of no meaning.

use crate::memory::random_foreign;
use crate::tally::Tally;
use common::Options;
use common::probe::{self, CodeBuffer, REGISTERS, RET};
use common::random::Random;
use core::arch::asm;

const ECALL: u32 = 0x0000_0073;

/// Extensions below this one are legacy: no function numbers, a0 alone as result.
const FIRST_STANDARD: u64 = 0x10;
/// Legacy calls that take a byte to print, and that end the zone.
const LEGACY_PUTCHAR: u64 = 1;
const LEGACY_SHUTDOWN: u64 = 8;

const BASE: u64 = 0x10;
const TIME: u64 = 0x5449_4d45;
/// Inter-processor interrupts ("sPI").
pub(super) const SPI: u64 = 0x73_5049;
pub(super) const RFENCE: u64 = 0x5246_4e43;
pub(super) const HSM: u64 = 0x48_534d;
const SRST: u64 = 0x5352_5354;
pub(super) const DBCN: u64 = 0x4442_434e;
/// DBCN: one byte to print.
const WRITE_BYTE: u64 = 2;
/// HSM: functions that stop the caller, and that let it go on elsewhere.
const HSM_STOPS_CALLER: [u64; 2] = [1, 3];

/// Extensions that a zone's firmware serves: there an answer with success is no escape by itself, because what is
/// named belongs to the caller (foreign harts and memory have categories of their own).
const SERVED: [u64; 6] = [BASE, TIME, SPI, RFENCE, HSM, DBCN];
/// Extensions that firmware of the machine has and a zone must not: they control the whole machine, or memory that
/// is named by physical address.
const OTHERS: [u64; 14] = [
    0x50_4d55,   // PMU
    0x5355_5350, // SUSP: system suspend
    0x4350_5043, // CPPC
    0x4e41_434c, // NACL: nested acceleration, shared memory
    0x53_5441,   // STA: steal time, shared memory
    0x53_5345,   // SSE: events
    0x4657_4654, // FWFT: firmware features
    0x4442_5452, // DBTR: debug triggers, shared memory
    0x4d50_5859, // MPXY: message proxy, shared memory
    0x0800_0000, // experimental
    0x08ff_ffff, // and the last of them
    0x0900_0000, // the vendor's
    0x0a00_0000, // the firmware's own
    0x0a00_0001, // OpenSBI
];
/// Functions tried of each extension.
const FUNCTIONS: u64 = 0x40;
/// Calls of each function, with other arguments each.
const ROUNDS: usize = 4;
/// Random extensions.
const RANDOM: u64 = 10_000;

/// A function of an extension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) extension: u64,
    pub(super) number: u64,
}

impl Function {
    fn is_legacy(self) -> bool {
        self.extension < FIRST_STANDARD
    }
}

/// What came back from a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    /// a0: 0, a negative error, or a legacy call's value.
    pub(super) error: i64,
    /// All registers but a0 and (not for legacy calls) a1 are as they were.
    pub(super) preserved: bool,
}

/// Calls from code that was written for it.
pub(super) struct HartSbi {
    code: u64,
}

impl HartSbi {
    /// Takes the buffer for one ECALL, until something else is loaded.
    pub(super) fn new(code: &mut CodeBuffer) -> Self {
        Self { code: code.load([ECALL, RET]) }
    }

    /// One call; `fill` goes to registers that are no arguments. `None` if it ended in an exception.
    pub(super) fn call(&mut self, function: Function, arguments: [u64; 6], fill: u64) -> Option<Reply> {
        let mut registers: [u64; REGISTERS] = [fill; REGISTERS];
        registers[..6].copy_from_slice(&arguments);
        registers[6] = function.number;
        registers[7] = function.extension;
        let before = registers;
        // SAFETY: ECALL and RET; a0 to a7 and t0 to t6 may change.
        unsafe { probe::run_registers(self.code, &mut registers) }.ok()?;
        let results = if function.is_legacy() { 1 } else { 2 };
        let preserved = registers[results..] == before[results..];
        Some(Reply { error: registers[0] as i64, preserved })
    }

    /// A call that must end in an error or an exception, and change nothing else.
    pub(super) fn refuse(&mut self, tally: &mut Tally, function: Function, arguments: [u64; 6], fill: u64) {
        let reply = self.call(function, arguments, fill);
        let contained = reply.is_none_or(|reply| reply.error < 0 && reply.preserved);
        tally.judge(contained, format_args!("{function:x?} {arguments:x?}: {reply:x?}"));
    }
}

/// Every function of the known extensions, legacy calls, and thousands that do not exist.
pub(super) fn every_call(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("calls");
    let mut sbi = HartSbi::new(code);
    for extension in (0..FIRST_STANDARD).chain(SERVED).chain(OTHERS) {
        let functions = if extension < FIRST_STANDARD { 1 } else { FUNCTIONS };
        for number in (0..functions).flat_map(|number| [number; ROUNDS]) {
            arbitrary(&mut tally, options, &mut sbi, Function { extension, number }, random);
        }
    }
    for _ in 0..RANDOM {
        let wide = random.next();
        for extension in [wide, wide & 0xffff_ffff] {
            let function = Function { extension, number: random.below(FUNCTIONS) };
            arbitrary(&mut tally, options, &mut sbi, function, random);
        }
    }
    tally
}

fn arbitrary(
    tally: &mut Tally,
    options: &Options<'_>,
    sbi: &mut HartSbi,
    function: Function,
    random: &mut Random,
) {
    let Function { extension, number } = function;
    // For the zone to use on itself; other system tests do.
    let ends = match extension {
        SRST | LEGACY_SHUTDOWN => true,
        HSM => HSM_STOPS_CALLER.contains(&number),
        _ => false,
    };
    if ends {
        return;
    }
    let foreign = random_foreign(options, random);
    let prints = extension == LEGACY_PUTCHAR || extension == DBCN && number == WRITE_BYTE;
    // A legacy call's first argument points to a hart mask; elsewhere addresses come second or third.
    let first = match (prints, function.is_legacy()) {
        (true, _) => u64::from(b'\n'),
        (_, true) => foreign,
        _ => random.next() >> random.below(64),
    };
    let arguments = [first, foreign, random.next(), foreign, random.next(), random.next()];
    if SERVED.contains(&extension) || function.is_legacy() {
        let reply = sbi.call(function, arguments, random.next());
        let preserved = reply.is_none_or(|reply| reply.preserved);
        tally.judge(preserved, format_args!("{function:x?} {arguments:x?}: {reply:x?}"));
    } else {
        sbi.refuse(tally, function, arguments, random.next());
    }
}

/// A call that names harts of this zone.
fn call_own(extension: u64, number: u64, arguments: [u64; 5]) {
    // SAFETY: changes a0 and a1 only; what the call names are harts of this zone and its translations.
    unsafe {
        asm!(
            "ecall",
            inlateout("a0") arguments[0] => _,
            inlateout("a1") arguments[1] => _,
            in("a2") arguments[2],
            in("a3") arguments[3],
            in("a4") arguments[4],
            in("a6") number,
            in("a7") extension,
            options(nostack),
        );
    }
}

/// The first two harts of a zone, by their mask.
const OWN: u64 = 0b11;

/// Sends the zone's first two harts a software interrupt, as `value` chooses.
pub(super) fn interrupt_own(value: u64) {
    call_own(SPI, 0, [value & OWN, 0, 0, 0, 0]);
}

/// Has them do a fence.
pub(super) fn fence_own(value: u64) {
    call_own(RFENCE, value >> 8 & 0b11, [value & OWN, 0, value, value >> 32, value >> 16]);
}
