//! Reading and writing registers: which work belongs to each kind.

use ids::Width;
use ids::bits::bit;

use super::table::{Kind, Register};
use crate::bank::Place;
use crate::ports::{Effects, PhysicalState};
use crate::vaplic::Vaplic;

/// Some sources of a bank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources {
    pub(super) bank: usize,
    pub(super) mask: u32,
}

impl From<Place> for Sources {
    fn from(place: Place) -> Self {
        Self { bank: place.bank, mask: bit(place.position) }
    }
}

impl Vaplic<'_> {
    /// A guest's read, `offset` bytes from the start of the control region. It changes nothing.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn read(&self, offset: u32, width: Width, physical: &dyn PhysicalState) -> u32 {
        let Some(Register { kind, index }) = Register::at(offset, width) else { return 0 };
        match kind {
            Kind::DomainConfig => self.read_domain_config(),
            Kind::SourceConfig => self.read_source_config(index),
            Kind::SetPending => self.read_pending(index as usize, physical),
            Kind::ClearPending => self.read_inputs(index as usize, physical),
            Kind::SetEnable => self.bank(index as usize).map_or(0, |bank| bank.enabled),
            Kind::GenerateMessage => self.extempore,
            Kind::Target => self.read_target(index),
            Kind::Zero
            | Kind::SetPendingNumber
            | Kind::SetPendingNumberBigEndian
            | Kind::ClearPendingNumber
            | Kind::SetEnableNumber
            | Kind::ClearEnable
            | Kind::ClearEnableNumber => 0,
        }
    }

    /// A guest's write, `offset` bytes from the start of the control region.
    // Compiled here for speed, and not into its caller for size.
    #[inline(never)]
    pub fn write(&mut self, offset: u32, width: Width, value: u32, effects: &mut dyn Effects) {
        let Some(Register { kind, index }) = Register::at(offset, width) else { return };
        let word = Some(Sources { bank: index as usize, mask: value });
        match kind {
            Kind::Zero => {}
            Kind::DomainConfig => self.write_domain_config(value, effects),
            Kind::SourceConfig => self.write_source_config(index, value, effects),
            Kind::SetPending => self.set_pending(word, effects),
            Kind::SetPendingNumber => self.set_pending(self.numbered(value), effects),
            Kind::SetPendingNumberBigEndian => self.set_pending(self.numbered(value.swap_bytes()), effects),
            Kind::ClearPending => self.clear_pending(word, effects),
            Kind::ClearPendingNumber => self.clear_pending(self.numbered(value), effects),
            Kind::SetEnable => self.enable(word, effects),
            Kind::SetEnableNumber => self.enable(self.numbered(value), effects),
            Kind::ClearEnable => self.disable(word, effects),
            Kind::ClearEnableNumber => self.disable(self.numbered(value), effects),
            Kind::GenerateMessage => self.generate_message(value, effects),
            Kind::Target => self.write_target(index, value, effects),
        }
    }

    /// The source that a write to a register by number names.
    fn numbered(&self, number: u32) -> Option<Sources> {
        self.source(number).map(Sources::from)
    }
}
