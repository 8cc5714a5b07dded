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
    pub(super) const PRIORITY_LAST: u32 = 15;
    pub(super) const CONFIG: u32 = 24;
    pub(super) const CONFIG_LAST: u32 = 25;
}

/// Which 32 interrupts of a frame the word at `offset` is about.
#[inline(always)]
const fn bank_index(offset: u32) -> u32 {
    match offset >> 7 & 0x1f {
        block::PRIORITY..=block::PRIORITY_LAST => offset >> 5 & 31,
        block::CONFIG..=block::CONFIG_LAST => offset >> 3 & 31,
        _ => offset >> 2 & 31,
    }
}

impl Vgic<'_> {
    /// What a read shows, if it is one of those.
    #[inline]
    pub fn peek(&self, access: Access) -> Option<u64> {
        let Access { frame, offset, width } = access;
        match width {
            Width::Word if offset & 3 == 0 => self.peek_word(frame, offset),
            Width::Double if offset & 7 == 0 => match frame {
                Frame::Distributor => Some(routing::shown(self.route(routed(offset)?), WHOLE_ROUTE)),
                Frame::Redistributor(_) if offset == 8 => {
                    self.peek_identity(frame, Kind::RedistributorType, width)
                }
                _ => None,
            },
            _ => None,
        }
    }

    #[inline(always)]
    fn peek_word(&self, frame: Frame, offset: u32) -> Option<u64> {
        let bank = match self.quick_bank(frame, offset) {
            Some(id) => self.bank(id)?,
            None if offset == 4 && !matches!(frame, Frame::Redistributor(_)) => {
                return self.peek_identity(frame, Kind::DistributorType, Width::Word);
            }
            None => return None,
        };
        let alone = bank.resident | bank.bound == 0;
        Some(u64::from(match offset >> 7 & 0x1f {
            block::GROUP => bank.group,
            block::SET_ENABLE | block::CLEAR_ENABLE => bank.enabled,
            block::SET_PENDING | block::CLEAR_PENDING if alone => bank.pending(),
            block::SET_ACTIVE | block::CLEAR_ACTIVE if alone => bank.active,
            block::PRIORITY..=block::PRIORITY_LAST => bank.priorities(offset & 31),
            block::CONFIG..=block::CONFIG_LAST => spread(bank.edge.wrapping_shr(offset << 2 & 16)) << 1,
            _ => return None,
        }))
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
    #[inline]
    pub fn poke(&mut self, access: Access, value: u64) -> bool {
        let Access { frame, offset, width } = access;
        match (width, frame) {
            (Width::Word, _) if offset & 3 == 0 => self.poke_word(frame, offset, value as u32).is_some(),
            (Width::Double, Frame::Distributor) if offset & 7 == 0 => {
                self.poke_route(offset, value).is_some()
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn poke_word(&mut self, frame: Frame, offset: u32, word: u32) -> Option<()> {
        let id = self.quick_bank(frame, offset)?;
        let implemented = u32::from_ne_bytes([self.priority_mask(); 4]);
        let fixed = if matches!(id, BankId::Private(_)) { SGIS } else { 0 };
        let bank = self.bank_mut(id)?;
        match offset >> 7 & 0x1f {
            block::GROUP => bank.group ^= bank.quiet(bank.group ^ word)?,
            block::SET_ENABLE => {
                bank.enabled |= bank.quiet_beyond_model(word & !bank.enabled, bank.pending())?
            }
            block::CLEAR_ENABLE => {
                bank.enabled &= !bank.quiet_beyond_model(word & bank.enabled, bank.resident)?
            }
            block::CLEAR_PENDING => bank.latch &= !bank.quiet_beyond_model(word, bank.resident)?,
            block::CLEAR_ACTIVE => {
                bank.quiet_beyond_model(word, bank.resident | bank.active)?;
            }
            block::PRIORITY..=block::PRIORITY_LAST => {
                let (first, new) = (offset & 31, word & implemented);
                if bank.priorities(first) != new {
                    bank.quiet(0xf << first)?;
                    bank.set_priorities(first, new);
                }
            }
            block::CONFIG..=block::CONFIG_LAST => {
                let first = offset << 2 & 16;
                let half = 0xffff << first & !fixed;
                bank.edge ^= bank.quiet((bank.edge ^ gather(word >> 1).wrapping_shl(first)) & half)?;
            }
            _ => return None,
        }
        Some(())
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
            Frame::Distributor | Frame::Banked(_) if offset < 0x1000 => {
                Some(BankId::Shared(index.checked_sub(1)? as u8)).filter(|_| offset >= 0x80)
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
