//! The other CPU: it accesses its own CPU interface, and what is banked for it, when it is asked to, and does nothing else,
//! so that the script is the same however fast the two are.

use super::gic::{Address, Frame, Register, initialise_interface};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Its number: vCPU 0 plays.
pub(super) const NUMBER: usize = 1;

/// The most accesses that one request has.
pub(super) const MOST: usize = 12;

/// Something that each CPU has for itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// In the CPU interface.
    Interface(Register),
    /// Banked in the distributor.
    Memory(Address),
}

/// An access: a read where there is no value.
pub(super) type Access = (Target, Option<u64>);

/// Set in an access that is a write.
const WRITE: u64 = 1 << 8;
/// Set in one to memory, with its width and its offset.
const MEMORY: u64 = 1 << 9;
const WIDTH_SHIFT: u32 = 12;
const OFFSET_SHIFT: u32 = 16;

impl Target {
    fn encode(self) -> u64 {
        match self {
            Self::Interface(register) => register as u64,
            Self::Memory(Address { offset, width, .. }) => {
                MEMORY | u64::from(width) << WIDTH_SHIFT | u64::from(offset) << OFFSET_SHIFT
            }
        }
    }

    fn decode(access: u64) -> Option<Self> {
        if access & MEMORY == 0 {
            return Register::numbered(access & 0xff).map(Self::Interface);
        }
        let (offset, width) = ((access >> OFFSET_SHIFT) as u32, (access >> WIDTH_SHIFT & 0xf) as u32);
        Some(Self::Memory(Address { frame: Frame::Banked(NUMBER), offset, width }))
    }
}

/// Accesses that are asked for; 0 once they are done.
static ASKED: AtomicUsize = AtomicUsize::new(0);
/// What [`Target::encode`] says, and [`WRITE`].
static ACCESSES: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];
/// What to write, and then what was read.
static VALUES: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];

/// Answers until the machine or the zone is powered off.
pub(super) fn serve() {
    initialise_interface();
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
            if let Some(target) = Target::decode(access) {
                value.store(carry_out((target, write)), Ordering::Relaxed);
            }
        }
        ASKED.store(0, Ordering::Release);
    }
}

/// Does the accesses there, in order, and puts what was read into `values`.
pub(super) fn ask(accesses: &[Access], values: &mut [u64; MOST]) {
    for ((slot, value), (target, write)) in ACCESSES.iter().zip(&VALUES).zip(accesses) {
        let flag = if write.is_some() { WRITE } else { 0 };
        slot.store(target.encode() | flag, Ordering::Relaxed);
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
pub(super) fn carry_out((target, write): Access) -> u64 {
    match (target, write) {
        (Target::Interface(register), None) => register.read(),
        (Target::Memory(address), None) => address.read(),
        (Target::Interface(register), Some(value)) => {
            register.write(value);
            value
        }
        (Target::Memory(address), Some(value)) => {
            address.write(value);
            value
        }
    }
}
