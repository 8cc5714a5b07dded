//! Calls to the firmware at EL3 by PSCI (DEN0022) over SMC. No call of a guest ever comes here.

use addr::HostPhys;

/// Why firmware did not start a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwareError(pub i32);

impl core::fmt::Display for FirmwareError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PSCI error {}", self.0)
    }
}

const CPU_ON_64: u64 = 0xc400_0003;
const SYSTEM_OFF: u64 = 0x8400_0008;

/// Starts the CPU with this affinity at a physical address, with `context` as its first argument.
///
/// # Safety
///
/// `entry` must be the physical address of entry code of this image, `context` what that code expects.
///
/// # Errors
///
/// The code that PSCI answered.
pub unsafe fn start_cpu(affinity: u64, entry: HostPhys, context: u64) -> Result<(), FirmwareError> {
    // SAFETY: the caller vouches for what the CPU will run.
    match unsafe { call(CPU_ON_64, [affinity, entry.raw(), context]) } as i32 {
        0 => Ok(()),
        error => Err(FirmwareError(error)),
    }
}

/// PSCI has no console: what is said before the board's own is found, nobody hears.
pub fn print(_: &str) {}

/// Powers the machine off.
pub fn power_off() -> ! {
    // SAFETY: SYSTEM_OFF does not return and touches no memory of ours.
    unsafe { call(SYSTEM_OFF, [0; 3]) };
    // Firmware without SYSTEM_OFF: there is nothing left to do.
    loop {
        super::wait_for_interrupt();
    }
}

/// # Safety
///
/// The call's effect must be one that the hypervisor can answer for.
unsafe fn call(function: u64, arguments: [u64; 3]) -> u64 {
    let [first, second, third] = arguments;
    let result: u64;
    // SAFETY: SMCCC 1.0 preserves x18 to x30 and all vector registers that matter (none in use here); the
    // clobbers below are the rest.
    unsafe {
        core::arch::asm!(
            "smc #0",
            inlateout("x0") function => result,
            inlateout("x1") first => _,
            inlateout("x2") second => _,
            inlateout("x3") third => _,
            lateout("x4") _, lateout("x5") _, lateout("x6") _, lateout("x7") _,
            lateout("x8") _, lateout("x9") _, lateout("x10") _, lateout("x11") _,
            lateout("x12") _, lateout("x13") _, lateout("x14") _, lateout("x15") _,
            lateout("x16") _, lateout("x17") _,
            options(nostack)
        )
    };
    result
}
