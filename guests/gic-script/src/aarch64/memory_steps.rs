//! Steps that write registers of the distributor and the redistributors.

use super::exclusions::{self, FIRST_SPI, intids};
use super::gic::{self, Address, Array, CONTROL, Kind, SenderArray, kind};
use super::script::Script;
use super::wires::is_wired;

/// GICD_ICFGR: the bits that say edge-triggered.
const EDGES: u64 = 0xaaaa_aaaa;
/// SGIs have INTIDs below this.
const SGIS: u32 = 16;

impl Script<'_> {
    pub(super) fn pend(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        if kind() == Kind::V2 && intid < SGIS {
            self.change_senders(SenderArray::Set, cpu, intid);
        } else {
            self.write_bit(Array::SetPending, cpu, intid);
        }
    }

    /// QEMU's GICv2 clears the pending state of a PPI for all CPUs.
    pub(super) fn unpend(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        if kind() == Kind::V2 && intid < SGIS {
            self.change_senders(SenderArray::Clear, cpu, intid);
        } else if !self.is_cleared_for_all(intid) {
            self.write_bit(Array::ClearPending, cpu, intid);
        }
    }

    fn is_cleared_for_all(&self, intid: u32) -> bool {
        kind() == Kind::V2 && intid < FIRST_SPI && self.played > 1
    }

    pub(super) fn enable(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        let disable = self.random.below(3) == 0 && exclusions::disabled(intid / 32) >> (intid % 32) & 1 != 0;
        self.write_bit(if disable { Array::ClearEnable } else { Array::SetEnable }, cpu, intid);
    }

    fn write_bit(&mut self, array: Array, cpu: usize, intid: u32) {
        let (address, bit) = gic::bit(array, cpu, intid);
        self.write(address, bit.into());
    }

    /// The active state of what is acknowledged is for its end alone to clear. What is set active by the register is active
    /// for every CPU in QEMU's GICv2, of which its end clears one.
    pub(super) fn activate(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        let array = if self.random.below(2) == 0 { Array::SetActive } else { Array::ClearActive };
        let allowed = match (kind(), array) {
            (Kind::V2, _) => !self.hands.iter().any(|hand| hand.has(intid)),
            (_, Array::SetActive) => true,
            _ => !self.is_held(cpu, intid),
        };
        if !is_wired(intid) && allowed {
            self.write_bit(array, cpu, intid);
        }
    }

    pub(super) fn prioritise(&mut self) {
        let (intid, priority) = self.pool.move_one(&mut self.random);
        for cpu in self.owners(intid) {
            self.write(gic::priority(cpu, intid), priority.into());
        }
    }

    /// Not what is acknowledged where there is a GICv2: QEMU drops the priority of the group that it finds at the end.
    pub(super) fn regroup(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        if kind() == Kind::V2 && self.is_held(cpu, intid) {
            return;
        }
        let (address, bit) = gic::bit(Array::Group, cpu, intid);
        let groups = self.read(address);
        self.write(address, groups ^ u64::from(bit));
    }

    pub(super) fn route(&mut self) {
        let intid = self.pool.any_spi(&mut self.random);
        if kind() == Kind::V2 {
            return self.retarget(intid);
        }
        let any = exclusions::route(self.random.next());
        let value = match self.random.below(8) {
            0 => any,
            _ => self.random.below(self.played as u64),
        };
        let address = gic::route(intid);
        match self.random.below(4) {
            0 => self.write(Address { width: 4, ..address }, value & u64::from(u32::MAX)),
            1 => self.write(Address { width: 4, offset: address.offset + 4, ..address }, value >> 32),
            _ => self.write(address, value),
        }
    }

    /// One target, and while the SPI is inactive: QEMU's GICv2 has the pending and active states of an SPI once for each
    /// CPU.
    fn retarget(&mut self, intid: u32) {
        let (address, bit) = gic::bit(Array::SetActive, 0, intid);
        let target = 1 << self.random.below(self.played as u64);
        if self.read(address) & u64::from(bit) == 0 {
            self.write(gic::target(0, intid), target);
        }
    }

    pub(super) fn configure(&mut self, cpu: usize) {
        let intid = self.pool.any(&mut self.random);
        let value = self.random.next() & EDGES;
        if exclusions::can_configure(intid) {
            let (address, _) = gic::configuration(cpu, intid);
            self.write(address, exclusions::configuration(address, value));
        }
    }

    pub(super) fn control(&mut self) {
        let any = if self.random.below(4) == 0 { self.random.next() } else { u64::MAX };
        self.write(CONTROL, exclusions::control(any));
        self.read(CONTROL);
    }

    /// Interrupts that are not in the pool are never enabled: everything else may be done to them. The SGIs of a GICv2 are,
    /// and never pending.
    pub(super) fn write_others(&mut self, cpu: usize) {
        let intid = self.random.below(intids().into()) as u32;
        let others = !self.pool.mask(intid / 32) & exclusions::usable(intid / 32);
        let word = self.random.next() as u32;
        if others >> (intid % 32) & 1 == 0 {
            return;
        }
        let array = match self.random.below(7) {
            0 => Array::SetPending,
            1 if self.is_cleared_for_all(intid) => return,
            1 => Array::ClearPending,
            2 => Array::SetActive,
            3 => Array::ClearActive,
            4 => Array::ClearEnable,
            5 => {
                return self
                    .write(gic::priority(cpu, intid), u64::from(word & exclusions::priorities() & 0xff));
            }
            _ => return self.route_other(intid),
        };
        let allowed = if array == Array::ClearEnable { exclusions::disabled(intid / 32) } else { u32::MAX };
        self.write(gic::bit(array, cpu, intid).0, u64::from(word & others & allowed));
    }

    fn route_other(&mut self, intid: u32) {
        if intid < FIRST_SPI {
            return;
        }
        if kind() == Kind::V2 {
            let targets = 1 + self.random.below((1 << self.cpus) - 1);
            self.write(gic::target(0, intid), targets);
        } else {
            let value = exclusions::route(self.random.next());
            self.write(gic::route(intid), value);
        }
    }

    /// Whether a CPU has the interrupt in hand: only its own can have a private one.
    pub(super) fn is_held(&self, cpu: usize, intid: u32) -> bool {
        let mut hands = self.hands.iter().enumerate();
        hands.any(|(other, hand)| (intid >= FIRST_SPI || other == cpu) && hand.holds(intid))
    }
}
