//! FreeRTOS in a zone: its official arm64 port, which masks interrupts by their priority (ICC_PMR_EL1). A task with a
//! period of 10 ms measures the time from one of its wakeups to the next, while another masks interrupts time and again
//! when a wakeup is near. Once per second of virtual time the line
//! `freertos: seconds=S periods=P min_ns=A max_ns=B ticks_held=H`: P periods since the start, the shortest and the
//! longest of them in nanoseconds, and how many ticks of 1 kHz came due while they were masked. Options: `seconds=N`
//! (10), after which the zone powers itself off.
//!
//! Start-up, console and options are those of the other guests; the tasks are in `c/periods.c`.
#![no_std]
#![no_main]

#[cfg(not(target_arch = "aarch64"))]
compile_error!("this port of FreeRTOS is for arm64 alone");

use common::{Options, calls, guest, interrupts, println, timer};
use core::ffi::{CStr, c_char};

guest!(run, ignore);

/// The lowest priority but one of 16, which FreeRTOS' port demands of its tick.
const TICK_PRIORITY: u8 = 0xe0;

/// What the tasks have measured since the start; times in counts of the timer. As in `c/periods.c`.
#[repr(C)]
struct Report {
    seconds: u64,
    periods: u64,
    shortest: u64,
    longest: u64,
    ticks_held: u64,
}

unsafe extern "C" {
    /// Starts the scheduler, which does not return. `frequency` is that of the timer.
    safe fn freertos_run(frequency: u64, seconds: u64);
}

fn run(options: &Options<'_>) {
    interrupts::initialise();
    if interrupts::is_gicv2() {
        println!("freertos: its port needs a GICv3");
        return;
    }
    interrupts::enable(timer::INTERRUPT);
    interrupts::set_priority(timer::INTERRUPT, TICK_PRIORITY);
    freertos_run(timer::frequency(), options.number("seconds", 10));
}

/// Interrupts stay masked until FreeRTOS has its own vector table in place.
fn ignore(_: u32) {}

// SAFETY: only `c/periods.c` refers to this name, with this signature.
#[unsafe(no_mangle)]
extern "C" fn freertos_report(report: &Report) {
    let nanoseconds =
        |counts: u64| (u128::from(counts) * 1_000_000_000 / u128::from(timer::frequency())) as u64;
    let (shortest, longest) = (nanoseconds(report.shortest), nanoseconds(report.longest));
    let Report { seconds, periods, ticks_held, .. } = report;
    println!(
        "freertos: seconds={seconds} periods={periods} min_ns={shortest} max_ns={longest} ticks_held={ticks_held}"
    );
}

// SAFETY: only `c/periods.c` refers to this name, with this signature.
#[unsafe(no_mangle)]
extern "C" fn freertos_done() -> ! {
    calls::power_off()
}

// SAFETY: only `c/FreeRTOSConfig.h` refers to this name, with this signature.
#[unsafe(no_mangle)]
extern "C" fn freertos_assertion_failed(file: *const c_char, line: u32) -> ! {
    // SAFETY: the compiler's __FILE__, a string that ends and stays.
    let file = unsafe { CStr::from_ptr(file) };
    println!("freertos: assertion failed: {}:{line}", file.to_str().unwrap_or("?"));
    calls::power_off()
}
