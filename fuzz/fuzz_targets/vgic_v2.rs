//! The life of a zone with a GICv2, compared step by step with a plain GIC.
#![no_main]

#[path = "../../crates/vgic/tests/support/mod.rs"]
mod support;
#[path = "shared/vgic_history.rs"]
mod vgic_history;

use libfuzzer_sys::fuzz_target;
use vgic::Version;

fuzz_target!(|input: vgic_history::History| input.play(Version::V2));
