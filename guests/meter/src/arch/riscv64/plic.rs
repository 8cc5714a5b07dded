//! The PLIC (RISC-V PLIC specification 1.0), and IPIs by calls.

use super::interrupts::{SOFTWARE, take};
use super::repeat::repeat;
use super::report::Report;
use common::Options;
use common::machine::{PLIC, UART, vcpu};

/// The UART's source, and its interrupt enable register with the transmitter's bit.
const SOURCE: u32 = 10;
const IER: u64 = UART + 1;
const TRANSMITTER_EMPTY: u8 = 0b10;

/// Enable bits and registers of the contexts: where they begin, and bytes of each.
const ENABLES: u64 = PLIC + 0x2000;
const ENABLES_SIZE: u64 = 0x80;
const CONTEXTS: u64 = PLIC + 0x20_0000;
const CONTEXT_SIZE: u64 = 0x1000;

/// Extension IPI.
const IPI: u64 = 0x73_5049;

/// Lets `source` alone interrupt this hart, and returns where the registers of the hart's context are: threshold, and
/// behind it claim and completion.
pub(super) fn enable(options: &Options<'_>, source: u32) -> u64 {
    let context = options.number("context", 0);
    let registers = CONTEXTS + context * CONTEXT_SIZE;
    store(PLIC + u64::from(source) * 4, 1);
    store(registers, 0);
    store(ENABLES + context * ENABLES_SIZE, 1 << source);
    registers
}

/// Ends what [`enable`] began.
pub(super) fn disable(options: &Options<'_>) {
    store(ENABLES + options.number("context", 0) * ENABLES_SIZE, 0);
}

/// The context of this hart is `context=N`: those of zones have no machine level, so that it is 0 there.
pub(super) fn measure(options: &Options<'_>, count: u64, report: &mut Report) {
    claims(options, count, report);
    let taken = take!(
        count,
        SOFTWARE,
        trigger: "li a0, 1; mv a1, {hart}; li a6, 0; li a7, {extension}; ecall",
        wait: "",
        acknowledge: "csrci sip, 2",
        hart = in(reg) vcpu(),
        extension = const IPI,
        out("a0") _,
        out("a1") _,
        out("a6") _,
        out("a7") _,
    );
    report.add("sbi_ipi_to_handler", count, taken.to_handler);
    report.add("sbi_ipi_round_trip", count, taken.round_trip);
}

/// Claims of a source whose wire stays high, each followed by its completion.
fn claims(options: &Options<'_>, count: u64, report: &mut Report) {
    let registers = enable(options, SOURCE);
    interrupt_by_uart(TRANSMITTER_EMPTY);
    let mut claimed: u64 = 0;
    let instructions = repeat!(
        count,
        "lw {source}, 4({registers}); sw {source}, 4({registers})",
        source = out(reg) claimed,
        registers = in(reg) registers,
    );
    interrupt_by_uart(0);
    disable(options);
    if claimed == u64::from(SOURCE) {
        report.add("plic_claim_and_completion", count, instructions);
    }
}

fn interrupt_by_uart(enabled: u8) {
    // SAFETY: a register of the zone's own UART.
    unsafe { (IER as *mut u8).write_volatile(enabled) };
}

fn store(address: u64, value: u32) {
    // SAFETY: a register of the zone's own PLIC.
    unsafe { (address as *mut u32).write_volatile(value) };
}
