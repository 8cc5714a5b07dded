//! What a guest that does more than Linux asks of its CPU interface (GIC specification IHI 0069, 12.2), tried with SGIs
//! that vCPU 0 sends to itself: masking by priority, the end of an interrupt in two steps, and the highest priority.
//! In a zone that owns a PL031, its alarms instead.

mod alarms;

use core::arch::asm;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use common::{Options, interrupts, println};

const SGI: u32 = 5;
/// The priority that [`interrupts::enable`] gives.
const PRIORITY: u64 = 0x80;
/// ICC_PMR_EL1: admits [`PRIORITY`], does not, admits the highest priority alone, and nothing.
const ALL: u64 = 0xff;
const ABOVE: u64 = 0x40;
const HIGHEST_ALONE: u64 = 0x10;
const NOTHING: u64 = 0;
/// ICC_CTLR_EL1.EOImode.
const SPLIT_END: u64 = 1 << 1;
/// ICC_RPR_EL1 while nothing is active.
const IDLE: u64 = 0xff;
/// Turns of a loop in which an interrupt that is admitted would have arrived.
const PATIENCE: u32 = 10_000;

static TAKEN: AtomicU32 = AtomicU32::new(0);
static RUNNING_PRIORITY: AtomicU64 = AtomicU64::new(0);

macro_rules! register {
    ($read:ident $write:ident $encoding:literal) => {
        fn $read() -> u64 {
            let value;
            // SAFETY: reads a register of this vCPU's own CPU interface, without side effect.
            unsafe { asm!(concat!("mrs {}, ", $encoding), out(reg) value, options(nostack)) };
            value
        }
        #[allow(dead_code, reason = "one of them is read-only")]
        fn $write(value: u64) {
            // SAFETY: a register of this vCPU's own CPU interface; handlers expect any interrupt.
            unsafe { asm!(concat!("msr ", $encoding, ", {}"), "isb", in(reg) value, options(nostack)) };
        }
    };
}

register!(mask set_mask "s3_0_c4_c6_0");
register!(control set_control "s3_0_c12_c12_4");
register!(running_priority _none "s3_0_c12_c11_3");

/// Writes ICC_DIR_EL1.
fn deactivate(intid: u32) {
    // SAFETY: ends an interrupt of this vCPU's.
    unsafe { asm!("msr s3_0_c12_c11_1, {}", "isb", in(reg) u64::from(intid), options(nostack)) };
}

/// Writes ICC_SGI0R_EL1 and ICC_ASGI1R_EL1, which reach no interrupt of group 1.
fn send_to_other_groups(value: u64) {
    // SAFETY: as for the SGIs that are taken.
    unsafe {
        asm!("msr s3_0_c12_c11_7, {0}", "msr s3_0_c12_c11_6, {0}", "isb", in(reg) value, options(nostack))
    };
}

/// How many SGIs arrive until some time after `act`.
fn taken_after(act: impl FnOnce()) -> u32 {
    let before = TAKEN.load(Relaxed);
    act();
    be_patient();
    TAKEN.load(Relaxed) - before
}

fn be_patient() {
    for _ in 0..PATIENCE {
        core::hint::spin_loop();
    }
}

fn send() {
    interrupts::send_sgi(u64::from(SGI) << 24 | 1);
}

fn tell(what: &str, holds: bool) {
    println!("interrupts: {what} {}", if holds { "holds" } else { "FAILS" });
}

pub(crate) fn run(options: &Options<'_>) {
    if alarms::run(options, options.number("devices", 1000)) {
        return;
    }
    interrupts::initialise();
    interrupts::enable(SGI);
    interrupts::unmask();

    tell("an-sgi-arrives", taken_after(send) == 1);
    tell("running-priority", (RUNNING_PRIORITY.load(Relaxed), running_priority()) == (PRIORITY, IDLE));
    tell("other-groups-send-nothing", taken_after(|| send_to_other_groups(u64::from(SGI) << 24 | 1)) == 0);

    set_mask(ABOVE);
    tell("the-mask-reads-back", mask() == ABOVE);
    tell("a-masked-interrupt-waits", taken_after(send) == 0);
    tell("an-unmasked-interrupt-arrives", taken_after(|| set_mask(ALL)) == 1);

    set_control(control() | SPLIT_END);
    tell("the-mode-of-ends-reads-back", control() & SPLIT_END != 0);
    tell("half-ended-it-has-arrived", taken_after(send) == 1 && running_priority() == IDLE);
    tell("half-ended-it-does-not-come-again", taken_after(send) == 0);
    tell("deactivated-it-comes-again", taken_after(|| deactivate(SGI)) == 1);
    deactivate(SGI);
    set_control(control() & !SPLIT_END);
    tell("in-one-step-it-comes-each-time", taken_after(send) + taken_after(send) == 2);

    interrupts::set_priority(SGI, 0);
    set_mask(NOTHING);
    tell("no-priority-passes-a-mask-of-zero", taken_after(send) == 0);
    tell("the-highest-priority-passes-the-next", taken_after(|| set_mask(HIGHEST_ALONE)) == 1);
    println!("interrupts: done");
}

pub(crate) fn interrupt(number: u32) {
    alarms::interrupt(number);
    if number == SGI {
        TAKEN.fetch_add(1, Relaxed);
        RUNNING_PRIORITY.store(running_priority(), Relaxed);
    }
}
