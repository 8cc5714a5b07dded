//! Reading and writing registers.

use ids::bits::bit;
use ids::{VcpuId, Width};

use super::table::{Kind, Register};
use crate::bank::PRIORITY_MASK;
use crate::ports::Effects;
use crate::vplic::Vplic;

impl Vplic<'_> {
    /// A guest's read, `offset` bytes from the start of the frame. Only a claim changes something.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn read(&mut self, offset: u32, width: Width, effects: &mut dyn Effects) -> u32 {
        let Some(Register { kind, context, index }) = Register::at(offset, width) else { return 0 };
        match (kind, self.config.vcpu(context)) {
            (Kind::Priority, _) => self.priority(index),
            (Kind::Pending, _) => self.banks.get(index as usize).map_or(0, |bank| bank.pending),
            (Kind::Enable, Some(vcpu)) => {
                self.context(vcpu).map_or(0, |context| context.enabled(index as usize))
            }
            (Kind::Threshold, Some(vcpu)) => self.context(vcpu).map_or(0, |context| context.threshold.into()),
            (Kind::Claim, Some(vcpu)) => self.claim(vcpu, effects),
            (Kind::Enable | Kind::Threshold | Kind::Claim, None) => 0,
        }
    }

    /// A guest's write, `offset` bytes from the start of the frame.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn write(&mut self, offset: u32, width: Width, value: u32, effects: &mut dyn Effects) {
        let Some(Register { kind, context, index }) = Register::at(offset, width) else { return };
        match (kind, self.config.vcpu(context)) {
            (Kind::Priority, _) => self.set_priority(index, value, effects),
            (Kind::Pending, _) => {}
            (Kind::Enable, Some(vcpu)) => self.set_enabled(vcpu, index as usize, value, effects),
            (Kind::Threshold, Some(vcpu)) => self.set_threshold(vcpu, value, effects),
            (Kind::Claim, Some(vcpu)) => self.complete(vcpu, value, effects),
            (Kind::Enable | Kind::Threshold | Kind::Claim, None) => {}
        }
    }

    fn priority(&self, source: u32) -> u32 {
        let Some(place) = self.place(source) else { return 0 };
        self.bank(place).map_or(0, |bank| bank.priority(place.position))
    }

    fn set_priority(&mut self, source: u32, value: u32, effects: &mut dyn Effects) {
        let Some(place) = self.place(source) else { return };
        let Some(bank) = self.bank_mut(place) else { return };
        bank.set_priority(place.position, value);
        if bank.pending & bit(place.position) != 0 {
            self.refresh_for(place, effects);
        }
    }

    fn set_enabled(&mut self, vcpu: VcpuId, bank: usize, value: u32, effects: &mut dyn Effects) {
        let there = self.existing(bank);
        if let Some(context) = self.context_mut(vcpu) {
            context.set_enabled(bank, value & there);
        }
        self.refresh(vcpu, effects);
    }

    fn set_threshold(&mut self, vcpu: VcpuId, value: u32, effects: &mut dyn Effects) {
        if let Some(context) = self.context_mut(vcpu) {
            context.threshold = (value & PRIORITY_MASK) as u8;
        }
        self.refresh(vcpu, effects);
    }
}
