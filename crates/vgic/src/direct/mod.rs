//! Delivery without the hypervisor: a zone's interrupts arrive at its CPUs straight from the physical GIC, and only the
//! registers of distributor and redistributors, and the sending of SGIs, stay with the hypervisor.
//!
//! The machine's GIC has a single security state (GICD_CTLR.DS = 1). The hypervisor's own interrupts are group 0 there
//! and everything of a guest is group 1. To such a guest the GIC looks as it does to the Non-secure side of a GIC with
//! two security states (IHI 0069, 4.6 and 4.8), which is what operating systems find on most boards: GICD_CTLR.DS reads
//! 0, there is no group 0, and the guest's priorities are the lower half of the physical ones. So none of them reaches
//! the hypervisor's priority, and PMR, RPR and the priority registers follow from the physical ones without further
//! state.
//!
//! What the physical registers cannot hold for one zone alone is kept here: whether its distributor forwards, what is
//! enabled, and to whom SPIs are routed in the guest's own numbering. The rest is read from and written to the physical
//! registers ([`Physical`]), masked by what the zone owns.

pub mod cpu_interface;
mod identity;
mod physical;
mod registers;
mod reset;
mod sgi;

pub use physical::{Physical, State};
pub use sgi::{Placement, targets as sgi_targets};

use ids::bits::bit;

use crate::bank::BankId;
use crate::config::{BindError, ConfigError, MAX_SPIS, Trigger};
use crate::ids::{VcpuId, VirtualIntid, affinity};

const SHARED_BANKS: usize = MAX_SPIS as usize / 32;

/// What is kept of one vCPU's redistributor.
#[derive(Clone, Debug)]
pub struct Redistributor {
    enabled: u32,
    /// GICR_WAKER.ProcessorSleep.
    asleep: bool,
}

impl Redistributor {
    /// A redistributor after reset.
    pub const fn new() -> Self {
        Self { enabled: 0, asleep: true }
    }
}

impl Default for Redistributor {
    fn default() -> Self {
        Self::new()
    }
}

/// What is kept of 32 SPIs.
#[derive(Clone, Debug)]
struct Shared {
    owned: u32,
    enabled: u32,
    /// Routed to an affinity that no vCPU has: signalled to nobody.
    lost: u32,
    /// Edge-triggered at reset.
    edge: u32,
}

/// The virtual device's interrupt: no hardware raises it, the hypervisor sets it pending.
#[derive(Clone, Copy, Debug)]
struct Line {
    intid: VirtualIntid,
    level: bool,
}

/// The distributor and the redistributors of a zone whose interrupts are delivered directly. The guest's INTIDs are the
/// physical ones. One lock a zone goes around it.
#[derive(Debug)]
pub struct Direct<'a> {
    spis: u16,
    /// GICD_CTLR.EnableGrp1A.
    forwards: bool,
    /// Private interrupts that each vCPU has: all but the hypervisor's own.
    private: u32,
    redistributors: &'a mut [Redistributor],
    shared: [Shared; SHARED_BANKS],
    /// The GICD_IROUTER of each SPI: Aff3.Aff2.Aff1.Aff0, 8 bits each.
    routes: [u32; MAX_SPIS as usize],
    line: Option<Line>,
}

impl<'a> Direct<'a> {
    /// A GIC with one redistributor for each vCPU and `spis` SPIs (a multiple of 32, at most [`MAX_SPIS`]), none of
    /// which it owns. `reserved` has a bit for each private interrupt that the hypervisor keeps.
    ///
    /// # Errors
    /// The numbers are not those that a GICv3 can have.
    pub fn new(
        spis: u16,
        reserved: u32,
        redistributors: &'a mut [Redistributor],
    ) -> Result<Self, ConfigError> {
        let vcpus = redistributors.len();
        if vcpus == 0 || vcpus > crate::ids::MAX_VCPUS {
            return Err(ConfigError::Vcpus { given: vcpus as u8, most: crate::ids::MAX_VCPUS });
        }
        if spis > MAX_SPIS || !spis.is_multiple_of(32) {
            return Err(ConfigError::Spis(spis));
        }
        Ok(Self {
            spis,
            forwards: false,
            private: !reserved,
            redistributors,
            shared: [const { Shared { owned: 0, enabled: 0, lost: 0, edge: 0 } }; SHARED_BANKS],
            routes: [affinity(VcpuId::FIRST); MAX_SPIS as usize],
            line: None,
        })
    }

    /// Gives the zone a physical SPI, which the guest sees by the same number. `trigger` is its configuration at reset.
    /// Call [`Direct::reset`] when it has all.
    ///
    /// # Errors
    /// The zone has it already, or its GIC has no such SPI.
    pub fn own(&mut self, intid: VirtualIntid, trigger: Trigger) -> Result<(), BindError> {
        let refused = BindError::NotBindable(intid);
        let BankId::Shared(shared) = BankId::of(VcpuId::FIRST, intid) else { return Err(refused) };
        let bank = self.shared_bank_mut(shared).ok_or(refused)?;
        let mine = bit(intid.number());
        if bank.owned & mine != 0 {
            return Err(refused);
        }
        bank.owned |= mine;
        if trigger == Trigger::Edge {
            bank.edge |= mine;
        }
        Ok(())
    }

    /// One of the owned SPIs is a virtual device's: [`Direct::set_line`] raises it.
    pub fn wire(&mut self, intid: VirtualIntid) {
        self.line = Some(Line { intid, level: false });
    }

    /// The virtual device drives its line up or down, or has been looked at by its driver with the line still up. As
    /// with a level that hardware drives, the interrupt is pending for as long as the line is up; the hardware takes
    /// that away when the guest acknowledges it, and each look of the driver's brings it back.
    pub fn set_line(&mut self, level: bool, physical: &mut impl Physical) {
        let Some(line) = &mut self.line else { return };
        line.level = level;
        let (bank, mine) = (BankId::of(VcpuId::FIRST, line.intid), bit(line.intid.number()));
        if level {
            physical.set(bank, State::Pending, mine);
        } else {
            physical.clear(bank, State::Pending, mine);
        }
    }

    /// Whether vCPU `by` may deactivate the interrupt: it is one of its private ones, or an SPI of its zone.
    pub fn may_deactivate(&self, by: VcpuId, intid: VirtualIntid) -> bool {
        self.owned(BankId::of(by, intid)) & bit(intid.number()) != 0
    }

    fn vcpus(&self) -> impl Iterator<Item = VcpuId> + use<> {
        (0..self.redistributors.len()).filter_map(VcpuId::new)
    }

    fn shared_banks(&self) -> u8 {
        (self.spis >> 5) as u8
    }

    fn shared_bank(&self, shared: u8) -> Option<&Shared> {
        self.shared.get(usize::from(shared)).filter(|_| shared < self.shared_banks())
    }

    fn shared_bank_mut(&mut self, shared: u8) -> Option<&mut Shared> {
        let exists = shared < self.shared_banks();
        self.shared.get_mut(usize::from(shared)).filter(|_| exists)
    }

    /// The interrupts of a bank that are the zone's; none where there is no such bank.
    fn owned(&self, bank: BankId) -> u32 {
        match bank {
            BankId::Private(vcpu) if vcpu.index() < self.redistributors.len() => self.private,
            BankId::Private(_) => 0,
            BankId::Shared(shared) => self.shared_bank(shared).map_or(0, |bank| bank.owned),
        }
    }

    /// The enable bits as the guest has set them.
    fn enabled(&self, bank: BankId) -> u32 {
        match bank {
            BankId::Private(vcpu) => self.redistributors.get(vcpu.index()).map_or(0, |found| found.enabled),
            BankId::Shared(shared) => self.shared_bank(shared).map_or(0, |bank| bank.enabled),
        }
    }

    /// Those that are to be enabled in the physical GIC.
    fn signalled(&self, bank: BankId) -> u32 {
        let lost = match bank {
            BankId::Private(_) => 0,
            BankId::Shared(shared) => self.shared_bank(shared).map_or(0, |bank| bank.lost),
        };
        if self.forwards { self.enabled(bank) & !lost } else { 0 }
    }

    fn banks(&self) -> impl Iterator<Item = BankId> + use<> {
        self.vcpus().map(BankId::Private).chain((0..self.shared_banks()).map(BankId::Shared))
    }

    fn route(&self, intid: VirtualIntid) -> u32 {
        crate::vgic::spi(intid).and_then(|index| self.routes.get(index)).copied().unwrap_or(0)
    }
}
