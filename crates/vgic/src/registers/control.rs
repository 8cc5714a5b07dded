//! GICD_CTLR (IHI 0069, 12.9; IHI 0048B, 4.3.1) and GICR_WAKER (12.11).

use super::table::Frame;
use crate::ids::VcpuId;
use crate::ports::{Effects, ListRegisters};
use crate::vgic::Vgic;

/// EnableGrp0 and EnableGrp1: all that a guest can change.
const ENABLES: u32 = 0b11;
/// Affinity routing is on (ARE), always.
const AFFINITY_ROUTING: u32 = 1 << 4;
/// There is one security state (DS), always.
const DISABLE_SECURITY: u32 = 1 << 6;

const PROCESSOR_SLEEP: u32 = 1 << 1;
const CHILDREN_ASLEEP: u32 = 1 << 2;

impl Vgic<'_> {
    /// Writes are complete before the guest goes on, so RWP is always 0.
    pub(super) fn read_distributor_control(&self, frame: Frame) -> u32 {
        match frame {
            Frame::Banked(_) => self.forwarded_groups,
            _ => DISABLE_SECURITY | AFFINITY_ROUTING | self.forwarded_groups,
        }
    }

    /// Whether a write to GICD_CTLR would stop the forwarding of a group.
    pub(super) fn withdraws_group(&self, value: u32) -> bool {
        self.forwarded_groups & !value != 0
    }

    pub(super) fn write_distributor_control(
        &mut self,
        by: VcpuId,
        value: u32,
        lrs: &mut dyn ListRegisters,
        effects: &mut dyn Effects,
    ) {
        let new = value & ENABLES;
        if new == self.forwarded_groups {
            return;
        }
        self.fold(by, lrs, effects);
        self.forwarded_groups = new;
        self.announce_all(by, effects);
        self.refill(by, lrs, effects);
    }

    /// ChildrenAsleep follows ProcessorSleep at once.
    pub(super) fn read_waker(&self, frame: Frame) -> u32 {
        let Frame::Redistributor(vcpu) = frame else { return 0 };
        match self.redistributors.get(vcpu.index()) {
            Some(redistributor) if redistributor.asleep => PROCESSOR_SLEEP | CHILDREN_ASLEEP,
            _ => 0,
        }
    }

    /// The handshake is kept, but interrupts are signalled either way: a guest has to disable the groups of its
    /// CPU interface before it sets ProcessorSleep, so it cannot tell, and one that was written for firmware
    /// which wakes the redistributor works as well.
    pub(super) fn write_waker(&mut self, frame: Frame, value: u32) {
        if let Frame::Redistributor(vcpu) = frame
            && let Some(redistributor) = self.redistributor(vcpu)
        {
            redistributor.asleep = value & PROCESSOR_SLEEP != 0;
        }
    }
}
