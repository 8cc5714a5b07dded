//! Exits and the hypervisor's instructions for interrupts and accesses: the guest `meter` counts the instructions, QEMU's
//! own log of exceptions the exits.

use std::fs;

use bulkhead::machine::{bare_command, boot_command};
use setup::{Arch, Setup};

use super::super::machine::{COUNTING, console_of};
use super::super::meter::{Counts, counts_of};
use super::Values;
use super::board::{Board, Guest, Reach};
use crate::{Problem, describe};

/// Accesses that the guest measures.
const ACCESSES: [&str; 6] = ["read_8", "read_16", "read_32", "write_8", "write_16", "write_32"];

/// Repetitions of each measure. How many exits one takes is the difference of two runs, so that what else a run does is
/// not counted.
const COUNTS: [u32; 2] = [100, 300];

pub(super) fn measure(setup: &Setup, board: &Board, values: &mut Values) -> Result<(), Problem> {
    let Alarm { options, interrupts, to_handler, whole } = board.alarm_measures();
    let interrupt = board.run(setup, options, Reach::Mapped)?;
    let bare = board.bare_counts(setup, options)?;
    values.put("interrupt_exits", interrupt.exits_for(interrupts));
    for (figure, measure) in [("interrupt_to_handler", to_handler), ("interrupt", whole)] {
        let of = |counts: &Counts| {
            counts.get(measure).copied().ok_or_else(|| format!("the guest has not measured {measure}"))
        };
        values.put(figure, of(&interrupt.counts)? - of(&bare)?);
    }
    for (reach, name) in [(Reach::Mapped, "mapped"), (Reach::Mediated, "mediated")] {
        let run = board.run(setup, "only=transport transport=yes", reach)?;
        values.put(&format!("{name}_exits"), run.exits_for(ACCESSES.len()));
        for access in ACCESSES {
            let counted =
                run.counts.get(&format!("transport_{access}")).ok_or("the guest has no transport")?;
            // The access itself is an instruction.
            values.put(&format!("{name}_{access}"), counted - 1.0);
        }
    }
    Ok(())
}

/// How the guest is told to measure the interrupt of the alarm, and how it calls what it measures.
struct Alarm {
    options: &'static str,
    /// Interrupts in one repetition of it all.
    interrupts: usize,
    to_handler: &'static str,
    whole: &'static str,
}

/// What two runs brought.
struct Run {
    counts: Counts,
    /// Exits of each.
    exits: [usize; 2],
}

impl Run {
    /// Exits of one repetition, of which each run had so many measures. Rounded: the guest prints a digit or two more of
    /// what more repetitions take, by exits of its console.
    fn exits_for(&self, measures: usize) -> f64 {
        let [fewer, more] = self.exits;
        let repetitions = (COUNTS[1] - COUNTS[0]) as usize * measures;
        (more.saturating_sub(fewer) as f64 / repetitions as f64).round()
    }
}

impl Board {
    fn alarm_measures(&self) -> Alarm {
        let riscv64 = Alarm {
            options: "only=device",
            interrupts: 1,
            to_handler: "device_msi_to_handler",
            whole: "device_msi_round_trip",
        };
        match (self.arch.name == Arch::ARM64.name, self.has_plic) {
            (true, _) => Alarm {
                options: "only=device_to device=yes",
                // It is raised for each of the two.
                interrupts: 2,
                to_handler: "device_to_handler",
                whole: "device_to_end",
            },
            (false, false) => riscv64,
            (false, true) => {
                Alarm { to_handler: "device_wire_to_handler", whole: "device_wire_round_trip", ..riscv64 }
            }
        }
    }

    fn run(&self, setup: &Setup, options: &str, reach: Reach) -> Result<Run, Problem> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let log = folder.path().join("exceptions");
        let mut exits = [0; 2];
        let mut counts = Counts::new();
        for (exits, count) in exits.iter_mut().zip(COUNTS) {
            let options = format!("{options} count={count}");
            let guest = Guest { kernel: "meter", initrd: None, mebibytes: 64, options: &options };
            let bootable = self.partition(setup, &guest, reach)?;
            let mut command = boot_command(&bootable);
            command.args(COUNTING).args(["-d", "int", "-D"]).arg(&log);
            counts = counts_of(&console_of(&mut command)?)?;
            let text = fs::read(&log).map_err(|error| format!("{}: {error}", log.display()))?;
            *exits = String::from_utf8_lossy(&text).lines().filter(|line| is_exit(line)).count();
        }
        Ok(Run { counts, exits })
    }

    fn bare_counts(&self, setup: &Setup, options: &str) -> Result<Counts, Problem> {
        let guest = setup.payload(self.arch, "meter").map_err(describe)?;
        let context = if self.has_plic { " context=1" } else { "" };
        let options = format!("{options} count={}{context}", COUNTS[1]);
        counts_of(&console_of(bare_command(&self.bare(), &guest, &options).args(COUNTING))?)
    }
}

/// Whether a line of QEMU's log (`-d int`) tells of an exception that the hypervisor takes from a guest.
fn is_exit(line: &str) -> bool {
    /// Causes of exceptions and interrupts that supervisors with guests have (RISC-V privileged specification,
    /// hypervisor extension, scause): calls of VS-mode, guest-page faults, virtual instructions; supervisor interrupts.
    const EXCEPTIONS: [u64; 5] = [10, 20, 21, 22, 23];
    const INTERRUPTS: [u64; 4] = [1, 5, 9, 12];
    if line.starts_with("...from EL1 to EL2") || line.starts_with("...from EL0 to EL2") {
        return true;
    }
    let field = |name| line.split(", ").find_map(|field: &str| field.trim().strip_prefix(name));
    let cause = field("cause:").and_then(|cause: &str| u64::from_str_radix(cause, 16).ok());
    cause.is_some_and(|cause| match field("async:") {
        Some("0") => EXCEPTIONS.contains(&cause),
        _ => INTERRUPTS.contains(&cause),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_from_a_guest_to_the_hypervisor_are_exits() {
        assert!(is_exit("...from EL1 to EL2"));
        assert!(is_exit(
            "riscv_cpu_do_interrupt: hart:0, async:0, cause:0000000000000015, epc:0x0000000080602832, tval:0x0000000010000005, desc=guest_load_page_fault"
        ));
        assert!(is_exit(
            "riscv_cpu_do_interrupt: hart:0, async:1, cause:0000000000000009, epc:0x0, tval:0x0, desc=s_external"
        ));
    }

    #[test]
    fn a_guests_own_exceptions_and_calls_of_the_hypervisor_are_none() {
        assert!(!is_exit("...from EL0 to EL1"));
        assert!(!is_exit(
            "riscv_cpu_do_interrupt: hart:0, async:0, cause:0000000000000009, epc:0x0, tval:0x0, desc=supervisor_ecall"
        ));
        assert!(!is_exit(
            "riscv_cpu_do_interrupt: hart:0, async:1, cause:000000000000000a, epc:0x0, tval:0x0, desc=vs_external"
        ));
    }

    #[test]
    fn what_both_runs_do_besides_is_not_counted() {
        let run = Run { counts: Counts::new(), exits: [107, 307] };
        assert_eq!(run.exits_for(1), 1.0);
    }
}
