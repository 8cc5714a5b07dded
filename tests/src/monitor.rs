//! QEMU's monitor (QMP, docs/interop/qmp-spec of QEMU): what a hand would do to the board, such as pressing its power
//! button.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bulkhead::partition::Bootable;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The monitor's socket, beside the bundle and gone with it.
pub(crate) fn socket(bootable: &Bootable) -> PathBuf {
    bootable.bundle().with_file_name("monitor")
}

/// What QEMU must be told to have a monitor there.
pub(crate) fn arguments(socket: &Path) -> [String; 2] {
    ["-qmp".to_owned(), format!("unix:{},server=on,wait=off", socket.display())]
}

/// Gives a command without arguments to the machine whose monitor is at `socket`, and waits for it to be carried out.
///
/// # Errors
/// The machine has ended, does not answer, or refuses the command.
pub(crate) fn command(socket: &Path, name: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    // Nothing else is understood before this.
    for name in ["qmp_capabilities", name] {
        writeln!(stream, "{{\"execute\": \"{name}\"}}")?;
        answer(&mut answers)?;
    }
    Ok(())
}

/// Reads the answer to a command. The greeting and events are no answers.
fn answer(lines: &mut impl BufRead) -> io::Result<()> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if line.starts_with("{\"return\"") {
            return Ok(());
        }
        if line.starts_with("{\"error\"") {
            return Err(io::Error::other(line.trim().to_owned()));
        }
        line.clear();
    }
    Err(io::Error::other("the machine has ended"))
}

#[cfg(test)]
mod tests {
    use super::answer;

    const GREETING: &str = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";
    const EVENT: &str = "{\"timestamp\": {}, \"event\": \"POWERDOWN\"}\r\n";

    #[test]
    fn a_command_is_carried_out_when_it_returns() {
        let answers = format!("{GREETING}{EVENT}{{\"return\": {{}}}}\r\n");
        assert!(answer(&mut answers.as_bytes()).is_ok());
    }

    #[test]
    fn a_refusal_is_told() {
        let answers = format!("{GREETING}{{\"error\": {{\"class\": \"CommandNotFound\"}}}}\r\n");
        let error = answer(&mut answers.as_bytes()).expect_err("no refusal");
        assert!(error.to_string().contains("CommandNotFound"), "{error}");
    }

    #[test]
    fn a_machine_that_ends_answers_nothing() {
        assert!(answer(&mut GREETING.as_bytes()).is_err());
    }
}
