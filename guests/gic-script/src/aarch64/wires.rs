//! The wires of each CPU's two EL1 timers: high at once when the timer is turned on, since its deadline is over. In a
//! zone they are the physical ones, which the hypervisor takes and passes on.

use super::gic::Register;

/// A timer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    /// The PPI at the end of its wire.
    pub(super) intid: u32,
    /// 1 turns it on.
    pub(super) control: Register,
    /// When it is due.
    pub(super) deadline: Register,
}

/// The virtual and the physical one.
pub(super) const TIMERS: [Timer; 2] = [
    Timer { intid: 27, control: Register::CntvCtl, deadline: Register::CntvCval },
    Timer { intid: 30, control: Register::CntpCtl, deadline: Register::CntpCval },
];

/// Whether the interrupt has a wire that moves.
pub(super) fn is_wired(intid: u32) -> bool {
    TIMERS.iter().any(|timer| timer.intid == intid)
}

/// A wire.
#[derive(Clone, Copy, Debug, Default)]
struct Wire {
    high: bool,
    /// It was high when its interrupt was acknowledged, which is active since.
    taken: bool,
    /// The same, whatever the wire has done since.
    linked: bool,
}

/// Those of both CPUs.
#[derive(Clone, Debug)]
pub(super) struct Wires([[Wire; TIMERS.len()]; 2]);

impl Wires {
    /// All low.
    pub(super) fn new() -> Self {
        Self(Default::default())
    }

    /// Turns a wire around and tells its new level. It falls only while its interrupt is disabled, or is active because
    /// of it: one that has been taken by a hypervisor and not yet by its guest comes all the same.
    pub(super) fn turn(&mut self, cpu: usize, timer: usize, is_enabled: bool) -> Option<bool> {
        let wire = &mut self.0[cpu][timer];
        if wire.high && is_enabled && !wire.taken {
            return None;
        }
        *wire = Wire { high: !wire.high, taken: false, linked: wire.linked };
        Some(wire.high)
    }

    /// Lets the wire fall of an interrupt that was acknowledged because of it, and tells which timer that is.
    pub(super) fn lower(&mut self, cpu: usize, intid: u32) -> Option<Timer> {
        let index = TIMERS.iter().position(|timer| timer.intid == intid)?;
        let wire = &mut self.0[cpu][index];
        if !wire.high || !wire.linked {
            return None;
        }
        (wire.high, wire.taken) = (false, false);
        Some(TIMERS[index])
    }

    /// An interrupt was acknowledged.
    pub(super) fn acknowledged(&mut self, cpu: usize, intid: u32) {
        self.mark(cpu, intid, true);
    }

    /// An interrupt is active no longer.
    pub(super) fn deactivated(&mut self, cpu: usize, intid: u32) {
        self.mark(cpu, intid, false);
    }

    fn mark(&mut self, cpu: usize, intid: u32, taken: bool) {
        for (timer, wire) in TIMERS.iter().zip(&mut self.0[cpu]) {
            if timer.intid == intid {
                wire.taken = taken && wire.high;
                wire.linked = wire.taken;
            }
        }
    }
}
