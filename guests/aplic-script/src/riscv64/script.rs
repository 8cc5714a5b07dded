//! The script of one seed: each step is a write or a move of a wire, and then reads.

use super::choice::{Choice, any_register, existing_source};
use super::domain::{
    self, CLRIPNUM, DOMAINCFG, FRAME_WORDS, GENMSI, IN_CLRIP, SETIE, SETIP, SOURCES, WORDS,
    source_of_sourcecfg, source_of_target, sourcecfg, target,
};
use super::exclusions::{self, Mode};
use super::interrupt_file;
use super::journal::{Entry, Journal};
use super::other_hart;
use super::wires::{Device, RTC_SOURCE, UART_SOURCE};
use common::random::Random;

/// The arrays that tell the state of sources.
const STATE: [u32; 3] = [SETIP, IN_CLRIP, SETIE];

/// The script of a seed, and how far it has come.
pub(super) struct Script {
    random: Random,
    journal: Journal,
    /// Bit n: source n is a physical one in the zone.
    owned: u64,
    /// Of each source, by its number.
    modes: [Mode; SOURCES as usize + 1],
    /// The wires that are high.
    uart: bool,
    rtc: bool,
}

impl Script {
    /// The script of a seed.
    pub(super) fn new(seed: u64, owned: u64, journal: Journal) -> Self {
        let modes = [Mode::Inactive; SOURCES as usize + 1];
        Self { random: Random::new(seed), journal, owned, modes, uart: false, rtc: false }
    }

    /// Brings the domain, the wires and the interrupt files into the state that the steps begin with.
    pub(super) fn reset(&mut self) {
        Device::Uart.initialise();
        if self.owns(RTC_SOURCE) {
            Device::Rtc.initialise();
        }
        self.write(DOMAINCFG, 0);
        for source in 1..=SOURCES {
            self.write(sourcecfg(source), 0);
            self.write(target(source), 0);
        }
        self.write(GENMSI, 0);
        interrupt_file::take();
        other_hart::take();
    }

    /// One step.
    pub(super) fn step(&mut self, number: u64) {
        self.journal.begin(number);
        match Choice::next(&mut self.random) {
            Choice::Write { offset, value } => self.write(offset, value),
            Choice::TurnWire => {
                let clock = self.owns(RTC_SOURCE) && self.random.below(2) == 0;
                let device = if clock { Device::Rtc } else { Device::Uart };
                self.drive(device, !self.is_high(device));
            }
        }
        let source = existing_source(&mut self.random);
        STATE.into_iter().for_each(|array| self.read(array + 4 * (source / 32)));
        self.read(sourcecfg(source));
        self.read(target(source));
        let offset = any_register(&mut self.random);
        self.read(offset);
        self.enter_messages(0, interrupt_file::take());
    }

    /// Ends a batch: what the other hart got, and everything that the domain tells. The console may be used until the
    /// next step.
    pub(super) fn end_batch(&mut self) {
        self.enter_messages(1, other_hart::take());
        self.read(DOMAINCFG);
        self.read(GENMSI);
        for array in STATE {
            (0..WORDS).for_each(|word| self.read(array + 4 * word));
        }
        for source in 1..=SOURCES {
            self.read(sourcecfg(source));
            self.read(target(source));
        }
        self.drive(Device::Uart, false);
        self.write(sourcecfg(UART_SOURCE), 0);
    }

    /// Reads every word of the frame.
    pub(super) fn read_frame(&mut self) {
        (0..FRAME_WORDS).for_each(|word| self.read(4 * word));
    }

    /// What has been done and read.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Forgets what was done and read; the hash stays.
    pub(super) fn forget(&mut self) {
        self.journal.forget();
    }

    fn owns(&self, source: u32) -> bool {
        self.owned.checked_shr(source).unwrap_or(0) & 1 != 0
    }

    /// Reads a register, unless it is one that is left out.
    fn read(&mut self, offset: u32) {
        if source_of_target(offset).is_some_and(|source| self.mode(source) == Mode::Inactive) {
            return;
        }
        self.journal.enter(Entry::Read { offset, value: domain::read(offset) });
    }

    /// Writes a register, without what is left out.
    fn write(&mut self, offset: u32, value: u32) {
        let value = exclusions::allowed(offset, value);
        if let Some(source) = source_of_sourcecfg(offset) {
            let mode = Mode::written(value);
            if mode == Mode::Level {
                self.clear_pending_of_the_model(source);
            }
            if mode == Mode::Detached {
                let device = Device::ALL.into_iter().find(|device| device.source() == source);
                device.into_iter().for_each(|device| self.drive(device, false));
            }
            self.modes[source as usize] = mode;
        }
        self.write_raw(offset, value);
    }

    fn write_raw(&mut self, offset: u32, value: u32) {
        domain::write(offset, value);
        self.journal.enter(Entry::Write { offset, value });
    }

    /// Drives the wire of a device, without what is left out.
    fn drive(&mut self, device: Device, high: bool) {
        let source = device.source();
        if self.is_high(device) == high || (high && self.mode(source) == Mode::Detached) {
            return;
        }
        if self.mode(source) == Mode::Level {
            self.clear_pending_of_the_model(source);
        }
        device.drive(high);
        match device {
            Device::Uart => self.uart = high,
            Device::Rtc => self.rtc = high,
        }
        self.journal.enter(Entry::Wire { source, high });
    }

    fn is_high(&self, device: Device) -> bool {
        match device {
            Device::Uart => self.uart,
            Device::Rtc => self.rtc,
        }
    }

    /// For a physical source the machine's own APLIC has the bit, in the zone too: there is nothing to leave out.
    fn clear_pending_of_the_model(&mut self, source: u32) {
        if !self.owns(source) {
            self.write_raw(CLRIPNUM, source);
        }
    }

    fn mode(&self, source: u32) -> Mode {
        self.modes[source as usize]
    }

    fn enter_messages(&mut self, hart: u32, words: [u64; interrupt_file::WORDS]) {
        for (word, identities) in (0..).zip(words) {
            self.journal.enter(Entry::Messages { hart, word, identities });
        }
    }
}
