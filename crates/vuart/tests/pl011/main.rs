//! The PL011.

#[path = "../common/wire.rs"]
mod wire;

mod drivers;
mod model;
mod offsets;
mod reference;
mod registers;
