//! The power of each vCPU of a zone.

use ids::{MAX_VCPUS, VcpuId};

use crate::affinity;

/// A vCPU's power, as AFFINITY_INFO tells it (DEN0022, 5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Runs, or waits for an interrupt.
    On = 0,
    /// Runs nothing until CPU_ON names it.
    Off = 1,
    /// Named by CPU_ON, and has not begun.
    OnPending = 2,
}

/// The power-state service of one zone.
#[derive(Clone, Debug)]
pub struct Psci {
    power: [Power; MAX_VCPUS],
    vcpus: usize,
}

impl Psci {
    /// A zone of `vcpus` vCPUs, of which it can have [`MAX_VCPUS`] at most, as after [`Self::reset`].
    pub const fn new(vcpus: usize) -> Self {
        let vcpus = if vcpus < MAX_VCPUS { vcpus } else { MAX_VCPUS };
        let mut power = [Power::Off; MAX_VCPUS];
        power[BOOT_VCPU] = Power::OnPending;
        Self { power, vcpus }
    }

    /// The zone starts anew: its vCPU 0 is about to run, all others are off.
    pub fn reset(&mut self) {
        *self = Self::new(self.vcpus);
    }

    /// A vCPU is about to run its first instruction. One that the zone has not is ignored.
    pub fn started(&mut self, vcpu: VcpuId) {
        self.set(vcpu, Power::On);
    }

    /// A vCPU has run its last instruction. One that the zone has not is ignored.
    pub fn stopped(&mut self, vcpu: VcpuId) {
        self.set(vcpu, Power::Off);
    }

    /// The power of a vCPU; `None` where the zone has no such vCPU.
    pub fn power(&self, vcpu: VcpuId) -> Option<Power> {
        self.power.get(..self.vcpus)?.get(vcpu.index()).copied()
    }

    /// Whether every vCPU is off: nothing in the zone can ever run again.
    pub fn all_off(&self) -> bool {
        self.power.iter().take(self.vcpus).all(|power| *power == Power::Off)
    }

    /// The vCPU of this zone with affinity `target`, and its power.
    pub(crate) fn find(&self, target: u64) -> Option<(VcpuId, Power)> {
        let vcpu = affinity::vcpu_of(target)?;
        Some((vcpu, self.power(vcpu)?))
    }

    pub(crate) fn set(&mut self, vcpu: VcpuId, power: Power) {
        if let Some(slot) = self.power.get_mut(..self.vcpus).and_then(|zone| zone.get_mut(vcpu.index())) {
            *slot = power;
        }
    }
}

/// The vCPU that starts with the zone.
const BOOT_VCPU: usize = VcpuId::FIRST.index();
