//! Running a partition on QEMU: in a terminal, or headless for scripts.

mod escape;
mod headless;
mod interactive;
mod terminal;

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::mpsc::Sender;
use std::thread;

pub(crate) use headless::headless;
pub(crate) use interactive::interactive;

use crate::Failure;
use crate::console::{Ledger, Verdict};
use crate::machine::Machine;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Something that happens while the machine runs.
enum Happening {
    /// The machine printed.
    Output(Vec<u8>),
    /// The machine closed its console: it has ended.
    ConsoleClosed,
    /// The user typed.
    Typed(Vec<u8>),
    /// Somebody wants this program to end.
    Signal(i32),
}

/// Reports what `output` delivers, from a thread of its own.
fn watch_console(mut output: impl Read + Send + 'static, sender: Sender<Happening>) {
    thread::spawn(move || {
        pump(&mut output, |bytes| sender.send(Happening::Output(bytes)).is_ok());
        let _ = sender.send(Happening::ConsoleClosed);
    });
}

/// Reports the user's keys, from a thread of its own, until standard input ends.
fn watch_keyboard(sender: Sender<Happening>) {
    thread::spawn(move || {
        pump(&mut io::stdin().lock(), |bytes| sender.send(Happening::Typed(bytes)).is_ok())
    });
}

/// Reports the signals that end a program, so that the machine and the terminal are not left behind.
fn watch_signals(sender: Sender<Happening>) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if sender.send(Happening::Signal(signal)).is_err() {
                break;
            }
        }
    });
    Ok(())
}

/// Reads until the end, an error, or `deliver` says that nobody listens any more.
fn pump(source: &mut impl Read, mut deliver: impl FnMut(Vec<u8>) -> bool) {
    let mut buffer = [0; 4096];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                if !deliver(buffer[..count].to_vec()) {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
}

/// Where the console goes: the user's standard output, and a log file if one is wanted.
pub(crate) struct Display<W> {
    out: W,
    log: Option<File>,
}

impl<W: Write> Display<W> {
    /// Shows the console on `out`.
    pub(crate) fn new(out: W, log: Option<File>) -> Self {
        Self { out, log }
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()?;
        if let Some(log) = &mut self.log {
            log.write_all(bytes)?;
        }
        Ok(())
    }
}

/// The run's success or failure, once the machine has ended.
fn conclude(ledger: &Ledger, machine: &mut Machine) -> Result<(), Failure> {
    match ledger.verdict() {
        Verdict::Clean => Ok(()),
        verdict => Err(Failure::new(match machine.complaint() {
            Some(complaint) => format!("{verdict}\n{complaint}"),
            None => verdict.to_string(),
        })),
    }
}
