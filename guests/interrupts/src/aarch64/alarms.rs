//! Interrupts of a device: alarms of a PL031 (DDI 0224) that the zone owns, each raised once the one before was handled.

use core::arch::asm;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use common::interrupts::{self, Trigger};
use common::{Options, println};

/// What the device tree calls it.
const KIND: &str = "arm,pl031";
/// Registers: the count, when to raise the interrupt, whether to signal it, whether it is raised, whether it is
/// signalled, and the end of it.
const DR: u64 = 0;
const MR: u64 = 0x04;
const IMSC: u64 = 0x10;
const RIS: u64 = 0x14;
const MIS: u64 = 0x18;
const ICR: u64 = 0x1c;

/// For the handler, which is given nothing; 0 where the zone has no such device.
static RTC: AtomicU64 = AtomicU64::new(0);
static INTERRUPT: AtomicU32 = AtomicU32::new(0);
/// Interrupts that found the alarm raised, and those that did not.
static HANDLED: AtomicU64 = AtomicU64::new(0);
static SPURIOUS: AtomicU64 = AtomicU64::new(0);

/// Whether the zone has a PL031. If so, raises `count` alarms and prints what came of them.
pub(super) fn run(options: &Options<'_>, count: u64) -> bool {
    let Some((rtc, interrupt)) = options.device(KIND).and_then(|rtc| Some((rtc.start, rtc.interrupt?)))
    else {
        return false;
    };
    RTC.store(rtc, SeqCst);
    INTERRUPT.store(interrupt, SeqCst);
    write(rtc + ICR, 1);
    write(rtc + IMSC, 1);
    interrupts::initialise();
    interrupts::enable_shared(interrupt, Trigger::Level);
    interrupts::unmask();
    let mut raised = 0;
    for _ in 0..count {
        interrupts::mask();
        raise(rtc);
        raised += 1;
        interrupts::unmask();
        while HANDLED.load(SeqCst) < raised {
            core::hint::spin_loop();
        }
    }
    super::be_patient();
    let (handled, spurious) = (HANDLED.load(SeqCst), SPURIOUS.load(SeqCst));
    println!("interrupts: alarms raised={raised} handled={handled} spurious={spurious}");
    true
}

/// Raises the line: an alarm for now. Should the count go on before it is set, it is set again.
fn raise(rtc: u64) {
    while read(rtc + RIS) == 0 {
        write(rtc + MR, read(rtc + DR));
    }
}

/// The handler.
pub(super) fn interrupt(number: u32) {
    if number != INTERRUPT.load(SeqCst) {
        return;
    }
    let rtc = RTC.load(SeqCst);
    let counter = if read(rtc + MIS) == 0 { &SPURIOUS } else { &HANDLED };
    write(rtc + ICR, 1);
    // The line is low before the interrupt ends.
    while read(rtc + RIS) != 0 {}
    counter.fetch_add(1, SeqCst);
}

fn read(address: u64) -> u32 {
    let value;
    // SAFETY: a register of the zone's own device; the instruction is one that a hypervisor can decode.
    unsafe { asm!("ldr {:w}, [{}]", out(reg) value, in(reg) address, options(nostack)) };
    value
}

fn write(address: u64, value: u32) {
    // SAFETY: as for `read`; the device writes no memory.
    unsafe { asm!("str {:w}, [{}]", in(reg) value, in(reg) address, options(nostack)) };
}
