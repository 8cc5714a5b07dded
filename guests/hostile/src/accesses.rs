//! Every way in which one instruction reaches memory. Most of them leave ESR_EL2.ISV clear when they fault:
//! the hypervisor learns the address, but neither the register nor the width.

use common::fault::Fault;
use common::probe;
use core::arch::global_asm;

/// What an instruction does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// It leaves a value in x1.
    Load,
    /// It writes.
    Store,
    /// It does both.
    Update,
    /// It may end without an access, so that its success says nothing.
    Neutral,
}

/// One instruction: x0 is the address (written back by some), x1 (and x2) the data.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) name: &'static str,
    pub(crate) direction: Direction,
    /// Bytes that it touches at least.
    pub(crate) width: u64,
    index: u64,
}

impl Access {
    /// Runs the instruction at `address`. Loads return what they read.
    pub(crate) fn run(&self, address: u64, value: u64) -> Result<u64, Fault> {
        let code = hostile_accesses as *const () as u64 + self.index * 8;
        // SAFETY: the code changes x0 to x2 and q0 only; callers keep to addresses that Rust does not own.
        unsafe { probe::run(code, address, value, value) }
    }
}

unsafe extern "C" {
    safe fn hostile_accesses();
}

macro_rules! accesses {
    ($($direction:ident $width:literal $text:literal)*) => {
        global_asm!(
            ".pushsection .text.accesses, \"ax\"",
            ".arch armv8.5-a+lse+fp+simd+rcpc",
            "hostile_accesses:",
            $($text, "ret",)*
            ".popsection"
        );

        /// All of them.
        pub(crate) static ALL: &[Access] = &number([$(Access {
            name: $text,
            direction: Direction::$direction,
            width: $width,
            index: 0,
        }),*]);
    };
}

/// Numbers the instructions in the order of their code.
const fn number<const N: usize>(mut accesses: [Access; N]) -> [Access; N] {
    let mut index = 0;
    while index < N {
        accesses[index].index = index as u64;
        index += 1;
    }
    accesses
}

accesses! {
    Load 1 "ldrb w1, [x0]"
    Load 2 "ldrh w1, [x0]"
    Load 4 "ldr w1, [x0]"
    Load 8 "ldr x1, [x0]"
    Store 1 "strb w1, [x0]"
    Store 2 "strh w1, [x0]"
    Store 4 "str w1, [x0]"
    Store 8 "str x1, [x0]"
    Load 1 "ldrsb x1, [x0]"
    Load 2 "ldrsh w1, [x0]"
    Load 4 "ldrsw x1, [x0]"
    Load 8 "ldp w1, w2, [x0]"
    Load 16 "ldp x1, x2, [x0]"
    Load 8 "ldpsw x1, x2, [x0]"
    Load 8 "ldnp w1, w2, [x0]"
    Load 1 "ldrb w1, [x0], #1"
    Load 4 "ldr w1, [x0, #0]!"
    Load 8 "ldr x1, [x0], #8"
    Load 16 "ldp x1, x2, [x0], #16"
    Load 4 "ldur w1, [x0]"
    Load 4 "ldtr w1, [x0]"
    Load 1 "ldarb w1, [x0]"
    Load 4 "ldar w1, [x0]"
    Load 8 "ldar x1, [x0]"
    Load 4 "ldapr w1, [x0]"
    Load 1 "ldxrb w1, [x0]"
    Load 4 "ldxr w1, [x0]"
    Load 8 "ldaxr x1, [x0]"
    Load 8 "ldxp w1, w2, [x0]"
    Load 4 "ldr s0, [x0]"
    Load 16 "ldr q0, [x0]"
    Load 32 "ldp q0, q1, [x0]"
    Load 16 "ld1 {{v0.16b}}, [x0]"
    Load 4 "ld1r {{v0.4s}}, [x0]"
    Load 16 "ld2 {{v0.8b, v1.8b}}, [x0]"
    Update 4 "ldadd w1, w1, [x0]"
    Update 8 "swpal x1, x1, [x0]"
    Update 4 "cas w1, w2, [x0]"
    Update 1 "ldsetb w1, w1, [x0]"
    Store 1 "strb w1, [x0], #1"
    Store 4 "str w1, [x0, #0]!"
    Store 8 "stp w1, w2, [x0]"
    Store 16 "stp x1, x2, [x0]"
    Store 16 "stp x1, x2, [x0], #16"
    Store 4 "stur w1, [x0]"
    Store 4 "sttr w1, [x0]"
    Store 1 "stlrb w1, [x0]"
    Store 4 "stlr w1, [x0]"
    Store 4 "str s0, [x0]"
    Store 16 "str q0, [x0]"
    Store 32 "stp q0, q1, [x0]"
    Store 16 "st1 {{v0.16b}}, [x0]"
    Store 4 "stadd w1, [x0]"
    Store 64 "dc zva, x0"
    Neutral 4 "stxr w2, w1, [x0]"
    Neutral 8 "stlxr w2, x1, [x0]"
    Neutral 4 "prfm pldl1keep, [x0]"
    Neutral 4 "prfm pstl1keep, [x0]"
    Neutral 4 "dc cvac, x0"
    Neutral 4 "dc civac, x0"
    Neutral 4 "dc cvau, x0"
    Neutral 4 "ic ivau, x0"
    Neutral 4 "at s1e1r, x0"
    Neutral 4 "at s1e1w, x0"
    Neutral 4 "at s1e0r, x0"
}

/// The plain 64-bit load, for passes over many addresses.
pub(crate) static LOAD: &Access = &ALL[3];
/// The plain 64-bit store.
pub(crate) static STORE: &Access = &ALL[7];
/// The eight plain accesses: 1, 2, 4 and 8 bytes, loads then stores.
pub(crate) static PLAIN: &[Access] = ALL.split_at(8).0;
