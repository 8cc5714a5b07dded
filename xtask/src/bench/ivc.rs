//! What doorbells and messages between two zones take: two guests `ivc-peer` count it from inside.

use std::collections::HashMap;

use bulkhead::machine::boot_command;
use setup::{Arch, Setup};

use super::Figure;
use super::machine::{ARM64_CPU, COUNTING, bootable, console_of};
use crate::Problem;

/// A machine that the guests run on.
struct Board {
    arch: &'static Arch,
    /// What names of its figures begin with, and what is said of it.
    prefix: &'static str,
    about: &'static str,
    machine: &'static str,
    cpu: &'static str,
    /// The most instructions of the hypervisor for a doorbell: of who rings and of who is rung.
    doorbell: Option<f64>,
}

const BOARDS: [Board; 4] = [
    Board {
        arch: Arch::ARM64,
        prefix: "",
        about: "",
        machine: "virt,virtualization=on,gic-version=3",
        cpu: ARM64_CPU,
        doorbell: Some(600.0),
    },
    Board {
        arch: Arch::ARM64,
        prefix: "gicv2_",
        about: "GICv2: ",
        machine: "virt,virtualization=on,gic-version=2",
        cpu: ARM64_CPU,
        doorbell: None,
    },
    Board {
        arch: Arch::RISCV64,
        prefix: "",
        about: "",
        machine: "virt,aia=aplic-imsic,aia-guests=1",
        cpu: "rv64",
        doorbell: Some(300.0),
    },
    Board {
        arch: Arch::RISCV64,
        prefix: "plic_",
        about: "PLIC: ",
        machine: "virt",
        cpu: "rv64",
        doorbell: None,
    },
];

/// Bytes of messages, by what the guest calls them, and the most that one may take, in times of copying as much: a
/// throughput of 0.8 of a copy's.
const MESSAGES: [(&str, &str, Option<f64>); 3] =
    [("64", "64 B", None), ("4096", "4 KiB", Some(1.25)), ("65536", "64 KiB", Some(1.25))];

/// Runs two peers on each machine.
pub(super) fn measure(setup: &Setup) -> Result<Vec<Figure>, Problem> {
    let mut figures = Vec::new();
    for board in &BOARDS {
        figures.extend(board.figures(&board.counts(setup)?)?);
    }
    Ok(figures)
}

impl Board {
    fn counts(&self, setup: &Setup) -> Result<Counts, Problem> {
        let Self { arch, machine, cpu, .. } = self;
        let zone = |name: &str, cpu: usize| {
            format!(
                "[[zone]]\nname = \"{name}\"\ncpus = [{cpu}]\nmemory = \"16M\"\nkernel = \"guest:ivc-peer\"\ncmdline = \"do=measure\"\n"
            )
        };
        let zones = format!(
            "[board]\narch = \"{}\"\nqemu = {{ machine = \"{machine}\", cpu = \"{cpu}\", smp = 2, memory = \"256M\" }}\n{}{}[[channel]]\nname = \"measured\"\npeers = [\"a\", \"b\"]\nout = \"2M\"\n",
            arch.name,
            zone("a", 0),
            zone("b", 1)
        );
        let bootable = bootable(setup, arch, &zones)?;
        counts_of(&console_of(boot_command(&bootable).args(COUNTING))?)
    }

    fn figures(&self, counts: &Counts) -> Result<Vec<Figure>, Problem> {
        let of = |name: &str| {
            counts.get(name).copied().ok_or_else(|| format!("the guests have not measured {name}"))
        };
        let Self { arch, prefix, about, doorbell, .. } = self;
        let new = |name: &str, text: String, value, bar| {
            Figure::new(arch, &format!("{prefix}{name}"), format!("{about}{text}"), value, bar)
        };
        let doorbell = new(
            "ivc_doorbell",
            "IVC: hypervisor's part of a doorbell".into(),
            (of("doorbell")?, INSTRUCTIONS),
            *doorbell,
        );
        let there_and_back = (of("round_trip")?, INSTRUCTIONS);
        let mut figures = vec![
            doorbell,
            new("ivc_round_trip", "IVC: doorbell to another zone and back".into(), there_and_back, None),
        ];
        for (name, size, bar) in MESSAGES {
            let copy = of(&format!("copy_{name}"))?;
            // The slower end is how many messages get through.
            let slower = of(&format!("send_{name}"))?.max(of(&format!("receive_{name}"))?);
            let text = format!("IVC: message of {size} / copy of it");
            figures.push(new(&format!("ivc_message_{name}_ratio"), text, (slower / copy, ""), bar));
        }
        Ok(figures)
    }
}

const INSTRUCTIONS: &str = "instructions";

/// Instructions of one repetition, by the name of the measure.
type Counts = HashMap<String, f64>;

/// Reads the guests' lines `ivc: NAME count=N instructions=I`.
fn counts_of(console: &str) -> Result<Counts, Problem> {
    let lines = || console.lines().filter_map(|line| line.split_once("ivc: ")).map(|(_, measure)| measure);
    match lines().filter(|line| line.trim() == "measured").count() {
        2 => Ok(lines().filter_map(count_of).collect()),
        _ => Err(format!("the guests have not come to their end:\n{console}")),
    }
}

fn count_of(measure: &str) -> Option<(String, f64)> {
    let mut words = measure.split_whitespace();
    let name = words.next()?;
    let count: f64 = words.next()?.strip_prefix("count=")?.parse().ok()?;
    let instructions: f64 = words.next()?.strip_prefix("instructions=")?.parse().ok()?;
    Some((name.to_owned(), instructions / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_zones_are_read() {
        let lines = "[a] ivc: doorbell count=2 instructions=5\r\n[a] ivc: measured\n[b] ivc: receive_64 count=1 instructions=7\n[b] ivc: measured\n";
        let expected = Counts::from([("doorbell".to_owned(), 2.5), ("receive_64".to_owned(), 7.0)]);
        assert_eq!(counts_of(lines), Ok(expected));
    }

    #[test]
    fn a_guest_that_broke_off_is_an_error() {
        assert!(counts_of("[a] ivc: doorbell count=2 instructions=5\n[a] ivc: measured\n").is_err());
    }

    #[test]
    fn a_message_is_measured_at_its_slower_end() {
        let values = ["doorbell", "round_trip", "copy_64", "send_64", "receive_64"].map(|name| (name, 1.0));
        let more = ["4096", "65536"].map(|name| {
            [("copy_", 10.0), ("send_", 11.0), ("receive_", 12.0)]
                .map(|(kind, value)| (format!("{kind}{name}"), value))
        });
        let counts: Counts = values
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .chain(more.into_iter().flatten())
            .collect();
        let figures = BOARDS[0].figures(&counts).expect("all were measured");
        let ratio = figures.iter().find(|figure| figure.name == "ivc_message_4096_ratio").expect("there");
        assert_eq!((ratio.value, ratio.bar), (1.2, Some(1.25)));
    }
}
