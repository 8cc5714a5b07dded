//! Calls to the firmware in machine mode (SBI 2.0). No call of a guest ever comes here.

use addr::HostPhys;

/// Why firmware did not start a hart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmwareError(pub i64);

impl core::fmt::Display for FirmwareError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SBI error {}", self.0)
    }
}

/// Extension "HSM" and its function hart_start (SBI 2.0, 9.1).
const HSM: u64 = 0x48_534d;
const HART_START: u64 = 0;
/// Extension "SRST" and its function system_reset, type shutdown (SBI 2.0, 10.1).
const SRST: u64 = 0x5352_5354;
const SYSTEM_RESET: u64 = 0;
const SHUTDOWN: u64 = 0;
/// Extension "sPI" and its function send_ipi (SBI 2.0, 7.1).
const IPI: u64 = 0x73_5049;
const SEND_IPI: u64 = 0;
/// Extension "DBCN" and its function console_write_byte (SBI 2.0, 12.3).
const DBCN: u64 = 0x4442_434e;
const CONSOLE_WRITE_BYTE: u64 = 2;

/// Extension "BASE", from whose function get_mvendorid on the machine's identity is told (SBI 2.0, 4.5).
const BASE: u64 = 0x10;

/// What firmware tells of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Identity {
    /// mvendorid.
    Vendor = 4,
    /// marchid.
    Architecture = 5,
    /// mimpid.
    Implementation = 6,
}

/// One of the machine's identity registers, which only machine mode can read.
pub fn identity(register: Identity) -> u64 {
    // SAFETY: tells a number.
    unsafe { call_for_value(BASE, register as u64, [0; 3]) }.1
}

/// Starts a hart at a physical address, with `context` as its second argument.
///
/// # Safety
///
/// `entry` must be the physical address of entry code of this image, `context` what that code expects.
///
/// # Errors
///
/// The code that SBI answered.
pub unsafe fn start_cpu(hart: u64, entry: HostPhys, context: u64) -> Result<(), FirmwareError> {
    // SAFETY: the caller vouches for what the hart will run.
    match unsafe { call(HSM, HART_START, [hart, entry.raw(), context]) } {
        0 => Ok(()),
        error => Err(FirmwareError(error)),
    }
}

/// Interrupts a hart by its software interrupt: for machines whose harts have no interrupt files.
pub fn interrupt(hart: u64) {
    // SAFETY: an interrupt makes the hart look at its requests and nothing more. The mask's base is the hart
    // itself.
    unsafe { call(IPI, SEND_IPI, [1, hart, 0]) };
}

/// Writes to the firmware's console, where it has one: before the board's own is known.
pub fn print(text: &str) {
    for byte in text.bytes() {
        // SAFETY: prints a byte.
        unsafe { call(DBCN, CONSOLE_WRITE_BYTE, [u64::from(byte), 0, 0]) };
    }
}

/// Powers the machine off.
pub fn power_off() -> ! {
    // SAFETY: a shutdown does not return.
    unsafe { call(SRST, SYSTEM_RESET, [SHUTDOWN, 0, 0]) };
    // Firmware without SRST: there is nothing left to do.
    loop {
        super::wait_for_interrupt();
    }
}

/// # Safety
///
/// The call's effect must be one that the hypervisor can answer for.
unsafe fn call(extension: u64, function: u64, arguments: [u64; 3]) -> i64 {
    // SAFETY: the caller's argument.
    unsafe { call_for_value(extension, function, arguments) }.0
}

/// # Safety
///
/// As for [`call`].
unsafe fn call_for_value(extension: u64, function: u64, arguments: [u64; 3]) -> (i64, u64) {
    let [first, second, third] = arguments;
    let (error, value);
    // SAFETY: SBI calls preserve every register but a0 and a1 (SBI 2.0, chapter 3).
    unsafe {
        core::arch::asm!(
            "ecall",
            inlateout("a0") first => error,
            inlateout("a1") second => value,
            in("a2") third,
            in("a6") function,
            in("a7") extension,
            options(nostack)
        )
    };
    (error, value)
}
