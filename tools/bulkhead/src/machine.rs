//! The machine that a partition runs on: QEMU as the board.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::board::QemuBoard;
use crate::partition::Bootable;

/// What is connected to the board's keyboard side of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing.
    None,
    /// A pipe that [`Machine::take_input`] hands out.
    Pipe,
}

/// A running QEMU; ended when dropped.
pub struct Machine {
    child: Child,
    complaints: Option<JoinHandle<String>>,
}

impl Machine {
    /// Boots the hypervisor's image with the bundle as its initrd; `extra` arguments come last, so that they
    /// override.
    ///
    /// # Errors
    /// QEMU cannot be started.
    pub fn start(bootable: &Bootable, input: Input, extra: &[String]) -> io::Result<Self> {
        let mut command = boot_command(bootable);
        command.args(extra);
        Self::spawn(&mut command, input)
    }

    /// Runs `command` as the machine, its standard output and input being the console.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn spawn(command: &mut Command, input: Input) -> io::Result<Self> {
        command.stdin(match input {
            Input::None => Stdio::null(),
            Input::Pipe => Stdio::piped(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // Read along, so that QEMU's own messages neither block it nor tear the console.
        let complaints = child.stderr.take().map(|mut stderr| {
            thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stderr.read_to_end(&mut text);
                String::from_utf8_lossy(&text).trim().to_owned()
            })
        });
        Ok(Self { child, complaints })
    }

    /// The console's output. Once.
    ///
    /// # Errors
    /// It was taken before.
    pub fn take_output(&mut self) -> io::Result<ChildStdout> {
        self.child.stdout.take().ok_or_else(|| io::Error::other("the console's output is taken already"))
    }

    /// The console's input. Once, and only with [`Input::Pipe`].
    ///
    /// # Errors
    /// There is none, or it was taken before.
    pub fn take_input(&mut self) -> io::Result<ChildStdin> {
        self.child.stdin.take().ok_or_else(|| io::Error::other("the console has no input"))
    }

    /// Ends the machine if it still runs, and returns what QEMU itself complained of, if anything.
    pub fn complaint(&mut self) -> Option<String> {
        self.end();
        let text = self.complaints.take()?.join().ok()?;
        (!text.is_empty()).then(|| format!("QEMU said: {text}"))
    }

    /// Ends the machine. That it has ended by itself is just as well.
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end();
    }
}

/// The command line that boots a partition.
pub fn boot_command(bootable: &Bootable) -> Command {
    let mut command = board_command(bootable.board());
    command.arg("-kernel").arg(bootable.image()).arg("-initrd").arg(bootable.bundle());
    command
}

/// The command line that boots a kernel on the board itself, without the hypervisor, with this command line of its own.
pub fn bare_command(board: &QemuBoard, kernel: &Path, options: &str) -> Command {
    let mut command = board_command(board);
    command.arg("-kernel").arg(kernel).args(["-append", options]);
    command
}

/// The command line of a board whose console is standard input and output. What it boots is still to be said.
pub fn board_command(board: &QemuBoard) -> Command {
    let mut command = board.command();
    command.args(["-display", "none", "-serial", "stdio", "-monitor", "none"]);
    // No network card: without QEMU's recommended packages its boot ROM is missing, and QEMU would stop.
    command.args(["-nic", "none", "-no-reboot"]);
    command
}

/// Runs a machine that needs no keyboard until it ends by itself, and returns its console.
///
/// # Errors
/// It cannot be started, or does not end within `limit`: then the message has the console so far.
pub fn console_of(command: &mut Command, limit: Duration) -> Result<String, Failure> {
    listen(command, limit, None)
}

/// Runs a machine that needs no keyboard until its console has had `last`, and returns the console so far. A machine
/// that ends before that is just as well.
///
/// # Errors
/// As for [`console_of`].
pub fn console_until(command: &mut Command, limit: Duration, last: &str) -> Result<String, Failure> {
    listen(command, limit, Some(last))
}

fn listen(command: &mut Command, limit: Duration, last: Option<&str>) -> Result<String, Failure> {
    let mut machine = Machine::spawn(command, Input::None)?;
    let mut output = machine.take_output()?;
    let (sender, bytes) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let end = Instant::now() + limit;
    let mut console = Vec::new();
    loop {
        match bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(bytes) => {
                // What was new may have brought the end of it.
                let seen = console.len().saturating_sub(last.map_or(0, str::len));
                console.extend(bytes);
                if last.is_some_and(|last| String::from_utf8_lossy(&console[seen..]).contains(last)) {
                    return Ok(String::from_utf8_lossy(&console).into_owned());
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(String::from_utf8_lossy(&console).into_owned()),
            Err(RecvTimeoutError::Timeout) => {
                let (limit, console) = (limit.as_secs(), String::from_utf8_lossy(&console));
                return Err(Failure::new(format!("the machine did not end within {limit} s:\n{console}")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_heard_to_its_end() {
        let console =
            console_of(Command::new("sh").args(["-c", "echo first; echo last"]), Duration::from_secs(60));
        assert_eq!(console.expect("an end"), "first\nlast\n");
    }

    #[test]
    fn a_machine_that_goes_on_is_heard_to_the_words_that_were_asked_for() {
        let machine = ["-c", "echo first; echo last; exec sleep 600"];
        let console = console_until(Command::new("sh").args(machine), Duration::from_secs(60), "last");
        assert!(console.expect("the words").starts_with("first\nlast"));
    }

    #[test]
    fn a_machine_that_does_not_end_tells_how_far_it_came() {
        let machine = ["-c", "echo first; exec sleep 600"];
        let failure =
            console_of(Command::new("sh").args(machine), Duration::from_secs(1)).expect_err("no end");
        assert_eq!(failure.to_string(), "the machine did not end within 1 s:\nfirst\n");
    }
}
