//! Binding a physical source to a virtual one.

use ids::{BindError, PhysicalSource, Place, VirtualSource};

use crate::vaplic::Vaplic;

impl Vaplic<'_> {
    /// Binds a physical source to a virtual one: the guest's configuring, routing and enabling of the virtual source
    /// act on the physical one, which has the wire and the pending bit.
    ///
    /// Bind everything first, then call [`Vaplic::reset`], which puts the physical side in step.
    ///
    /// # Errors
    /// Either source is bound already, or the zone has no such source. Nothing has changed then.
    pub fn bind(&mut self, source: VirtualSource, physical: PhysicalSource) -> Result<(), BindError> {
        let place = self.source(source.number()).ok_or(BindError::NoSuchSource(source))?;
        if let Some(other) = self.bank(place.bank).and_then(|bank| bank.physical(place.position)) {
            return Err(BindError::Bound(source, other));
        }
        if let Some(other) = self.bound_to(physical) {
            return Err(BindError::Taken(physical, other));
        }
        if let Some(bank) = self.bank_mut(place.bank) {
            bank.bind(place.position, physical);
        }
        Ok(())
    }

    /// The virtual source that `physical` is bound to. A search: only binding asks.
    fn bound_to(&self, physical: PhysicalSource) -> Option<VirtualSource> {
        (0..self.banks.len()).find_map(|bank| {
            let (position, _) = self.bound(bank, u32::MAX).find(|&(_, found)| found == physical)?;
            Place { bank, position }.source()
        })
    }
}
