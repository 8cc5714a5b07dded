//! The phases, and what their handlers count.

mod controller;
mod rtc;
mod uart;

use common::aia::Mode;
use common::{Options, calls, interrupts, machine, println, timer};
use controller::Controller;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// Interrupts by their numbers in scause.
const SOFTWARE: u32 = 1;
const EXTERNAL: u32 = 9;

/// The vCPU that sends IPIs and serves devices, and the one that answers.
const FIRST: u64 = 0;
const SECOND: u64 = 1;

/// What interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The other vCPU.
    Ipi,
    /// The UART.
    Key,
    /// The RTC.
    Alarm,
}

/// IPIs that came back, and interrupts of the RTC.
static ANSWERS: AtomicU64 = AtomicU64::new(0);
static ALARMS: AtomicU64 = AtomicU64::new(0);
/// The last key, 0 when it was taken.
static KEY: AtomicU32 = AtomicU32::new(0);
/// vCPUs that are ready to be interrupted.
static READY: AtomicU64 = AtomicU64::new(0);

/// What the zone's device tree names.
pub(crate) fn run(options: &Options<'_>) {
    let Some(controller) = controller::find(options) else {
        return println!("interrupts: an interrupt controller, a UART or an RTC is missing");
    };
    rtc::quiet();
    prepare(controller);
    if machine::start(SECOND, answer) != 0 {
        return println!("interrupts: the second vCPU does not start");
    }
    while READY.load(SeqCst) < 2 {
        core::hint::spin_loop();
    }
    controller.enable(Event::Key, Mode::Level);
    uart::enable_input();
    println!("interrupts: ready");
    loop {
        wait_until(|| KEY.load(SeqCst) != 0);
        match KEY.swap(0, SeqCst) as u8 {
            b'0' => phase(controller, 0, 0),
            b'1' => phase(controller, options.number("ipis", 1000), options.number("devices", 1000)),
            b'r' => {
                // The line stays up, and its interrupt is not served: what comes after must cope.
                controller.enable(Event::Alarm, Mode::Level);
                interrupts::mask();
                rtc::alarm();
                calls::reset();
            }
            b'q' => return,
            _ => (),
        }
    }
}

/// Takes interrupts on this vCPU.
fn prepare(controller: Controller) {
    interrupts::initialise();
    controller.open();
    interrupts::enable(SOFTWARE);
    interrupts::enable(EXTERNAL);
    interrupts::unmask();
    READY.fetch_add(1, SeqCst);
}

/// The second vCPU: its handler does everything.
fn answer() {
    if let Some(controller) = controller::found() {
        prepare(controller);
    }
    loop {
        timer::wait_for_interrupt();
    }
}

/// A phase does the same whatever the numbers are, but for the interrupts themselves.
fn phase(controller: Controller, ipis: u64, devices: u64) {
    for counter in [&ANSWERS, &ALARMS] {
        counter.store(0, SeqCst);
    }
    for sent in 1..=ipis {
        controller.send_ipi(SECOND);
        wait_until(|| ANSWERS.load(SeqCst) >= sent);
    }
    let mut raised = 0;
    for mode in [Mode::Edge, Mode::Level] {
        controller.enable(Event::Alarm, mode);
        // Whatever was left over from before has arrived by now.
        ALARMS.store(raised, SeqCst);
        for _ in 0..devices {
            raised += 1;
            rtc::alarm();
            wait_until(|| ALARMS.load(SeqCst) >= raised);
        }
        controller.disable(Event::Alarm);
    }
    println!("interrupts: ipis={:05} devices={:05}", ANSWERS.load(SeqCst), ALARMS.load(SeqCst));
}

/// Waits without a gap between looking and waiting: WFI ends by what is pending, masked or not.
fn wait_until(met: impl Fn() -> bool) {
    loop {
        interrupts::mask();
        if met() {
            return interrupts::unmask();
        }
        timer::wait_for_interrupt();
        interrupts::unmask();
    }
}

/// The handler.
pub(crate) fn interrupt(number: u32) {
    let Some(controller) = controller::found() else { return };
    match number {
        SOFTWARE => serve(controller, Event::Ipi),
        EXTERNAL => {
            controller.serve(|event| serve(controller, event));
            // It was taken off before: see `interrupts::acknowledge`.
            interrupts::enable(EXTERNAL);
        }
        _ => (),
    }
}

fn serve(controller: Controller, event: Event) {
    match event {
        Event::Ipi if machine::vcpu() as u64 == SECOND => controller.send_ipi(FIRST),
        Event::Ipi => {
            ANSWERS.fetch_add(1, SeqCst);
        }
        Event::Key => {
            while let Some(key) = uart::take() {
                KEY.store(u32::from(key), SeqCst);
            }
        }
        Event::Alarm => {
            rtc::clear();
            ALARMS.fetch_add(1, SeqCst);
        }
    }
}
