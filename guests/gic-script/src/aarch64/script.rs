//! The script of one seed: each step does something, and some of them read what became of it.

use super::choice::Choice;
use super::exclusions::FIRST_SPI;
use super::gic::{self, Address, Array, Frame, Kind, Register, kind};
use super::hand::Hand;
use super::journal::{Journal, Place};
use super::other_cpu::{self, Access, MOST, Target};
use super::pool::Pool;
use super::sgis::Senders;
use super::wires::Wires;
use common::random::Random;

/// GICC_CTLR of a GICv2: both groups are enabled; AckCtl, GICC_IAR acknowledges those of group 1 too.
pub(super) const GICV2_GROUPS: u64 = 3;
pub(super) const GICV2_ACKNOWLEDGES_BOTH: u64 = 1 << 2;

/// What a CPU interface shows without changing anything.
fn shown() -> &'static [Register] {
    use Register::{Ap0r0, Ap1r0, Hppir0, Hppir1, Isr, Rpr};
    match kind() {
        // The implementation chooses what active priorities read as (IHI 0048B, 4.4.12).
        Kind::V2 => &[Isr, Rpr, Hppir0],
        Kind::V3 => &[Isr, Rpr, Hppir0, Hppir1, Ap0r0, Ap1r0],
        Kind::NonSecure => &[Isr, Rpr, Hppir1, Ap1r0],
    }
}

/// The settings of a CPU interface.
pub(super) fn settings() -> &'static [Register] {
    use Register::{Bpr0, Bpr1, Ctlr, Igrpen0, Igrpen1, Pmr, Sre};
    match kind() {
        Kind::V2 => &[Pmr, Bpr0, Bpr1, Ctlr],
        Kind::V3 => &[Pmr, Bpr0, Bpr1, Ctlr, Sre, Igrpen0, Igrpen1],
        Kind::NonSecure => &[Pmr, Bpr1, Ctlr, Sre, Igrpen1],
    }
}

/// The script of a seed, and how far it has come.
pub(super) struct Script<'j> {
    pub(super) random: Random,
    pub(super) journal: &'j mut Journal,
    /// CPUs that there are, and those that the script plays on.
    pub(super) cpus: usize,
    pub(super) played: usize,
    pub(super) pool: Pool,
    pub(super) hands: [Hand; 2],
    pub(super) wires: Wires,
    pub(super) senders: Senders,
}

impl<'j> Script<'j> {
    /// The script of a seed.
    pub(super) fn new(seed: u64, cpus: usize, played: usize, journal: &'j mut Journal) -> Self {
        let mut random = Random::new(seed);
        let pool = Pool::new(&mut random);
        let hands = [Hand::new(), Hand::new()];
        let (wires, senders) = (Wires::new(), Senders::default());
        Self { random, journal, cpus, played, pool, hands, wires, senders }
    }

    /// Plays it.
    pub(super) fn play(&mut self, steps: u64) {
        self.reset();
        self.prepare();
        for step in 1..=steps {
            self.journal.begin(step as u32);
            self.step();
        }
        self.journal.begin(steps as u32 + 1);
        self.finish();
    }

    fn step(&mut self) {
        let cpu = self.any_cpu();
        match Choice::next(&mut self.random) {
            Choice::Pend => self.pend(cpu),
            Choice::Send => self.send(cpu),
            Choice::Acknowledge => self.acknowledge(cpu),
            Choice::End => {
                self.end(cpu);
            }
            Choice::Deactivate => {
                self.deactivate(cpu);
            }
            Choice::Unpend => self.unpend(cpu),
            Choice::Enable => self.enable(cpu),
            Choice::Activate => self.activate(cpu),
            Choice::Prioritise => self.prioritise(),
            Choice::Regroup => self.regroup(cpu),
            Choice::Route => self.route(),
            Choice::Configure => self.configure(cpu),
            Choice::Control => self.control(),
            Choice::Mask => self.mask(cpu),
            Choice::Split => self.split(cpu),
            Choice::EndMode => self.set_end_mode(cpu),
            Choice::Silence => self.silence(cpu),
            Choice::Park => self.park(cpu),
            Choice::Wire => self.turn_wire(cpu),
            Choice::WriteOthers => self.write_others(cpu),
            Choice::ReadAny => {
                let address = gic::any_register(&mut self.random, self.cpus);
                self.read(address);
            }
        }
        self.look();
    }

    /// Reads what has become of it. What is in memory is read less often: it makes a hypervisor put its list
    /// registers in order, and what is wrong with them must show without that.
    fn look(&mut self) {
        match self.random.below(16) {
            0..=7 => {
                let cpu = self.any_cpu();
                self.view(cpu);
            }
            8 => {
                let (cpu, intid) = (self.any_cpu(), self.pool.any(&mut self.random));
                for array in [Array::SetPending, Array::SetActive, Array::SetEnable] {
                    self.read(gic::bit(array, cpu, intid).0);
                }
            }
            _ => {}
        }
    }

    /// Reads what the CPU interface shows.
    pub(super) fn view(&mut self, cpu: usize) {
        let mut accesses = [(Target::Interface(Register::Isr), None); MOST];
        let shown = shown();
        for (access, register) in accesses.iter_mut().zip(shown) {
            access.0 = Target::Interface(*register);
        }
        self.access(cpu, &accesses[..shown.len()]);
    }

    /// The CPUs that have registers of their own for an interrupt, as far as they are played on.
    pub(super) fn owners(&self, intid: u32) -> core::ops::Range<usize> {
        0..if intid < FIRST_SPI { self.played } else { 1 }
    }

    pub(super) fn any_cpu(&mut self) -> usize {
        self.random.below(self.played as u64) as usize
    }

    pub(super) fn read(&mut self, address: Address) -> u64 {
        self.access(by(address), &[(Target::Memory(address), None)])[0]
    }

    pub(super) fn write(&mut self, address: Address, value: u64) {
        self.access(by(address), &[(Target::Memory(address), Some(value))]);
    }

    pub(super) fn get(&mut self, cpu: usize, register: Register) -> u64 {
        self.access(cpu, &[(Target::Interface(register), None)])[0]
    }

    pub(super) fn set(&mut self, cpu: usize, register: Register, value: u64) {
        self.access(cpu, &[(Target::Interface(register), Some(value))]);
    }

    /// Accesses by a CPU, in order.
    fn access(&mut self, cpu: usize, accesses: &[Access]) -> [u64; MOST] {
        let mut values = [0; MOST];
        if cpu == other_cpu::NUMBER {
            other_cpu::ask(accesses, &mut values);
        } else {
            for (value, access) in values.iter_mut().zip(accesses) {
                *value = other_cpu::carry_out(*access);
            }
        }
        for (&value, &(target, write)) in values.iter().zip(accesses) {
            let place = match target {
                Target::Memory(address) => Place::Memory(address),
                Target::Interface(register) => Place::Interface(cpu, register),
            };
            match write {
                None => self.journal.read(place, value),
                Some(value) => self.journal.wrote(place, value),
            }
        }
        values
    }
}

/// The CPU that accesses a register in memory: the first, unless only its own sees it.
fn by(address: Address) -> usize {
    if let Frame::Banked(cpu) = address.frame { cpu } else { 0 }
}

/// The word with the priorities of four interrupts.
pub(super) fn priorities(cpu: usize, first: u32) -> Address {
    Address { width: 4, ..gic::priority(cpu, first) }
}
