//! Which interrupts come first: the lowest priority value, and among equals the lowest INTID (the
//! architecture leaves that to the implementation; IHI 0069, 4.8).

use ids::bits::{bit, ones};

use crate::bank::{Bank, BankId};
use crate::ids::{VcpuId, VirtualIntid};
use crate::lr::ListRegister;
use crate::ports::CpuInterface;
use crate::vgic::Vgic;

/// Where an interrupt stands in the order of delivery: less is earlier. An interrupt of a group that the guest's
/// CPU interface does not signal comes after all others, because it must not keep them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u32);

/// Above the priority: the interrupt is not signalled.
const SILENT: u32 = 1 << 8;

impl Rank {
    pub(super) fn of(contents: ListRegister, interface: CpuInterface) -> Self {
        let signalled = if contents.is_group_one() { interface.group1 } else { interface.group0 };
        Self(u32::from(contents.priority()) | if signalled { 0 } else { SILENT })
    }

    /// That of an interrupt of a bank, of which these are not signalled.
    #[inline(always)]
    fn in_bank(bank: &Bank, silent: u32, position: u32) -> Self {
        Self(u32::from(bank.priority(position)) | silent.wrapping_shr(position) << 8 & SILENT)
    }
}

/// The interrupts of a bank that the CPU interface does not signal.
#[inline(always)]
fn silent(bank: &Bank, interface: CpuInterface) -> u32 {
    let [zero, one] =
        [interface.group0, interface.group1].map(|signalled| u32::from(!signalled).wrapping_neg());
    bank.group & one | !bank.group & zero
}

impl Vgic<'_> {
    /// The first of those that are pending for `vcpu` and in no list register.
    pub(super) fn best_candidate(
        &mut self,
        vcpu: VcpuId,
        interface: CpuInterface,
    ) -> Option<(Rank, VirtualIntid)> {
        let groups = self.groups();
        let mut best = None;
        let private = BankId::Private(vcpu);
        if let Some(bank) = self.bank(private) {
            self.choose_among(vcpu, private, bank, bank.candidates(groups), interface, &mut best);
        }
        for shared in ones(self.may_have_candidates) {
            let id = BankId::Shared(shared as u8);
            let Some(bank) = self.bank(id) else { continue };
            match bank.candidates(groups) {
                0 => self.may_have_candidates &= !bit(shared),
                some => self.choose_among(vcpu, id, bank, some, interface, &mut best),
            }
        }
        best
    }

    /// Takes for `best` what comes before it of these interrupts of a bank, if it is for `vcpu`.
    #[inline(always)]
    fn choose_among(
        &self,
        vcpu: VcpuId,
        id: BankId,
        bank: &Bank,
        candidates: u32,
        interface: CpuInterface,
        best: &mut Option<(Rank, VirtualIntid)>,
    ) {
        let silent = silent(bank, interface);
        for position in ones(candidates) {
            let rank = Rank::in_bank(bank, silent, position);
            // Most are of equal rank: whom one is for takes longer to find out.
            if best.is_none_or(|(earlier, _)| rank < earlier) {
                let intid = id.intid(position);
                if self.target(id, intid) == Some(vcpu) {
                    *best = Some((rank, intid));
                }
            }
        }
    }

    /// The first of those that are left. `last` was the first and has been loaded since, if it is known. Where several are of
    /// equal rank, as mostly, that is the next of them and takes no look at all others.
    pub(super) fn next_candidate(
        &mut self,
        vcpu: VcpuId,
        interface: CpuInterface,
        last: Option<(Rank, VirtualIntid)>,
    ) -> Option<(Rank, VirtualIntid)> {
        let Some(last) = last else { return self.best_candidate(vcpu, interface) };
        let (groups, id) = (self.groups(), BankId::of(vcpu, last.1));
        let bank = self.bank(id)?;
        let silent = silent(bank, interface);
        let behind = (u32::MAX - 1).wrapping_shl(u32::from(last.1.0 & 31));
        for position in ones(bank.candidates(groups) & behind) {
            let intid = id.intid(position);
            let rank = Rank::in_bank(bank, silent, position);
            if rank == last.0 && self.target(id, intid) == Some(vcpu) {
                return Some((rank, intid));
            }
        }
        self.best_candidate(vcpu, interface)
    }

    /// The innermost of those that are active on `vcpu` and in no list register: the one that ends first if
    /// the guest ends them in the reverse order of acknowledging.
    pub(super) fn innermost_stranded(&mut self, vcpu: VcpuId) -> Option<VirtualIntid> {
        let mut best: Option<(u8, VirtualIntid)> = None;
        let mut consider = |bank: &Bank, position: u32, intid: VirtualIntid| {
            let priority = bank.acknowledged_at(position);
            if best.is_none_or(|(earlier, _)| priority < earlier) {
                best = Some((priority, intid));
            }
        };
        let private = BankId::Private(vcpu);
        if let Some(bank) = self.bank(private) {
            for position in ones(bank.stranded()) {
                consider(bank, position, private.intid(position));
            }
        }
        let mut nothing = 0;
        for shared in ones(self.may_have_stranded) {
            let id = BankId::Shared(shared as u8);
            let Some(bank) = self.bank(id) else { continue };
            if bank.stranded() == 0 {
                nothing |= bit(shared);
            }
            for position in ones(bank.stranded()) {
                let intid = id.intid(position);
                if self.holder(id, intid) == vcpu {
                    consider(bank, position, intid);
                }
            }
        }
        self.may_have_stranded &= !nothing;
        best.map(|(_, intid)| intid)
    }

    /// The list register whose interrupt is pending and comes last of those.
    pub(super) fn last_loaded_pending(&self, vcpu: VcpuId, interface: CpuInterface) -> Option<(Rank, u32)> {
        let loaded = &self.redistributors.get(vcpu.index())?.loaded;
        loaded
            .iter()
            .filter(|(_, contents)| contents.is_pending() && !contents.is_active())
            .map(|(index, contents)| (Rank::of(contents, interface), index))
            .max()
    }

    /// The list register whose interrupt is active and ends last.
    pub(super) fn outermost_loaded_active(&self, vcpu: VcpuId) -> Option<u32> {
        let loaded = &self.redistributors.get(vcpu.index())?.loaded;
        loaded
            .iter()
            .filter(|(_, contents)| contents.is_active())
            .map(|(index, contents)| {
                let intid = contents.intid();
                let bank = self.bank(BankId::of(vcpu, intid));
                (bank.map_or(0xff, |bank| bank.acknowledged_at(u32::from(intid.0 & 31))), index)
            })
            .max()
            .map(|(_, index)| index)
    }
}
