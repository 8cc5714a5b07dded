//! The machine that a partition runs on: QEMU as the board.

use std::io::{self, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

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
    let mut command = bootable.board().command();
    command.args(["-display", "none", "-serial", "stdio", "-monitor", "none"]);
    // No network card: without QEMU's recommended packages its boot ROM is missing, and QEMU would stop.
    command.args(["-nic", "none", "-no-reboot"]);
    command.arg("-kernel").arg(bootable.image()).arg("-initrd").arg(bootable.bundle());
    command
}
