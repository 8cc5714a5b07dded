//! Partitions that hold, and every way in which one does not.

mod mistakes;
mod partitions;
mod properties;
mod support;
