//! The state of 32 interrupts: the unit in which the registers show them, so that one register is one word.

use ids::bits::{bit, merge};

use crate::config::Trigger;
use crate::ids::{VcpuId, VirtualIntid};

/// In the place of the priority at which an interrupt was acknowledged, for one that is active without: it comes
/// after all others when nested interrupts end.
pub(crate) const NOT_ACKNOWLEDGED: u8 = 0xff;

/// Which 32 interrupts are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankId {
    /// The SGIs and PPIs of this vCPU: INTIDs 0 to 31.
    Private(VcpuId),
    /// SPIs; 0 stands for INTIDs 32 to 63, and so on.
    Shared(u8),
}

impl BankId {
    /// The bank that holds `intid` for `vcpu`.
    pub(crate) const fn of(vcpu: VcpuId, intid: VirtualIntid) -> Self {
        match (intid.0 >> 5).checked_sub(1) {
            None => Self::Private(vcpu),
            Some(shared) => Self::Shared(shared as u8),
        }
    }

    /// The interrupt at `position` (0 to 31) of the bank.
    pub(crate) const fn intid(self, position: u32) -> VirtualIntid {
        let first = match self {
            Self::Private(_) => 0,
            Self::Shared(shared) => (shared as u16).wrapping_add(1) << 5,
        };
        VirtualIntid(first | position as u16 & 31)
    }
}

/// 32 interrupts; bit n of each word belongs to the n-th of them.
///
/// An interrupt is pending by its latch, its line or an arrival, and no two of these say the same thing twice:
/// - `latch`: an edge, an SGI, or a guest's write to GICD_ISPENDR. Moves into the list register that carries it
///   and back if it is taken out unacknowledged.
/// - `line`: the level of a wired virtual device. Counts while the interrupt is level-sensitive.
/// - `arrived`: the bound physical interrupt was taken by the hypervisor and is active in the physical GIC; the
///   guest has not acknowledged it yet. Once it has, the interrupt is `linked`: ending it must deactivate the
///   physical one.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    /// Group 1, as opposed to group 0.
    pub(crate) group: u32,
    pub(crate) enabled: u32,
    pub(crate) latch: u32,
    pub(crate) line: u32,
    pub(crate) arrived: u32,
    pub(crate) linked: u32,
    pub(crate) active: u32,
    /// Edge-triggered, as opposed to level-sensitive.
    pub(crate) edge: u32,
    /// In a list register of some vCPU.
    pub(crate) resident: u32,
    /// Those whose pending or active state may be known to others than the model: bound ones that a CPU may have loaded by
    /// itself, and those that are [`elsewhere`](Self::elsewhere).
    pub(crate) unclear: u32,
    /// Bound to a physical interrupt.
    pub(crate) bound: u32,
    /// Bound, to one of another number.
    pub(crate) elsewhere: u32,
    /// Bound, and edge-triggered at reset.
    pub(crate) bound_edge: u32,
    /// Active, and acknowledged as an interrupt of group 1.
    acknowledged_group: u32,
    priority: Priorities,
    /// The priority with which an active interrupt was acknowledged: it tells the order in which nested
    /// interrupts end, whatever the guest has made of their priorities since.
    acknowledged_at: [u8; 32],
}

/// One for each interrupt; four can be loaded at once.
#[derive(Clone, Debug)]
#[repr(align(4))]
struct Priorities([u8; 32]);

impl Bank {
    pub(crate) const fn new() -> Self {
        Self {
            group: 0,
            enabled: 0,
            latch: 0,
            line: 0,
            arrived: 0,
            linked: 0,
            active: 0,
            edge: 0,
            resident: 0,
            unclear: 0,
            bound: 0,
            elsewhere: 0,
            bound_edge: 0,
            acknowledged_group: 0,
            priority: Priorities([0; 32]),
            acknowledged_at: [0; 32],
        }
    }

    /// Back to the reset state. Lines stay as their devices drive them, and bindings stay.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            line: self.line,
            unclear: self.unclear,
            bound: self.bound,
            elsewhere: self.elsewhere,
            bound_edge: self.bound_edge,
            edge: self.bound_edge,
            ..Self::new()
        };
    }

    /// Those pending by latch, line or arrival. What a list register carries is not among them.
    #[inline(always)]
    pub(crate) const fn pending(&self) -> u32 {
        self.latch | self.arrived | self.line & !self.edge
    }

    /// Those that are enabled, in groups that are forwarded. `groups` has all bits of group 0 and group 1.
    #[inline]
    pub(crate) const fn forwarded(&self, groups: Groups) -> u32 {
        self.enabled & (self.group & groups.one | !self.group & groups.zero)
    }

    /// Those that can be loaded into a list register as pending.
    #[inline]
    pub(crate) const fn candidates(&self, groups: Groups) -> u32 {
        self.pending() & self.forwarded(groups) & !self.active & !self.resident
    }

    /// Those that are active without a list register.
    #[inline]
    pub(crate) const fn stranded(&self) -> u32 {
        self.active & !self.resident
    }

    pub(crate) fn priority(&self, position: u32) -> u8 {
        self.priority.0.get(position as usize).copied().unwrap_or(0xff)
    }

    pub(crate) fn set_priority(&mut self, position: u32, value: u8) {
        if let Some(priority) = self.priority.0.get_mut(position as usize) {
            *priority = value;
        }
    }

    /// The priorities of four interrupts from `first` on, a multiple of four, in 8 bits each.
    #[inline]
    pub(crate) fn priorities(&self, first: u32) -> u32 {
        let four = self.priority.0.as_chunks::<4>().0.get(first as usize >> 2);
        four.map_or(0, |four| u32::from_le_bytes(*four))
    }

    #[inline]
    pub(crate) fn set_priorities(&mut self, first: u32, values: u32) {
        if let Some(four) = self.priority.0.as_chunks_mut::<4>().0.get_mut(first as usize >> 2) {
            *four = values.to_le_bytes();
        }
    }

    pub(crate) fn acknowledged_at(&self, position: u32) -> u8 {
        self.acknowledged_at.get(position as usize).copied().unwrap_or(0xff)
    }

    pub(crate) fn set_acknowledged_at(&mut self, position: u32, value: u8) {
        if let Some(priority) = self.acknowledged_at.get_mut(position as usize) {
            *priority = value;
        }
    }

    /// The interrupt became active with this priority and group.
    pub(crate) fn acknowledge(&mut self, position: u32, priority: u8, group_one: bool) {
        self.set_acknowledged_at(position, priority);
        merge(&mut self.acknowledged_group, bit(position), if group_one { u32::MAX } else { 0 });
    }

    /// The priority of an interrupt, and whether it is in group 1.
    pub(crate) fn rank(&self, position: u32) -> (u8, bool) {
        (self.priority(position), self.group & bit(position) != 0)
    }

    /// The same as they were when the active interrupt was acknowledged, if it was.
    pub(crate) fn acknowledged_rank(&self, position: u32) -> (u8, bool) {
        match self.acknowledged_at(position) {
            NOT_ACKNOWLEDGED => self.rank(position),
            priority => (priority, self.acknowledged_group & bit(position) != 0),
        }
    }

    pub(crate) const fn trigger(&self, position: u32) -> Trigger {
        if self.edge & bit(position) == 0 { Trigger::Level } else { Trigger::Edge }
    }
}

/// Which groups the distributor forwards: all ones or all zeros for each (GICD_CTLR.EnableGrp0/1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Groups {
    pub(crate) zero: u32,
    pub(crate) one: u32,
}
