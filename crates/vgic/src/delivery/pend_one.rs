//! One interrupt that a vCPU makes pending for itself: an SGI, or an SPI by GICD_ISPENDR. Nearly always it goes straight
//! into a list register, and nothing else changes.

use ids::bits::{bit, ones};

use crate::bank::{Bank, BankId, Groups};
use crate::config::Version;
use crate::ids::{VcpuId, VirtualIntid};
use crate::lr::{End, ListRegister};
use crate::vcpu::Redistributor;
use crate::vgic::Vgic;

/// What a list register is to be written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The number of the list register.
    pub index: u32,
    /// `ICH_LR<n>_EL2`.
    pub contents: u64,
}

/// Bits of ICC_SGI1R_EL1 other than the INTID and the target list: zero where the targets are among the first 16 vCPUs.
const ELSEWHERE: u64 = !(0xf << 24 | 0xffff);

impl Vgic<'_> {
    /// vCPU `by` has written `value` to ICC_SGI1R_EL1. If that sends an SGI to `by` alone, which can take it at once, what
    /// to load; else nothing has been done, and [`Vgic::send_sgi`] does it. `empty` is what
    /// [`ListRegisters::empty`](crate::ListRegisters::empty) says.
    #[inline]
    pub fn send_to_self(&mut self, by: VcpuId, value: u64, empty: u32) -> Option<Load> {
        let to_self = value & ELSEWHERE == 0 && value & 0xffff == 1u64.wrapping_shl(by.index() as u32);
        if !to_self || by.index() >= 16 {
            return None;
        }
        self.pend_one(by, BankId::Private(by), (value >> 24) as u32 & 0xf, empty)
    }

    /// Makes one interrupt of a bank pending, if it is for `by` and can be loaded at once: then returns what to load.
    /// Else nothing has been done. Only for GICv3.
    #[inline]
    pub fn pend_one(&mut self, by: VcpuId, id: BankId, position: u32, empty: u32) -> Option<Load> {
        let intid = id.intid(position);
        if self.target(id, intid) != Some(by) || self.config.version != Version::V3 {
            return None;
        }
        let (groups, noted) = (self.groups(), self.noted_registers(by));
        let load = match id {
            BankId::Private(_) => {
                let own = self.redistributors.get_mut(by.index())?;
                let Redistributor { bank, loaded, maintenance, parked, .. } = own;
                let own = Own { loaded, alone: !*parked && maintenance.leaves_nothing_out() };
                own.take(bank, groups, intid, empty & !noted)?
            }
            BankId::Shared(shared) => {
                let Redistributor { loaded, maintenance, parked, .. } =
                    self.redistributors.get_mut(by.index())?;
                let own = Own { loaded, alone: !*parked && maintenance.leaves_nothing_out() };
                let bank = self.shared.get_mut(usize::from(shared & 31))?;
                own.take(bank, groups, intid, empty & !noted)?
            }
        };
        self.set_holder(intid, by);
        self.publish(by);
        Some(load)
    }
}

/// The list registers of the vCPU.
struct Own<'a> {
    loaded: &'a mut crate::vcpu::Loaded,
    /// Everything that is due to the vCPU is in them.
    alone: bool,
}

impl Own<'_> {
    #[inline(always)]
    fn take(self, bank: &mut Bank, groups: Groups, intid: VirtualIntid, empty: u32) -> Option<Load> {
        let position = u32::from(intid.0 & 31);
        let mine = bit(position);
        let busy = bank.pending() | bank.active | bank.linked | bank.bound;
        if !self.alone || busy & mine != 0 || bank.forwarded(groups) & mine == 0 {
            return None;
        }
        let index = if bank.resident & mine != 0 {
            // It was when that was last looked at. If it has come to its end since, it can stay.
            let same = |index: &u32| self.loaded.get(*index).intid() == intid;
            ones(self.loaded.used & empty).find(same)?
        } else {
            let free = empty & !self.loaded.used;
            if free == 0 {
                return None;
            }
            free.trailing_zeros()
        };
        let (priority, group_one) = bank.rank(position);
        let contents = ListRegister::new(intid, priority, group_one, End::Silent).with_state(true, false);
        bank.resident |= mine;
        self.loaded.put(index, contents, true);
        Some(Load { index, contents: contents.raw() })
    }
}
