//! Instructions that reach memory, and how each is tried. The architecture lists them.

use crate::arch::{ALL, WIDEST_MISALIGNED};
use common::fault::Fault;
use common::probe;

/// What an instruction does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// It leaves a value in the second register.
    Load,
    /// It writes.
    Store,
    /// It does both.
    Update,
    /// It may end without an access, so that its success says nothing.
    Neutral,
}

/// One instruction: the first argument register is the address (written back by some), the second (and the
/// third) the data.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) name: &'static str,
    pub(crate) direction: Direction,
    /// Bytes that it touches at least.
    pub(crate) width: u64,
    index: u64,
}

impl Access {
    /// One that [`number`] gives its place.
    pub(crate) const fn new(name: &'static str, direction: Direction, width: u64) -> Self {
        Self { name, direction, width, index: 0 }
    }

    /// Where the instruction is, with a return behind it.
    pub(crate) fn code(&self) -> u64 {
        hostile_accesses as *const () as u64 + self.index * 8
    }

    /// Whether it can be made at any address.
    pub(crate) fn can_be_misaligned(&self) -> bool {
        self.width <= WIDEST_MISALIGNED
    }

    /// `address`, or the nearest one below at which the access can be made.
    pub(crate) fn place(&self, address: u64) -> u64 {
        if self.can_be_misaligned() { address } else { address & !(self.width - 1) }
    }

    /// Runs the instruction at the place for `address`. Loads return what they read.
    pub(crate) fn run(&self, address: u64, value: u64) -> Result<u64, Fault> {
        // SAFETY: the code changes the first three argument registers and floating-point or vector registers only;
        // callers keep to addresses that Rust does not own.
        unsafe { probe::run(self.code(), self.place(address), value, value) }
    }

    /// Whether an outcome at an address that is not the zone's is as it must be.
    pub(crate) fn is_contained(&self, outcome: &Result<u64, Fault>) -> bool {
        outcome.is_err() || self.direction == Direction::Neutral
    }
}

unsafe extern "C" {
    safe fn hostile_accesses();
}

/// Defines `ALL` from lines of a direction, a width and an instruction. The first eight are the plain accesses
/// of 1, 2, 4 and 8 bytes: loads, then stores. `before` and `after` are assembler directives around them.
macro_rules! accesses {
    (before $before:literal after $after:literal $($direction:ident $width:literal $text:literal)*) => {
        core::arch::global_asm!(
            ".pushsection .text.accesses, \"ax\"",
            $before,
            ".balign 8",
            ".global hostile_accesses",
            "hostile_accesses:",
            $(".balign 8", $text, "ret",)*
            $after,
            ".popsection"
        );

        /// All of them.
        pub(crate) static ALL: &[$crate::accesses::Access] = &$crate::accesses::number([$(
            $crate::accesses::Access::new($text, $crate::accesses::Direction::$direction, $width)
        ),*]);
    };
}
pub(crate) use accesses;

/// Numbers the instructions in the order of their code.
pub(crate) const fn number<const N: usize>(mut accesses: [Access; N]) -> [Access; N] {
    let mut index = 0;
    while index < N {
        accesses[index].index = index as u64;
        index += 1;
    }
    accesses
}

/// The plain 64-bit load, for passes over many addresses.
pub(crate) fn load() -> &'static Access {
    &ALL[3]
}

/// The plain 64-bit store.
pub(crate) fn store() -> &'static Access {
    &ALL[7]
}

/// The eight plain accesses: 1, 2, 4 and 8 bytes, loads then stores.
pub(crate) fn plain() -> &'static [Access] {
    &ALL[..8]
}
