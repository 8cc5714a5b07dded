//! The machine's own GIC: the state of the few physical interrupts that are bound, and the effects on them.

use std::collections::BTreeMap;

use vgic::{Effects, PhysicalIntid, Trigger, VcpuId, VcpuSet};

#[derive(Clone, Debug, Default)]
pub(crate) struct PhysicalInterrupt {
    pub(crate) enabled: bool,
    pub(crate) latch: bool,
    pub(crate) line: bool,
    pub(crate) edge: bool,
    pub(crate) active: bool,
    /// The guest has acknowledged it since it became active.
    pub(crate) acknowledged_by_guest: bool,
    pub(crate) route: usize,
}

impl PhysicalInterrupt {
    pub(crate) fn pending(&self) -> bool {
        self.latch || self.line && !self.edge
    }
}

/// PPIs are known by their owner and INTID, SPIs by vCPU 0 and INTID.
#[derive(Default)]
pub(crate) struct Machine {
    pub(crate) interrupts: BTreeMap<(usize, u32), PhysicalInterrupt>,
    pub(crate) kicked: VcpuSet,
}

fn key(owner: usize, intid: u32) -> (usize, u32) {
    (if intid < 32 { owner } else { 0 }, intid)
}

impl Machine {
    pub(crate) fn get(&mut self, owner: usize, intid: u32) -> &mut PhysicalInterrupt {
        self.interrupts.get_mut(&key(owner, intid)).expect("an effect on an interrupt that is not bound")
    }

    pub(crate) fn deactivate(&mut self, owner: usize, intid: u32) {
        let interrupt = self.get(owner, intid);
        assert!(interrupt.active, "physical interrupt {intid} is deactivated without being active");
        interrupt.active = false;
    }

    pub(crate) fn drive(&mut self, owner: usize, intid: u32, level: bool) {
        let interrupt = self.get(owner, intid);
        interrupt.latch |= level && !interrupt.line && interrupt.edge;
        interrupt.line = level;
    }

    /// Acknowledges one that is signalled; tells on whose CPU.
    pub(crate) fn acknowledge(&mut self) -> Option<(usize, u32)> {
        let signalled = |found: &PhysicalInterrupt| found.enabled && found.pending() && !found.active;
        let (&(owner, intid), interrupt) = self.interrupts.iter_mut().find(|(_, found)| signalled(found))?;
        interrupt.active = true;
        interrupt.acknowledged_by_guest = false;
        interrupt.latch = false;
        Some((if intid < 32 { owner } else { interrupt.route }, intid))
    }
}

impl Effects for Machine {
    fn kick(&mut self, vcpu: VcpuId) {
        self.kicked.insert(vcpu);
    }

    fn physical_enable(&mut self, owner: VcpuId, physical: PhysicalIntid, enable: bool) {
        self.get(owner.index(), physical.number()).enabled = enable;
    }

    fn physical_route(&mut self, physical: PhysicalIntid, vcpu: VcpuId) {
        self.get(0, physical.number()).route = vcpu.index();
    }

    fn physical_trigger(&mut self, owner: VcpuId, physical: PhysicalIntid, trigger: Trigger) {
        self.get(owner.index(), physical.number()).edge = trigger == Trigger::Edge;
    }

    fn physical_deactivate(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        self.deactivate(owner.index(), physical.number());
    }

    fn physical_clear_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        self.get(owner.index(), physical.number()).latch = false;
    }

    fn physical_is_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) -> bool {
        self.get(owner.index(), physical.number()).pending()
    }

    /// Those that are nobody's always are.
    fn physical_pending_word(&mut self, word: u32) -> u32 {
        let not_pending =
            |intid: &u32| self.interrupts.get(&(0, *intid)).is_some_and(|found| !found.pending());
        assert_ne!(word, 0, "these are private");
        (0..32).filter(|bit| !not_pending(&(word * 32 + bit))).fold(0, |word, bit| word | 1 << bit)
    }
}
