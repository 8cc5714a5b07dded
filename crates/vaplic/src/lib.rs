//! An APLIC as a guest sees it: one supervisor-level leaf interrupt domain in MSI delivery mode, as a pure state
//! machine (RISC-V Advanced Interrupt Architecture 1.0, chapter 4).
//!
//! What the guest finds: up to 1023 sources, up to 64 harts (its vCPUs, by number), little-endian registers, no
//! child domains, no direct delivery. The model owns no hardware; the hypervisor calls it:
//! - a guest's access to the control region: [`Vaplic::read`] or [`Vaplic::write`];
//! - a virtual device drives its wire: [`Vaplic::set_wire`];
//! - the zone starts afresh: [`Vaplic::reset`].
//!
//! There are two kinds of sources:
//! - *Virtual*: the model holds the wire and the pending bit, and asks for each MSI to be sent
//!   ([`Effects::send`]).
//! - *Bound* to a source of the physical APLIC by [`Vaplic::bind`]: the physical APLIC has the wire and the pending
//!   bit and sends the MSI by itself, straight into the guest interrupt file. The model holds the configuration and
//!   says how the physical source is to be set; pending bits and inputs are asked for ([`PhysicalState`]).
//!
//! The physical domain serves many zones and is always on: domaincfg.IE of the zone reaches its bound sources as
//! their physical enable bits.
//!
//! # Where the specification leaves a choice
//! | matter | AIA 1.0 | QEMU 10.0 `-M virt` | here |
//! |---|---|---|---|
//! | domaincfg.BE, 4.5.1 | WARL | read-only 0 | read-only 0 |
//! | setipnum_be, 4.5.14 | optional if BE is read-only 0 | implemented | implemented |
//! | state after reset, 4.6 | unspecified but for domaincfg, genmsi.Busy | zeros | zeros |
//! | sourcecfg.SM = 2, 3 (reserved), 4.5.2 | WARL | kept, the source is active | kept, acts like Detached |
//! | write to sourcecfg, rectified input high, 4.5.2 | may set the pending bit | sets it | sets it |
//! | target when a source becomes active, 4.5.2 | unspecified | what was last written | what was last written |
//! | hart index that no hart has, 4.5.16 | WLRL | kept; taken modulo a power of two | kept; the MSI goes to nobody |
//! | EIID, 4.5.16 | as many bits as needed, up to 11 | 11 bits | 11 bits |
//! | genmsi.Busy, 4.5.15 | until the MSI has left | always 0 | always 0 |
//! | accesses not of 32 bits or not aligned, 4.5 | preferably fault, or ignored | fault | read 0, ignored |
//!
//! # Where QEMU departs from the specification
//! The model keeps to the specification. The guest `aplic-script`, which is to read the same from both, leaves these
//! out, and from the table above hart indices that no hart has and accesses that are not of 32 bits.
//!
//! | matter | AIA 1.0 and here | QEMU 10.0 `-M virt` |
//! |---|---|---|
//! | target of an inactive source, 4.5.16 | reads 0 | reads what was written |
//! | target.Guest Index, 4.5.16 (no H extension in the zone) | reads 0 | reads what was written |
//! | bit 11 of target and genmsi, 4.5.15, 4.5.16 | reads 0 | reads what was written |
//! | level-sensitive and pending, input goes low, 4.7 | no longer pending | stays pending |
//! | pending, made level-sensitive while the input is low, 4.7 | no longer pending | stays pending |
//! | level-sensitive, and a device drives its wire to the level that it has, 4.7 | nothing | pending again, if that level is the active one |
//! | rectified input of a Detached source, 4.5.2 | 0 | the wire |
//!
//! Where to find things: `registers/` has the table of registers and a module for each kind of them, `wire`,
//! `binding` and `delivery` what happens to sources without an access.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod bank;
mod binding;
mod config;
mod delivery;
mod message;
mod ports;
mod registers;
mod vaplic;
mod wire;

pub use bank::Bank;
pub use config::{Config, ConfigError};
pub use ids::{BindError, MAX_SOURCES, MAX_VCPUS, PhysicalSource, VcpuId, VirtualSource, Width};
pub use message::{Eiid, Message};
pub use ports::{Effects, Mode, PhysicalState};
pub use vaplic::Vaplic;
