//! The extension HSM (SBI 2.0, chapter "Hart State Management Extension"): which vCPU of a zone runs.

use addr::GuestPhys;
use ids::{MAX_VCPUS, VcpuId};
use sbi_spec::hsm::{self, suspend_type};

use crate::call::Call;
use crate::reply::{Error, Reply};

/// A vCPU's state, as hart_get_status tells it (table "HSM Hart States"). SUSPEND_PENDING and RESUME_PENDING do not
/// occur: a vCPU suspends and resumes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HartState {
    /// Runs.
    Started = hsm::hart_state::STARTED as isize,
    /// Runs nothing until hart_start names it.
    Stopped = hsm::hart_state::STOPPED as isize,
    /// Named by hart_start, and has not begun.
    StartPending = hsm::hart_state::START_PENDING as isize,
    /// Has called hart_stop, and not stopped yet.
    StopPending = hsm::hart_state::STOP_PENDING as isize,
    /// Has called hart_suspend, and no interrupt has come.
    Suspended = hsm::hart_state::SUSPENDED as isize,
}

/// A call of HSM, whose answer depends on the state of vCPUs. Its parameters are as the guest gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HartCall {
    /// hart_start.
    Start {
        /// The hart's id.
        hart: u64,
        /// start_addr and opaque.
        resume: Resume,
    },
    /// hart_stop.
    Stop,
    /// hart_get_status.
    Status {
        /// The hart's id.
        hart: u64,
    },
    /// hart_suspend.
    Suspend {
        /// suspend_type.
        kind: u32,
        /// resume_addr and opaque.
        resume: Resume,
    },
}

/// Where a vCPU begins, in VS-mode with satp and sstatus.SIE 0 and its own number in a0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Its first instruction.
    pub entry: GuestPhys,
    /// What it finds in a1.
    pub opaque: u64,
}

/// What the hypervisor does about a [`HartCall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HartAction {
    /// Give the caller this.
    Return(Reply),
    /// Start a vCPU that is stopped, and give the caller [`Reply::SUCCESS`]. Report [`Harts::started`] when it
    /// starts.
    Start {
        /// Which: not the caller.
        vcpu: VcpuId,
        /// Where; the entry is in the zone's RAM.
        resume: Resume,
    },
    /// The caller's vCPU stops for good, until hart_start. Report [`Harts::stopped`] when it has.
    Stop,
    /// The caller waits for an interrupt, as by WFI. Report [`Harts::started`] when one has come.
    Suspend {
        /// `None`: it goes on after its ECALL with [`Reply::SUCCESS`]. Otherwise it begins afresh, there.
        resume: Option<Resume>,
    },
}

impl HartCall {
    /// The call of HSM; `None` where there is no such function.
    pub(crate) fn decode(call: &Call) -> Option<Self> {
        let [first, address, opaque, ..] = call.arguments;
        let resume = Resume { entry: GuestPhys::new(address), opaque };
        Some(match call.function as usize {
            hsm::HART_START => Self::Start { hart: first, resume },
            hsm::HART_STOP => Self::Stop,
            hsm::HART_GET_STATUS => Self::Status { hart: first },
            // A parameter of 32 bits.
            hsm::HART_SUSPEND => Self::Suspend { kind: first as u32, resume },
            _ => return None,
        })
    }
}

/// The vCPU that starts with the zone.
const BOOT_VCPU: usize = VcpuId::FIRST.index();

/// The states of one zone's vCPUs.
#[derive(Clone, Debug)]
pub struct Harts {
    states: [HartState; MAX_VCPUS],
    vcpus: usize,
}

impl Harts {
    /// A zone of `vcpus` vCPUs, of which it can have [`MAX_VCPUS`] at most, as after [`Self::reset`].
    pub const fn new(vcpus: usize) -> Self {
        let vcpus = if vcpus < MAX_VCPUS { vcpus } else { MAX_VCPUS };
        let mut states = [HartState::Stopped; MAX_VCPUS];
        states[BOOT_VCPU] = HartState::StartPending;
        Self { states, vcpus }
    }

    /// The zone starts anew: its vCPU 0 is about to run, all others are stopped.
    pub fn reset(&mut self) {
        *self = Self::new(self.vcpus);
    }

    /// A vCPU is about to run: its first instruction, or the next one after a suspend. One that the zone
    /// has not is ignored.
    pub fn started(&mut self, vcpu: VcpuId) {
        self.set(vcpu, HartState::Started);
    }

    /// A vCPU has run its last instruction. One that the zone has not is ignored.
    pub fn stopped(&mut self, vcpu: VcpuId) {
        self.set(vcpu, HartState::Stopped);
    }

    /// The state of a vCPU; `None` where the zone has no such vCPU.
    pub fn state(&self, vcpu: VcpuId) -> Option<HartState> {
        self.states.get(..self.vcpus)?.get(vcpu.index()).copied()
    }

    /// Whether every vCPU is stopped: nothing in the zone can ever run again.
    pub fn all_stopped(&self) -> bool {
        self.states.iter().take(self.vcpus).all(|state| *state == HartState::Stopped)
    }

    /// Decides the call of a vCPU. `is_ram` tells whether an address lies in the zone's RAM.
    pub fn call(&mut self, caller: VcpuId, call: HartCall, is_ram: impl Fn(GuestPhys) -> bool) -> HartAction {
        let action = match call {
            HartCall::Start { hart, resume } => self.start(hart, resume, is_ram),
            HartCall::Stop => {
                self.set(caller, HartState::StopPending);
                Ok(HartAction::Stop)
            }
            HartCall::Status { hart } => {
                self.find(hart).map(|(_, state)| HartAction::Return(Reply::value(state as u64)))
            }
            HartCall::Suspend { kind, resume } => self.suspend(caller, kind, resume, is_ram),
        };
        action.unwrap_or_else(|error| HartAction::Return(Reply::error(error)))
    }

    /// hart_start.
    fn start(
        &mut self,
        hart: u64,
        resume: Resume,
        is_ram: impl Fn(GuestPhys) -> bool,
    ) -> Result<HartAction, Error> {
        let (vcpu, state) = self.find(hart)?;
        check_entry(resume.entry, is_ram)?;
        match state {
            HartState::Stopped => {
                self.set(vcpu, HartState::StartPending);
                Ok(HartAction::Start { vcpu, resume })
            }
            // Neither available nor yet to be had: the caller may try again.
            HartState::StopPending => Err(Error::Failed),
            HartState::Started | HartState::StartPending | HartState::Suspended => {
                Err(Error::AlreadyAvailable)
            }
        }
    }

    /// hart_suspend. A vCPU has its hart for itself, so that both kinds are the same wait. Only the two default
    /// kinds exist.
    fn suspend(
        &mut self,
        caller: VcpuId,
        kind: u32,
        resume: Resume,
        is_ram: impl Fn(GuestPhys) -> bool,
    ) -> Result<HartAction, Error> {
        let resume = match kind {
            suspend_type::RETENTIVE => None,
            suspend_type::NON_RETENTIVE => {
                check_entry(resume.entry, is_ram)?;
                Some(resume)
            }
            _ => return Err(Error::InvalidParam),
        };
        self.set(caller, HartState::Suspended);
        Ok(HartAction::Suspend { resume })
    }

    /// The vCPU that has this hart id, and its state.
    fn find(&self, hart: u64) -> Result<(VcpuId, HartState), Error> {
        let vcpu = usize::try_from(hart).ok().and_then(VcpuId::new).ok_or(Error::InvalidParam)?;
        Ok((vcpu, self.state(vcpu).ok_or(Error::InvalidParam)?))
    }

    fn set(&mut self, vcpu: VcpuId, state: HartState) {
        if let Some(slot) = self.states.get_mut(..self.vcpus).and_then(|zone| zone.get_mut(vcpu.index())) {
            *slot = state;
        }
    }
}

/// A vCPU can begin in RAM of its zone, and where compressed instructions can.
fn check_entry(entry: GuestPhys, is_ram: impl Fn(GuestPhys) -> bool) -> Result<(), Error> {
    if entry.is_aligned(2) && is_ram(entry) { Ok(()) } else { Err(Error::InvalidAddress) }
}
