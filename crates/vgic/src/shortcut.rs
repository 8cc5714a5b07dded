//! The way of a physical interrupt into a list register past the model and its lock.
//!
//! Nearly always an arriving interrupt finds the same: it is enabled, inactive, of the same priority as the last time,
//! and a list register is free. What then goes into the list register does not depend on the moment, so the model writes
//! it down when it has delivered the interrupt once ([`Vgic::physical_arrived`]), and strikes it out before any change
//! that makes it wrong. In between the CPU of the vCPU copies it into a list register and makes a note, which the
//! model takes over when it next looks at these list registers.
//!
//! A vCPU that strikes a line out while another one's CPU follows it must not miss the note: the note is written before
//! the line is read again, the line struck out before the notes are read, all four in one order that every CPU sees
//! (`SeqCst`). So one of the two finds out.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use flood::Allowance;
use ids::bits::{bit, ones};

use crate::bank::BankId;
use crate::config::Version;
use crate::gich;
use crate::ids::{PhysicalIntid, VcpuId, VcpuSet, VirtualIntid};
use crate::lr::ListRegister;
use crate::ports::{Effects, ListRegisters, RawListRegisters};
use crate::vcpu::MAX_LIST_REGISTERS;
use crate::vgic::Vgic;

/// What a vCPU's CPU needs to know of one physical interrupt, shared with the model.
#[derive(Debug, Default)]
pub struct Line {
    /// What goes into a list register; zero where the model has to be asked.
    contents: AtomicU64,
    /// How often it may still come. Only this vCPU's CPU changes it.
    allowance: Allowance,
}

impl Line {
    /// That of an interrupt that the model has not delivered yet.
    pub const fn new() -> Self {
        Self { contents: AtomicU64::new(0), allowance: Allowance::new() }
    }

    fn strike_out(&self) {
        self.contents.store(0, Ordering::SeqCst);
    }
}

/// What one vCPU's CPU needs to know, shared with the model.
#[derive(Debug)]
pub struct Shortcut<'a> {
    /// One for each physical interrupt.
    lines: &'a [Line],
    /// Some interrupt is held back. Only this vCPU's CPU changes it.
    holds: AtomicBool,
    /// The list registers that can be taken, if they are empty. Only this vCPU's CPU changes it.
    free: AtomicU32,
    /// Those that were and that the model does not know of. Only this vCPU's CPU changes it.
    used: AtomicU32,
    /// What these were loaded with.
    notes: [AtomicU64; MAX_LIST_REGISTERS],
    /// A bit for each list register that the CPU has.
    present: u32,
    /// Whose list registers they are: lines and notes are as the hardware has them.
    version: Version,
}

impl<'a> Shortcut<'a> {
    /// One that leaves everything to the model so far. `list_registers` has a bit for each of them; `lines` has one for each physical
    /// INTID up to the last one that is bound; those beyond are left to the model.
    pub const fn new(version: Version, lines: &'a [Line], list_registers: u32) -> Self {
        Self {
            present: list_registers,
            version,
            lines,
            holds: AtomicBool::new(false),
            free: AtomicU32::new(0),
            used: AtomicU32::new(0),
            notes: [const { AtomicU64::new(0) }; MAX_LIST_REGISTERS],
        }
    }

    /// The hypervisor has acknowledged the physical interrupt `intid` on the CPU of this vCPU, whose list registers
    /// `lrs` are. True if it has been delivered and only its priority is left to be dropped; else it is for
    /// [`Vgic::physical_arrived`], if it is an interrupt at all.
    #[inline(always)]
    pub fn deliver(&self, intid: u32, lrs: &mut impl RawListRegisters) -> bool {
        let Some(line) = self.lines.get(intid as usize) else { return false };
        let may_come = line.allowance.spend();
        let contents = line.contents.load(Ordering::Relaxed);
        let free = lrs.empty() & self.free.load(Ordering::Relaxed);
        let index = free.trailing_zeros();
        let Some(note) = self.notes.get(index as usize).filter(|_| contents != 0 && may_come) else {
            return false;
        };
        let used = self.used.load(Ordering::Relaxed);
        note.store(contents, Ordering::Relaxed);
        self.used.store(used | bit(index), Ordering::SeqCst);
        if line.contents.load(Ordering::SeqCst) != contents {
            self.used.store(used, Ordering::Relaxed);
            return false;
        }
        lrs.write(index as usize, contents);
        true
    }

    /// Whether the interrupt `intid`, which [`Self::deliver`] has left to the model, is to be held back instead, active in
    /// the physical GIC, until [`Self::release`]: if it has come as often as it may, and `decide` says so.
    pub fn holds_back(&self, intid: u32, decide: impl FnOnce(&Allowance) -> bool) -> bool {
        let line = self.lines.get(intid as usize).filter(|line| line.allowance.is_spent());
        let holds = line.is_some_and(|line| decide(&line.allowance));
        if holds {
            self.holds.store(true, Ordering::Relaxed);
        }
        holds
    }

    /// Ends the holding back of each interrupt that is held back, which has then `arrived`. `now` counts milliseconds.
    pub fn release(&self, now: u32, mut arrived: impl FnMut(u32)) {
        if !self.holds.load(Ordering::Relaxed) {
            return;
        }
        self.holds.store(false, Ordering::Relaxed);
        for (intid, line) in (0u32..).zip(self.lines).filter(|(_, line)| line.allowance.is_held()) {
            line.allowance.release(now);
            arrived(intid);
        }
    }

    fn line(&self, physical: PhysicalIntid) -> Option<&Line> {
        self.lines.get(usize::from(physical.0))
    }

    fn strike_out(&self, physical: PhysicalIntid) {
        if let Some(line) = self.line(physical) {
            line.strike_out();
        }
    }

    /// Leaves everything to the model, as at the beginning.
    fn reset(&self) {
        for (intid, line) in (0u32..).zip(self.lines) {
            line.strike_out();
            // A vCPU's own timers are not counted: no device floods by them, and the model's way would be felt.
            line.allowance.reset(if intid < 32 { u32::MAX } else { flood::BURST });
        }
        self.free.store(0, Ordering::Relaxed);
        self.used.store(0, Ordering::SeqCst);
    }

    /// What the model does not know of: list registers and their contents. Some of them may be done with.
    fn notes(&self) -> impl Iterator<Item = (u32, ListRegister)> {
        ones(self.used.load(Ordering::SeqCst)).filter_map(|index| {
            let note = self.notes.get(index as usize)?.load(Ordering::Relaxed);
            let contents = match self.version {
                Version::V2 => gich::from_list_register(note as u32),
                Version::V3 => note,
            };
            Some((index, ListRegister::from_raw(contents)))
        })
    }
}

impl<'a> Vgic<'a> {
    /// Gives each vCPU a short way for its physical interrupts, in the order of the vCPUs. They are of this version.
    pub fn set_shortcuts(&mut self, shortcuts: &'a [Shortcut<'a>]) {
        self.shortcuts = shortcuts;
    }

    #[inline(always)]
    fn shortcut(&self, vcpu: VcpuId) -> Option<&'a Shortcut<'a>> {
        self.shortcuts.get(vcpu.index())
    }

    /// The list registers that the CPU of `by`, which runs this, has loaded by itself.
    #[inline(always)]
    pub(crate) fn noted_registers(&self, by: VcpuId) -> u32 {
        self.shortcut(by).map_or(0, |shortcut| shortcut.used.load(Ordering::Relaxed))
    }

    /// Takes over what the CPU of `by`, which runs this, has loaded by itself. To be done before the list registers of
    /// `by` are looked at.
    #[inline]
    pub(crate) fn take_over(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        if self.shortcut(by).is_some_and(|shortcut| shortcut.used.load(Ordering::Relaxed) != 0) {
            self.take_over_notes(by, lrs, effects);
        }
    }

    #[cold]
    #[inline(never)]
    fn take_over_notes(&mut self, by: VcpuId, lrs: &mut dyn ListRegisters, effects: &mut dyn Effects) {
        let Some(shortcut) = self.shortcut(by) else { return };
        // An interrupt that came the short way had come to its end before, whatever the model has last heard of it.
        self.settle_empty(by, lrs.empty(), effects);
        let empty = lrs.empty();
        for (index, contents) in shortcut.notes().filter(|(index, _)| empty & bit(*index) == 0) {
            let intid = contents.intid();
            let mine = bit(u32::from(intid.0 & 31));
            let Some(bank) = self.bank_mut(BankId::of(by, intid)) else { continue };
            bank.arrived |= mine;
            bank.resident |= mine;
            self.set_holder(intid, by);
            if let Some(redistributor) = self.redistributor(by) {
                redistributor.loaded.put(index, contents, false);
            }
        }
        shortcut.used.store(0, Ordering::SeqCst);
        self.publish(by);
    }

    /// Tells the CPU of `by`, which runs this, which list registers it can load by itself.
    #[inline]
    pub(crate) fn publish(&mut self, by: VcpuId) {
        if let (Some(shortcut), Some(redistributor)) = (self.shortcut(by), self.redistributor(by)) {
            let free = if redistributor.has_room_for_more() {
                shortcut.present & !redistributor.loaded.used
            } else {
                0
            };
            shortcut.free.store(free, Ordering::Relaxed);
        }
    }

    /// `physical` has just been loaded on the CPU of `by`: the next time it can go there the short way, if nothing but its
    /// arrival made it pending.
    pub(crate) fn write_down(&mut self, by: VcpuId, physical: PhysicalIntid, contents: ListRegister) {
        let intid = contents.intid();
        let mine = bit(u32::from(intid.0 & 31));
        let version = self.config.version;
        let Some(line) = self.shortcut(by).and_then(|shortcut| shortcut.line(physical)) else { return };
        let Some(bank) = self.bank_mut(BankId::of(by, intid)) else { return };
        if contents.is_hardware() && contents.is_pending() && bank.latch & mine == 0 {
            bank.unclear |= mine;
            let contents = match version {
                Version::V2 => u64::from(gich::list_register(contents.raw())),
                Version::V3 => contents.raw(),
            };
            line.contents.store(contents, Ordering::Relaxed);
        }
    }

    /// Strikes the bound ones of these interrupts out, before they change: what vCPUs do about them is up to the model.
    pub(crate) fn strike_out(&self, id: BankId, mask: u32) {
        if self.shortcuts.is_empty() {
            return;
        }
        self.for_each_bound(id, mask, &mut |_, _, physical| match id {
            BankId::Private(vcpu) => {
                if let Some(shortcut) = self.shortcut(vcpu) {
                    shortcut.strike_out(physical);
                }
            }
            BankId::Shared(_) => self.shortcuts.iter().for_each(|shortcut| shortcut.strike_out(physical)),
        });
    }

    /// Strikes one interrupt out. True if no CPU has loaded anything by itself; what it is, is not looked at.
    #[inline(always)]
    pub(crate) fn struck_out_unnoted(&self, intid: VirtualIntid) -> bool {
        let Some(physical) = self.physical_of(intid) else { return true };
        self.shortcuts.iter().all(|shortcut| {
            shortcut.strike_out(physical);
            shortcut.used.load(Ordering::SeqCst) == 0
        })
    }

    /// No CPU can have loaded any of these interrupts by itself: they have been struck out, and there are no notes of them.
    pub(crate) fn clarify(&mut self, id: BankId, mask: u32) {
        if let Some(bank) = self.bank_mut(id) {
            bank.unclear &= !mask | bank.elsewhere;
        }
    }

    /// Strikes everything out.
    pub(crate) fn strike_all_out(&self) {
        for shortcut in self.shortcuts {
            shortcut.lines.iter().for_each(Line::strike_out);
        }
    }

    /// The vCPU is off, its list registers empty.
    pub(crate) fn reset_shortcut(&self, vcpu: VcpuId) {
        if let Some(shortcut) = self.shortcut(vcpu) {
            shortcut.reset();
        }
    }

    /// Those vCPUs, other than `by`, whose CPUs have loaded something by themselves.
    pub(crate) fn have_notes(&self, by: VcpuId) -> VcpuSet {
        let mut set = VcpuSet::EMPTY;
        for (vcpu, shortcut) in self.vcpus().zip(self.shortcuts) {
            if vcpu != by && shortcut.used.load(Ordering::SeqCst) != 0 {
                set.insert(vcpu);
            }
        }
        set
    }

    /// Which interrupts of a bank the CPU of `vcpu` has loaded by itself.
    pub(crate) fn noted(&self, vcpu: VcpuId, id: BankId) -> u32 {
        let Some(shortcut) = self.shortcut(vcpu) else { return 0 };
        let intids = shortcut.notes().map(|(_, contents)| contents.intid());
        intids
            .filter(|&intid| BankId::of(vcpu, intid) == id)
            .fold(0, |word, intid| word | bit(u32::from(intid.0 & 31)))
    }
}

#[cfg(test)]
mod tests {
    use flood::Verdict;

    use super::*;

    const INTID: u32 = 34;

    /// List registers that are always empty, and how often one was loaded.
    struct Empty(u32);

    impl RawListRegisters for Empty {
        fn empty(&self) -> u32 {
            1
        }

        fn write(&mut self, _: usize, _: u64) {
            self.0 += 1;
        }
    }

    fn written_down(lines: &[Line]) -> Shortcut<'_> {
        lines[INTID as usize].contents.store(7, Ordering::Relaxed);
        let shortcut = Shortcut::new(Version::V3, lines, 1);
        shortcut.free.store(1, Ordering::Relaxed);
        shortcut
    }

    fn deliver_all(shortcut: &Shortcut<'_>) -> u32 {
        let mut lists = Empty(0);
        while shortcut.deliver(INTID, &mut lists) {}
        lists.0
    }

    #[test]
    fn an_interrupt_that_comes_too_often_is_left_to_the_model() {
        let lines: Vec<_> = (0..64).map(|_| Line::new()).collect();
        let shortcut = written_down(&lines);
        assert_eq!(deliver_all(&shortcut), flood::BURST - 1);
        assert!(shortcut.holds_back(INTID, |allowance| allowance.is_spent()));
    }

    #[test]
    fn what_is_held_back_arrives_once_when_it_is_released_and_may_then_come_again() {
        let lines: Vec<_> = (0..64).map(|_| Line::new()).collect();
        let shortcut = written_down(&lines);
        deliver_all(&shortcut);
        assert!(shortcut.holds_back(INTID, |allowance| allowance.renew(1) != Verdict::Pass));
        let mut arrived = Vec::new();
        shortcut.release(20, |intid| arrived.push(intid));
        shortcut.release(20, |intid| arrived.push(intid));
        assert_eq!(arrived, [INTID]);
        assert_eq!(deliver_all(&shortcut), flood::BURST - 1);
    }

    #[test]
    fn an_interrupt_that_nobody_asks_about_is_never_released_however_often_it_comes() {
        // Those of the hypervisor itself have lines, too.
        const OWN: u32 = 0;
        let lines: Vec<_> = (0..64).map(|_| Line::new()).collect();
        let shortcut = written_down(&lines);
        for _ in 0..flood::BURST {
            assert!(!shortcut.deliver(OWN, &mut Empty(0)));
        }
        deliver_all(&shortcut);
        assert!(shortcut.holds_back(INTID, |allowance| allowance.renew(1) != Verdict::Pass));
        shortcut.release(20, |intid| assert_eq!(intid, INTID));
    }

    #[test]
    fn a_private_interrupt_never_takes_the_long_way_for_its_number() {
        const TIMER: u32 = 27;
        let lines: Vec<_> = (0..64).map(|_| Line::new()).collect();
        let shortcut = Shortcut::new(Version::V3, &lines, 1);
        shortcut.reset();
        lines[TIMER as usize].contents.store(7, Ordering::Relaxed);
        shortcut.free.store(1, Ordering::Relaxed);
        let mut lists = Empty(0);
        assert!((0..10 * flood::BURST).all(|_| shortcut.deliver(TIMER, &mut lists)));
    }

    #[test]
    fn an_interrupt_that_has_not_come_too_often_is_never_asked_about() {
        let lines: Vec<_> = (0..64).map(|_| Line::new()).collect();
        let shortcut = written_down(&lines);
        assert!(shortcut.deliver(INTID, &mut Empty(0)));
        assert!(!shortcut.holds_back(INTID, |_| unreachable!()));
    }
}
