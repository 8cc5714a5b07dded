//! The short way for accesses that concern the model alone: no list register, no physical interrupt and no other vCPU has
//! to be asked or told. Most accesses of a running guest are such. Whatever is not, or is rare, is left to
//! [`Vgic::access`], which does the same where both could.

use ids::bits::bit;

use super::config::{gather, spread};
use super::identification::{self, Gic};
use super::routing;
use super::table::{Access, Frame, Kind, Place};
use crate::bank::{Bank, BankId};
use crate::ids::{FIRST_SPI, VcpuId, VirtualIntid, Width};
use crate::vcpu::SGIS;
use crate::vgic::Vgic;

/// Behind RD_base: the frame whose registers lie as those of the distributor's first interrupts do.
const SGI_BASE: u32 = 0x1_0000;
/// GICD_IROUTER for INTID 0, and the end of the array.
const ROUTES: u32 = 0x6000;
const ROUTES_END: u32 = 0x8000;

/// An access to all of a GICD_IROUTER.
const WHOLE_ROUTE: Place = Place { kind: Kind::Route, offset: 0, width: Width::Double };

/// Offsets in blocks of 128 bytes, in which each array with a bit for every interrupt has one.
mod block {
    pub(super) const GROUP: u32 = 1;
    pub(super) const SET_ENABLE: u32 = 2;
    pub(super) const CLEAR_ENABLE: u32 = 3;
    pub(super) const SET_PENDING: u32 = 4;
    pub(super) const CLEAR_PENDING: u32 = 5;
    pub(super) const SET_ACTIVE: u32 = 6;
    pub(super) const CLEAR_ACTIVE: u32 = 7;
    pub(super) const PRIORITY: u32 = 8;
    pub(super) const CONFIG: u32 = 24;
}

/// For each KiB of offsets, how far to shift them to get which 32 interrupts a word is about: two bits an interrupt make
/// three, eight make five, one bit makes two. The second KiB has priorities, the fourth configurations.
const SHIFTS: u32 = 2 | 5 << 4 | 5 << 8 | 3 << 12;

/// Which 32 interrupts of a frame the word at `offset` is about.
#[inline(always)]
const fn bank_index(offset: u32) -> u32 {
    offset.wrapping_shr(SHIFTS >> (offset >> 8 & 0xc) & 0xf) & 31
}

/// What has become of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poked {
    /// Nothing: it takes [`Vgic::access`].
    Left,
    /// It is done.
    Done,
    /// Nothing: it makes interrupts of this bank pending, those with the bits that are written. That is for
    /// [`Vgic::pend`].
    Pends(BankId),
}

impl Vgic<'_> {
    /// What a read shows, if it is one of those.
    #[inline(always)]
    pub fn peek(&self, access: &Access) -> Option<u64> {
        let offset = access.offset;
        if access.width != Width::Word || offset & 3 != 0 {
            return self.peek_double(access);
        }
        let Some(bank) = self.quick_bank(access.frame, offset).and_then(|id| self.bank(id)) else {
            return self.peek_control(access);
        };
        let block = offset >> 7 & 0x1f;
        let alone = bank.resident | bank.bound == 0;
        Some(u64::from(if block & !1 == block::SET_ENABLE {
            bank.enabled
        } else if block & 0x18 == block::PRIORITY {
            bank.priorities(offset & 31)
        } else if block & !1 == block::SET_PENDING && alone {
            bank.pending()
        } else if block & !1 == block::SET_ACTIVE && alone {
            bank.active
        } else if block & !1 == block::CONFIG {
            spread(bank.edge.wrapping_shr(offset << 2 & 16)) << 1
        } else if block == block::GROUP {
            bank.group
        } else {
            return None;
        }))
    }

    #[inline(never)]
    fn peek_control(&self, access: &Access) -> Option<u64> {
        match access.frame {
            Frame::Redistributor(_) => None,
            _ if access.offset != 4 => None,
            frame => self.peek_identity(frame, Kind::DistributorType, Width::Word),
        }
    }

    #[inline(never)]
    fn peek_double(&self, access: &Access) -> Option<u64> {
        match access.frame {
            _ if access.width != Width::Double || access.offset & 7 != 0 => None,
            Frame::Distributor => Some(routing::shown(self.route(routed(access.offset)?), WHOLE_ROUTE)),
            Frame::Redistributor(_) if access.offset == 8 => {
                self.peek_identity(access.frame, Kind::RedistributorType, Width::Double)
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn peek_identity(&self, frame: Frame, kind: Kind, width: Width) -> Option<u64> {
        let gic = Gic { vcpus: usize::from(self.config.vcpus), spis: self.config.spis };
        if let Frame::Redistributor(vcpu) = frame
            && vcpu.index() >= gic.vcpus
        {
            return None;
        }
        Some(identification::read(gic, frame, Place { kind, offset: 0, width }))
    }

    /// Does a write, if it is one of those.
    #[inline(always)]
    pub fn poke(&mut self, access: &Access, value: u64) -> Poked {
        let offset = access.offset;
        if access.width != Width::Word || offset & 3 != 0 {
            return self.poke_double(access, value);
        }
        self.poke_word(access.frame, offset, value as u32).unwrap_or(Poked::Left)
    }

    #[inline(never)]
    fn poke_double(&mut self, access: &Access, value: u64) -> Poked {
        let is_route = access.width == Width::Double && access.offset & 7 == 0;
        let done = is_route && access.frame == Frame::Distributor;
        if done && self.poke_route(access.offset, value).is_some() { Poked::Done } else { Poked::Left }
    }

    #[inline(always)]
    fn poke_word(&mut self, frame: Frame, offset: u32, word: u32) -> Option<Poked> {
        let id = self.quick_bank(frame, offset)?;
        let implemented = self.priority_mask();
        let bank = self.bank_mut(id)?;
        let block = offset >> 7 & 0x1f;
        if block == block::SET_ENABLE {
            bank.enabled |= bank.quiet_beyond_model(word & !bank.enabled, bank.pending())?;
        } else if block == block::CLEAR_ENABLE {
            bank.enabled &= !bank.quiet_beyond_model(word & bank.enabled, bank.resident)?;
        } else if block & 0x18 == block::PRIORITY {
            let (first, new) = (offset & 31, word & u32::from_ne_bytes([implemented; 4]));
            if bank.priorities(first) != new {
                bank.quiet(0xf << first)?;
                bank.set_priorities(first, new);
            }
        } else if block == block::SET_PENDING {
            bank.quiet_beyond_model(word, bank.active)?;
            return Some(Poked::Pends(id));
        } else if block == block::CLEAR_PENDING {
            bank.latch &= !bank.quiet_beyond_model(word, bank.resident)?;
        } else if block == block::CLEAR_ACTIVE {
            bank.quiet_beyond_model(word, bank.resident | bank.active)?;
        } else if block & !1 == block::CONFIG {
            let first = offset << 2 & 16;
            let fixed = if matches!(id, BankId::Private(_)) { SGIS } else { 0 };
            let edges = gather(word >> 1).wrapping_shl(first);
            bank.edge ^= bank.quiet((bank.edge ^ edges) & 0xffff << first & !fixed)?;
        } else if block == block::GROUP {
            bank.group ^= bank.quiet(bank.group ^ word)?;
        } else {
            return None;
        }
        Some(Poked::Done)
    }

    fn poke_route(&mut self, offset: u32, value: u64) -> Option<()> {
        let intid = routed(offset)?;
        let new = routing::written(0, WHOLE_ROUTE, value);
        let BankId::Shared(shared) = BankId::of(VcpuId::FIRST, intid) else { return None };
        let bank = self.bank(BankId::Shared(shared))?;
        if self.route(intid) != new {
            bank.quiet(bit(u32::from(intid.0 & 31)))?;
            self.set_route(intid, new);
        }
        Some(())
    }

    /// The bank that an access to a word is about; none for one that is not about a bank, or not simply.
    #[inline(always)]
    fn quick_bank(&self, frame: Frame, offset: u32) -> Option<BankId> {
        let index = bank_index(offset);
        match frame {
            // From 32 interrupts on all is as in a GICv3; SGIs of a GICv2 have rules of their own.
            Frame::Distributor | Frame::Banked(_) if (0x80..0x1000).contains(&offset) => {
                Some(BankId::Shared(index.checked_sub(1)? as u8))
            }
            Frame::Redistributor(vcpu) if offset >> 12 == SGI_BASE >> 12 && index == 0 => {
                Some(BankId::Private(vcpu))
            }
            _ => None,
        }
    }
}

impl Bank {
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
