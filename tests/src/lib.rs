//! System tests: whole partitions booted on QEMU, with the guests' own output as evidence.
//!
//! A test is a [`Scenario`]: a partition (written as the zones.toml that a user would write) and a play that
//! watches and operates its consoles through a [`Stage`]. What differs between architectures comes from one
//! table ([`board`]), so that a scenario is told once and runs on each: a [`Test`](scenario::Test) for each board.
#![forbid(unsafe_code)]

pub mod board;
pub mod exits;
mod monitor;
pub mod moved_image;
mod own_tree;
pub mod partition;
pub mod runner;
pub mod scenario;
pub mod scenarios;
pub mod stage;

pub use scenario::{Fault, Scenario};
pub use stage::{Miss, Stage};
