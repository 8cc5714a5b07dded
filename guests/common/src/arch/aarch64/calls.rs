//! PSCI by HVC (DEN0022).

use core::arch::asm;

const CPU_OFF: u64 = 0x8400_0002;
const CPU_ON: u64 = 0xc400_0003;
const SYSTEM_RESET: u64 = 0x8400_0009;
const AFFINITY_INFO: u64 = 0xc400_0004;
const SYSTEM_OFF: u64 = 0x8400_0008;
/// AFFINITY_INFO of a vCPU that is off.
const OFF: i64 = 1;

fn hvc(function: u64, arguments: [u64; 3]) -> i64 {
    let result;
    // SAFETY: PSCI functions that return change x0 to x3 only (x0 to x17 before SMCCC 1.1).
    unsafe {
        asm!(
            "hvc #0",
            inlateout("x0") function => result,
            inlateout("x1") arguments[0] => _,
            inlateout("x2") arguments[1] => _,
            inlateout("x3") arguments[2] => _,
            clobber_abi("C"),
        );
    }
    result
}

/// CPU_ON: 0, or a negative error.
pub fn start_vcpu(vcpu: u64, entry: u64, context: u64) -> i64 {
    hvc(CPU_ON, [vcpu, entry, context])
}

/// Whether a vCPU is off (AFFINITY_INFO).
pub fn is_off(vcpu: u64) -> bool {
    hvc(AFFINITY_INFO, [vcpu, 0, 0]) == OFF
}

/// CPU_OFF.
pub fn vcpu_off() -> ! {
    hvc(CPU_OFF, [0; 3]);
    stop()
}

/// SYSTEM_OFF.
pub fn power_off() -> ! {
    hvc(SYSTEM_OFF, [0; 3]);
    stop()
}

/// SYSTEM_RESET.
pub fn reset() -> ! {
    hvc(SYSTEM_RESET, [0; 3]);
    stop()
}

fn stop() -> ! {
    loop {
        // SAFETY: waits; nothing else is left to do.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}
