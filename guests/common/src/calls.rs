//! PSCI by HVC (DEN0022).

use core::arch::asm;

const CPU_OFF: u64 = 0x8400_0002;
const CPU_ON: u64 = 0xc400_0003;
const AFFINITY_INFO: u64 = 0xc400_0004;
const SYSTEM_OFF: u64 = 0x8400_0008;

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
pub fn cpu_on(affinity: u64, entry: u64, context: u64) -> i64 {
    hvc(CPU_ON, [affinity, entry, context])
}

/// AFFINITY_INFO of one vCPU: 0 on, 1 off, 2 being started, or a negative error.
pub fn affinity_info(affinity: u64) -> i64 {
    hvc(AFFINITY_INFO, [affinity, 0, 0])
}

/// CPU_OFF.
pub fn cpu_off() -> ! {
    hvc(CPU_OFF, [0; 3]);
    stop()
}

/// SYSTEM_OFF.
pub fn system_off() -> ! {
    hvc(SYSTEM_OFF, [0; 3]);
    stop()
}

fn stop() -> ! {
    loop {
        // SAFETY: waits; nothing else is left to do.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}
