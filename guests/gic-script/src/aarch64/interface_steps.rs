//! Steps in the CPU interface, and those that move the wires of a CPU's timers.

use super::exclusions::{self, FIRST_SPI};
use super::gic::{self, Array, Group, Kind, Register, kind};
use super::hand::Taken;
use super::script::{GICV2_ACKNOWLEDGES_BOTH, GICV2_GROUPS, Script, settings};
use super::wires::TIMERS;

/// INTIDs from here on are no interrupts.
const FIRST_SPECIAL: u64 = 1020;
/// What ICC_IAR and ICC_HPPIR read where there is no interrupt.
const NONE: u64 = 1023;
/// The INTID in what a GICv2 reads there.
const INTID: u64 = 0x3ff;
/// ISR_EL1.F: a group 0 interrupt is signalled. I: one of group 1.
const FIQ: u64 = 1 << 6;
const IRQ: u64 = 1 << 7;
/// ICC_CTLR_EL1.
const COMMON_BINARY_POINT: u64 = 1 << 0;
const END_MODE: u64 = 1 << 1;
/// GICC_CTLR of a GICv2: FIQEn and CBPR; EOImode.
const GICV2_CHOICES: u64 = 0b11 << 3;
const GICV2_END_MODE: u64 = 1 << 9;

impl Script<'_> {
    pub(super) fn acknowledge(&mut self, cpu: usize) {
        let signalled = self.get(cpu, Register::Isr);
        let informed = self.random.below(4) != 0;
        let other = self.random.below(2) == 0;
        let group = match signalled {
            _ if kind() == Kind::V2 => Group::Zero,
            _ if kind() == Kind::NonSecure => Group::One,
            _ if informed && signalled & FIQ != 0 => Group::Zero,
            _ if informed && signalled & IRQ != 0 => Group::One,
            _ if other => Group::Zero,
            _ => Group::One,
        };
        let word = self.get(cpu, Register::acknowledge(group));
        if word & INTID < FIRST_SPECIAL {
            let intid = (word & INTID) as u32;
            self.journal.acknowledged();
            self.wires.acknowledged(cpu, intid);
            self.forget_sender(cpu, word);
            self.hands[cpu].take(Taken { intid, group, word });
        }
    }

    /// Ends the latest; false where there is none.
    pub(super) fn end(&mut self, cpu: usize) -> bool {
        let Some(taken) = self.hands[cpu].end() else { return false };
        if !self.hands[cpu].split {
            self.before_deactivation(cpu, taken.intid);
        }
        self.set(cpu, Register::end(taken.group), taken.word);
        true
    }

    /// Deactivates something that has been ended; false where there is nothing. An SPI may be deactivated by any CPU; in
    /// QEMU's GICv2 by the one that had it.
    pub(super) fn deactivate(&mut self, cpu: usize) -> bool {
        let choice = self.random.next();
        let Some(Taken { intid, word, .. }) = self.hands[cpu].deactivate(choice) else { return false };
        if !self.is_held(cpu, intid) {
            self.before_deactivation(cpu, intid);
            let by = if intid < FIRST_SPI || kind() == Kind::V2 { cpu } else { self.any_cpu() };
            self.set(by, Register::Dir, word);
        }
        true
    }

    /// The wire of a timer falls before its interrupt is deactivated where there is a GICv2: QEMU does not look at the wire
    /// when a guest deactivates a physical interrupt through GICV.
    fn before_deactivation(&mut self, cpu: usize, intid: u32) {
        if kind() == Kind::V2
            && let Some(timer) = self.wires.lower(cpu, intid)
        {
            self.set(cpu, timer.control, 0);
        }
        self.wires.deactivated(cpu, intid);
    }

    pub(super) fn mask(&mut self, cpu: usize) {
        let value = if self.random.below(3) != 0 { 0xff } else { self.random.below(256) };
        self.set(cpu, Register::Pmr, exclusions::mask(value));
    }

    /// Changes the binary points, and whether there is one for both groups; in a GICv2 also whether GICC_IAR acknowledges
    /// group 1, and whether group 0 is signalled by FIQ.
    pub(super) fn split(&mut self, cpu: usize) {
        if !self.hands[cpu].is_idle() {
            return;
        }
        let any = self.random.next();
        let control = match kind() {
            // Without AckCtl one of group 1 that comes first keeps those of group 0 out.
            Kind::V2 if any >> 8 & 7 == 0 => any & GICV2_CHOICES | GICV2_GROUPS,
            Kind::V2 => any & GICV2_CHOICES | GICV2_GROUPS | GICV2_ACKNOWLEDGES_BOTH,
            Kind::V3 => u64::from(any.is_multiple_of(3)) * COMMON_BINARY_POINT,
            Kind::NonSecure => any & COMMON_BINARY_POINT,
        };
        self.set(cpu, Register::Ctlr, control | self.end_mode(cpu));
        let [point0, point1] = exclusions::binary_points([self.random.next(), self.random.next()]);
        if kind() != Kind::NonSecure {
            self.set(cpu, Register::Bpr0, point0);
        }
        self.set(cpu, Register::Bpr1, point1);
        for &register in settings() {
            self.get(cpu, register);
        }
    }

    /// The bit of the control register that says how the CPU ends interrupts.
    fn end_mode(&self, cpu: usize) -> u64 {
        let mode = if kind() == Kind::V2 { GICV2_END_MODE } else { END_MODE };
        if self.hands[cpu].split { mode } else { 0 }
    }

    /// All that the CPU has acknowledged is over when it changes the way to end it.
    pub(super) fn set_end_mode(&mut self, cpu: usize) {
        if self.hands[cpu].is_idle() {
            while self.deactivate(cpu) {}
            self.hands[cpu].split = self.random.below(2) == 0;
            let control = self.get(cpu, Register::Ctlr);
            let kept =
                if kind() == Kind::V2 { control & !GICV2_END_MODE } else { control & COMMON_BINARY_POINT };
            self.set(cpu, Register::Ctlr, kept | self.end_mode(cpu));
        }
    }

    /// Disables groups for a moment.
    pub(super) fn silence(&mut self, cpu: usize) {
        match kind() {
            Kind::V2 => self.silence_interface(cpu),
            Kind::V3 => self.silence_groups(cpu),
            Kind::NonSecure => self.silence_each(cpu, &[Group::One]),
        }
    }

    /// Disables group 1 or both, never group 0 alone: QEMU tells a hypervisor nothing of that. And not group 1 alone
    /// where it comes first: in QEMU it keeps group 0 out then.
    fn silence_groups(&mut self, cpu: usize) {
        let is_first = self.get(cpu, Register::Hppir1) != NONE;
        let both = is_first || self.random.below(2) == 0;
        self.silence_each(cpu, &[Group::One, Group::Zero][..if both { 2 } else { 1 }]);
    }

    fn silence_each(&mut self, cpu: usize, groups: &[Group]) {
        groups.iter().for_each(|&group| self.set(cpu, Register::enable(group), 0));
        self.view(cpu);
        for &group in groups {
            self.get(cpu, Register::acknowledge(group));
        }
        groups.iter().rev().for_each(|&group| self.set(cpu, Register::enable(group), 1));
        self.view(cpu);
    }

    /// Both at once: in QEMU's GICv2 one that is disabled alone keeps the other out.
    fn silence_interface(&mut self, cpu: usize) {
        let control = self.get(cpu, Register::Ctlr);
        self.set(cpu, Register::Ctlr, control & !GICV2_GROUPS);
        self.view(cpu);
        self.get(cpu, Register::Iar0);
        self.set(cpu, Register::Ctlr, control);
        self.view(cpu);
    }

    /// Takes the active priorities away for a moment. A GICv2 may show them in any way, and QEMU ignores a Non-secure side's
    /// write of them.
    pub(super) fn park(&mut self, cpu: usize) {
        if kind() != Kind::V3 {
            return;
        }
        let saved = [Register::Ap0r0, Register::Ap1r0].map(|register| (register, self.get(cpu, register)));
        saved.into_iter().for_each(|(register, _)| self.set(cpu, register, 0));
        self.view(cpu);
        saved.into_iter().for_each(|(register, value)| self.set(cpu, register, value));
        self.view(cpu);
    }

    /// Turns the wire of a timer around, unless the interrupt may be on its way to the CPU.
    pub(super) fn turn_wire(&mut self, cpu: usize) {
        let index = self.random.below(TIMERS.len() as u64) as usize;
        let timer = TIMERS[index];
        let (address, bit) = gic::bit(Array::SetEnable, cpu, timer.intid);
        let is_enabled = self.read(address) & u64::from(bit) != 0;
        if let Some(high) = self.wires.turn(cpu, index, is_enabled) {
            self.set(cpu, timer.control, high.into());
        }
    }
}
