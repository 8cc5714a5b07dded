//! The calls.

use addr::GuestPhys;
use ids::VcpuId;

use crate::function::{self, Function, Status};
use crate::state::{Power, Psci};

/// PSCI 1.1 (DEN0022, 5.3): major version in bits 31 to 16.
const PSCI_VERSION: u64 = 0x1_0001;
/// SMCCC 1.1 (DEN0028, 7.2).
const SMCCC_VERSION: u64 = 0x1_0001;
/// MIGRATE_INFO_TYPE (DEN0022, 5.9): no trusted OS, or one that needs no migration.
const NO_MIGRATION: u64 = 2;
/// SYSTEM_RESET2 (DEN0022, 5.13): the architectural warm reset.
const SYSTEM_WARM_RESET: u64 = 0;
/// Bits of CPU_SUSPEND's power state that must be zero in the original format (DEN0022, 5.4.2).
const POWER_STATE_RESERVED: u64 = 0xfcfe_0000;
/// The bit of CPU_SUSPEND's power state that asks for power-down rather than standby.
const POWER_DOWN: u64 = 1 << 16;

/// What the hypervisor does about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Give the caller this X0.
    Return(u64),
    /// Start the vCPU `vcpu` of the zone at `entry` with `context` in X0, and give the caller X0 = 0
    /// (SUCCESS). Report [`Psci::started`] when it starts.
    CpuOn {
        /// Which: not the caller.
        vcpu: VcpuId,
        /// Where it starts, in the zone's RAM.
        entry: GuestPhys,
        /// X0 at its start.
        context: u64,
    },
    /// The caller's vCPU stops for good, until CPU_ON. Report [`Psci::stopped`] when it has.
    CpuOff,
    /// The caller waits for an interrupt, as by WFI, and then gets X0 = 0 (SUCCESS).
    Suspend,
    /// The zone powers off.
    SystemOff,
    /// The zone starts anew.
    SystemReset,
}

impl Action {
    const fn status(status: Status) -> Self {
        Self::Return(status.register())
    }
}

/// The answer of a call that tells what does not change: a version, or MIGRATE_INFO_TYPE. [`Psci::call`] knows these as
/// well.
#[inline]
pub const fn constant(function: u32) -> Option<u64> {
    match function {
        function::SMCCC_VERSION => Some(SMCCC_VERSION),
        function::PSCI_VERSION => Some(PSCI_VERSION),
        function::MIGRATE_INFO_TYPE => Some(NO_MIGRATION),
        _ => None,
    }
}

impl Psci {
    /// Serves the call `identifier` (W0) with `args` (X1 to X3) of any vCPU of the zone, by HVC or SMC. `is_ram`
    /// tells whether an address lies in the zone's RAM. A function that is not known is answered with
    /// NOT_SUPPORTED, as DEN0028 demands.
    pub fn call(&mut self, identifier: u32, args: [u64; 3], is_ram: impl Fn(GuestPhys) -> bool) -> Action {
        let Some((function, convention)) = Function::decode(identifier) else {
            return Action::status(Status::NotSupported);
        };
        let [first, second, third] = args.map(|register| convention.argument(register));
        match function {
            Function::SmcccArchFeatures => feature(first, Function::is_smccc_feature),
            Function::SmcccVersion | Function::PsciVersion | Function::MigrateInfoType => {
                constant(identifier).map_or(Action::status(Status::NotSupported), Action::Return)
            }
            Function::PsciFeatures => feature(first, Function::is_psci_feature),
            Function::CpuSuspend => suspend(first, GuestPhys::new(second), is_ram),
            Function::CpuOff => Action::CpuOff,
            Function::CpuOn => self.cpu_on(first, GuestPhys::new(second), third, is_ram),
            Function::AffinityInfo => self.affinity_info(first, second),
            Function::SystemOff => Action::SystemOff,
            Function::SystemReset => Action::SystemReset,
            // Any reset of a zone is the same one. Vendor-specific types (bit 31) do not exist.
            Function::SystemReset2 if first & 0xffff_ffff == SYSTEM_WARM_RESET => Action::SystemReset,
            Function::SystemReset2 => Action::status(Status::InvalidParameters),
        }
    }

    /// CPU_ON (DEN0022, 5.6).
    fn cpu_on(
        &mut self,
        target: u64,
        entry: GuestPhys,
        context: u64,
        is_ram: impl Fn(GuestPhys) -> bool,
    ) -> Action {
        let Some((vcpu, power)) = self.find(target) else {
            return Action::status(Status::InvalidParameters);
        };
        if !is_entry(entry, is_ram) {
            return Action::status(Status::InvalidAddress);
        }
        match power {
            Power::On => Action::status(Status::AlreadyOn),
            Power::OnPending => Action::status(Status::OnPending),
            Power::Off => {
                self.set(vcpu, Power::OnPending);
                Action::CpuOn { vcpu, entry, context }
            }
        }
    }

    /// AFFINITY_INFO (DEN0022, 5.7). Levels above 0 are optional since PSCI 1.0, and refused.
    fn affinity_info(&self, target: u64, lowest_level: u64) -> Action {
        match self.find(target) {
            Some((_, power)) if lowest_level == 0 => Action::Return(power as u64),
            _ => Action::status(Status::InvalidParameters),
        }
    }
}

/// PSCI_FEATURES (DEN0022, "PSCI_FEATURES") and SMCCC_ARCH_FEATURES (DEN0028, 7.3): 0 for what is there. CPU_SUSPEND's
/// flags are 0 too: original power-state format, platform-coordinated mode.
fn feature(function: u64, is_known: impl Fn(Function) -> bool) -> Action {
    let identifier = (function & 0xffff_ffff) as u32;
    match Function::decode(identifier) {
        Some((function, _)) if is_known(function) => Action::status(Status::Success),
        _ => Action::status(Status::NotSupported),
    }
}

/// CPU_SUSPEND (DEN0022, 5.4). A vCPU has its physical CPU for itself, so that every state is the same wait for
/// an interrupt: a request to power down is granted as standby, which a caller must expect (it returns with
/// SUCCESS, as when a wake-up is pending) and which keeps all state.
fn suspend(power_state: u64, entry: GuestPhys, is_ram: impl Fn(GuestPhys) -> bool) -> Action {
    let power_state = power_state & 0xffff_ffff;
    if power_state & POWER_STATE_RESERVED != 0 {
        return Action::status(Status::InvalidParameters);
    }
    if power_state & POWER_DOWN != 0 && !is_entry(entry, is_ram) {
        return Action::status(Status::InvalidAddress);
    }
    Action::Suspend
}

/// Whether a vCPU can start at `entry`: RAM of the zone, and aligned as A64 instructions are.
fn is_entry(entry: GuestPhys, is_ram: impl Fn(GuestPhys) -> bool) -> bool {
    entry.is_aligned(4) && is_ram(entry)
}
