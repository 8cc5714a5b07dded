//! The same from the zone's user mode, whose exits take other ways: memory, CSRs and privileged instructions. The
//! zone's own supervisor gets every exception of it.

use super::ALL;
use crate::accesses::{self, Access};
use crate::memory::{notable, random_foreign, unused};
use crate::tally::Tally;
use common::fault::Fault;
use common::probe::{self, CodeBuffer};
use common::random::Random;
use common::{Options, translation};

/// Random foreign addresses, for each kind of access.
const RANDOM: u64 = 20;
/// `auipc a3, 0`, `addi a3, a3, 24`, `csrw sepc, a3`, then sstatus.SPP off by `li a3, 256`, `csrc sstatus, a3`, and
/// SRET to what follows.
const DESCEND: [u32; 6] = [0x0000_0697, 0x0186_8693, 0x1416_9073, 0x1000_0693, 0x1006_b073, 0x1020_0073];
const EBREAK: u32 = 0x0010_0073;
/// c.ebreak in the upper half of a word.
const C_EBREAK: u32 = 0x9002 << 16;
/// scause: EBREAK. The handler of this guest returns to the caller from any exception of user mode, so that the last
/// one tells whether the instruction before EBREAK was executed.
const BREAKPOINT: u64 = 3;

/// `csrr a1, 0` and `csrw 0, a1`.
const READ: u32 = 0x0000_25f3;
const WRITE: u32 = 0x0005_9073;
/// Instructions of higher modes: SRET, MRET, SFENCE.VMA, SINVAL.VMA, HFENCE.VVMA, HFENCE.GVMA, and HLV.D, HLVX.WU
/// and HSV.D at a0.
const PRIVILEGED: [u32; 9] = [
    0x1020_0073,
    0x3020_0073,
    0x1200_0073,
    0x1600_0073,
    0x2200_0073,
    0x6200_0073,
    0x6c05_45f3,
    0x6835_45f3,
    0x6eb5_4073,
];

/// All three, with translation off: user mode may then use what the zone has.
pub(super) fn all(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("user mode");
    translation::without(|| {
        for access in ALL {
            let code = code.load(DESCEND.into_iter().chain(body(access)));
            let own = executed(code, unused(options));
            if access.name == accesses::load().name {
                tally.control(own.is_ok(), format_args!("{} of its own RAM: {own:x?}", access.name));
            }
            let anywhere = (0..RANDOM).map(|_| random_foreign(options, random));
            for address in notable(options).chain(anywhere) {
                let contained = access.is_contained(&executed(code, access.place(address)));
                tally.judge(contained, format_args!("{} at {address:#x}", access.name));
            }
        }
        for instruction in PRIVILEGED {
            let code = code.load(DESCEND.into_iter().chain([instruction, EBREAK]));
            let address = notable(options).last().unwrap_or(0);
            tally.judge(executed(code, address).is_err(), format_args!("{instruction:#x} does not trap"));
        }
        // Bits 9 and 8 of a number are the lowest mode that has it.
        for number in (0..4096).filter(|number| number >> 8 & 0b11 != 0) {
            for access in [READ, WRITE] {
                let code = code.load(DESCEND.into_iter().chain([access | number << 20, EBREAK]));
                tally.judge(executed(code, 0).is_err(), format_args!("CSR {number:#x} does not trap"));
            }
        }
    });
    tally
}

/// The access's instruction with a breakpoint behind it.
fn body(access: &Access) -> [u32; 2] {
    // SAFETY: the code of an access begins with its instruction, four bytes of the guest's image.
    let word = unsafe { (access.code() as *const u32).read() };
    if word & 0b11 == 0b11 { [word, EBREAK] } else { [word & 0xffff | C_EBREAK, EBREAK] }
}

/// Runs the code; `Ok` if the instruction in user mode ended without an exception.
fn executed(code: u64, address: u64) -> Result<u64, Fault> {
    // SAFETY: a0 and a3 change, and what the access leaves in its own; its address is foreign.
    match unsafe { probe::run(code, address, 0, 0) } {
        Ok(value) => Ok(value),
        Err(Fault { cause: BREAKPOINT, .. }) => Ok(0),
        Err(fault) => Err(fault),
    }
}
