//! Calls of a guest by HVC or SMC: PSCI and SMCCC, answered by the model in the crate `psci`. Anything else is
//! NOT_SUPPORTED; nothing is passed on to firmware.

use addr::GuestPhys;
use psci::Action;
use vgic::ListRegisters as _;

use crate::cpu::{Cpu, Start, Vcpu};
use crate::memory::guest;
use crate::{arch, lock, run};

use crate::zone::lifecycle::{self, Reason};

/// A function id that means nothing: for calls with an immediate other than zero (SMCCC, DEN0028, 2.9).
pub const UNKNOWN: u32 = u32::MAX;

/// The pending bit of a list register's state (GIC specification IHI 0069, 12.4.7 "ICH_LRn_EL2").
const LIST_REGISTER_PENDING: u64 = 1 << 62;

/// SUCCESS (DEN0022, 5.2.2).
const SUCCESS: u64 = 0;

/// Answers a call. `None` when the caller does not go on: its registers have been prepared afresh, or its zone
/// stops.
pub fn call(cpu: &'static Cpu, vcpu: &Vcpu, function: u32, arguments: [u64; 3]) -> Option<u64> {
    let zone = vcpu.zone;
    let record = zone.record();
    let valid = |entry: GuestPhys| guest::host_address(record, entry, 4).is_some();
    let action = lock::take(zone.firmware()).call(function, arguments, valid);
    match action {
        Action::Return(value) => Some(value),
        Action::CpuOn { vcpu: target, entry, context } => {
            if let Some(target) = zone.cpus().get(target.index()) {
                lifecycle::start_vcpu(zone, target, Start { entry, argument: context, fill: false });
            }
            Some(SUCCESS)
        }
        Action::CpuOff => {
            lifecycle::power_down(cpu, vcpu);
            // Only now may another vCPU see this one as off and start it again.
            let nobody_left = {
                let mut psci = lock::take(zone.firmware());
                psci.stopped(vcpu.id);
                psci.all_off()
            };
            if nobody_left {
                // Nobody is left to call CPU_ON.
                lifecycle::stop(zone, Reason::PowerOff);
            }
            None
        }
        Action::Suspend => {
            suspend(cpu);
            Some(SUCCESS)
        }
        Action::SystemOff => {
            lifecycle::stop(zone, Reason::PowerOff);
            None
        }
        Action::SystemReset => {
            lifecycle::stop(zone, Reason::Reset);
            None
        }
    }
}

/// Standby: waits for an interrupt as WFI does, and serves the hypervisor's own meanwhile. What is pending in a list
/// register already would not end a WFI of the hypervisor's.
fn suspend(cpu: &'static Cpu) {
    let lists = arch::ListRegisters::of_this_cpu();
    let pending = (0..lists.count()).any(|index| lists.read(index) & LIST_REGISTER_PENDING != 0);
    if !pending {
        arch::wait_for_interrupt();
    }
    arch::service_interrupts(cpu);
    run::serve(cpu);
}
