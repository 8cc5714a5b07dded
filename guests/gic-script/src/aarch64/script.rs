//! The script of one seed: each step does something, and some of them read what became of it.

use super::choice::Choice;
use super::exclusions::{self, FIRST_SPI, INTIDS, PRIORITIES};
use super::gicv3::{self, Address, Array, CONTROL, Group, Register, SgiTo};
use super::hand::{Hand, Taken};
use super::journal::{Journal, Place};
use super::other_cpu::{self, Access, MOST};
use super::pool::Pool;
use super::wires::{TIMERS, Wires, is_wired};
use common::random::Random;

/// INTIDs from here on are no interrupts.
const FIRST_SPECIAL: u64 = 1020;
/// What ICC_IAR and ICC_HPPIR read where there is no interrupt.
const NONE: u64 = 1023;
/// Every priority that can be signalled.
const ALL_PRIORITIES: u64 = 0xf8;
/// ISR_EL1.F: a group 0 interrupt is signalled. I: one of group 1.
const FIQ: u64 = 1 << 6;
const IRQ: u64 = 1 << 7;
/// ICC_CTLR_EL1.
const COMMON_BINARY_POINT: u64 = 1 << 0;
const END_MODE: u64 = 1 << 1;

/// What a CPU interface shows without changing anything.
const VIEW: [Register; 6] =
    [Register::Isr, Register::Rpr, Register::Hppir0, Register::Hppir1, Register::Ap0r0, Register::Ap1r0];
/// Its settings.
const SETTINGS: [Register; 7] = [
    Register::Pmr,
    Register::Bpr0,
    Register::Bpr1,
    Register::Ctlr,
    Register::Sre,
    Register::Igrpen0,
    Register::Igrpen1,
];

/// The script of a seed, and how far it has come.
pub(super) struct Script<'j> {
    random: Random,
    journal: &'j mut Journal,
    /// CPUs that there are, and those that the script plays on.
    cpus: usize,
    played: usize,
    pool: Pool,
    hands: [Hand; 2],
    wires: Wires,
}

impl<'j> Script<'j> {
    /// The script of a seed.
    pub(super) fn new(seed: u64, cpus: usize, played: usize, journal: &'j mut Journal) -> Self {
        let mut random = Random::new(seed);
        let pool = Pool::new(&mut random);
        Self { random, journal, cpus, played, pool, hands: [Hand::new(), Hand::new()], wires: Wires::new() }
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

    /// Nothing enabled, pending or active, everything as after reset.
    fn reset(&mut self) {
        self.write(CONTROL, 0);
        for cpu in 0..self.cpus {
            for timer in TIMERS {
                self.set(cpu, timer.control, 0);
                self.set(cpu, timer.deadline, 0);
            }
        }
        (0..self.cpus).for_each(|cpu| self.reset_word(cpu, 0));
        (1..INTIDS / 32).for_each(|word| self.reset_word(0, word));
        (FIRST_SPI..INTIDS).for_each(|intid| self.write(gicv3::route(intid), 0));
        for cpu in 0..self.cpus {
            self.set(cpu, Register::Ctlr, 0);
            self.set(cpu, Register::Pmr, ALL_PRIORITIES);
            self.set(cpu, Register::Bpr0, 0);
            self.set(cpu, Register::Bpr1, 0);
            self.set(cpu, Register::Igrpen0, 1);
            self.set(cpu, Register::Igrpen1, 1);
        }
    }

    /// Resets 32 interrupts.
    fn reset_word(&mut self, cpu: usize, word: u32) {
        let first = word * 32;
        for array in [Array::ClearEnable, Array::ClearPending, Array::ClearActive] {
            self.write(gicv3::bit(array, cpu, first).0, u64::from(u32::MAX));
        }
        self.write(gicv3::bit(Array::Group, cpu, first).0, 0);
        (0..2).for_each(|half| self.write(gicv3::configuration(cpu, first + half * 16).0, 0));
        (0..8).for_each(|four| self.write(priorities(cpu, first + four * 4), 0));
    }

    /// The interrupts of the pool are enabled, each in some group with its priority.
    fn prepare(&mut self) {
        let groups = self.random.next();
        for (intid, priority) in self.pool.all() {
            for cpu in self.owners(intid) {
                self.write(gicv3::priority(cpu, intid), priority.into());
                let (address, bit) = gicv3::bit(Array::SetEnable, cpu, intid);
                self.write(address, bit.into());
            }
        }
        for word in 0..INTIDS / 32 {
            for cpu in self.owners(word * 32) {
                // In a quarter of the seeds all are in group 1, as with most guests.
                let value = if groups.is_multiple_of(4) { u64::MAX } else { self.random.next() };
                self.write(gicv3::bit(Array::Group, cpu, word * 32).0, value & u64::from(u32::MAX));
            }
        }
        for cpu in 0..self.played {
            self.set_end_mode(cpu);
        }
        self.write(CONTROL, 3);
    }

    /// Ends what is left, and reads everything.
    fn finish(&mut self) {
        for cpu in 0..self.played {
            while self.end(cpu) {}
            self.view(cpu);
            SETTINGS.into_iter().for_each(|register| {
                self.get(cpu, register);
            });
        }
        for word in 0..INTIDS / 32 {
            for cpu in self.owners(word * 32) {
                let arrays = [Array::Group, Array::SetEnable, Array::SetPending, Array::SetActive];
                for array in arrays {
                    self.read(gicv3::bit(array, cpu, word * 32).0);
                }
                (0..2).for_each(|half| {
                    self.read(gicv3::configuration(cpu, word * 32 + half * 16).0);
                });
                (0..8).for_each(|four| {
                    self.read(priorities(cpu, word * 32 + four * 4));
                });
            }
        }
        (FIRST_SPI..INTIDS).for_each(|intid| {
            self.read(gicv3::route(intid));
        });
    }

    fn step(&mut self) {
        let cpu = self.any_cpu();
        match Choice::next(&mut self.random) {
            Choice::Pend => self.write_bit(Array::SetPending, cpu),
            Choice::Send => self.send(cpu),
            Choice::Acknowledge => self.acknowledge(cpu),
            Choice::End => {
                self.end(cpu);
            }
            Choice::Deactivate => {
                self.deactivate(cpu);
            }
            Choice::Unpend => self.write_bit(Array::ClearPending, cpu),
            Choice::Enable => {
                let disable = self.random.below(3) == 0;
                self.write_bit(if disable { Array::ClearEnable } else { Array::SetEnable }, cpu);
            }
            Choice::Activate => self.activate(cpu),
            Choice::Prioritise => {
                let (intid, priority) = self.pool.move_one(&mut self.random);
                for cpu in self.owners(intid) {
                    self.write(gicv3::priority(cpu, intid), priority.into());
                }
            }
            Choice::Regroup => {
                let (address, bit) = gicv3::bit(Array::Group, cpu, self.pool.any(&mut self.random));
                let groups = self.read(address);
                self.write(address, groups ^ u64::from(bit));
            }
            Choice::Route => self.route(),
            Choice::Configure => {
                let (address, _) = gicv3::configuration(cpu, self.pool.any(&mut self.random));
                let value = self.random.next() & 0xaaaa_aaaa;
                self.write(address, exclusions::configuration(address, value));
            }
            Choice::Control => {
                let value = if self.random.below(4) == 0 { self.random.below(4) } else { 3 };
                self.write(CONTROL, value);
                self.read(CONTROL);
            }
            Choice::Mask => {
                let value = if self.random.below(3) != 0 { 0xff } else { self.random.below(256) };
                self.set(cpu, Register::Pmr, value);
            }
            Choice::Split => self.split(cpu),
            Choice::EndMode => self.set_end_mode(cpu),
            Choice::Silence => self.silence(cpu),
            Choice::Park => self.park(cpu),
            Choice::Wire => self.turn_wire(cpu),
            Choice::WriteOthers => self.write_others(cpu),
            Choice::ReadAny => {
                let address = gicv3::any_register(&mut self.random, self.cpus);
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
                    self.read(gicv3::bit(array, cpu, intid).0);
                }
            }
            _ => {}
        }
    }

    fn write_bit(&mut self, array: Array, cpu: usize) {
        let (address, bit) = gicv3::bit(array, cpu, self.pool.any(&mut self.random));
        self.write(address, bit.into());
    }

    /// To any of the CPUs, by any of the registers. ICC_SGI1R_EL1 is left to SGIs that are in group 1 wherever they
    /// go.
    fn send(&mut self, cpu: usize) {
        let sgi = self.pool.any_sgi(&mut self.random);
        let to_others = self.random.below(8) == 0;
        let list = 1 + self.random.below((1 << self.played) - 1);
        let mut to =
            [SgiTo::Group1, SgiTo::Group1, SgiTo::OtherGroup1, SgiTo::Group0][self.random.below(4) as usize];
        let mut in_group1 = true;
        for target in 0..self.cpus {
            let (address, bit) = gicv3::bit(Array::Group, target, sgi);
            if if to_others { target != cpu } else { list >> target & 1 != 0 } {
                in_group1 &= self.read(address) & u64::from(bit) != 0;
            }
        }
        if to == SgiTo::Group1 && !in_group1 {
            to = SgiTo::Group0;
        }
        let irm = if to_others { 1 << 40 } else { 0 };
        self.set(cpu, Register::send(to), irm | u64::from(sgi) << 24 | list);
    }

    fn acknowledge(&mut self, cpu: usize) {
        let signalled = self.get(cpu, Register::Isr);
        let informed = self.random.below(4) != 0;
        let other = self.random.below(2) == 0;
        let group = match signalled {
            _ if informed && signalled & FIQ != 0 => Group::Zero,
            _ if informed && signalled & IRQ != 0 => Group::One,
            _ if other => Group::Zero,
            _ => Group::One,
        };
        let intid = self.get(cpu, Register::acknowledge(group));
        if intid < FIRST_SPECIAL {
            self.journal.acknowledged();
            self.wires.acknowledged(cpu, intid as u32);
            self.hands[cpu].take(Taken { intid: intid as u32, group });
        }
    }

    /// Ends the latest; false where there is none.
    fn end(&mut self, cpu: usize) -> bool {
        let Some(taken) = self.hands[cpu].end() else { return false };
        if !self.hands[cpu].split {
            self.wires.deactivated(cpu, taken.intid);
        }
        self.set(cpu, Register::end(taken.group), taken.intid.into());
        true
    }

    /// Deactivates something that has been ended; false where there is nothing. An SPI may be deactivated by any CPU.
    fn deactivate(&mut self, cpu: usize) -> bool {
        let choice = self.random.next();
        let Some(intid) = self.hands[cpu].deactivate(choice) else { return false };
        if !self.is_held(cpu, intid) {
            self.wires.deactivated(cpu, intid);
            let by = if intid < FIRST_SPI { cpu } else { self.any_cpu() };
            self.set(by, Register::Dir, intid.into());
        }
        true
    }

    /// The active state of what is acknowledged is for its end alone to clear.
    fn activate(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        let array = if self.random.below(2) == 0 { Array::SetActive } else { Array::ClearActive };
        if !is_wired(intid) && (array == Array::SetActive || !self.is_held(cpu, intid)) {
            let (address, bit) = gicv3::bit(array, cpu, intid);
            self.write(address, bit.into());
        }
    }

    fn route(&mut self) {
        let intid = self.pool.any(&mut self.random);
        if intid < FIRST_SPI {
            return;
        }
        let any = exclusions::route(self.random.next());
        let value = match self.random.below(8) {
            0 => any,
            _ => self.random.below(self.played as u64),
        };
        let address = gicv3::route(intid);
        match self.random.below(4) {
            0 => self.write(Address { width: 4, ..address }, value & u64::from(u32::MAX)),
            1 => self.write(Address { width: 4, offset: address.offset + 4, ..address }, value >> 32),
            _ => self.write(address, value),
        }
    }

    fn split(&mut self, cpu: usize) {
        if self.hands[cpu].is_idle() {
            let mode = if self.hands[cpu].split { END_MODE } else { 0 };
            let common = if self.random.below(3) == 0 { COMMON_BINARY_POINT } else { 0 };
            self.set(cpu, Register::Ctlr, mode | common);
            for register in [Register::Bpr0, Register::Bpr1] {
                let value = self.random.below(8);
                self.set(cpu, register, value);
            }
            SETTINGS.into_iter().for_each(|register| {
                self.get(cpu, register);
            });
        }
    }

    /// All that the CPU has acknowledged is over when it changes the way to end it.
    fn set_end_mode(&mut self, cpu: usize) {
        if self.hands[cpu].is_idle() {
            while self.deactivate(cpu) {}
            let split = self.random.below(2) == 0;
            self.hands[cpu].split = split;
            let common = self.get(cpu, Register::Ctlr) & COMMON_BINARY_POINT;
            self.set(cpu, Register::Ctlr, common | if split { END_MODE } else { 0 });
        }
    }

    /// Disables group 1 or both, never group 0 alone: QEMU tells a hypervisor nothing of that. And not group 1 alone
    /// where it comes first: in QEMU it keeps group 0 out then.
    fn silence(&mut self, cpu: usize) {
        let is_first = self.get(cpu, Register::Hppir1) != NONE;
        let both = is_first || self.random.below(2) == 0;
        let groups = &[Group::One, Group::Zero][..if both { 2 } else { 1 }];
        groups.iter().for_each(|&group| self.set(cpu, Register::enable(group), 0));
        self.view(cpu);
        for &group in groups {
            self.get(cpu, Register::acknowledge(group));
        }
        groups.iter().rev().for_each(|&group| self.set(cpu, Register::enable(group), 1));
        self.view(cpu);
    }

    fn park(&mut self, cpu: usize) {
        let saved = [Register::Ap0r0, Register::Ap1r0].map(|register| (register, self.get(cpu, register)));
        saved.into_iter().for_each(|(register, _)| self.set(cpu, register, 0));
        self.view(cpu);
        saved.into_iter().for_each(|(register, value)| self.set(cpu, register, value));
        self.view(cpu);
    }

    /// Turns the wire of a timer around, unless the interrupt may be on its way to the CPU.
    fn turn_wire(&mut self, cpu: usize) {
        let index = self.random.below(TIMERS.len() as u64) as usize;
        let timer = TIMERS[index];
        let (address, bit) = gicv3::bit(Array::SetEnable, cpu, timer.intid);
        let is_enabled = self.read(address) & u64::from(bit) != 0;
        if let Some(high) = self.wires.turn(cpu, index, is_enabled) {
            self.set(cpu, timer.control, high.into());
        }
    }

    /// Interrupts that are not in the pool are never enabled: everything else may be done to them.
    fn write_others(&mut self, cpu: usize) {
        let intid = self.random.below(INTIDS.into()) as u32;
        let others = !self.pool.mask(intid / 32);
        let word = self.random.next() as u32;
        if others >> (intid % 32) & 1 == 0 {
            return;
        }
        let array = match self.random.below(7) {
            0 => Array::SetPending,
            1 => Array::ClearPending,
            2 => Array::SetActive,
            3 => Array::ClearActive,
            4 => Array::ClearEnable,
            5 => {
                let address = Address { width: 1, ..gicv3::priority(cpu, intid) };
                return self.write(address, u64::from(word & PRIORITIES & 0xff));
            }
            _ => {
                if intid >= FIRST_SPI {
                    let value = exclusions::route(self.random.next());
                    self.write(gicv3::route(intid), value);
                }
                return;
            }
        };
        self.write(gicv3::bit(array, cpu, intid).0, u64::from(word & others));
    }

    /// Reads what the CPU interface shows.
    fn view(&mut self, cpu: usize) {
        let accesses = VIEW.map(|register| (register, None));
        self.access(cpu, &accesses);
    }

    /// Whether a CPU has the interrupt in hand: only its own can have a private one.
    fn is_held(&self, cpu: usize, intid: u32) -> bool {
        let mut hands = self.hands.iter().enumerate();
        hands.any(|(other, hand)| (intid >= FIRST_SPI || other == cpu) && hand.holds(intid))
    }

    /// The CPUs that have registers of their own for an interrupt, as far as they are played on.
    fn owners(&self, intid: u32) -> core::ops::Range<usize> {
        0..if intid < FIRST_SPI { self.played } else { 1 }
    }

    fn any_cpu(&mut self) -> usize {
        self.random.below(self.played as u64) as usize
    }

    fn read(&mut self, address: Address) -> u64 {
        let value = address.read();
        self.journal.read(Place::Memory(address), value);
        value
    }

    fn write(&mut self, address: Address, value: u64) {
        self.journal.wrote(Place::Memory(address), value);
        address.write(value);
    }

    fn get(&mut self, cpu: usize, register: Register) -> u64 {
        self.access(cpu, &[(register, None)])[0]
    }

    fn set(&mut self, cpu: usize, register: Register, value: u64) {
        self.access(cpu, &[(register, Some(value))]);
    }

    /// Accesses of a CPU to its interface, in order.
    fn access(&mut self, cpu: usize, accesses: &[Access]) -> [u64; MOST] {
        let mut values = [0; MOST];
        if cpu == other_cpu::NUMBER {
            other_cpu::ask(accesses, &mut values);
        } else {
            for (value, access) in values.iter_mut().zip(accesses) {
                *value = other_cpu::carry_out(*access);
            }
        }
        for (&value, &(register, write)) in values.iter().zip(accesses) {
            let place = Place::Interface(cpu, register);
            match write {
                None => self.journal.read(place, value),
                Some(value) => self.journal.wrote(place, value),
            }
        }
        values
    }
}

/// The word with the priorities of four interrupts.
fn priorities(cpu: usize, first: u32) -> Address {
    Address { width: 4, ..gicv3::priority(cpu, first) }
}
