//! Ways for a zone to leave itself without a next instruction that works. None of them may cost anybody else
//! anything; the hypervisor may let such a zone hang or stop it.

use crate::arch::suicide::{sleep, stack, tables, vectors};
use common::println;

/// A way to end.
pub(crate) struct Mode {
    name: &'static str,
    end: fn() -> !,
}

/// The values of `mode=`.
pub(crate) const MODES: &[Mode] = &[
    Mode { name: "suicide", end: vectors },
    Mode { name: "suicide-stack", end: stack },
    Mode { name: "suicide-tables", end: tables },
    Mode { name: "suicide-sleep", end: sleep },
];

/// Ends the zone as `mode` says; returns where there is no such mode.
pub(crate) fn commit(mode: &str) {
    match MODES.iter().find(|known| known.name == mode) {
        Some(known) => {
            println!("hostile: mode={mode}: this is my last line");
            (known.end)()
        }
        None => println!("hostile: there is no mode {mode}"),
    }
}
