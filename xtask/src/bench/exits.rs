//! How often in a second a Linux zone on riscv64 is left, by cause: while it is idle, and while it is busy. The
//! hypervisor's status tells the exits, the guest's clock the seconds.
//!
//! When keys arrive is the host's time, so that some exits more or less differ from run to run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use bulkhead::machine::{Input, Machine};
use setup::{Arch, Setup};

use super::Figure;
use super::machine::{COUNTING, LIMIT, bootable};
use crate::Problem;

/// Seconds of the guest's time.
const IDLE: u32 = 10;
const BUSY: u32 = 1;

/// The zone's CPUs: each has a line of its own in the status.
const CPUS: usize = 2;

/// Ctrl-] s: the console's key for the status.
const STATUS: &[u8] = b"\x1ds";

/// Exits so far, by cause.
type Exits = BTreeMap<String, u64>;

/// A machine to boot on: `-machine`, what names of its figures begin with, and what is said of it.
const BOARDS: [(&str, &str, &str); 2] =
    [("virt,aia=aplic-imsic,aia-guests=1", "", ""), ("virt", "plic_", "PLIC: ")];

/// Boots a zone of two vCPUs with Debian's 6.12 kernel on each machine, and lets it idle and work.
pub(super) fn measure(setup: &Setup) -> Result<Vec<Figure>, Problem> {
    let mut figures = Vec::new();
    for (machine, prefix, board) in BOARDS {
        for (state, cause, rate) in rates(setup, machine)? {
            let name = format!("{prefix}{state}_linux_{cause}_per_second");
            let about = format!("{board}{cause}, {state} Linux");
            figures.push(Figure::new(Arch::RISCV64, &name, about, (rate, "exits/s"), None));
        }
    }
    Ok(figures)
}

/// What the zone does, the cause, and exits per second.
fn rates(setup: &Setup, machine: &str) -> Result<Vec<(&'static str, String, f64)>, Problem> {
    let zones = format!(
        r#"[board]
arch = "riscv64"
qemu = {{ machine = "{machine}", cpu = "rv64", smp = {CPUS}, memory = "1G" }}
[[zone]]
name = "linux"
cpus = [0, 1]
memory = "256M"
kernel = "guest:linux-6.12"
initrd = "guest:busybox"
cmdline = 'console=ttyS0 panic=-1 bulkhead.run="mark begun; mark still; sleep {IDLE}; mark idled; busy {BUSY}; mark worked"'
"#
    );
    let bootable = bootable(setup, Arch::RISCV64, &zones)?;
    let machine = Machine::start(&bootable, Input::Pipe, &COUNTING.map(str::to_owned));
    let mut console = Console::of(machine.map_err(|error| error.to_string())?)?;
    let [begun, still, idled, worked] = [
        console.exits_at("begun")?,
        console.exits_at("still")?,
        console.exits_at("idled")?,
        console.exits_at("worked")?,
    ];

    // What lies between two marks right behind each other is what asking takes.
    let asking = difference(&begun, &still);
    let states = [("idle", IDLE, difference(&still, &idled)), ("busy", BUSY, difference(&idled, &worked))];
    let rates = states.into_iter().flat_map(|(state, seconds, exits)| {
        let of_guest = difference(&asking, &exits);
        of_guest.into_iter().map(move |(cause, exits)| (state, cause, exits as f64 / f64::from(seconds)))
    });
    Ok(rates.collect())
}

/// What came on top of `before`.
fn difference(before: &Exits, after: &Exits) -> Exits {
    let less = |cause: &String| before.get(cause).copied().unwrap_or(0);
    after.iter().map(|(cause, exits)| (cause.clone(), exits.saturating_sub(less(cause)))).collect()
}

/// The console of a running machine.
struct Console {
    lines: Receiver<String>,
    keys: ChildStdin,
    begun: Instant,
    /// Runs as long as this is kept.
    _machine: Machine,
}

impl Console {
    fn of(mut machine: Machine) -> Result<Self, Problem> {
        let output = machine.take_output().map_err(|error| error.to_string())?;
        let keys = machine.take_input().map_err(|error| error.to_string())?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { lines, keys, begun: Instant::now(), _machine: machine })
    }

    /// Waits until the guest has come to `mark`, asks for the exits up to there, and lets it go on.
    fn exits_at(&mut self, mark: &str) -> Result<Exits, Problem> {
        let reached = format!("bulkhead-init: mark {mark}");
        self.next(|line| line.contains(&reached).then_some(()))?;
        self.press(STATUS)?;
        let mut sum = Exits::new();
        for _ in 0..CPUS {
            for (cause, exits) in self.next(exits_of)? {
                *sum.entry(cause).or_default() += exits;
            }
        }
        self.press(b"\n")?;
        Ok(sum)
    }

    /// The next line that means something to `reader`.
    fn next<T>(&mut self, reader: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        let mut seen = String::new();
        loop {
            let left = LIMIT.saturating_sub(self.begun.elapsed());
            let line = self.lines.recv_timeout(left).map_err(|error| format!("{error}:\n{seen}"))?;
            if let Some(meaning) = reader(&line) {
                return Ok(meaning);
            }
            seen.push_str(&line);
        }
    }

    fn press(&mut self, keys: &[u8]) -> Result<(), Problem> {
        self.keys.write_all(keys).and_then(|()| self.keys.flush()).map_err(|error| error.to_string())
    }
}

/// The causes and numbers of a status line, `[bulkhead] zone NAME: vCPU N: exits: 12 calls 3 accesses …`.
fn exits_of(line: &str) -> Option<Exits> {
    let (_, list) = line.strip_prefix("[bulkhead] zone ")?.split_once(": exits:")?;
    let words: Vec<&str> = list.split_whitespace().collect();
    let pair = |pair: &[&str]| Some(((*pair.get(1)?).to_owned(), pair.first()?.parse().ok()?));
    words.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(pairs: &[(&str, u64)]) -> Exits {
        pairs.iter().map(|(cause, exits)| ((*cause).to_owned(), *exits)).collect()
    }

    #[test]
    fn a_status_line_is_read_whatever_causes_there_are() {
        let line = "[bulkhead] zone linux: vCPU 1: exits: 12 calls 3 accesses\r";
        assert_eq!(exits_of(line), Some(exits(&[("calls", 12), ("accesses", 3)])));
    }

    #[test]
    fn a_zone_cannot_pretend_to_be_the_status() {
        assert_eq!(exits_of("[linux] [bulkhead] zone linux: vCPU 1: exits: 12 calls"), None);
    }

    #[test]
    fn a_rate_is_never_below_nothing() {
        let (before, after) = (exits(&[("calls", 5)]), exits(&[("calls", 3), ("traps", 2)]));
        assert_eq!(difference(&before, &after), exits(&[("calls", 0), ("traps", 2)]));
    }
}
