//! What the model asks of the hypervisor: the list registers of the CPU it runs on, and effects elsewhere.

use crate::config::Trigger;
use crate::ids::{PhysicalIntid, VcpuId};

/// Maintenance interrupts to be enabled in ICH_HCR_EL2 (IHI 0069, chapter 6 and 12.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// NPIE: no list register is pending any more, and something waits for one.
    pub no_pending: bool,
    /// LRENPIE: the guest has ended an interrupt that is active and in no list register.
    pub entry_not_present: bool,
    /// VGrp0EIE: the guest has enabled group 0 in its CPU interface.
    pub group0_enabled: bool,
    /// VGrp0DIE: the guest has disabled group 0 in its CPU interface.
    pub group0_disabled: bool,
    /// VGrp1EIE: the guest has enabled group 1 in its CPU interface.
    pub group1_enabled: bool,
    /// VGrp1DIE: the guest has disabled group 1 in its CPU interface.
    pub group1_disabled: bool,
    /// TDIR: the guest's writes to ICC_DIR_EL1 trap and are to be given to
    /// [`Vgic::deactivate`](crate::Vgic::deactivate). GICH has no such trap: there GICC_DIR is never the guest's, and all
    /// writes to it go that way.
    pub trap_deactivate: bool,
}

impl Maintenance {
    /// Whether every interrupt of the vCPU that could be in a list register is.
    #[inline(always)]
    pub(crate) const fn leaves_nothing_out(&self) -> bool {
        !self.no_pending && !self.entry_not_present
    }

    /// No maintenance interrupt and no trap.
    pub const NONE: Self = Self {
        no_pending: false,
        entry_not_present: false,
        group0_enabled: false,
        group0_disabled: false,
        group1_enabled: false,
        group1_disabled: false,
        trap_deactivate: false,
    };
}

/// What the guest has set in its CPU interface, from ICH_VMCR_EL2 (IHI 0069, 12.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuInterface {
    /// VENG0: group 0 interrupts are signalled.
    pub group0: bool,
    /// VENG1: group 1 interrupts are signalled.
    pub group1: bool,
    /// VEOIM: writing ICC_EOIR drops the priority only, ICC_DIR deactivates.
    pub split_end: bool,
}

/// The list registers of the CPU that runs the vCPU in question (ICH_*_EL2; IHI 0069, 12.4). Those of GICH are translated
/// by [`gich`](crate::gich).
///
/// They keep their contents from exit to exit; nobody but the model writes them, except to empty them all.
pub trait ListRegisters {
    /// How many there are: 1 to 16.
    fn count(&self) -> usize;
    /// ICH_ELRSR_EL2: a bit for each register that holds no interrupt and owes no maintenance interrupt. There is none
    /// for a register that there is not.
    fn empty(&self) -> u32;
    /// Reads ICH_LR`index`_EL2.
    fn read(&self, index: usize) -> u64;
    /// Writes ICH_LR`index`_EL2.
    fn write(&mut self, index: usize, value: u64);
    /// Takes ICH_HCR_EL2.EOIcount: returns it and makes it zero.
    fn take_eoi_count(&mut self) -> u32;
    /// Enables these maintenance interrupts and traps in ICH_HCR_EL2, and no others.
    fn set_maintenance(&mut self, maintenance: Maintenance);
    /// What the guest has set in ICH_VMCR_EL2.
    fn cpu_interface(&self) -> CpuInterface;
}

/// The same for [`Shortcut::deliver`](crate::Shortcut::deliver), in the format that the hardware has.
pub trait RawListRegisters {
    /// As [`ListRegisters::empty`]; what it says of registers that there are not is not used.
    fn empty(&self) -> u32;
    /// Writes ICH_LR`index`_EL2, or GICH_LR`index`.
    fn write(&mut self, index: usize, raw: u64);
}

/// What happens outside the model and this CPU's list registers. Effects on physical interrupts only ever name
/// interrupts that were bound by [`Vgic::bind`](crate::Vgic::bind).
///
/// `owner` tells whose redistributor a PPI is in; for SPIs it says nothing.
pub trait Effects {
    /// The CPU of this vCPU must leave its guest and call [`Vgic::refill`](crate::Vgic::refill) soon. It may be
    /// the vCPU whose access is being handled: then refill before it goes on.
    fn kick(&mut self, vcpu: VcpuId);
    /// Enables or disables the physical interrupt. Disabling must have taken effect on return.
    fn physical_enable(&mut self, owner: VcpuId, physical: PhysicalIntid, enable: bool);
    /// Routes the physical SPI to the CPU of `vcpu`.
    fn physical_route(&mut self, physical: PhysicalIntid, vcpu: VcpuId);
    /// Sets how the physical interrupt is signalled.
    fn physical_trigger(&mut self, owner: VcpuId, physical: PhysicalIntid, trigger: Trigger);
    /// Deactivates the physical interrupt, which the hypervisor has acknowledged.
    fn physical_deactivate(&mut self, owner: VcpuId, physical: PhysicalIntid);
    /// Takes the pending state away from the physical interrupt.
    fn physical_clear_pending(&mut self, owner: VcpuId, physical: PhysicalIntid);
    /// Whether the physical interrupt is pending.
    fn physical_is_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) -> bool;
    /// The same of the 32 physical SPIs from 32 times `word` (1 to 31) on, a bit each. What bits of others say is not used.
    fn physical_pending_word(&mut self, word: u32) -> u32;
}
