//! The other CPU: it accesses its own CPU interface when it is asked to, and does nothing else, so that the script is
//! the same however fast the two are.

use super::gicv3::{Register, use_system_registers};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Its number: vCPU 0 plays.
pub(super) const NUMBER: usize = 1;

/// The most accesses that one request has.
pub(super) const MOST: usize = 12;

/// An access to a CPU interface: a read where there is no value.
pub(super) type Access = (Register, Option<u64>);

/// Set in an access that is a write.
const WRITE: u64 = 1 << 8;

/// Accesses that are asked for; 0 once they are done.
static ASKED: AtomicUsize = AtomicUsize::new(0);
/// Number of the register, and [`WRITE`].
static ACCESSES: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];
/// What to write, and then what was read.
static VALUES: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];

/// Answers until the machine or the zone is powered off.
pub(super) fn serve() {
    use_system_registers();
    loop {
        let count = loop {
            match ASKED.load(Ordering::Acquire) {
                0 => core::hint::spin_loop(),
                count => break count,
            }
        };
        for (access, value) in ACCESSES.iter().zip(&VALUES).take(count) {
            let access = access.load(Ordering::Relaxed);
            let write = (access & WRITE != 0).then(|| value.load(Ordering::Relaxed));
            if let Some(register) = Register::numbered(access & !WRITE) {
                value.store(carry_out((register, write)), Ordering::Relaxed);
            }
        }
        ASKED.store(0, Ordering::Release);
    }
}

/// Does the accesses there, in order, and puts what was read into `values`.
pub(super) fn ask(accesses: &[Access], values: &mut [u64; MOST]) {
    for ((slot, value), (register, write)) in ACCESSES.iter().zip(&VALUES).zip(accesses) {
        let flag = if write.is_some() { WRITE } else { 0 };
        slot.store(*register as u64 | flag, Ordering::Relaxed);
        value.store(write.unwrap_or(0), Ordering::Relaxed);
    }
    ASKED.store(accesses.len(), Ordering::Release);
    while ASKED.load(Ordering::Acquire) != 0 {
        core::hint::spin_loop();
    }
    for (value, slot) in values.iter_mut().zip(&VALUES) {
        *value = slot.load(Ordering::Relaxed);
    }
}

/// Does an access on this CPU; what was read, or written.
pub(super) fn carry_out((register, write): Access) -> u64 {
    match write {
        None => register.read(),
        Some(value) => {
            register.write(value);
            value
        }
    }
}
