//! What interrupts, calls and accesses to interrupt controllers take in a zone, and the same without a hypervisor:
//! the guest `meter` counts it from inside, on riscv64.

use std::collections::HashMap;

use bulkhead::board::QemuBoard;
use bulkhead::machine::{bare_command, boot_command};
use setup::{Arch, Setup};

use super::Figure;
use super::machine::{COUNTING, bootable, console_of};
use crate::{Problem, describe};

/// What a figure must not exceed.
#[derive(Clone, Copy)]
enum Bar {
    None,
    /// So many instructions in the zone.
    InZone(f64),
    /// So many times what it is without a hypervisor. As an exit cannot take less than an instruction, it also tells
    /// that there is none.
    OfBare(f64),
}

/// The most that a call and back may take.
const CALL: Bar = Bar::InZone(120.0);
/// The most that an access to an emulated register may take.
const REGISTER: Bar = Bar::InZone(200.0);
/// The most for what no hypervisor should be part of.
const DIRECT: Bar = Bar::OfBare(1.02);

/// A measure of the guest.
struct Measure {
    /// Its name in the guest's line.
    name: &'static str,
    /// The name of the figure.
    figure: &'static str,
    /// What it measures, for the reader.
    about: &'static str,
    bar: Bar,
}

const fn measure_of(name: &'static str, about: &'static str, bar: Bar) -> Measure {
    Measure { name, figure: name, about, bar }
}

/// A machine that the guest runs on.
struct Board {
    /// `-machine` with what a hypervisor needs, and without.
    machine: &'static str,
    bare_machine: &'static str,
    /// More of the zone in zones.toml.
    zone: &'static str,
    /// The guest's command line where there is no hypervisor.
    bare_options: &'static str,
    measures: &'static [Measure],
}

const BOARDS: [Board; 2] = [
    Board {
        machine: "virt,aia=aplic-imsic,aia-guests=1",
        bare_machine: "virt,aia=aplic-imsic",
        zone: r#"devices = ["/soc/rtc@101000"]"#,
        bare_options: "",
        measures: &[
            measure_of("sbi_base_call", "SBI BASE call and back", CALL),
            measure_of("aplic_sourcecfg_read", "APLIC: read of sourcecfg", REGISTER),
            measure_of("aplic_target_read", "APLIC: read of target", REGISTER),
            measure_of("aplic_sourcecfg_write", "APLIC: write of sourcecfg", REGISTER),
            measure_of("aplic_target_write", "APLIC: write of target", REGISTER),
            measure_of("aplic_setienum_write", "APLIC: write of setienum", REGISTER),
            measure_of("aplic_setipnum_write", "APLIC: write of setipnum", REGISTER),
            measure_of("aplic_owned_setienum_write", "APLIC: write of setienum, device of its own", REGISTER),
            measure_of("aplic_owned_setipnum_write", "APLIC: write of setipnum, device of its own", REGISTER),
            measure_of("aplic_genmsi_to_handler", "APLIC: genmsi to the handler", Bar::None),
            measure_of("timer_to_handler", "timer to its handler", DIRECT),
            measure_of("timer_round_trip", "timer, its handler and back", DIRECT),
            measure_of("ipi_to_handler", "IPI to its handler", DIRECT),
            measure_of("ipi_round_trip", "IPI, its handler and back", DIRECT),
            measure_of("ipi_to_other_hart_and_back", "IPI to another hart and back", DIRECT),
            measure_of("device_msi_to_handler", "device by MSI to its handler", DIRECT),
            measure_of("device_msi_round_trip", "device by MSI, its handler and back", DIRECT),
        ],
    },
    Board {
        machine: "virt",
        bare_machine: "virt",
        zone: "",
        bare_options: "context=1",
        measures: &[
            measure_of("plic_claim_and_completion", "PLIC: claim and completion", Bar::None),
            measure_of("sbi_ipi_to_handler", "PLIC: IPI by SBI to its handler", Bar::None),
            measure_of("sbi_ipi_round_trip", "PLIC: IPI by SBI, its handler and back", Bar::None),
            Measure {
                name: "timer_to_handler",
                figure: "plic_timer_to_handler",
                about: "PLIC: timer to its handler",
                bar: Bar::None,
            },
        ],
    },
];

/// Runs the guest in a zone and without a hypervisor, on each machine.
pub(super) fn measure(setup: &Setup) -> Result<Vec<Figure>, Problem> {
    let mut figures = Vec::new();
    for board in &BOARDS {
        let (zone, bare) = (board.in_zone(setup)?, board.bare(setup)?);
        for measure in board.measures {
            figures.extend(measure.figures(&zone, &bare)?);
        }
    }
    Ok(figures)
}

impl Board {
    fn in_zone(&self, setup: &Setup) -> Result<Counts, Problem> {
        let zones = format!(
            r#"[board]
arch = "riscv64"
qemu = {{ machine = "{}", cpu = "rv64", smp = 2, memory = "256M" }}
[[zone]]
name = "meter"
cpus = [0, 1]
memory = "64M"
kernel = "guest:meter"
{}
"#,
            self.machine, self.zone
        );
        let bootable = bootable(setup, Arch::RISCV64, &zones)?;
        counts_of(&console_of(boot_command(&bootable).args(COUNTING))?)
    }

    fn bare(&self, setup: &Setup) -> Result<Counts, Problem> {
        let guest = setup.payload(Arch::RISCV64, "meter").map_err(describe)?;
        let board = QemuBoard {
            arch: Arch::RISCV64,
            machine: self.bare_machine.to_owned(),
            cpu: "rv64".to_owned(),
            cpus: 2,
            memory: "256M".to_owned(),
        };
        counts_of(&console_of(bare_command(&board, &guest, self.bare_options).args(COUNTING))?)
    }
}

impl Measure {
    /// What it is in a zone; what it is without a hypervisor, where that was measured; and their ratio, where that
    /// has the bar.
    fn figures(&self, zone: &Counts, bare: &Counts) -> Result<Vec<Figure>, Problem> {
        let Self { name, figure, about, bar } = *self;
        let missing = || format!("the guest has not measured {name}");
        let in_zone = *zone.get(name).ok_or_else(missing)?;
        let without = bare.get(name).copied();
        let new = |name: &str, about: String, value, bar| Figure::new(Arch::RISCV64, name, about, value, bar);
        let zone_bar = match bar {
            Bar::InZone(bar) => Some(bar),
            _ => None,
        };
        let mut figures = vec![new(figure, about.to_owned(), (in_zone, INSTRUCTIONS), zone_bar)];
        if let Some(without) = without {
            let name = format!("{figure}_bare");
            figures.push(new(&name, format!("{about}, bare"), (without, INSTRUCTIONS), None));
        }
        if let Bar::OfBare(bar) = bar {
            let ratio = in_zone / without.ok_or_else(missing)?;
            let name = format!("{figure}_ratio");
            figures.push(new(&name, format!("{about}, zone / bare"), (ratio, ""), Some(bar)));
        }
        Ok(figures)
    }
}

/// What most figures here count.
const INSTRUCTIONS: &str = "instructions";

/// Instructions of one repetition, by the name of the measure.
pub(super) type Counts = HashMap<String, f64>;

/// Reads the guest's lines `meter: NAME count=N instructions=I`, or `meter: NAME count=N median=M worst=W` on arm64.
pub(super) fn counts_of(console: &str) -> Result<Counts, Problem> {
    let lines = || console.lines().filter_map(|line| line.split_once("meter: ")).map(|(_, measure)| measure);
    match lines().any(|line| line.trim() == "done") {
        true => Ok(lines().filter_map(count_of).collect()),
        false => Err(format!("the guest meter has not come to its end:\n{console}")),
    }
}

/// One line's name, and instructions of one repetition.
fn count_of(measure: &str) -> Option<(String, f64)> {
    let mut words = measure.split_whitespace();
    let name = words.next()?;
    let count: f64 = words.next()?.strip_prefix("count=")?.parse().ok()?;
    let value = words.next()?;
    let instructions = match value.strip_prefix("median=") {
        Some(median) => median.parse().ok()?,
        None => value.strip_prefix("instructions=")?.parse::<f64>().ok()? / count,
    };
    Some((name.to_owned(), instructions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, f64)]) -> Counts {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn lines_of_a_zone_and_of_a_bare_machine_are_read_alike() {
        let lines =
            "meter: a count=10 instructions=25\r\n[meter] meter: b count=2 instructions=2\nmeter: done\r\n";
        assert_eq!(counts_of(lines), Ok(counts(&[("a", 2.5), ("b", 1.0)])));
    }

    #[test]
    fn of_several_counts_of_a_measure_the_median_is_taken() {
        let lines = "[meter] meter: a count=10 median=2 worst=3\nmeter: done\n";
        assert_eq!(counts_of(lines), Ok(counts(&[("a", 2.0)])));
    }

    #[test]
    fn a_guest_that_broke_off_is_an_error() {
        assert!(counts_of("meter: a count=10 instructions=25\n").is_err());
    }

    #[test]
    fn a_bar_on_the_ratio_is_on_the_ratio_alone() {
        let figures = measure_of("a", "A", DIRECT).figures(&counts(&[("a", 3.0)]), &counts(&[("a", 2.0)]));
        let figures = figures.expect("both were measured");
        let bars: Vec<_> =
            figures.iter().map(|figure| (figure.name.as_str(), figure.value, figure.bar)).collect();
        assert_eq!(
            bars,
            [("riscv64_a", 3.0, None), ("riscv64_a_bare", 2.0, None), ("riscv64_a_ratio", 1.5, Some(1.02))]
        );
    }

    #[test]
    fn a_ratio_without_its_bare_half_is_an_error() {
        assert!(measure_of("a", "A", DIRECT).figures(&counts(&[("a", 3.0)]), &Counts::new()).is_err());
    }
}
