//! Registers that are not about certain interrupts.

use super::{Direct, Physical, State};
use crate::registers::identification::{self, Gic};
use crate::registers::table::{Frame, Kind, Place};

/// GICD_CTLR as the Non-secure side sees it (IHI 0069, 12.9.4): EnableGrp1A, and ARE_NS, which is fixed at 1.
const ENABLE: u64 = 1 << 1;
const AFFINITY_ROUTING: u64 = 1 << 4;
/// GICD_TYPER.SecurityExtn: two security states.
const TWO_SECURITY_STATES: u64 = 1 << 10;

/// GICR_WAKER.
const PROCESSOR_SLEEP: u64 = 1 << 1;
const CHILDREN_ASLEEP: u64 = 1 << 2;

impl Direct<'_> {
    pub(super) fn read_identity(&self, frame: Frame, place: Place) -> u64 {
        let gic = Gic { vcpus: self.redistributors.len(), spis: self.spis };
        match (place.kind, frame) {
            (_, Frame::Redistributor(vcpu)) if vcpu.index() >= gic.vcpus => 0,
            (Kind::DistributorControl, _) => AFFINITY_ROUTING | if self.forwards { ENABLE } else { 0 },
            (Kind::DistributorType, _) => identification::read(gic, frame, place) | TWO_SECURITY_STATES,
            (Kind::Waker, Frame::Redistributor(vcpu)) => {
                let asleep = self.redistributors.get(vcpu.index()).is_some_and(|found| found.asleep);
                if asleep { PROCESSOR_SLEEP | CHILDREN_ASLEEP } else { 0 }
            }
            _ => identification::read(gic, frame, place),
        }
    }

    pub(super) fn write_control(
        &mut self,
        frame: Frame,
        place: Place,
        value: u64,
        physical: &mut impl Physical,
    ) {
        match (place.kind, frame) {
            (Kind::DistributorControl, _) => self.forward(value & ENABLE != 0, physical),
            (Kind::Waker, Frame::Redistributor(vcpu)) => {
                if let Some(redistributor) = self.redistributors.get_mut(vcpu.index()) {
                    redistributor.asleep = value & PROCESSOR_SLEEP != 0;
                }
            }
            _ => {}
        }
    }

    /// The physical GICD_CTLR is every zone's, so forwarding stops by the enable bits of what the zone owns.
    fn forward(&mut self, forwards: bool, physical: &mut impl Physical) {
        if forwards == self.forwards {
            return;
        }
        self.forwards = forwards;
        for bank in self.banks() {
            if forwards {
                physical.set(bank, State::Enabled, self.signalled(bank));
            } else {
                physical.clear(bank, State::Enabled, self.enabled(bank));
            }
        }
    }
}
