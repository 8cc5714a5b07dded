//! domaincfg (AIA 1.0, 4.5.1).

use crate::ports::Effects;
use crate::vaplic::Vaplic;

/// Bits 31 to 24, by which the byte order can be told, and DM: MSI delivery mode.
const FIXED: u32 = 0x8000_0000 | 1 << 2;
/// IE: interrupts are forwarded to harts.
const INTERRUPT_ENABLE: u32 = 1 << 8;

impl Vaplic<'_> {
    #[inline(never)]
    pub(super) fn read_domain_config(&self) -> u32 {
        if self.on { FIXED | INTERRUPT_ENABLE } else { FIXED }
    }

    /// IE alone is writable: delivery is by MSI, little-endian. The physical domain stays on for other zones, so
    /// bound sources follow IE by their enable bits.
    #[inline(never)]
    pub(super) fn write_domain_config(&mut self, value: u32, effects: &mut dyn Effects) {
        let on = value & INTERRUPT_ENABLE != 0;
        if on == self.on {
            return;
        }
        self.on = on;
        for bank in 0..self.banks.len() {
            let enabled = self.bank(bank).map_or(0, |bank| bank.enabled);
            for (_, physical) in self.bound(bank, enabled) {
                effects.physical_enable(physical, on);
            }
            self.deliver(bank, effects);
        }
    }
}
