//! The boards that QEMU emulates.

use std::fs;
use std::process::{Command, Stdio};

use setup::Arch;

use crate::Failure;

/// An emulated board: the values of `[board] qemu` and the architecture whose emulator has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QemuBoard {
    /// The architecture.
    pub arch: &'static Arch,
    /// `-machine`, with its properties.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// `-smp`: the number of CPUs.
    pub cpus: usize,
    /// `-m`: the memory, in QEMU's notation.
    pub memory: String,
}

impl QemuBoard {
    /// The command line up to the board itself; nothing is booted yet.
    pub fn command(&self) -> Command {
        self.with_machine(&self.machine)
    }

    /// The flattened device tree that the board gives to what boots on it.
    ///
    /// # Errors
    /// QEMU refuses the board.
    pub fn device_tree(&self) -> Result<Vec<u8>, Failure> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("board.dtb");
        let mut command = self.with_machine(&format!("{},dumpdtb={}", self.machine, file.display()));
        command.args(["-display", "none", "-serial", "none", "-monitor", "none", "-nic", "none"]);
        let output = command.stdin(Stdio::null()).output().map_err(|error| {
            Failure::new(format!("{} cannot be started: {error}", self.arch.emulator))
                .help("run `bulkhead setup`")
        })?;
        match fs::read(&file) {
            Ok(tree) if output.status.success() => Ok(tree),
            _ => {
                let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                Err(Failure::new(format!("QEMU does not make the board {}: {complaint}", self.machine))
                    .help("correct `qemu` in the [board] table; its values are those of QEMU's own options"))
            }
        }
    }

    fn with_machine(&self, machine: &str) -> Command {
        let mut command = Command::new(self.arch.emulator);
        command.args(["-machine", machine, "-cpu", &self.cpu, "-m", &self.memory]);
        command.arg("-smp").arg(self.cpus.to_string());
        command
    }
}
