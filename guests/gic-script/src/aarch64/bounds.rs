//! How a script begins and ends.

use super::exclusions::{self, FIRST_SPI, intids};
use super::gic::{self, Address, Array, CONTROL, Kind, Register, SenderArray, kind};
use super::script::{GICV2_ACKNOWLEDGES_BOTH, GICV2_GROUPS, Script, priorities, settings};
use super::wires::TIMERS;

/// Every priority that can be signalled.
const ALL_PRIORITIES: u64 = 0xf8;
/// GICD_CTLR: everything on.
const ALL_GROUPS: u64 = 3;

impl Script<'_> {
    /// Nothing enabled, pending or active, everything as after reset.
    pub(super) fn reset(&mut self) {
        self.write(CONTROL, 0);
        for cpu in 0..self.cpus {
            for timer in TIMERS {
                self.set(cpu, timer.control, 0);
                self.set(cpu, timer.deadline, 0);
            }
        }
        (0..self.cpus).for_each(|cpu| self.reset_word(cpu, 0));
        (1..intids() / 32).for_each(|word| self.reset_word(0, word));
        if kind() == Kind::V2 {
            (0..self.cpus).for_each(|cpu| self.reset_banked(cpu));
            (FIRST_SPI..intids()).for_each(|intid| self.write(gic::target(0, intid), 1));
        } else {
            (FIRST_SPI..intids()).for_each(|intid| self.write(gic::route(intid), 0));
        }
        (0..self.cpus).for_each(|cpu| self.reset_interface(cpu));
    }

    /// Resets 32 interrupts.
    fn reset_word(&mut self, cpu: usize, word: u32) {
        let first = word * 32;
        for array in [Array::ClearEnable, Array::ClearPending, Array::ClearActive] {
            self.write(gic::bit(array, cpu, first).0, u64::from(u32::MAX));
        }
        self.write(gic::bit(Array::Group, cpu, first).0, 0);
        (0..2).for_each(|half| self.write(gic::configuration(cpu, first + half * 16).0, 0));
        (0..8).for_each(|four| self.write(priorities(cpu, first + four * 4), 0));
    }

    /// Resets the SGIs of a GICv2, which are always enabled.
    fn reset_banked(&mut self, cpu: usize) {
        for sgi in 0..16 {
            self.write(gic::senders(SenderArray::Clear, cpu, sgi), 0xff);
        }
        self.write(gic::bit(Array::SetEnable, cpu, 0).0, 0xffff);
    }

    fn reset_interface(&mut self, cpu: usize) {
        let [point0, point1] = exclusions::binary_points([0, 0]);
        self.set(cpu, Register::Ctlr, 0);
        self.set(cpu, Register::Pmr, ALL_PRIORITIES);
        self.set(cpu, Register::Bpr1, point1);
        if kind() != Kind::NonSecure {
            self.set(cpu, Register::Bpr0, point0);
        }
        match kind() {
            Kind::V2 => self.set(cpu, Register::Ctlr, GICV2_GROUPS | GICV2_ACKNOWLEDGES_BOTH),
            Kind::V3 => {
                self.set(cpu, Register::Igrpen0, 1);
                self.set(cpu, Register::Igrpen1, 1);
            }
            Kind::NonSecure => self.set(cpu, Register::Igrpen1, 1),
        }
    }

    /// The interrupts of the pool are enabled, each in some group with its priority.
    pub(super) fn prepare(&mut self) {
        let groups = self.random.next();
        for (intid, priority) in self.pool.all() {
            for cpu in self.owners(intid) {
                self.write(gic::priority(cpu, intid), priority.into());
                let (address, bit) = gic::bit(Array::SetEnable, cpu, intid);
                self.write(address, bit.into());
            }
        }
        for word in 0..intids() / 32 {
            for cpu in self.owners(word * 32) {
                // In a quarter of the seeds all are in group 1, as with most guests.
                let value = if groups.is_multiple_of(4) { u64::MAX } else { self.random.next() };
                self.write(gic::bit(Array::Group, cpu, word * 32).0, value & u64::from(u32::MAX));
            }
        }
        for cpu in 0..self.played {
            self.set_end_mode(cpu);
        }
        self.write(CONTROL, exclusions::control(ALL_GROUPS));
    }

    /// Ends what is left, and reads everything.
    pub(super) fn finish(&mut self) {
        for cpu in 0..self.played {
            while self.end(cpu) {}
            self.view(cpu);
            for &register in settings() {
                self.get(cpu, register);
            }
        }
        for word in 0..intids() / 32 {
            for cpu in self.owners(word * 32) {
                let arrays = [Array::Group, Array::SetEnable, Array::SetPending, Array::SetActive];
                for array in arrays {
                    self.read(gic::bit(array, cpu, word * 32).0);
                }
                (0..2).for_each(|half| {
                    self.read(gic::configuration(cpu, word * 32 + half * 16).0);
                });
                for first in (0..8).map(|four| word * 32 + four * 4) {
                    self.read(priorities(cpu, first));
                    if kind() == Kind::V2 {
                        self.read(Address { width: 4, ..gic::target(cpu, first) });
                    }
                }
            }
        }
        if kind() != Kind::V2 {
            (FIRST_SPI..intids()).for_each(|intid| {
                self.read(gic::route(intid));
            });
        }
    }
}
