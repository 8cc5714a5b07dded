//! A running partition as a scenario sees it: what each zone prints, and a keyboard.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bulkhead::board::QemuBoard;
use bulkhead::console::{Demux, Event, Ledger, Line, Verdict};
use bulkhead::machine::{self, Machine};
use bulkhead::partition::Bootable;
use setup::Setup;

use crate::board::Board;
use crate::exits::Exits;
use crate::monitor;
use crate::partition::Partition;
use crate::runner;

/// How many lines of the console a failure shows.
const LINES_SHOWN: usize = 60;

/// Ctrl-], which introduces a command to the console multiplexer.
const INTRODUCER: u8 = 0x1d;

/// Why a scenario failed: what it waited for or found, in a sentence.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Miss(pub String);

/// A running partition.
pub struct Stage<'s> {
    setup: &'s Setup,
    board: &'static Board,
    machine: Machine,
    /// Keeps the files that the machine boots from.
    bootable: Bootable,
    output: Receiver<Vec<u8>>,
    keys: ChildStdin,
    zones: Vec<String>,
    console: Transcript,
    ended: bool,
}

/// Everything that was printed, and how far a scenario has read it.
struct Transcript {
    demux: Demux,
    lines: Vec<Line>,
    ledger: Ledger,
    /// Per source the first line that no expectation has consumed.
    read: HashMap<String, usize>,
}

impl<'s> Stage<'s> {
    /// Takes over a machine that boots `bootable` on `board` and whose console arrives by `output`.
    pub fn new(
        setup: &'s Setup,
        board: &'static Board,
        machine: Machine,
        bootable: Bootable,
        output: Receiver<Vec<u8>>,
        keys: ChildStdin,
    ) -> Self {
        let zones: Vec<String> = bootable.zones().map(str::to_owned).collect();
        let ledger = Ledger::new(zones.clone());
        let console = Transcript { demux: Demux::default(), lines: Vec::new(), ledger, read: HashMap::new() };
        Self { setup, board, machine, bootable, output, keys, zones, console, ended: false }
    }

    /// The board that it runs on.
    pub fn board(&self) -> &'static Board {
        self.board
    }

    /// Waits until `zone` has printed a line that contains `text`, after those that were expected of it before,
    /// and returns the line.
    ///
    /// # Errors
    /// The time ran out, or the machine ended.
    pub fn expect(&mut self, zone: &str, text: &str, within: Duration) -> Result<String, Miss> {
        let what = format!("`{text}` from {zone}");
        self.wait(within, &what, |console| console.consume(zone, text))
    }

    /// Waits for a line of the hypervisor's own, like [`Stage::expect`].
    ///
    /// # Errors
    /// The time ran out, or the machine ended.
    pub fn expect_hypervisor(&mut self, text: &str, within: Duration) -> Result<String, Miss> {
        self.expect(Line::HYPERVISOR, text, within)
    }

    /// Waits for the hypervisor's last line and returns what the run came to.
    ///
    /// # Errors
    /// The time ran out. That the machine ended early is a verdict, no error.
    pub fn verdict(&mut self, within: Duration) -> Result<Verdict, Miss> {
        let over = self.wait(within, "all zones to stop", |console| console.ledger.is_over().then_some(()));
        match over {
            Err(miss) if !self.ended => Err(miss),
            _ => Ok(self.console.ledger.verdict()),
        }
    }

    /// Waits until every zone has powered itself off.
    ///
    /// # Errors
    /// The time ran out, or something else happened.
    pub fn expect_clean_end(&mut self, within: Duration) -> Result<(), Miss> {
        match self.verdict(within)? {
            Verdict::Clean => Ok(()),
            verdict => Err(Miss(verdict.to_string())),
        }
    }

    /// Sends the keyboard to `zone` and types.
    ///
    /// # Errors
    /// There is no such zone, or the machine has ended.
    pub fn send(&mut self, zone: &str, text: &str) -> Result<(), Miss> {
        let position = self.zones.iter().position(|name| name == zone);
        let digit = position.and_then(|index| u8::try_from(index).ok()?.checked_add(b'1'));
        let digit = digit.ok_or_else(|| Miss(format!("there is no zone {zone} to type to")))?;
        self.keys
            .write_all(&[INTRODUCER, digit])
            .and_then(|()| self.keys.write_all(text.as_bytes()))
            .and_then(|()| self.keys.flush())
            .map_err(|error| Miss(format!("cannot type to {zone}: {error}")))
    }

    /// Gives a command to QEMU's monitor, such as `system_powerdown`.
    ///
    /// # Errors
    /// It is not carried out.
    pub fn command(&self, name: &str) -> Result<(), Miss> {
        monitor::command(&monitor::socket(&self.bootable), name)
            .map_err(|error| Miss(format!("{name}, said to QEMU's monitor: {error}")))
    }

    /// What QEMU has traced into the file that `{trace}` stands for in its arguments.
    ///
    /// # Errors
    /// There is no such file.
    pub fn trace(&self) -> Result<String, Miss> {
        fs::read_to_string(runner::trace(&self.bootable))
            .map_err(|error| Miss(format!("QEMU has traced nothing: {error}")))
    }

    /// Asks the hypervisor how often each vCPU of `zone` has left its guest, by the status key.
    ///
    /// # Errors
    /// A line that tells it did not come within `within`, or reads otherwise than expected.
    pub fn exits(&mut self, zone: &str, vcpus: usize, within: Duration) -> Result<Vec<Exits>, Miss> {
        self.keys
            .write_all(&[INTRODUCER, b's'])
            .and_then(|()| self.keys.flush())
            .map_err(|error| Miss(format!("cannot ask for the status: {error}")))?;
        let mut of_vcpu = |vcpu| {
            let line = self.expect_hypervisor(&format!("zone {zone}: vCPU {vcpu}: exits:"), within)?;
            Exits::read(&line).ok_or_else(|| Miss(format!("no counts of exits in `{line}`")))
        };
        (0..vcpus).map(&mut of_vcpu).collect()
    }

    /// Every finished line that `zone` has printed so far.
    pub fn lines(&self, zone: &str) -> impl Iterator<Item = &str> {
        self.console.of(zone)
    }

    /// Boots another partition on a board of the same kind.
    ///
    /// # Errors
    /// It cannot be booted.
    pub fn another(&self, partition: &Partition) -> Result<Self, Miss> {
        runner::boot_another(self.setup, self.board, "another partition", partition)
            .map_err(|report| Miss(format!("could not boot: {report:?}")))
    }

    /// Runs a bare-metal guest with these options on a board of the same kind with so many CPUs, without the
    /// hypervisor, until the machine ends. Returns the console, that of firmware too.
    ///
    /// # Errors
    /// The guest cannot be built, or the machine does not end in time.
    pub fn without_hypervisor(
        &self,
        guest: &str,
        cpus: usize,
        options: &str,
        within: Duration,
    ) -> Result<String, Miss> {
        self.without_hypervisor_on(self.board.machine_without_hypervisor(), guest, cpus, options, within)
    }

    /// The same on another machine of QEMU's for this architecture.
    ///
    /// # Errors
    /// As there.
    pub fn without_hypervisor_on(
        &self,
        machine: String,
        guest: &str,
        cpus: usize,
        options: &str,
        within: Duration,
    ) -> Result<String, Miss> {
        let Board { arch, cpu, memory, .. } = *self.board;
        let kernel = self.setup.payload(arch, guest).map_err(|error| Miss(error.to_string()))?;
        let (cpu, memory) = (cpu.to_owned(), memory.to_owned());
        let board = QemuBoard { arch, machine, cpu, cpus, memory };
        machine::console_of(&mut machine::bare_command(&board, &kernel, options), within)
            .map_err(|failure| Miss(format!("{guest} without the hypervisor: {failure}")))
    }

    /// Ends the machine and returns the end of the console, and what QEMU complained of, as evidence.
    pub fn evidence(mut self) -> String {
        let complaint = self.machine.complaint().map(|complaint| format!("  {complaint}\n"));
        self.last_lines() + &complaint.unwrap_or_default()
    }

    fn last_lines(&self) -> String {
        let lines = &self.console.lines;
        let begun = self.console.demux.begun();
        let shown = lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().chain(begun.as_ref());
        let print = |line: &Line| match &line.source {
            Some(source) => format!("    [{source}] {}\n", line.text),
            None => format!("    {}\n", line.text),
        };
        shown.map(print).collect()
    }

    /// Reads the console until `found` answers.
    fn wait<T>(
        &mut self,
        within: Duration,
        what: &str,
        mut found: impl FnMut(&mut Transcript) -> Option<T>,
    ) -> Result<T, Miss> {
        let end = Instant::now() + within;
        loop {
            if let Some(answer) = found(&mut self.console) {
                return Ok(answer);
            }
            if self.ended {
                return Err(Miss(format!("the machine ended before {what}")));
            }
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.console.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => self.ended = true,
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Miss(format!("no {what} within {} s", within.as_secs())));
                }
            }
        }
    }
}

impl Transcript {
    fn take(&mut self, bytes: &[u8]) {
        let Self { demux, lines, ledger, .. } = self;
        demux.feed(bytes, |line| {
            if let Some(event) = Event::of(&line) {
                ledger.enter(&event);
            }
            lines.push(line);
        });
    }

    /// The lines of one source.
    fn of(&self, source: &str) -> impl Iterator<Item = &str> {
        self.lines
            .iter()
            .filter(move |line| line.source.as_deref() == Some(source))
            .map(|line| line.text.as_str())
    }

    /// The first unread line of `source` that contains `text`; it and those before it are read from now on.
    ///
    /// The multiplexer breaks a line in two where its zone pauses within it and another has something to say:
    /// two rows that contain the text together count as one line.
    fn consume(&mut self, source: &str, text: &str) -> Option<String> {
        let first = self.read.get(source).copied().unwrap_or(0);
        let mut previous = "";
        for (index, line) in self.lines.iter().enumerate().skip(first) {
            if line.source.as_deref() != Some(source) {
                continue;
            }
            let joined = format!("{previous}{}", line.text);
            let found = if line.text.contains(text) { line.text.clone() } else { joined };
            if found.contains(text) {
                self.read.insert(source.to_owned(), index + 1);
                return Some(found);
            }
            previous = &line.text;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(bytes: &[u8]) -> Transcript {
        let ledger = Ledger::new(["a".to_owned()]);
        let mut console =
            Transcript { demux: Demux::default(), lines: Vec::new(), ledger, read: HashMap::new() };
        console.take(bytes);
        console
    }

    #[test]
    fn an_expectation_is_met_by_its_own_zone_only() {
        let mut console = transcript(b"[b] ready\n[a] ready\n");
        assert_eq!(console.consume("c", "ready"), None);
        assert_eq!(console.consume("a", "ready"), Some("ready".into()));
    }

    #[test]
    fn a_line_meets_one_expectation() {
        let mut console = transcript(b"[a] ready 1\n[a] ready 2\n");
        assert_eq!(console.consume("a", "ready"), Some("ready 1".into()));
        assert_eq!(console.consume("a", "ready"), Some("ready 2".into()));
        assert_eq!(console.consume("a", "ready"), None);
    }

    #[test]
    fn a_line_that_another_broke_in_two_counts() {
        let mut console = transcript(b"[a] rea\n[b] noise\n[a] dy 1\n");
        assert_eq!(console.consume("a", "ready"), Some("ready 1".into()));
    }

    #[test]
    fn a_line_counts_once_it_has_ended() {
        let mut console = transcript(b"[a] ready 1");
        assert_eq!(console.consume("a", "ready"), None);
        console.take(b"2\n");
        assert_eq!(console.consume("a", "ready"), Some("ready 12".into()));
    }
}
