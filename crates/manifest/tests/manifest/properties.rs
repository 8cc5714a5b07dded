//! Whatever the bytes say: an error or a manifest in which nothing has two owners; never a panic.

use crate::promises::{accept_or_refuse, keeps_its_promises};
use crate::support::{
    bundle, bundle_for, bundle_with, channels, gic, mend_checksum, two_riscv64_zones, two_zones,
    zones_with_channels,
};
use addr::{GuestPhys, HostPhys};
use manifest::{Arch, Manifest, RegionKind};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_refused(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert!(Manifest::parse(&bytes).is_err());
    }

    #[test]
    fn random_tables_behind_a_sound_header_never_panic(
        tables in vec(any::<u8>(), 0..2000),
        counts in prop::array::uniform7(0u32..4),
    ) {
        let mut bytes = bundle(&two_zones())[..64].to_vec();
        bytes.extend_from_slice(&tables);
        let size = bytes.len() as u32;
        bytes[16..20].copy_from_slice(&size.to_le_bytes());
        bytes[24..32].copy_from_slice(&u64::from(size).to_le_bytes());
        for (place, count) in counts.iter().enumerate() {
            bytes[36 + 4 * place..40 + 4 * place].copy_from_slice(&count.to_le_bytes());
        }
        mend_checksum(&mut bytes);
        accept_or_refuse(&bytes);
    }

    #[test]
    fn a_changed_manifest_is_refused_or_still_keeps_its_promises(
        changes in vec((0usize..1024, any::<u8>()), 1..6),
    ) {
        let mut bytes = bundle(&two_zones());
        for (offset, value) in changes {
            bytes[offset] = value;
        }
        mend_checksum(&mut bytes);
        accept_or_refuse(&bytes);
    }

    #[test]
    fn a_word_with_an_extreme_value_is_refused_or_harmless(
        word in 0usize..256,
        value in prop_oneof![Just(u32::MAX), Just(0), Just(1), Just(1 << 31), Just(0xffff_f000), 0u32..2000],
    ) {
        let mut bytes = bundle(&two_zones());
        bytes[4 * word..4 * word + 4].copy_from_slice(&value.to_le_bytes());
        mend_checksum(&mut bytes);
        accept_or_refuse(&bytes);
    }

    #[test]
    fn a_changed_manifest_for_riscv64_is_refused_or_still_keeps_its_promises(
        changes in vec((0usize..1024, any::<u8>()), 1..6),
    ) {
        let mut bytes = bundle_for(manifest::Arch::Riscv64, &two_riscv64_zones());
        for (offset, value) in changes {
            bytes[offset] = value;
        }
        mend_checksum(&mut bytes);
        accept_or_refuse(&bytes);
    }

    #[test]
    fn a_changed_manifest_with_channels_is_refused_or_still_keeps_its_promises(
        for_riscv64 in any::<bool>(),
        changes in vec((0usize..2048, any::<u8>()), 1..6),
    ) {
        let arch = if for_riscv64 { Arch::Riscv64 } else { Arch::Arm64 };
        let mut bytes = bundle_with(arch, &zones_with_channels(arch), &channels(arch));
        for (offset, value) in changes {
            bytes[offset] = value;
        }
        mend_checksum(&mut bytes);
        accept_or_refuse(&bytes);
    }

    #[test]
    fn what_is_written_is_what_is_read(
        pages in vec((0u64..200, 1u64..20), 1..6),
        cpus in vec(0u64..8, 1..4),
    ) {
        let mut zones = two_zones();
        zones[0].cpus = cpus;
        zones[0].controller = gic(zones[0].cpus.len(), 96);
        for (page, count) in pages {
            zones[0].regions.push(manifest::Region {
                ipa: GuestPhys::new(0x7000_0000 + page * 4096),
                hpa: HostPhys::new(0x7000_0000 + page * 4096),
                size: count * 4096,
                kind: RegionKind::Ram,
            });
        }
        if let Ok(bytes) = manifest::write(manifest::Arch::Arm64, false, &zones, &[]) {
            let parsed = Manifest::parse(&bytes).expect("the builder parses what it writes");
            keeps_its_promises(&parsed);
            let first = parsed.zones().next().expect("a zone");
            prop_assert_eq!(first.regions().collect::<Vec<_>>(), zones[0].regions.clone());
        }
    }
}
