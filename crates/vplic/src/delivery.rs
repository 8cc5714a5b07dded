//! Who is interrupted, and by which source.

use ids::bits::bit;
use ids::{Place, VcpuId};

use crate::context::Context;
use crate::ports::Effects;
use crate::vplic::Vplic;

impl Vplic<'_> {
    /// Puts the line of a vCPU in step with the state.
    pub(crate) fn refresh(&mut self, vcpu: VcpuId, effects: &mut dyn Effects) {
        let level = self.context(vcpu).is_some_and(|context| self.is_interrupted(context));
        if level != self.line(vcpu) {
            self.lines.toggle(vcpu);
            effects.line(vcpu, level);
        }
    }

    /// Puts the lines of all vCPUs that a source may interrupt in step with the state.
    pub(crate) fn refresh_for(&mut self, place: Place, effects: &mut dyn Effects) {
        for vcpu in self.vcpus() {
            if self.is_enabled(vcpu, place) {
                self.refresh(vcpu, effects);
            }
        }
    }

    /// Whether the context of the vCPU has enabled the source.
    pub(crate) fn is_enabled(&self, vcpu: VcpuId, place: Place) -> bool {
        self.context(vcpu).is_some_and(|context| context.enabled(place.bank) & bit(place.position) != 0)
    }

    /// The source that a claim by this vCPU takes: of those pending and enabled, the one of the highest priority; of
    /// several the lowest (PLIC 1.0, chapter 4). The threshold does not matter (chapter 8).
    pub(crate) fn best(&self, vcpu: VcpuId) -> Option<Place> {
        let context = self.context(vcpu)?;
        let mut best: Option<(u32, Place)> = None;
        for (index, bank) in self.banks.iter().enumerate() {
            let due = bank.pending & context.enabled(index);
            // Most banks have nothing, most of the time.
            if due == 0 {
                continue;
            }
            let found = bank.best(due);
            if let Some((priority, position)) =
                found.filter(|(priority, _)| best.is_none_or(|(most, _)| most < *priority))
            {
                best = Some((priority, Place { bank: index, position }));
            }
        }
        best.map(|(_, place)| place)
    }

    fn is_interrupted(&self, context: &Context) -> bool {
        let threshold = u32::from(context.threshold);
        self.banks.iter().enumerate().any(|(index, bank)| {
            let due = bank.pending & context.enabled(index);
            due != 0 && due & bank.above(threshold) != 0
        })
    }
}
