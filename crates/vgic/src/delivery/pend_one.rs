//! One interrupt that a vCPU makes pending for itself: an SGI, or an SPI by GICD_ISPENDR. Nearly always it goes straight
//! into a list register, and nothing else changes.

use core::num::NonZeroU64;

use ids::bits::bit;

use crate::bank::BankId;
use crate::config::Version;
use crate::ids::VcpuId;
use crate::lr::{End, ListRegister};
use crate::vcpu::Redistributor;
use crate::vgic::Vgic;

/// What a list register is to be written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The number of the list register.
    pub index: u32,
    /// `ICH_LR<n>_EL2`.
    pub contents: NonZeroU64,
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
    #[inline(never)]
    pub fn pend_one(&mut self, by: VcpuId, id: BankId, position: u32, empty: u32) -> Option<Load> {
        if self.config.version != Version::V3 {
            return None;
        }
        let (groups, intid, mine) = (self.groups(), id.intid(position), bit(position));
        let noted = self.noted_registers(by);
        // As for any access to it: see `shortcut`.
        if self.bank(id)?.bound & mine != 0 && !self.struck_out_unnoted(intid) {
            return None;
        }
        let is_for_other = match id {
            BankId::Private(vcpu) => vcpu != by,
            BankId::Shared(_) => self.target(id, intid) != Some(by),
        };
        let Redistributor { bank, loaded, maintenance, parked, .. } =
            self.redistributors.get_mut(by.index())?;
        let left_out = *parked || !maintenance.leaves_nothing_out();
        let bank = match id {
            BankId::Private(_) => bank,
            BankId::Shared(shared) => self.shared.get_mut(usize::from(shared & 31))?,
        };
        let busy = bank.pending() | bank.active | bank.linked | !bank.forwarded(groups);
        if is_for_other || left_out || busy & mine != 0 {
            return None;
        }
        let (priority, group_one) = bank.rank(position);
        let contents = ListRegister::new(intid, priority, group_one, End::Silent).with_state(true, false);
        if bank.resident & mine != 0 {
            // It was when that was last looked at. If it has come to its end since, its place is free, and it stays there.
            let index = loaded.renew(loaded.used & empty & !noted, contents)?;
            return Load::new(index, contents);
        }
        let index = (empty & !loaded.used & !noted).trailing_zeros();
        if index >= u32::BITS {
            return None;
        }
        bank.resident |= mine;
        loaded.put(index, contents, true);
        self.set_holder(intid, by);
        self.publish(by);
        Load::new(index, contents)
    }
}

impl Load {
    fn new(index: u32, contents: ListRegister) -> Option<Self> {
        Some(Self { index, contents: NonZeroU64::new(contents.raw())? })
    }
}
