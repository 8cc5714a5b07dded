//! Reading and writing registers: which work belongs to each kind.
//!
//! The work is in functions of their own that are not inlined: so reading and writing themselves go on to them without
//! having kept anything, which is most of what a register access costs.

use ids::bits::bit;
use ids::{Place, Width};

use super::table::{Kind, Register};
use crate::ports::{Effects, PhysicalState};
use crate::vaplic::Vaplic;

/// Some sources of a bank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources {
    pub(super) bank: usize,
    pub(super) mask: u32,
}

impl Sources {
    /// The sources whose bits are set in a register of an array.
    fn word(index: u32, mask: u32) -> Self {
        Self { bank: index as usize, mask }
    }
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
            Kind::SetEnable => self.read_enabled(index as usize),
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
        match kind {
            Kind::Zero => {}
            Kind::DomainConfig => self.write_domain_config(value, effects),
            Kind::SourceConfig => self.write_source_config(index, value, effects),
            Kind::SetPending => self.set_pending(Sources::word(index, value), effects),
            Kind::SetPendingNumber => self.set_pending_of(value, effects),
            Kind::SetPendingNumberBigEndian => self.set_pending_of(value.swap_bytes(), effects),
            Kind::ClearPending => self.clear_pending(Sources::word(index, value), effects),
            Kind::ClearPendingNumber => self.clear_pending_of(value, effects),
            Kind::SetEnable => self.enable(Sources::word(index, value), effects),
            Kind::SetEnableNumber => self.enable_number(value, effects),
            Kind::ClearEnable => self.disable(Sources::word(index, value), effects),
            Kind::ClearEnableNumber => self.disable_number(value, effects),
            Kind::GenerateMessage => self.generate_message(value, effects),
            Kind::Target => self.write_target(index, value, effects),
        }
    }
}
