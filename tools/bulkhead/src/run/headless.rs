//! A run for scripts: no keyboard, a time limit, and an exit code that tells what happened.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Display, Happening, conclude, watch_console, watch_signals};
use crate::Failure;
use crate::console::{Demux, Event, Ledger, describe};
use crate::machine::Machine;

/// How long the machine may take to end after the hypervisor has said its last.
const POWER_OFF_GRACE: Duration = Duration::from_secs(10);

/// Watches a machine with these zones until it ends, and shows its console.
///
/// # Errors
/// Anything but every zone powering itself off within `limit`: the message says what happened instead.
pub(crate) fn headless(
    mut machine: Machine,
    zones: impl IntoIterator<Item = String>,
    limit: Duration,
    mut display: Display<impl Write>,
) -> Result<(), Failure> {
    let (sender, happenings) = mpsc::channel();
    watch_signals(sender.clone())?;
    watch_console(machine.take_output()?, sender);

    let mut demux = Demux::default();
    let mut ledger = Ledger::new(zones);
    let mut end = Instant::now() + limit;
    loop {
        match happenings.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Happening::Output(bytes)) => {
                display.show(&bytes)?;
                let was_over = ledger.is_over();
                demux.feed(&bytes, |line| {
                    if let Some(event) = Event::of(&line) {
                        ledger.enter(&event);
                    }
                });
                if ledger.is_over() && !was_over {
                    end = end.min(Instant::now() + POWER_OFF_GRACE);
                }
            }
            Ok(Happening::ConsoleClosed) => break,
            Ok(Happening::Typed(_)) => {}
            Ok(Happening::Signal(signal)) => return Err(Failure::new(format!("ended by signal {signal}"))),
            // The hypervisor is done but the machine still on: the verdict stands, and the drop ends it.
            Err(_) if ledger.is_over() => break,
            Err(RecvTimeoutError::Timeout) => {
                let states = describe(ledger.zones());
                return Err(Failure::new(format!("timed out after {} s ({states})", limit.as_secs())));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    conclude(&ledger, &mut machine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Input;
    use std::process::Command;

    /// A hypervisor with zones a and b that behaves as the shell script says; what the run came to, and what
    /// was shown.
    fn run(script: &str, limit: Duration) -> (Result<(), Failure>, String) {
        let machine = Machine::spawn(Command::new("sh").args(["-c", script]), Input::None).expect("shell");
        let mut shown = Vec::new();
        let display = Display::new(&mut shown, None);
        let result = headless(machine, ["a", "b"].map(str::to_owned), limit, display);
        (result, String::from_utf8(shown).expect("text"))
    }

    const PLENTY: Duration = Duration::from_secs(60);

    fn message(result: Result<(), Failure>) -> String {
        result.expect_err("a failure").to_string()
    }

    #[test]
    fn every_zone_powering_itself_off_is_success() {
        let (result, shown) =
            run("echo '[bulkhead] all zones have stopped: 2 powered off, 0 failed'", PLENTY);
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(shown, "[bulkhead] all zones have stopped: 2 powered off, 0 failed\n");
    }

    #[test]
    fn a_guest_that_claims_success_is_not_believed() {
        let (result, _) =
            run("echo '[a] [bulkhead] all zones have stopped: 2 powered off, 0 failed'", PLENTY);
        assert!(message(result).starts_with("the machine ended before all zones had stopped"));
    }

    #[test]
    fn a_failed_zone_is_the_reason() {
        let script = "echo '[bulkhead] zone b: failed: vCPU 0: abort'
                      echo '[bulkhead] all zones have stopped: 1 powered off, 1 failed'";
        assert_eq!(message(run(script, PLENTY).0), "zone b failed: vCPU 0: abort");
    }

    #[test]
    fn a_refusal_is_the_reason() {
        assert_eq!(
            message(run("echo '[bulkhead] refused: no GIC'", PLENTY).0),
            "the hypervisor refused to boot: no GIC"
        );
    }

    #[test]
    fn a_timeout_tells_the_last_state_of_every_zone() {
        let script = "echo '[bulkhead] zone a: started'; exec sleep 600";
        assert_eq!(
            message(run(script, Duration::from_secs(1)).0),
            "timed out after 1 s (zone a: running, zone b: not started)"
        );
    }

    #[test]
    fn what_the_emulator_complains_of_is_shown() {
        let text = message(run("echo 'no such machine' >&2; exit 1", PLENTY).0);
        assert!(text.ends_with("QEMU said: no such machine"), "{text}");
    }
}
