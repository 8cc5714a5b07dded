//! The opcode SYSTEM without CSRs (privileged specification, "RISC-V Privileged Instruction Set Listings"): every
//! encoding with its two register operands fixed. Those of the hypervisor, of machine mode and of the debugger must
//! trap in a zone; the others act on the zone alone.

use crate::memory::notable;
use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;
use common::{Options, interrupts, timer};

const SYSTEM: u32 = 0x73;
/// rd = a1, rs1 = a0.
const RD: u32 = 11 << 7;
const RS1: u32 = 10 << 15;
/// funct3 of hypervisor loads and stores.
const MEMORY: u32 = 4 << 12;
/// `csrw sepc, ra` and `csrs sstatus, a2`: SRET leads to where it would have returned, in the same mode.
const PREPARE: [u32; 2] = [0x1410_9073, 0x1006_2073];
const SSTATUS_SPP: u64 = 1 << 8;
/// ECALL: a call is no instruction of a higher mode. `sbi` makes them.
const ECALL: u32 = 0;
/// Words of one attempt's code.
const WORDS: usize = 4;
/// Encodings for which the code buffer has room.
const BATCH: usize = 256;

/// funct7 of HFENCE.VVMA, HINVAL.VVMA, HFENCE.GVMA and HINVAL.GVMA.
const HYPERVISOR_FENCES: [u32; 4] = [0x11, 0x13, 0x31, 0x33];
/// funct7 of HLV, HLVX and HSV of each width.
const HYPERVISOR_ACCESSES: core::ops::RangeInclusive<u32> = 0x30..=0x37;
/// MRET, MNRET and DRET.
const RETURNS: [u32; 3] = [0x302, 0x702, 0x7b2];

/// Every immediate, without operands and with.
pub(super) fn all(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("instructions");
    // So that WFI and its like come back at once.
    interrupts::enable(timer::INTERRUPT);
    timer::set(0);
    let address = notable(options).last().unwrap_or(0);
    for operands in [0, RS1, MEMORY | RS1, MEMORY | RS1 | RD] {
        for batch in 0..4096 / BATCH as u32 {
            let immediates = || (0..BATCH as u32).map(move |index| batch * BATCH as u32 + index);
            let words = immediates()
                .flat_map(|immediate| PREPARE.into_iter().chain([SYSTEM | operands | immediate << 20, RET]));
            let start = code.load(words);
            for (immediate, at) in immediates().zip((start..).step_by(4 * WORDS)) {
                if immediate == ECALL {
                    continue;
                }
                // SAFETY: changes a1, sepc and the hart's own translations; stores go to a foreign address.
                let outcome = unsafe { probe::run(at, address, random.next(), SSTATUS_SPP) };
                let contained = outcome.is_err() || !must_trap(operands & MEMORY != 0, immediate);
                tally.judge(
                    contained,
                    format_args!("{:#x} does not trap", SYSTEM | operands | immediate << 20),
                );
            }
        }
    }
    timer::stop();
    interrupts::refuse();
    tally
}

fn must_trap(memory: bool, immediate: u32) -> bool {
    let funct7 = immediate >> 5;
    if memory {
        HYPERVISOR_ACCESSES.contains(&funct7)
    } else {
        HYPERVISOR_FENCES.contains(&funct7) || RETURNS.contains(&immediate)
    }
}
