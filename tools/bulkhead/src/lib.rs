//! The host tool: checks a partition, draws it, bundles it, and boots it on QEMU.
//!
//! It is a library as well, because the system tests boot partitions the same way and read the same console.
#![forbid(unsafe_code)]

pub mod board;
pub mod cli;
pub mod commands;
pub mod console;
mod dts;
mod files;
pub mod machine;
pub mod partition;
mod report;
mod run;

pub use report::{Failure, keep_lines_whole};
