//! The extension DBCN (SBI 2.0, chapter "Debug Console Extension").

use addr::{GuestPhys, Range};
use sbi_spec::dbcn;

use crate::call::{Call, Outcome};
use crate::reply::{Error, Reply};

/// Any function of DBCN.
pub(crate) fn console(call: &Call) -> Outcome {
    let [first, ..] = call.arguments;
    match call.function as usize {
        dbcn::CONSOLE_WRITE => on_memory(call, Outcome::ConsoleWrite),
        dbcn::CONSOLE_READ => on_memory(call, Outcome::ConsoleRead),
        // A parameter of 8 bits.
        dbcn::CONSOLE_WRITE_BYTE => Outcome::ConsoleWriteByte { byte: first as u8, reply: Reply::SUCCESS },
        _ => Outcome::Return(Reply::error(Error::NotSupported)),
    }
}

/// A function on `num_bytes` at an address of two words. The upper must be 0: no guest has 2^64 bytes.
fn on_memory(call: &Call, outcome: fn(Range<GuestPhys>) -> Outcome) -> Outcome {
    let [size, low, high, ..] = call.arguments;
    if size == 0 {
        return Outcome::Return(Reply::value(0));
    }
    match Range::<GuestPhys>::new(GuestPhys::new(low), size) {
        Some(range) if high == 0 => outcome(range),
        _ => Outcome::Return(Reply::error(Error::InvalidParam)),
    }
}
