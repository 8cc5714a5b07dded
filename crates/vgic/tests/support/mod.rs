//! A machine for the vGIC to run on: fake virtual CPU interfaces and a fake physical GIC, guests that use them,
//! and a plain GIC to compare with.
#![allow(dead_code, reason = "each test binary and fuzz target uses a part of it")]

pub(crate) mod cpu_interface;
pub(crate) mod history;
pub(crate) mod outside;
pub(crate) mod physical;
pub(crate) mod reference;
pub(crate) mod world;
