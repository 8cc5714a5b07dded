//! SBI by ECALL (SBI 2.0).

use core::arch::asm;

/// Extensions HSM, SRST and sPI, and functions of theirs.
const HSM: u64 = 0x48_534d;
const HART_START: u64 = 0;
const HART_STOP: u64 = 1;
const HART_GET_STATUS: u64 = 2;
const SRST: u64 = 0x5352_5354;
const SYSTEM_RESET: u64 = 0;
const SPI: u64 = 0x73_5049;
const SEND_IPI: u64 = 0;
/// SRST: a reset after which the system starts anew.
const COLD_REBOOT: u64 = 1;
/// HSM: the state of a hart that is off.
const STOPPED: u64 = 1;

/// What a call returns: a0 and a1.
struct Reply {
    error: i64,
    value: u64,
}

fn ecall(extension: u64, function: u64, arguments: [u64; 3]) -> Reply {
    let (error, value);
    // SAFETY: a call changes a0 and a1 only, and those that are used here change no memory.
    unsafe {
        asm!(
            "ecall",
            inlateout("a0") arguments[0] => error,
            inlateout("a1") arguments[1] => value,
            in("a2") arguments[2],
            in("a6") function,
            in("a7") extension,
            options(nostack),
        );
    }
    Reply { error, value }
}

/// hart_start: 0, or a negative error.
pub fn start_vcpu(vcpu: u64, entry: u64, context: u64) -> i64 {
    ecall(HSM, HART_START, [vcpu, entry, context]).error
}

/// Whether a vCPU is off (hart_get_status).
pub fn is_off(vcpu: u64) -> bool {
    let reply = ecall(HSM, HART_GET_STATUS, [vcpu, 0, 0]);
    reply.error == 0 && reply.value == STOPPED
}

/// hart_stop.
pub fn vcpu_off() -> ! {
    ecall(HSM, HART_STOP, [0; 3]);
    stop()
}

/// system_reset with type shutdown.
pub fn power_off() -> ! {
    ecall(SRST, SYSTEM_RESET, [0; 3]);
    stop()
}

/// system_reset with type cold reboot.
pub fn reset() -> ! {
    ecall(SRST, SYSTEM_RESET, [COLD_REBOOT, 0, 0]);
    stop()
}

/// Interrupts a vCPU (send_ipi).
pub fn send_ipi(vcpu: u64) {
    ecall(SPI, SEND_IPI, [1, vcpu, 0]);
}

fn stop() -> ! {
    loop {
        // SAFETY: waits; nothing else is left to do.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}
