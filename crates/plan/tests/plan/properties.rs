//! Random partitions of random boards: diagnostics, or a plan that the hypervisor accepts and in which no two
//! owners share a page.

use addr::{HostPhys, Range};
use board::InterruptController;
use manifest::{BoardView, Manifest, RegionKind, Reserved};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::riscv64;
use crate::support::{TestBoard, TestFiles, text, two_zones};

const MIB: u64 = 1 << 20;

fn boards() -> impl Strategy<Value = TestBoard> {
    let banks = vec((1u64..1500, 0u64..600), 1..4);
    let reserved = vec((0u64..3000 * 256, 1u64..70_000), 0..4);
    (1u32..9, banks, reserved).prop_map(|(cpus, banks, reserved)| {
        let mut at = 0x4000_0000;
        let ram = banks
            .into_iter()
            .map(|(size, gap)| {
                let bank = (at, size * MIB);
                at += (size + gap) * MIB;
                bank
            })
            .collect();
        // Whole pages and parts of pages.
        let reserved =
            reserved.into_iter().map(|(page, size)| (0x4000_0000 + page * 4096 + size % 3, size)).collect();
        TestBoard { cpus, ram, reserved, ..TestBoard::default() }
    })
}

fn memory() -> impl Strategy<Value = String> {
    let at = prop_oneof![Just(None), (0u64..1500).prop_map(|block| Some(0x4000_0000 + block * 2 * MIB))];
    let ipa = prop_oneof![3 => Just(None), 1 => (0u64..1000).prop_map(|block| Some(block * 2 * MIB))];
    let piece = (1u64..64, at, ipa).prop_map(|(blocks, at, ipa)| {
        let mut piece = format!("{{ size = {}", blocks * MIB);
        piece += &at.map_or(String::new(), |at| format!(", at = {at}"));
        piece += &ipa.map_or(String::new(), |ipa| format!(", ipa = {ipa}"));
        piece + " }"
    });
    prop_oneof![
        3 => (1u64..400).prop_map(|size| format!("\"{size}M\"")),
        1 => vec(piece, 1..4).prop_map(|pieces| format!("[{}]", pieces.join(", "))),
    ]
}

/// Channels between some of the zones that may be there, mostly such as can be had.
fn channels() -> impl Strategy<Value = String> {
    let seldom = |numbers: std::ops::Range<u64>| prop_oneof![7 => Just(None), 1 => numbers.prop_map(Some)];
    let address = || seldom(0u64..0x10_0000);
    let peer =
        (0u8..4, address(), address(), seldom(0..100)).prop_map(|(zone, control, shared, interrupt)| {
            let mut peer = format!("{{ zone = \"z{zone}\"");
            peer += &control.map_or(String::new(), |page| format!(", control_table_ipa = {}", page * 4096));
            peer += &shared.map_or(String::new(), |page| format!(", shared_mem_ipa = {}", page * 4096));
            peer += &interrupt.map_or(String::new(), |number| format!(", interrupt_num = {number}"));
            (zone, peer + " }")
        });
    let channel = (vec(peer, 2..4), 0u64..600, 1u64..600);
    vec(channel, 0..4).prop_map(|channels| {
        let channels = channels.into_iter().enumerate().map(|(index, (mut peers, rw, out))| {
            peers.sort();
            peers.dedup_by_key(|(zone, _)| *zone);
            let peers: Vec<_> = peers.into_iter().map(|(_, peer)| peer).collect();
            let (peers, rw, out) = (peers.join(", "), rw * 4096, out * 4096);
            format!("\n[[channel]]\nname = \"c{index}\"\npeers = [{peers}]\nrw = {rw}\nout = {out}\n")
        });
        channels.collect()
    })
}

/// Zones that mostly collide with nothing but sometimes do.
fn partitions() -> impl Strategy<Value = String> {
    let zone = (vec(0u32..8, 1..3), memory(), any::<bool>());
    vec(zone, 1..5).prop_map(|zones| {
        let zones = zones.into_iter().enumerate().map(|(index, (cpus, memory, initrd))| {
            let initrd = if initrd { "initrd = \"initrd\"\n" } else { "" };
            let (binary, kernel) = ("raw = { file = \"app.bin\", load = 0x4000_0000 }", "kernel = \"Image\"");
            let runs = if index == 3 { binary } else { kernel };
            format!("[[zone]]\nname = \"z{index}\"\ncpus = {cpus:?}\nmemory = {memory}\n{runs}\n{initrd}")
        });
        text(&zones.collect::<Vec<_>>())
    })
}

/// One owner for every CPU and zones on as few of the board as there are.
fn harmonious() -> impl Strategy<Value = String> {
    vec((1u64..120, any::<bool>()), 1..5).prop_map(|zones| {
        let zones = zones.into_iter().enumerate().map(|(index, (size, initrd))| {
            let initrd = if initrd { "initrd = \"initrd\"\n" } else { "" };
            let size = size + 34;
            format!("[[zone]]\nname = \"z{index}\"\ncpus = [{index}]\nmemory = \"{size}M\"\nkernel = \"Image\"\n{initrd}")
        });
        text(&zones.collect::<Vec<_>>())
    })
}

fn range(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).expect("a range")
}

fn ends(range: Range<HostPhys>) -> (u64, u64) {
    (range.start().raw(), range.end().raw())
}

/// The hypervisor's own checks, on its own parser's view of the board.
fn accepted(plan: &plan::Plan, board: &TestBoard) {
    let bundle = plan.bundle();
    let manifest = Manifest::parse(&bundle).expect("the hypervisor parses it");
    let ram: Vec<_> = board.ram.iter().map(|(start, size)| range(*start, *size)).collect();
    let mut reserved: Vec<_> = board
        .reserved
        .iter()
        .map(|(start, size)| Reserved { range: range(*start, *size), what: "firmware" })
        .collect();
    reserved.extend(plan.boot_areas().map(|range| Reserved { range, what: "the boot area" }));
    let devices = [Reserved { range: range(0x900_0000, 0x1000), what: "the console" }];
    let cpus: Vec<u64> = (0..u64::from(board.cpus)).collect();
    let view = BoardView {
        ram: &ram,
        reserved: &reserved,
        arch: manifest::Arch::Arm64,
        cpus: &cpus,
        devices: &devices,
        last_interrupt: 255,
    };
    manifest.check_board(&view).expect("the hypervisor accepts it");

    let mut pages: Vec<(u64, u64)> = manifest
        .zones()
        .flat_map(|zone| zone.regions())
        .filter(|region| region.kind == RegionKind::Ram)
        .map(|region| (region.hpa.raw(), region.hpa.raw() + region.size))
        .chain(manifest.channels().map(|channel| ends(channel.memory())))
        .chain(reserved.iter().map(|taken| (taken.range.start().raw() & !0xfff, taken.range.end().raw())))
        .collect();
    pages.sort();
    let zones = manifest.zones().flat_map(|zone| zone.regions()).filter_map(|region| region.host_range());
    for range in zones.chain(manifest.channels().map(|channel| channel.memory())) {
        let (start, end) = ends(range);
        assert_eq!(pages.iter().filter(|(other, other_end)| start < *other_end && *other < end).count(), 1);
    }
}

/// The hypervisor's own checks, on the board as its own parser reads it; what the boot loader fills is taken.
fn accepted_on_riscv64(plan: &plan::Plan, tree: &[u8]) {
    let board = board::Board::parse(tree).expect("a board");
    let bundle = plan.bundle();
    let manifest = Manifest::parse(&bundle).expect("the hypervisor parses it");
    let taken = plan.boot_areas().chain([range(0x8000_0000, 2 << 20)]);
    let reserved: Vec<_> = taken.map(|range| Reserved { range, what: "taken" }).collect();
    let frames = board.interrupt_controller.frames().chain([board.uart.frame]);
    let devices: Vec<_> = frames.map(|range| Reserved { range, what: "the hypervisor" }).collect();
    let cpus: Vec<u64> = board.cpus.iter().map(|cpu| cpu.hardware_id).collect();
    let view = BoardView {
        ram: &board.ram,
        reserved: &reserved,
        arch: manifest::Arch::Riscv64,
        cpus: &cpus,
        devices: &devices,
        last_interrupt: match &board.interrupt_controller {
            InterruptController::Aia(aia) => aia.aplic.sources,
            _ => 95,
        },
    };
    manifest.check_board(&view).expect("the hypervisor accepts it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_plan_is_accepted_by_the_hypervisor(
        board in boards(),
        zones in prop_oneof![partitions(), harmonious()],
        channels in channels(),
    ) {
        let text = zones + &channels;
        match plan::resolve(&text, &board.dtb(), &TestFiles) {
            Ok(plan) => {
                accepted(&plan, &board);
                prop_assert!(!plan.table().is_empty() && !plan.svg().is_empty());
            }
            Err(diagnostics) => {
                prop_assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error));
                // The planner finds by itself what the hypervisor would refuse.
                prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.code != "refused"), "{diagnostics:#?}");
                prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.help.is_some()));
            }
        }
    }

    #[test]
    fn a_plan_for_riscv64_is_accepted_by_the_hypervisor(
        tree in prop_oneof![Just(riscv64::AIA), Just(riscv64::PLIC), Just(riscv64::TWO_SOCKETS)],
        zones in prop_oneof![partitions(), harmonious()],
        channels in channels(),
        qemu in any::<bool>(),
    ) {
        let text = zones + &channels;
        let emulated = "qemu = { machine = \"virt\", cpu = \"rv64\", smp = 4, memory = \"2G\" }";
        let text = if qemu { text.replacen("dtb = \"board.dtb\"", emulated, 1) } else { text };
        let text = text.replace("0x4000_0000", "0x9000_0000");
        match plan::resolve(&text, tree, &riscv64::Files) {
            Ok(plan) => {
                accepted_on_riscv64(&plan, tree);
                prop_assert!(!plan.table().is_empty() && !plan.svg().is_empty());
            }
            Err(diagnostics) => {
                prop_assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error));
                prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.code != "refused"), "{diagnostics:#?}");
                prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.help.is_some()));
            }
        }
    }

    #[test]
    fn any_text_is_answered(text in "[\\[\\]a-z0-9=\" {},.\n-]{0,200}") {
        let _ = plan::resolve(&text, &TestBoard::default().dtb(), &TestFiles);
    }

    #[test]
    fn a_valid_text_with_a_hole_in_it_is_answered(start in 0usize..260, length in 1usize..40) {
        let mut text = two_zones();
        let start = start.min(text.len());
        text.replace_range(start..(start + length).min(text.len()), "");
        let _ = plan::resolve(&text, &TestBoard::default().dtb(), &TestFiles);
    }

    #[test]
    fn a_damaged_device_tree_is_answered(changes in vec((0usize..2000, any::<u8>()), 1..8)) {
        let mut blob = TestBoard::default().dtb();
        for (offset, value) in changes {
            if let Some(byte) = blob.get_mut(offset) {
                *byte = value;
            }
        }
        let _ = plan::resolve(&two_zones(), &blob, &TestFiles);
    }

    #[test]
    fn a_cut_device_tree_is_answered(length in 0usize..2000) {
        let blob = TestBoard::default().dtb();
        let _ = plan::resolve(&two_zones(), &blob[..length.min(blob.len())], &TestFiles);
    }
}
