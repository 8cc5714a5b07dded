//! The virtual CPU interface of one CPU, as the hardware works its list registers (IHI 0069, chapter 6; IHI 0048B,
//! chapter 5).

use vgic::{CpuInterface, ListRegisters, Maintenance, RawListRegisters, Version, gich};

pub(crate) const PENDING: u64 = 1 << 62;
pub(crate) const ACTIVE: u64 = 1 << 63;
pub(crate) const HARDWARE: u64 = 1 << 61;
pub(crate) const GROUP_ONE: u64 = 1 << 60;
pub(crate) const END_MAINTENANCE: u64 = 1 << 41;

pub(crate) struct FakeCpu {
    version: Version,
    pub(crate) lrs: Vec<u64>,
    pub(crate) eoi_count: u32,
    pub(crate) maintenance: Maintenance,
    pub(crate) interface: CpuInterface,
    /// The active-priorities registers: priorities of interrupts that were acknowledged and not dropped.
    pub(crate) active_priorities: Vec<u8>,
    /// What the list registers of interrupts held when these were acknowledged, until they end.
    acknowledged: Vec<u64>,
}

/// What came of an interrupt's end in the CPU interface.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// No list register was found; it was counted.
    Counted,
    /// A software interrupt's list register was found.
    Software,
    /// A hardware interrupt's list register was found; this physical interrupt is deactivated.
    Hardware(u32),
}

impl FakeCpu {
    pub(crate) fn new(version: Version, list_registers: usize) -> Self {
        Self {
            version,
            lrs: vec![0; list_registers],
            eoi_count: 0,
            maintenance: Maintenance::NONE,
            interface: CpuInterface { group0: true, group1: true, split_end: false },
            active_priorities: Vec::new(),
            acknowledged: Vec::new(),
        }
    }

    pub(crate) fn running_priority(&self) -> u8 {
        self.active_priorities.iter().copied().min().unwrap_or(0xff)
    }

    fn signals(&self, lr: u64) -> bool {
        if lr & GROUP_ONE != 0 { self.interface.group1 } else { self.interface.group0 }
    }

    /// The index of the highest-priority pending list register whose group is signalled.
    fn best(&self) -> Option<usize> {
        (0..self.lrs.len())
            .filter(|&index| self.lrs[index] & (PENDING | ACTIVE) == PENDING && self.signals(self.lrs[index]))
            .min_by_key(|&index| priority(self.lrs[index]))
    }

    /// Priority of the highest-priority pending interrupt.
    pub(crate) fn best_pending(&self) -> Option<u8> {
        self.best().map(|index| priority(self.lrs[index]))
    }

    /// A CPU that has just been turned on.
    pub(crate) fn restarted(&self) -> Self {
        let mut new = Self::new(self.version, self.lrs.len());
        new.interface.split_end = self.interface.split_end;
        new
    }

    /// What ICV_IAR or GICV_IAR reads for the interrupt in a list register: with GICv2 the sender of an SGI is in bits
    /// 12:10.
    pub(crate) fn iar(&self, lr: u64) -> u32 {
        let intid = lr as u32;
        if self.version == Version::V2 && intid < 16 { ((lr >> 32 & 7) as u32) << 10 | intid } else { intid }
    }

    /// Whether a write of ICV_DIR traps, as all of GICV_DIR do.
    pub(crate) fn traps_deactivate(&self) -> bool {
        self.version == Version::V2 || self.maintenance.trap_deactivate
    }

    /// ICV_IAR: the interrupt that is acknowledged, if one is pending that may preempt, as its list register had it.
    pub(crate) fn acknowledge(&mut self) -> Option<u64> {
        let index = self.best()?;
        let lr = &mut self.lrs[index];
        if priority(*lr) >= self.active_priorities.iter().copied().min().unwrap_or(0xff) {
            return None;
        }
        *lr = *lr & !PENDING | ACTIVE;
        self.active_priorities.push(priority(*lr));
        self.acknowledged.push(*lr);
        Some(*lr)
    }

    /// ICV_EOIR: drops the running priority and, without the split, deactivates. Hardware does so only where the list
    /// register has the group and the priority that the interrupt was acknowledged with.
    pub(crate) fn end(&mut self, iar: u32) -> Option<Ended> {
        let acknowledged = self.acknowledged.iter().rposition(|lr| self.iar(*lr) == iar);
        let acknowledged = acknowledged.map(|at| self.acknowledged.remove(at));
        let found = self.lrs.iter().find(|&&lr| self.iar(lr) == iar && lr & ACTIVE != 0);
        if let (Some(acknowledged), Some(lr)) = (acknowledged, found) {
            let ends = |lr: u64| (priority(lr), lr & GROUP_ONE);
            assert_eq!(ends(*lr), ends(acknowledged), "what tells the end of {iar:#x} was lost");
        }
        let running = self.running_priority();
        let dropped = self.active_priorities.iter().position(|&priority| priority == running);
        self.active_priorities.remove(dropped.expect("an end without an acknowledge"));
        (!self.interface.split_end).then(|| self.deactivate(iar))
    }

    /// ICV_DIR with the split, or the second half of an end without.
    pub(crate) fn deactivate(&mut self, iar: u32) -> Ended {
        let found = self.lrs.iter().position(|&lr| self.iar(lr) == iar && lr & ACTIVE != 0);
        let Some(index) = found else {
            self.eoi_count = (self.eoi_count + 1) % 32;
            return Ended::Counted;
        };
        let lr = &mut self.lrs[index];
        *lr &= !ACTIVE;
        physical(*lr).map_or(Ended::Software, Ended::Hardware)
    }

    /// Whether the maintenance interrupt is asserted (ICH_MISR_EL2 is not 0).
    pub(crate) fn wants_maintenance(&self) -> bool {
        let any_pending = self.lrs.iter().any(|lr| lr & (PENDING | ACTIVE) == PENDING);
        let ended =
            self.lrs.iter().any(|lr| lr & (PENDING | ACTIVE | HARDWARE) == 0 && lr & END_MAINTENANCE != 0);
        let on = self.maintenance;
        let guest = self.interface;
        ended
            || on.no_pending && !any_pending
            || on.entry_not_present && self.eoi_count != 0
            || on.group0_enabled && guest.group0
            || on.group0_disabled && !guest.group0
            || on.group1_enabled && guest.group1
            || on.group1_disabled && !guest.group1
    }

    pub(crate) fn loaded(&self) -> usize {
        self.lrs.iter().filter(|lr| **lr & (PENDING | ACTIVE) != 0).count()
    }
}

/// The physical interrupt that a list register is linked to.
pub(crate) fn physical(lr: u64) -> Option<u32> {
    (lr & HARDWARE != 0).then_some((lr >> 32) as u32 & 0x1fff)
}

pub(crate) fn priority(lr: u64) -> u8 {
    (lr >> 48) as u8
}

impl ListRegisters for FakeCpu {
    fn count(&self) -> usize {
        self.lrs.len()
    }

    fn empty(&self) -> u32 {
        let is_empty =
            |lr: &u64| lr & (PENDING | ACTIVE) == 0 && (lr & HARDWARE != 0 || lr & END_MAINTENANCE == 0);
        self.lrs
            .iter()
            .enumerate()
            .filter(|(_, lr)| is_empty(lr))
            .fold(0, |word, (index, _)| word | 1 << index)
    }

    fn read(&self, index: usize) -> u64 {
        self.lrs[index]
    }

    fn write(&mut self, index: usize, value: u64) {
        assert!(
            value & HARDWARE == 0 || value & (PENDING | ACTIVE) != PENDING | ACTIVE,
            "a hardware interrupt must not be pending and active in a list register"
        );
        let value = match self.version {
            Version::V2 => gich::from_list_register(gich::list_register(value)),
            Version::V3 => value,
        };
        self.lrs[index] = value;
        for (other, lr) in self.lrs.iter().enumerate() {
            assert!(
                other == index || value == 0 || lr & (PENDING | ACTIVE) == 0 || *lr as u32 != value as u32,
                "interrupt {} is in two list registers",
                value as u32
            );
        }
    }

    fn take_eoi_count(&mut self) -> u32 {
        std::mem::take(&mut self.eoi_count)
    }

    fn set_maintenance(&mut self, maintenance: Maintenance) {
        self.maintenance = maintenance;
    }

    fn cpu_interface(&self) -> CpuInterface {
        self.interface
    }
}

/// The list registers as the hardware has them.
pub(crate) struct Raw<'a>(pub(crate) &'a mut FakeCpu);

impl RawListRegisters for Raw<'_> {
    fn empty(&self) -> u32 {
        self.0.empty()
    }

    fn write(&mut self, index: usize, raw: u64) {
        let value = match self.0.version {
            Version::V2 => gich::from_list_register(u32::try_from(raw).unwrap()),
            Version::V3 => raw,
        };
        self.0.write(index, value);
    }
}
