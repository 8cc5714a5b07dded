//! One interrupt that a vCPU makes pending for itself: an SGI, or an SPI by GICD_ISPENDR. Nearly always it goes straight
//! into a list register, and nothing else changes.

use core::num::NonZeroU64;

use ids::bits::bit;

use crate::bank::{Bank, BankId, Groups};
use crate::config::Version;
use crate::ids::{VcpuId, VirtualIntid};
use crate::lr::{End, ListRegister};
use crate::registers::sgi::{FILTER_SHIFT, LIST_SHIFT, TO_LIST, TO_SELF};
use crate::vcpu::Loaded;
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
        self.pend_sgi(by, (value >> 24) as u32 & 0xf, empty)
    }

    /// The same where vCPU `by` has written `value` to the GICD_SGIR of a GICv2.
    #[inline]
    pub fn send_by_word(&mut self, by: VcpuId, value: u32, empty: u32) -> Option<Load> {
        let me = 1u32.wrapping_shl(by.index() as u32) & 0xff;
        let to_self = match value >> FILTER_SHIFT & 3 {
            TO_LIST => value >> LIST_SHIFT & 0xff == me,
            filter => filter == TO_SELF,
        };
        if to_self { self.pend_sgi(by, value & 0xf, empty) } else { None }
    }

    /// Sends an SGI of `by` to itself, as [`Vgic::pend_one`] does: with GICv2 it comes from `by`, too.
    #[inline(never)]
    fn pend_sgi(&mut self, by: VcpuId, sgi: u32, empty: u32) -> Option<Load> {
        let (groups, noted) = (self.groups(), self.noted_registers(by));
        // If another one had sent it, it would be pending.
        let sender = (self.config.version == Version::V2).then_some(by);
        let found = self.redistributors.get_mut(by.index())?;
        if !found.has_room_for_more() {
            return None;
        }
        let one = One { intid: VirtualIntid(sgi as u16), groups, sender };
        let (load, new) = one.load(&mut found.bank, &mut found.loaded, empty & !noted)?;
        if new {
            self.publish(by);
        }
        Some(load)
    }

    /// Makes one interrupt of a bank pending, if it is for `by` and can be loaded at once: then returns what to load.
    /// Else nothing has been done. SGIs of a GICv2 are none of them.
    #[inline(never)]
    pub fn pend_one(&mut self, by: VcpuId, id: BankId, position: u32, empty: u32) -> Option<Load> {
        let (groups, noted, intid) = (self.groups(), self.noted_registers(by), id.intid(position));
        // As for any access to it: see `shortcut`.
        if self.bank(id)?.bound & bit(position) != 0 && !self.struck_out_unnoted(intid) {
            return None;
        }
        if self.target(id, intid) != Some(by) || self.by_sender(id) & bit(position) != 0 {
            return None;
        }
        let found = self.redistributors.get_mut(by.index())?;
        if !found.has_room_for_more() {
            return None;
        }
        let bank = match id {
            BankId::Private(_) => &mut found.bank,
            BankId::Shared(shared) => self.shared.get_mut(usize::from(shared & 31))?,
        };
        let one = One { intid, groups, sender: None };
        let (load, new) = one.load(bank, &mut found.loaded, empty & !noted)?;
        if new {
            self.set_holder(intid, by);
            self.publish(by);
        }
        Some(load)
    }
}

/// An interrupt that is made pending for the vCPU that does so.
struct One {
    intid: VirtualIntid,
    groups: Groups,
    /// Who sends it, if it is an SGI of a GICv2.
    sender: Option<VcpuId>,
}

impl One {
    /// Loads it into one of the list registers in `empty`, of which what is `loaded` is known to the model alone, if nothing
    /// stands in its way. Returns what to load, and whether the list register is one that held another interrupt.
    #[inline(always)]
    fn load(self, bank: &mut Bank, loaded: &mut Loaded, empty: u32) -> Option<(Load, bool)> {
        let position = u32::from(self.intid.0 & 31);
        let mine = bit(position);
        let busy = bank.pending() | bank.active | bank.linked | !bank.forwarded(self.groups);
        if busy & mine != 0 {
            return None;
        }
        let (priority, group_one) = bank.rank(position);
        let mut contents =
            ListRegister::new(self.intid, priority, group_one, End::Silent).with_state(true, false);
        if let Some(sender) = self.sender {
            contents = contents.with_sender(sender.index() as u8, false);
        }
        if bank.resident & mine != 0 {
            // It was when that was last looked at. If it has come to its end since, its place is free, and it stays there.
            let index = loaded.renew(loaded.used & empty, contents)?;
            return Some((Load::new(index, contents)?, false));
        }
        let index = (empty & !loaded.used).trailing_zeros();
        if index >= u32::BITS {
            return None;
        }
        bank.resident |= mine;
        loaded.put(index, contents, true);
        Some((Load::new(index, contents)?, true))
    }
}

impl Load {
    fn new(index: u32, contents: ListRegister) -> Option<Self> {
        Some(Self { index, contents: NonZeroU64::new(contents.raw())? })
    }
}
