//! Accesses of a guest to its distributor and redistributors.

use ids::bits::{bit, ones};

use super::cpu_interface::{to_guest, to_physical};
use super::{Direct, Physical, State};
use crate::bank::BankId;
use crate::ids::{VcpuId, from_affinity};
use crate::registers::routing;
use crate::registers::table::{Access, Interrupts, Kind, Place};

impl Direct<'_> {
    /// A guest's read. Bits beyond the access's width are zero. What is another's reads as zero.
    pub fn read(&self, access: &Access, physical: &impl Physical) -> u64 {
        let Some(place) = access.place() else { return 0 };
        let Some(at) = place.interrupts(access.frame) else {
            return self.read_identity(access.frame, place);
        };
        let owned = self.owned(at.bank);
        let word = match place.kind {
            Kind::SetEnable | Kind::ClearEnable => self.enabled(at.bank),
            Kind::SetPending | Kind::ClearPending => physical.read(at.bank, State::Pending) & owned,
            Kind::SetActive | Kind::ClearActive => physical.read(at.bank, State::Active) & owned,
            Kind::Priority => {
                let mut bytes = [0; 4];
                for (byte, position) in bytes.iter_mut().take(at.count as usize).zip(at.first..) {
                    if owned & bit(position) != 0 {
                        *byte = to_guest(physical.priority(at.bank, position));
                    }
                }
                u32::from_le_bytes(bytes)
            }
            Kind::Config => {
                let edges = ones(owned & at.mask()).filter(|&position| physical.is_edge(at.bank, position));
                edges.fold(0, |word, position| word | bit(position.wrapping_sub(at.first) << 1 | 1))
            }
            Kind::Route if owned & bit(at.first) != 0 => {
                return routing::shown(self.route(at.bank.intid(at.first)), place);
            }
            // Among them the groups: a Non-secure side reads zero.
            _ => 0,
        };
        u64::from(word)
    }

    /// A guest's write. Bits of `value` beyond the access's width are ignored, and so is what is another's.
    pub fn write(&mut self, access: &Access, value: u64, physical: &mut impl Physical) {
        let Some(place) = access.place() else { return };
        let Some(at) = place.interrupts(access.frame) else {
            return self.write_control(access.frame, place, value, physical);
        };
        let (bank, mask) = (at.bank, value as u32 & self.owned(at.bank));
        match place.kind {
            Kind::SetEnable => {
                self.set_enabled(bank, self.enabled(bank) | mask);
                physical.set(bank, State::Enabled, mask & self.signalled(bank));
            }
            Kind::ClearEnable => {
                physical.clear(bank, State::Enabled, mask & self.signalled(bank));
                self.set_enabled(bank, self.enabled(bank) & !mask);
            }
            Kind::SetPending => physical.set(bank, State::Pending, mask),
            Kind::ClearPending => physical.clear(bank, State::Pending, mask),
            Kind::SetActive => physical.set(bank, State::Active, mask),
            Kind::ClearActive => physical.clear(bank, State::Active, mask),
            Kind::Priority => {
                let owned = self.owned(bank);
                for (byte, position) in (value as u32).to_le_bytes().into_iter().zip(at.first..) {
                    if owned & at.mask() & bit(position) != 0 {
                        physical.set_priority(bank, position, to_physical(byte));
                    }
                }
            }
            Kind::Config => {
                // SGIs are edge-triggered, always.
                let fixed = if matches!(bank, BankId::Private(_)) { 0xffff } else { 0 };
                for position in ones(self.owned(bank) & at.mask() & !fixed) {
                    let edge = value as u32 & bit(position.wrapping_sub(at.first) << 1 | 1) != 0;
                    physical.set_edge(bank, position, edge);
                }
            }
            Kind::Route => self.write_route(place, at, value, physical),
            _ => {}
        }
        self.keep_line(bank, physical);
    }

    fn set_enabled(&mut self, bank: BankId, enabled: u32) {
        match bank {
            BankId::Private(vcpu) => {
                if let Some(redistributor) = self.redistributors.get_mut(vcpu.index()) {
                    redistributor.enabled = enabled;
                }
            }
            BankId::Shared(shared) => {
                if let Some(bank) = self.shared_bank_mut(shared) {
                    bank.enabled = enabled;
                }
            }
        }
    }

    fn write_route(&mut self, place: Place, at: Interrupts, value: u64, physical: &mut impl Physical) {
        let (BankId::Shared(shared), mine) = (at.bank, bit(at.first)) else { return };
        if self.owned(at.bank) & mine == 0 {
            return;
        }
        let intid = at.bank.intid(at.first);
        let affinity = routing::written(self.route(intid), place, value);
        if let Some(route) = crate::vgic::spi(intid).and_then(|index| self.routes.get_mut(index)) {
            *route = affinity;
        }
        let vcpus = self.redistributors.len();
        let target: Option<VcpuId> = from_affinity(affinity).filter(|vcpu| vcpu.index() < vcpus);
        if let Some(bank) = self.shared_bank_mut(shared) {
            ids::bits::assign(&mut bank.lost, mine, target.is_none());
        }
        match target {
            Some(vcpu) => {
                physical.route(intid, vcpu);
                physical.set(at.bank, State::Enabled, mine & self.signalled(at.bank));
            }
            None => physical.clear(at.bank, State::Enabled, mine),
        }
    }

    /// A virtual device whose line is up stays pending whatever the guest has written.
    fn keep_line(&mut self, bank: BankId, physical: &mut impl Physical) {
        if let Some(line) = self.line
            && line.level
            && bank == BankId::of(VcpuId::FIRST, line.intid)
        {
            physical.set(bank, State::Pending, bit(line.intid.number()));
        }
    }
}
