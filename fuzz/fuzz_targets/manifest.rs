//! Bundles: any bytes, and sound ones with bytes changed and the checksum mended. An error or a manifest in which
//! nothing has two owners.
#![no_main]

#[path = "../../crates/manifest/tests/manifest/promises.rs"]
mod promises;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../crates/manifest/tests/manifest/support.rs"]
mod support;

use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use manifest::Arch;
use promises::accept_or_refuse;
use support::{
    bundle, bundle_for, bundle_with, channels, gicv2, mend_checksum, two_riscv64_zones, two_zones,
    zones_with_channels,
};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Bytes(&'a [u8]),
    /// Which bundle, and what is written at which word or byte of its manifest.
    Changed(u8, Vec<Change>),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Byte(u16, u8),
    Word(u16, u32),
    Add(u16, i8),
}

/// Sound ones.
static BUNDLES: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| {
    let mut on_a_gicv2 = two_zones();
    on_a_gicv2[1].controller = gicv2(64);
    let with_channels = |arch| bundle_with(arch, &zones_with_channels(arch), &channels(arch));
    [
        bundle(&two_zones()),
        bundle_for(Arch::Riscv64, &two_riscv64_zones()),
        bundle(&on_a_gicv2),
        with_channels(Arch::Arm64),
        with_channels(Arch::Riscv64),
    ]
});

/// The bytes that the manifest takes up; behind it are the blobs.
const MANIFEST: usize = 2048;

fn apply(bundle: &mut [u8], change: &Change) {
    match *change {
        Change::Byte(place, value) => bundle[usize::from(place) % MANIFEST] = value,
        Change::Word(place, value) => word(bundle, place).copy_from_slice(&value.to_le_bytes()),
        Change::Add(place, more) => {
            let word = word(bundle, place);
            let value = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            word.copy_from_slice(&value.wrapping_add_signed(more.into()).to_le_bytes());
        }
    }
}

fn word(bundle: &mut [u8], place: u16) -> &mut [u8] {
    let start = usize::from(place) % (MANIFEST / 4) * 4;
    &mut bundle[start..start + 4]
}

fuzz_target!(|input: Input| {
    match input {
        Input::Bytes(bytes) => accept_or_refuse(bytes),
        Input::Changed(which, changes) => {
            let mut bundle = BUNDLES[usize::from(which) % BUNDLES.len()].clone();
            changes.iter().for_each(|change| apply(&mut bundle, change));
            mend_checksum(&mut bundle);
            accept_or_refuse(&bundle);
        }
    }
});
