//! The consoles of all zones on the board's one UART, and the hypervisor's own lines.
//!
//! Every source has a ring of its own; whoever finds the console free moves bytes from the rings to the UART,
//! and whoever finds it taken leaves a note for the one who has it. So no zone ever waits for another's output,
//! and a full UART makes a guest see a full FIFO, nothing more.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use console::{Drained, Event, Input, Mux, Ring, Source};
use heapless::Vec;
use manifest::MAX_ZONES;
use spin::mutex::TicketMutex;

use crate::cpu::Request;
use crate::once::Once;
use crate::zone::{OUTPUT, ZoneConsole};
use crate::{arch, lock, machine};

/// Bytes of the hypervisor's own lines that wait for the UART.
const OWN: usize = 4096;

/// Milliseconds until an unfinished line is looked at: a prompt is seen soon, and a line that is being written
/// byte by byte is moved when it ends, not at each byte.
const GLANCE: u64 = 4;
/// Milliseconds until output that had to wait for an unfinished line is tried again.
const RETRY: u64 = 50;

/// How often one call of [`drain`] looks for output that came meanwhile.
const PASSES: usize = 2;

/// How often a full UART is asked before it is given up.
const POLLS: usize = 100_000_000;

/// What the holder of the console has.
struct Host {
    uart: arch::Uart,
    mux: Mux<MAX_ZONES>,
    input: Input,
    sources: Vec<Source<'static, OUTPUT>, MAX_ZONES>,
}

static LINES: Ring<OWN> = Ring::new();
/// One writer at a time for `LINES`.
static WRITER: TicketMutex<()> = TicketMutex::new(());
static HOST: TicketMutex<Option<Host>> = TicketMutex::new(None);
/// Someone had output while the console was taken.
static MORE: AtomicBool = AtomicBool::new(false);
static CONSOLES: Once<&'static [ZoneConsole]> = Once::new();
/// Zones that write no more, a bit each.
static STOPPED: AtomicU64 = AtomicU64::new(0);

/// Starts the console with the hypervisor's own lines.
pub fn init(uart: arch::Uart) {
    *lock::take(&HOST) = Some(Host { uart, mux: Mux::new(false), input: Input::new(0), sources: Vec::new() });
}

/// Adds the zones' consoles, in the order of zones.toml; the first one has the keyboard.
pub fn set_zones(consoles: &'static [ZoneConsole], names: impl Iterator<Item = &'static str>, colour: bool) {
    CONSOLES.set(consoles);
    if let Some(host) = lock::take(&HOST).as_mut() {
        for (console, name) in consoles.iter().zip(names) {
            // There is room: a manifest has no more zones.
            let _ = host.sources.push(Source { ring: &console.output, name, stopped: false });
        }
        host.mux = Mux::new(colour);
        host.mux.set_focus(Some(0));
        host.input = Input::new(consoles.len());
        host.uart.enable_receive_interrupt();
    }
}

/// A zone writes no more. The line that it leaves unfinished is shown.
pub fn set_stopped(zone: usize) {
    STOPPED.fetch_or(1u64.checked_shl(zone as u32).unwrap_or(0), Ordering::Relaxed);
    drain();
}

/// Writes one line of the hypervisor.
pub fn log(line: fmt::Arguments<'_>) {
    {
        let _guard = lock::take(&WRITER);
        let _ = writeln!(Lines { drains: true }, "{line}");
    }
    drain();
}

/// Fills the hypervisor's ring.
struct Lines {
    /// Moves output on when the ring is full. Not for one who holds the console.
    drains: bool,
}

impl Write for Lines {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // What a full ring has no room for after a drain is lost: the hypervisor waits for no UART.
            if !LINES.push(byte) && self.drains {
                drain();
                LINES.push(byte);
            }
        }
        Ok(())
    }
}

/// A guest wrote `byte` into its ring: has it shown, at once at the end of a line.
#[inline]
pub fn written(byte: u8) {
    if byte == b'\n' {
        drain();
    } else {
        arch::set_alarm(GLANCE);
    }
}

/// Moves output to the UART as far as it has room.
pub fn drain() {
    for _ in 0..PASSES {
        match HOST.try_lock() {
            Some(mut host) => {
                MORE.store(false, Ordering::SeqCst);
                if let Some(host) = host.as_mut() {
                    move_output(host);
                }
            }
            None => {
                MORE.store(true, Ordering::SeqCst);
                // The holder looks at the note after it has let go. If it is gone already, this CPU is next.
                if HOST.is_locked() {
                    return;
                }
                continue;
            }
        }
        if !MORE.load(Ordering::SeqCst) {
            return;
        }
    }
    // Zones that write without end must not keep this CPU from its own guest.
    arch::set_alarm(GLANCE);
}

fn move_output(host: &mut Host) {
    mark_stopped(host);
    let uart = &mut host.uart;
    let drained = host.mux.drain(milliseconds(), &host.sources, &LINES, &mut |bytes| uart.send(bytes));
    host.uart.set_transmit_interrupt(drained == Drained::Full);
    if drained == Drained::Later {
        arch::set_alarm(RETRY);
    }
    for (index, console) in consoles().iter().enumerate() {
        if console.has_room_again() {
            wake(index);
        }
    }
}

/// Tells the multiplexer which zones write no more.
fn mark_stopped(host: &mut Host) {
    let stopped = STOPPED.load(Ordering::Relaxed);
    for (index, source) in host.sources.iter_mut().enumerate() {
        source.stopped = stopped >> index & 1 != 0;
    }
}

/// The board's UART interrupts: input, or room for output.
pub fn interrupt() {
    if let Some(host) = lock::take(&HOST).as_mut() {
        host.uart.acknowledge();
        while let Some(byte) = host.uart.receive() {
            take_input(host, byte);
        }
    }
    drain();
}

fn take_input(host: &mut Host, byte: u8) {
    match host.input.take(byte) {
        Event::None => {}
        Event::ToZone(index, byte) => {
            if let Some(console) = consoles().get(index) {
                // A guest that does not read loses what its ring has no room for, as on a real line.
                console.input.push(byte);
                wake(index);
            }
        }
        Event::Focus(index) => {
            host.mux.set_focus(Some(index));
            if let Some(source) = host.sources.get(index) {
                say("keyboard to ");
                say(source.name);
                say("\n");
            }
        }
        Event::Status => {
            let _guard = lock::take(&WRITER);
            for zone in machine::zones() {
                for (vcpu, cpu) in zone.cpus().iter().enumerate() {
                    let _ = writeln!(
                        Lines { drains: false },
                        "zone {}: vCPU {vcpu}: exits:{}",
                        zone.name(),
                        cpu.exits
                    );
                }
            }
        }
        Event::PowerOff => {
            say("power-off requested on the console\n");
            finish(host);
            arch::firmware::power_off();
        }
        Event::Help => {
            say("Ctrl-] 1..9: keyboard to that zone; s: status; q: power off; Ctrl-]: the key itself\n")
        }
    }
}

fn say(text: &str) {
    let _guard = lock::take(&WRITER);
    let _ = Lines { drains: false }.write_str(text);
}

fn wake(index: usize) {
    if let Some(first) = machine::zones().get(index).and_then(|zone| zone.cpus().first()) {
        first.ask(Request::Uart);
    }
}

fn consoles() -> &'static [ZoneConsole] {
    CONSOLES.get().copied().unwrap_or_default()
}

/// Milliseconds since the counter was at zero.
pub fn milliseconds() -> u64 {
    arch::ticks() / (arch::ticks_per_second() / 1000).max(1)
}

/// Writes out everything that waits, for as long as the UART takes anything at all.
pub fn flush() {
    if let Some(host) = lock::take(&HOST).as_mut() {
        finish(host);
    }
}

fn finish(host: &mut Host) {
    mark_stopped(host);
    let uart = &mut host.uart;
    for _ in 0..POLLS {
        // Beyond anyone's patience: unfinished lines are ended.
        let drained = host.mux.drain(u64::MAX, &host.sources, &LINES, &mut |bytes| uart.send(bytes));
        if drained == Drained::Idle {
            return;
        }
    }
}

/// Writes a report of the hypervisor's own end, unless the console cannot be had: its holder may be what broke.
pub fn write_last_words(line: fmt::Arguments<'_>) {
    for _ in 0..1_000_000 {
        if let Some(mut host) = HOST.try_lock() {
            let _guard = WRITER.try_lock();
            let _ = writeln!(Lines { drains: false }, "{line}");
            if let Some(host) = host.as_mut() {
                finish(host);
            }
            return;
        }
        core::hint::spin_loop();
    }
}
