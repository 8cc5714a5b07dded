//! The short way for accesses that concern the model alone: no list register, no physical interrupt and no other vCPU has
//! to be asked or told. Most accesses of a running guest are such. Whatever is not, or is rare, is left to
//! [`Vgic::access`], which does the same where both could.

use ids::bits::bit;

use super::config::{gather, spread};
use super::identification;
use super::routing;
use super::table::{Access, Frame, Kind, Place};
use crate::bank::{Bank, BankId};
use crate::config::Version;
use crate::ids::{FIRST_SPI, VcpuId, VirtualIntid, Width};
use crate::vcpu::SGIS;
use crate::vgic::Vgic;

/// Behind RD_base: the frame whose registers lie as those of the distributor's first interrupts do.
const SGI_BASE: u32 = 0x1_0000;
/// Bytes of a redistributor.
const REDISTRIBUTOR: u32 = 0x2_0000;
/// GICD_IROUTER for INTID 0, and the end of the array.
const ROUTES: u32 = 0x6000;
const ROUTES_END: u32 = 0x8000;
/// GICD_SGIR.
const SEND_SGI: u32 = 0xf00;

/// An access to all of a GICD_IROUTER.
const WHOLE_ROUTE: Place = Place { kind: Kind::Route, offset: 0, width: Width::Double };

/// Offsets in blocks of 128 bytes, in which each array with a bit for every interrupt has one.
mod block {
    pub(super) const GROUP: u32 = 1;
    pub(super) const SET_ENABLE: u32 = 2;
    pub(super) const CLEAR_ENABLE: u32 = 3;
    pub(super) const SET_PENDING: u32 = 4;
    pub(super) const CLEAR_PENDING: u32 = 5;
    pub(super) const CLEAR_ACTIVE: u32 = 7;
    pub(super) const PRIORITY: u32 = 8;
    pub(super) const CONFIG: u32 = 24;
}

/// What has become of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poked {
    /// Nothing: it takes [`Vgic::access`].
    Left,
    /// It is done.
    Done,
    /// Nothing: it makes interrupts pending, those with the bits that are written. That is for [`Vgic::pend`].
    Pends,
    /// Nothing: it sends SGIs of a GICv2. That is for [`Vgic::send_by_word`], if for itself, or [`Vgic::access`].
    Sends,
}

impl Vgic<'_> {
    /// What a read shows, if it is one of those.
    ///
    /// `pending` is asked what [`Effects::physical_pending_word`](crate::Effects::physical_pending_word) says.
    pub fn peek(&self, access: &Access, pending: impl FnOnce(u32) -> u32) -> Option<u64> {
        let Access { frame, offset, width } = *access;
        match frame {
            Frame::Distributor => self.peek_distributor(|| VcpuId::FIRST, offset, width, pending),
            Frame::Banked(by) => self.peek_distributor(|| by, offset, width, pending),
            Frame::Redistributor(vcpu) => self.peek_redistributors(among_all(vcpu, offset), width),
        }
    }

    /// Does a write, if it is one of those.
    pub fn poke(&mut self, access: &Access, value: u64) -> Poked {
        let Access { frame, offset, width } = *access;
        match frame {
            Frame::Distributor | Frame::Banked(_) => self.poke_distributor(offset, width, value),
            Frame::Redistributor(vcpu) => self.poke_redistributors(among_all(vcpu, offset), width, value),
        }
    }

    /// What a read of the distributor shows, if it is one of those. `by` tells who reads, `pending` is as for
    /// [`Vgic::peek`].
    #[inline(always)]
    pub fn peek_distributor(
        &self,
        by: impl FnOnce() -> VcpuId,
        offset: u32,
        width: Width,
        pending: impl FnOnce(u32) -> u32,
    ) -> Option<u64> {
        let word = bank_index(offset, width);
        let index = word.wrapping_sub(1);
        if index < self.shared_banks
            && let Some(bank) = self.shared.get(index as usize)
        {
            return bank.peek(offset, || Some(pending(word)));
        }
        match width {
            Width::Word if offset == 4 => Some(u64::from(self.distributor_type)),
            Width::Word if self.config.version == Version::V2 && is_first(offset, width) => {
                self.redistributors.get(by().index())?.bank.peek(offset, || None)
            }
            Width::Double if self.config.version == Version::V3 => {
                Some(routing::shown(self.route(routed(offset)?), WHOLE_ROUTE))
            }
            _ => None,
        }
    }

    /// The same for the redistributors, which lie one behind the other.
    #[inline(always)]
    pub fn peek_redistributors(&self, offset: u32, width: Width) -> Option<u64> {
        let index = (offset / REDISTRIBUTOR) as usize;
        let redistributor = self.redistributors.get(index)?;
        let inside = (offset % REDISTRIBUTOR).wrapping_sub(SGI_BASE);
        if is_first(inside, width) {
            return redistributor.bank.peek(inside, || None);
        }
        if width != Width::Double || offset % REDISTRIBUTOR != 8 {
            return None;
        }
        Some(identification::type_of(self.redistributors.len(), VcpuId::new(index)?))
    }

    /// Does a write of the distributor, if it is one of those.
    #[inline(never)]
    pub fn poke_distributor(&mut self, offset: u32, width: Width, value: u64) -> Poked {
        let index = bank_index(offset, width).wrapping_sub(1);
        let implemented = self.priority_mask;
        if index < self.shared_banks
            && let Some(bank) = self.shared.get_mut(index as usize)
        {
            return bank.poke(offset, value as u32, implemented, 0);
        }
        match (width, self.config.version) {
            (Width::Double, Version::V3) if self.poke_route(offset, value).is_some() => Poked::Done,
            (Width::Word, Version::V2) if offset == SEND_SGI => Poked::Sends,
            _ => Poked::Left,
        }
    }

    /// The same for the redistributors.
    #[inline(never)]
    pub fn poke_redistributors(&mut self, offset: u32, width: Width, value: u64) -> Poked {
        let implemented = self.priority_mask;
        let inside = (offset % REDISTRIBUTOR).wrapping_sub(SGI_BASE);
        match self.redistributors.get_mut((offset / REDISTRIBUTOR) as usize) {
            Some(found) if is_first(inside, width) => {
                found.bank.poke(inside, value as u32, implemented, SGIS)
            }
            _ => Poked::Left,
        }
    }

    fn poke_route(&mut self, offset: u32, value: u64) -> Option<()> {
        let intid = routed(offset)?;
        let new = routing::written(0, WHOLE_ROUTE, value);
        let bank = self.bank(BankId::of(VcpuId::FIRST, intid))?;
        if self.route(intid) != new {
            bank.quiet(bit(u32::from(intid.0 & 31)))?;
            self.set_route(intid, new);
        }
        Some(())
    }
}

/// For each KiB of offsets, how far to shift them to get which 32 interrupts a word is about: two bits an interrupt make
/// three, eight make five, one bit makes two. The second KiB has priorities, the fourth configurations.
const SHIFTS: u32 = 2 | 5 << 4 | 5 << 8 | 3 << 12;

/// Which 32 interrupts the word at `offset` of the distributor is about. Zero too where it is about none, or no word.
#[inline(always)]
const fn bank_index(offset: u32, width: Width) -> u32 {
    let index = offset.wrapping_shr(SHIFTS >> (offset >> 8 & 0xc) & 0xf) & 31;
    if offset & !0xffc == 0 && matches!(width, Width::Word) && offset >= 0x80 { index } else { 0 }
}

/// An offset in a vCPU's redistributor as one among all.
const fn among_all(vcpu: VcpuId, offset: u32) -> u32 {
    (vcpu.index() as u32).wrapping_mul(REDISTRIBUTOR) | offset
}

/// Whether the word at `offset` of SGI_base is about the private interrupts.
#[inline(always)]
const fn is_first(offset: u32, width: Width) -> bool {
    let index = offset.wrapping_shr(SHIFTS >> (offset >> 8 & 0xc) & 0xf) & 31;
    offset & !0xffc == 0 && matches!(width, Width::Word) && offset >= 0x80 && index == 0
}

/// The bank of the distributor that the word at `offset` is about, where [`Vgic::poke_distributor`] says that it pends.
#[inline(always)]
pub const fn shared_at(offset: u32) -> BankId {
    BankId::Shared((bank_index(offset, Width::Word) as u8).wrapping_sub(1))
}

impl Bank {
    /// What the word at `offset`, which is about these interrupts, shows. `pending` tells which physical ones are pending,
    /// if it can.
    #[inline(always)]
    fn peek(&self, offset: u32, pending: impl FnOnce() -> Option<u32>) -> Option<u64> {
        let block = offset >> 7;
        let word = if block & block::PRIORITY != 0 {
            match block & block::CONFIG {
                block::PRIORITY => self.priorities(offset & 31),
                _ if block & !1 == block::CONFIG => spread(self.edge.wrapping_shr(offset << 2 & 16)) << 1,
                _ => return None,
            }
        } else if block & 16 != 0 {
            return None;
        } else if block & block::SET_PENDING != 0 {
            if self.resident | self.unclear != 0 {
                return None;
            }
            match (block & 2, self.bound) {
                (0, 0) => self.pending(),
                // The hypervisor takes none that is disabled, or active.
                (0, bound) => self.pending() | pending()? & bound,
                _ => self.active,
            }
        } else if block & 2 != 0 {
            self.enabled
        } else {
            self.group
        };
        Some(u64::from(word))
    }

    /// Writes it. `implemented` are the bits of a priority, `fixed` the interrupts whose configuration is.
    #[inline(never)]
    fn poke(&mut self, offset: u32, word: u32, implemented: u8, fixed: u32) -> Poked {
        self.try_to_poke(offset, word, implemented, fixed).unwrap_or(Poked::Left)
    }

    #[inline(always)]
    fn try_to_poke(&mut self, offset: u32, word: u32, implemented: u8, fixed: u32) -> Option<Poked> {
        let block = offset >> 7;
        if block & block::PRIORITY != 0 {
            if block & block::CONFIG == block::PRIORITY {
                let (first, new) = (offset & 31, word & u32::from_ne_bytes([implemented; 4]));
                if self.priorities(first) != new {
                    self.quiet(0xf << first)?;
                    self.set_priorities(first, new);
                }
                return Some(Poked::Done);
            }
            if block & !1 != block::CONFIG {
                return None;
            }
            let first = offset << 2 & 16;
            let edges = gather(word >> 1).wrapping_shl(first);
            let changed = (self.edge ^ edges) & 0xffff << first & !fixed;
            if changed != 0 {
                // A line that is up counts from now on, or does no more.
                self.edge ^=
                    self.quiet_beyond_model(changed, self.resident | self.latch | self.line | self.active)?;
            }
            return Some(Poked::Done);
        }
        match block {
            block::SET_ENABLE => {
                self.enabled |= self.quiet_beyond_model(word & !self.enabled, self.pending())?;
            }
            block::CLEAR_ENABLE => {
                self.enabled &= !self.quiet_beyond_model(word & self.enabled, self.resident)?;
            }
            block::SET_PENDING => {
                return if word & self.active == 0 { Some(Poked::Pends) } else { None };
            }
            block::CLEAR_PENDING => self.latch &= !self.quiet_beyond_model(word, self.resident)?,
            block::CLEAR_ACTIVE => {
                self.quiet_beyond_model(word, self.resident | self.active)?;
            }
            block::GROUP => self.group ^= self.quiet(self.group ^ word)?,
            _ => return None,
        }
        Some(Poked::Done)
    }

    /// `changed`, if none of these interrupts is pending, active or bound: then nothing follows from a change.
    #[inline(always)]
    const fn quiet(&self, changed: u32) -> Option<u32> {
        self.quiet_beyond_model(changed, self.resident | self.pending() | self.active)
    }

    /// `changed`, if none of these interrupts is bound or one of `others`.
    #[inline(always)]
    const fn quiet_beyond_model(&self, changed: u32, others: u32) -> Option<u32> {
        if changed & (self.bound | others) == 0 { Some(changed) } else { None }
    }
}

/// The SPI whose GICD_IROUTER is at `offset`.
#[inline(always)]
fn routed(offset: u32) -> Option<VirtualIntid> {
    let intid = VirtualIntid((offset.checked_sub(ROUTES)? >> 3) as u16);
    (offset < ROUTES_END && intid.0 >= FIRST_SPI).then_some(intid)
}
