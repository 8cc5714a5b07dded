//! Binding a physical source to a virtual one.

use ids::bits::ones;
use ids::{BindError, PhysicalSource, Place, VirtualSource};

use crate::vplic::Vplic;

impl Vplic<'_> {
    /// Binds a physical source to a virtual one: it becomes pending by [`Vplic::raise`] and no wire.
    ///
    /// Bind everything first, then call [`Vplic::reset`].
    ///
    /// # Errors
    /// Either source is bound already, or the zone has no such source. Nothing has changed then.
    pub fn bind(&mut self, source: VirtualSource, physical: PhysicalSource) -> Result<(), BindError> {
        let place = self.place(source.number()).ok_or(BindError::NoSuchSource(source))?;
        if let Some(other) = self.bank(place).and_then(|bank| bank.physical(place.position)) {
            return Err(BindError::Bound(source, other));
        }
        if let Some(other) = self.bound_to(physical) {
            return Err(BindError::Taken(physical, other));
        }
        if let Some(bank) = self.bank_mut(place) {
            bank.bind(place.position, physical);
        }
        Ok(())
    }

    /// The virtual source that `physical` is bound to. A search: only binding asks.
    fn bound_to(&self, physical: PhysicalSource) -> Option<VirtualSource> {
        self.banks.iter().enumerate().find_map(|(index, bank)| {
            let position = ones(bank.bound).find(|position| bank.physical(*position) == Some(physical))?;
            Place { bank: index, position }.source()
        })
    }
}
