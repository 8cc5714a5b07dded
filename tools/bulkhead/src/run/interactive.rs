//! A run in the user's terminal: every key goes to the hypervisor, which shares the console among the zones.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::escape::QuitWatch;
use super::terminal::RawTerminal;
use super::{Display, Happening, conclude, watch_console, watch_keyboard, watch_signals};
use crate::Failure;
use crate::console::{Demux, Event, Ledger};
use crate::machine::Machine;

/// How long the hypervisor has to power the machine off after Ctrl-] q.
const QUIT_GRACE: Duration = Duration::from_secs(2);

/// Nothing that could end the run is due: look again after this long.
const IDLE: Duration = Duration::from_secs(3600);

/// Connects the terminal to the console of a machine with these zones until it ends or the user quits.
///
/// # Errors
/// A zone or the hypervisor failed, or the machine cannot be run.
pub(crate) fn interactive(
    mut machine: Machine,
    zones: impl IntoIterator<Item = String>,
    mut display: Display<impl Write>,
) -> Result<(), Failure> {
    let (sender, happenings) = mpsc::channel();
    watch_signals(sender.clone())?;
    watch_console(machine.take_output()?, sender.clone());
    let mut keys = machine.take_input()?;
    let terminal = RawTerminal::enter()?;
    watch_keyboard(sender);

    let mut demux = Demux::default();
    let mut ledger = Ledger::new(zones);
    let mut watch = QuitWatch::default();
    let mut quitting: Option<Instant> = None;
    loop {
        let patience = quitting.map_or(IDLE, |end| end.saturating_duration_since(Instant::now()));
        match happenings.recv_timeout(patience) {
            Ok(Happening::Output(bytes)) => {
                display.show(&bytes)?;
                demux.feed(&bytes, |line| {
                    if let Some(event) = Event::of(&line) {
                        ledger.enter(&event);
                    }
                });
            }
            Ok(Happening::Typed(bytes)) => {
                if watch.completes(&bytes) && quitting.is_none() {
                    quitting = Some(Instant::now() + QUIT_GRACE);
                }
                // A machine that no longer reads its console is about to end.
                let _ = keys.write_all(&bytes).and_then(|()| keys.flush());
            }
            Ok(Happening::Signal(signal)) => return Err(Failure::new(format!("ended by signal {signal}"))),
            Ok(Happening::ConsoleClosed) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                if quitting.is_some() {
                    break;
                }
            }
        }
    }
    drop(terminal);
    if quitting.is_some() {
        return Ok(());
    }
    conclude(&ledger, &mut machine)
}
