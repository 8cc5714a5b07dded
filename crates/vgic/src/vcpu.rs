//! What the model keeps for each vCPU: its private interrupts and a record of its list registers.

use ids::bits::{bit, ones};

use crate::bank::Bank;
use crate::lr::ListRegister;
use crate::ports::Maintenance;

/// The most list registers that a CPU can have (IHI 0069, 12.4).
pub(crate) const MAX_LIST_REGISTERS: usize = 16;

/// INTIDs 0 to 15 are edge-triggered, always (GICR_ICFGR0; IHI 0069, 12.11).
pub(crate) const SGIS: u32 = 0xffff;

/// The redistributor of one vCPU, or the part of a GICv2's distributor that is its own: its SGIs and PPIs, and what the
/// model knows of its list registers.
#[derive(Clone, Debug)]
pub struct Redistributor {
    pub(crate) bank: Bank,
    /// GICR_WAKER.ProcessorSleep.
    pub(crate) asleep: bool,
    pub(crate) loaded: Loaded,
    /// Folded and not refilled since, or not started: the list registers are to stay empty.
    pub(crate) parked: bool,
    /// What ICH_HCR_EL2 was last set to.
    pub(crate) maintenance: Maintenance,
}

impl Default for Redistributor {
    fn default() -> Self {
        Self::new()
    }
}

impl Redistributor {
    /// A redistributor after reset.
    pub const fn new() -> Self {
        let mut bank = Bank::new();
        bank.edge = SGIS;
        Self { bank, asleep: true, loaded: Loaded::new(), parked: true, maintenance: Maintenance::NONE }
    }

    pub(crate) fn reset(&mut self) {
        self.bank.reset();
        self.bank.edge |= SGIS;
        self.asleep = true;
        self.loaded = Loaded::new();
        self.parked = true;
        self.maintenance = Maintenance::NONE;
    }

    /// Whether the vCPU runs and every interrupt of this vCPU that could be in a list register is, as far as was known when it
    /// was last looked at: then another one can be added without a look at the rest.
    pub(crate) const fn has_room_for_more(&self) -> bool {
        !self.parked && self.maintenance.leaves_nothing_out()
    }
}

/// What the model last wrote to each list register.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// A bit for each register that was loaded with an interrupt and not settled since.
    pub(crate) used: u32,
    /// Those whose pending state carries the latch of their interrupt.
    carries_latch: u32,
    contents: [ListRegister; MAX_LIST_REGISTERS],
}

impl Loaded {
    const fn new() -> Self {
        Self { used: 0, carries_latch: 0, contents: [ListRegister::EMPTY; MAX_LIST_REGISTERS] }
    }

    pub(crate) fn get(&self, index: u32) -> ListRegister {
        self.contents.get(index as usize).copied().unwrap_or(ListRegister::EMPTY)
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, index: u32, contents: ListRegister, carries_latch: bool) {
        if let Some(slot) = self.contents.get_mut(index as usize) {
            *slot = contents;
            self.used |= bit(index);
            self.carries_latch &= !bit(index);
            if carries_latch {
                self.carries_latch |= bit(index);
            }
        }
    }

    /// One of the registers in `among` that was loaded with the same interrupt is loaded with `contents`, which carry a
    /// latch. Returns its number.
    #[inline(always)]
    pub(crate) fn renew(&mut self, among: u32, contents: ListRegister) -> Option<u32> {
        for index in ones(among) {
            if let Some(slot) = self.contents.get_mut(index as usize)
                && slot.intid() == contents.intid()
            {
                *slot = contents;
                self.carries_latch |= bit(index);
                return Some(index);
            }
        }
        None
    }

    /// Forgets a register; tells whether it carried a latch.
    pub(crate) fn remove(&mut self, index: u32) -> bool {
        let carried = self.carries_latch & bit(index) != 0;
        self.used &= !bit(index);
        self.carries_latch &= !bit(index);
        carried
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, ListRegister)> {
        ones(self.used).map(|index| (index, self.get(index)))
    }
}
