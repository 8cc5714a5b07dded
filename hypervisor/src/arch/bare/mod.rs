//! What all bare machines have in common: an image that runs at a linked address wherever it was loaded, an address
//! space of its own, and the way from entry code to the first zone.

mod boot;
pub mod image;
pub mod mmio;
mod report;
pub mod space;
pub mod tables;

pub use boot::{Entry, primary, report_boot};
pub use report::{Callers, panic_end};
