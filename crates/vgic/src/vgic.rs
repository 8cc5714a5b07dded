//! The vGIC of a zone: where the state is, and who an interrupt is for.

use ids::bits::{bit, ones};

use crate::bank::{Bank, BankId, Groups};
use crate::config::{Config, ConfigError, MAX_SPIS, Version};
use crate::ids::{FIRST_SPI, MAX_VCPUS_V2, PhysicalIntid, VcpuId, VcpuSet, VirtualIntid, from_affinity};
use crate::ports::Effects;
use crate::registers::identification::{self, Gic};
use crate::senders::Senders;
use crate::shortcut::Shortcut;
use crate::vcpu::{Redistributor, SGIS};

/// A power of two, so that any five bits are an index.
const SHARED_BANKS: usize = 32;
/// INTIDs of the physical GIC that the model can be bound to.
const PHYSICAL_INTIDS: usize = 1020;
/// No interrupt.
const NONE: u16 = u16::MAX;

/// A GICv3 or GICv2 for one zone. One lock a zone goes around it.
///
/// Whatever takes list registers must run on the CPU of the vCPU it is done for, and before that vCPU goes on.
#[derive(Debug)]
pub struct Vgic<'a> {
    pub(crate) config: Config,
    /// Bits of a priority that are kept; the others read as zero (IHI 0069, 4.8).
    pub(crate) priority_mask: u8,
    /// GICD_CTLR.EnableGrp0 (bit 0) and EnableGrp1 (bit 1).
    pub(crate) forwarded_groups: u32,
    pub(crate) redistributors: &'a mut [Redistributor],
    /// GICD_TYPER.
    pub(crate) distributor_type: u32,
    /// How physical interrupts get by the model, for each vCPU.
    pub(crate) shortcuts: &'a [Shortcut<'a>],
    pub(crate) shared: [Bank; SHARED_BANKS],
    /// How many of them there are.
    pub(crate) shared_banks: u32,
    /// A bit for each shared bank that may hold a candidate. Set whenever one may appear, cleared when a search
    /// finds none.
    pub(crate) may_have_candidates: u32,
    /// The same for interrupts that are active without a list register.
    pub(crate) may_have_stranded: u32,
    /// The GICD_IROUTER of each SPI: Aff3.Aff2.Aff1.Aff0, 8 bits each.
    /// With GICv2 that of the vCPU which [`Vgic::targets`] come down to.
    routes: [u32; MAX_SPIS as usize],
    /// The vCPU whose list register holds the SPI or on which it is active; says nothing for any other SPI.
    holders: [VcpuId; MAX_SPIS as usize],
    /// The physical interrupt of each bound SPI.
    physical_spis: [u16; MAX_SPIS as usize],
    /// The physical interrupt of each bound PPI.
    physical_ppis: [u16; 32],
    /// The virtual interrupt of each bound physical one.
    virtual_of: [u16; PHYSICAL_INTIDS],
    /// The GICD_ITARGETSR field of each SPI, with GICv2.
    targets: [u8; MAX_SPIS as usize],
    /// Who has sent the SGIs of each vCPU, with GICv2.
    senders: [Senders; MAX_VCPUS_V2],
}

impl<'a> Vgic<'a> {
    /// A vGIC in its reset state, with one redistributor for each vCPU (further ones stay unused).
    ///
    /// # Errors
    /// The configuration is not one that such a GIC can have, or there are too few redistributors.
    pub fn new(config: Config, redistributors: &'a mut [Redistributor]) -> Result<Self, ConfigError> {
        config.check(redistributors.len())?;
        let redistributors = redistributors.get_mut(..usize::from(config.vcpus)).unwrap_or_default();
        redistributors.fill(Redistributor::new());
        let gic = Gic { vcpus: usize::from(config.vcpus), spis: config.spis };
        Ok(Self {
            config,
            priority_mask: 0xffu8.wrapping_shl(8u32.wrapping_sub(u32::from(config.priority_bits))),
            forwarded_groups: 0,
            distributor_type: identification::distributor_type(gic, config.version == Version::V2),
            redistributors,
            shortcuts: &[],
            shared_banks: u32::from(config.spis >> 5),
            shared: [const { Bank::new() }; SHARED_BANKS],
            may_have_candidates: 0,
            may_have_stranded: 0,
            routes: [0; MAX_SPIS as usize],
            holders: [VcpuId::FIRST; MAX_SPIS as usize],
            physical_spis: [NONE; MAX_SPIS as usize],
            physical_ppis: [NONE; 32],
            virtual_of: [NONE; PHYSICAL_INTIDS],
            targets: [0; MAX_SPIS as usize],
            senders: [const { Senders::new() }; MAX_VCPUS_V2],
        })
    }

    /// The zone's vCPUs.
    pub(crate) fn vcpus(&self) -> impl Iterator<Item = VcpuId> + use<> {
        (0..usize::from(self.config.vcpus)).filter_map(VcpuId::new)
    }

    /// The same as a set.
    pub(crate) fn zone(&self) -> VcpuSet {
        VcpuSet::first(usize::from(self.config.vcpus))
    }

    pub(crate) fn shared_banks(&self) -> u8 {
        self.shared_banks as u8
    }

    pub(crate) fn redistributor(&mut self, vcpu: VcpuId) -> Option<&mut Redistributor> {
        self.redistributors.get_mut(vcpu.index())
    }

    /// Who has sent the SGIs of a vCPU, with GICv2.
    pub(crate) fn senders(&self, vcpu: VcpuId) -> Option<&Senders> {
        self.senders.get(vcpu.index())
    }

    pub(crate) fn senders_mut(&mut self, vcpu: VcpuId) -> Option<&mut Senders> {
        self.senders.get_mut(vcpu.index())
    }

    /// The interrupts of a bank that are pending once for each sender: the SGIs of a GICv2. Their latch is the summary of
    /// what [`Senders`] keep.
    #[inline]
    pub(crate) const fn by_sender(&self, id: BankId) -> u32 {
        match (self.config.version, id) {
            (Version::V2, BankId::Private(_)) => SGIS,
            _ => 0,
        }
    }

    /// Whether the list registers of the vCPU are in use: it has been refilled since it was last folded.
    pub fn is_running(&self, vcpu: VcpuId) -> bool {
        self.redistributors.get(vcpu.index()).is_some_and(|found| !found.parked)
    }

    #[inline(always)]
    pub(crate) fn bank(&self, id: BankId) -> Option<&Bank> {
        match id {
            BankId::Private(vcpu) => self.redistributors.get(vcpu.index()).map(|found| &found.bank),
            BankId::Shared(shared) if shared < self.shared_banks() => {
                self.shared.get(usize::from(shared & 31))
            }
            BankId::Shared(_) => None,
        }
    }

    #[inline(always)]
    pub(crate) fn bank_mut(&mut self, id: BankId) -> Option<&mut Bank> {
        match id {
            BankId::Private(vcpu) => self.redistributors.get_mut(vcpu.index()).map(|found| &mut found.bank),
            BankId::Shared(shared) if shared < self.shared_banks() => {
                self.shared.get_mut(usize::from(shared & 31))
            }
            BankId::Shared(_) => None,
        }
    }

    /// The same for all whose instructions nobody counts: in place it takes five times as much.
    #[inline(never)]
    pub(crate) fn bank_by_call(&self, id: BankId) -> Option<&Bank> {
        self.bank(id)
    }

    /// As [`Self::bank_by_call`].
    #[inline(never)]
    pub(crate) fn bank_mut_by_call(&mut self, id: BankId) -> Option<&mut Bank> {
        self.bank_mut(id)
    }

    #[inline]
    pub(crate) const fn groups(&self) -> Groups {
        Groups {
            zero: (self.forwarded_groups & 1).wrapping_neg(),
            one: (self.forwarded_groups >> 1 & 1).wrapping_neg(),
        }
    }

    /// GICD_IROUTER of an SPI.
    pub(crate) fn route(&self, intid: VirtualIntid) -> u32 {
        spi(intid).and_then(|index| self.routes.get(index)).copied().unwrap_or(0)
    }

    pub(crate) fn set_route(&mut self, intid: VirtualIntid, affinity: u32) {
        if let Some(route) = spi(intid).and_then(|index| self.routes.get_mut(index)) {
            *route = affinity;
        }
    }

    /// GICD_ITARGETSR of an SPI.
    pub(crate) fn targets(&self, intid: VirtualIntid) -> u8 {
        spi(intid).and_then(|index| self.targets.get(index)).copied().unwrap_or(0)
    }

    pub(crate) fn set_targets(&mut self, intid: VirtualIntid, targets: u8) {
        if let Some(kept) = spi(intid).and_then(|index| self.targets.get_mut(index)) {
            *kept = targets;
        }
    }

    /// The vCPU that an interrupt of this bank is signalled to; none for an SPI routed to nobody.
    pub(crate) fn target(&self, bank: BankId, intid: VirtualIntid) -> Option<VcpuId> {
        match bank {
            BankId::Private(vcpu) => Some(vcpu),
            BankId::Shared(_) => {
                from_affinity(self.route(intid)).filter(|vcpu| vcpu.index() < usize::from(self.config.vcpus))
            }
        }
    }

    /// The vCPU whose list register holds the interrupt, or on which it is active. Asked of such ones only.
    pub(crate) fn holder(&self, bank: BankId, intid: VirtualIntid) -> VcpuId {
        match bank {
            BankId::Private(vcpu) => vcpu,
            BankId::Shared(_) => {
                spi(intid).and_then(|index| self.holders.get(index)).copied().unwrap_or(VcpuId::FIRST)
            }
        }
    }

    pub(crate) fn set_holder(&mut self, intid: VirtualIntid, vcpu: VcpuId) {
        if let Some(holder) = spi(intid).and_then(|index| self.holders.get_mut(index)) {
            *holder = vcpu;
        }
    }

    /// The physical interrupt that `intid` is bound to.
    pub(crate) fn physical_of(&self, intid: VirtualIntid) -> Option<PhysicalIntid> {
        let raw = match spi(intid) {
            Some(index) => self.physical_spis.get(index),
            None => self.physical_ppis.get(usize::from(intid.0)),
        };
        raw.copied().filter(|&raw| raw != NONE).map(PhysicalIntid)
    }

    /// The virtual interrupt that `physical` is bound to.
    pub(crate) fn virtual_of(&self, physical: PhysicalIntid) -> Option<VirtualIntid> {
        let raw = self.virtual_of.get(usize::from(physical.0)).copied();
        raw.filter(|&raw| raw != NONE).map(VirtualIntid)
    }

    pub(crate) fn set_binding(&mut self, intid: VirtualIntid, physical: PhysicalIntid) {
        let forward = match spi(intid) {
            Some(index) => self.physical_spis.get_mut(index),
            None => self.physical_ppis.get_mut(usize::from(intid.0)),
        };
        if let (Some(forward), Some(back)) = (forward, self.virtual_of.get_mut(usize::from(physical.0))) {
            *forward = physical.0;
            *back = intid.0;
        }
    }

    /// Calls `act` with each bound interrupt of `mask` in the bank, and the owner that effects name.
    #[inline(never)]
    pub(crate) fn for_each_bound(
        &self,
        id: BankId,
        mask: u32,
        act: &mut dyn FnMut(u32, VcpuId, PhysicalIntid),
    ) {
        let Some(bank) = self.bank_by_call(id) else { return };
        for position in ones(bank.bound & mask) {
            let intid = id.intid(position);
            let owner = self.target(id, intid).unwrap_or(VcpuId::FIRST);
            if let Some(physical) = self.physical_of(intid) {
                act(position, owner, physical);
            }
        }
    }

    /// Remembers that the bank may hold something that a vCPU has to look for.
    pub(crate) fn note(&mut self, id: BankId) {
        if let BankId::Shared(shared) = id {
            self.may_have_candidates |= bit(u32::from(shared));
            self.may_have_stranded |= bit(u32::from(shared));
        }
    }

    /// After a change to the interrupts of `mask`: kicks every vCPU that has something new to signal or to hold
    /// because of it. `by` is told by the result instead.
    pub(crate) fn announce(&mut self, by: VcpuId, id: BankId, mask: u32, effects: &mut dyn Effects) -> bool {
        self.note(id);
        let groups = self.groups();
        let Some(bank) = self.bank(id) else { return false };
        let due = bank.pending() & bank.forwarded(groups) & mask;
        let (resident, active) = (bank.resident, bank.active);
        let mut refill = false;
        for position in ones(due) {
            let intid = id.intid(position);
            let whose = if resident & bit(position) != 0 {
                Some(self.holder(id, intid))
            } else if active & bit(position) == 0 {
                self.target(id, intid)
            } else {
                None
            };
            match whose {
                Some(vcpu) if vcpu == by => refill = true,
                Some(vcpu) => effects.kick(vcpu),
                None => {}
            }
        }
        refill
    }
}

/// The index of an SPI in the arrays that only SPIs have.
pub(crate) fn spi(intid: VirtualIntid) -> Option<usize> {
    intid.0.checked_sub(FIRST_SPI).map(usize::from)
}
