//! The user's terminal in raw mode, and back on every way out.

use std::io::{self, IsTerminal};
use std::panic;
use std::sync::{Mutex, PoisonError};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The modes to go back to, for the panic hook; none while the terminal is as the user had it.
static FORMER: Mutex<Option<Termios>> = Mutex::new(None);

/// Raw mode while this lives: every key goes to the zones, Ctrl-C included.
pub(crate) struct RawTerminal(());

impl RawTerminal {
    /// Enters raw mode, unless standard input is no terminal.
    ///
    /// # Errors
    /// The terminal refuses.
    pub(crate) fn enter() -> io::Result<Option<Self>> {
        let input = io::stdin();
        if !input.is_terminal() {
            return Ok(None);
        }
        let former = tcgetattr(&input)?;
        let mut raw = former.clone();
        raw.make_raw();
        *FORMER.lock().unwrap_or_else(PoisonError::into_inner) = Some(former);
        restore_on_panic();
        tcsetattr(&input, OptionalActions::Flush, &raw)?;
        Ok(Some(Self(())))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the modes back, once. A terminal that is gone needs none.
fn restore() {
    if let Some(former) = FORMER.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &former);
    }
}

/// Restores before the panic message prints, so that it is readable.
fn restore_on_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |report| {
        restore();
        print(report);
    }));
}
