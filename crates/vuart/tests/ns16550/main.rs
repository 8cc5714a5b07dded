//! The NS16550A.

#[path = "../common/wire.rs"]
mod wire;

mod detection;
mod drivers;
mod model;
mod numbers;
mod reference;
mod registers;
