//! What a channel gets.

use dtoolkit::fdt::Fdt;
use manifest::{Controller, Manifest, RegionKind, Trigger};
use plan::Plan;

use super::{TWO_CHANNELS, with};
use crate::riscv64;
use crate::support::{TestBoard, plan, plan_on, text, zone};

/// The same partition on riscv64.
fn on_riscv64(board: &[u8]) -> Plan {
    let board_table = format!("[board]\n{}", riscv64::QEMU);
    riscv64::plan(&with(TWO_CHANNELS).replacen("[board]\ndtb = \"board.dtb\"", &board_table, 1), board)
}

/// Channel by channel and peer by peer: zone, interrupt, control table, shared memory.
fn peers(plan: &Plan) -> Vec<Vec<(u8, u32, u64, u64)>> {
    let bundle = plan.bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    manifest
        .channels()
        .map(|channel| {
            let peer = |peer: manifest::Peer| {
                (peer.zone.0, peer.interrupt, peer.control.start().raw(), peer.shared.start().raw())
            };
            channel.peers().map(peer).collect()
        })
        .collect()
}

/// The nodes of a zone's channels as text.
fn nodes(plan: &Plan, zone: &str) -> String {
    let tree = Fdt::new(plan.guest_dtb(zone).expect("a zone")).expect("a device tree").to_string();
    tree[tree.find("    ivc@").expect("a channel")..].to_owned()
}

#[test]
fn peers_are_numbered_as_they_are_listed() {
    let zones: Vec<Vec<u8>> = peers(&plan(&with(TWO_CHANNELS)))
        .iter()
        .map(|channel| channel.iter().map(|peer| peer.0).collect())
        .collect();
    assert_eq!(zones, [vec![1, 0], vec![0, 1, 2]]);
}

#[test]
fn the_bundle_says_how_large_the_sections_are() {
    let bundle = plan(&with(TWO_CHANNELS)).bundle();
    let sizes: Vec<_> = Manifest::parse(&bundle)
        .expect("valid")
        .channels()
        .map(|channel| {
            (channel.name().to_string(), channel.rw_size(), channel.out_size(), channel.memory().size())
        })
        .collect();
    assert_eq!(
        sizes,
        [("pair".to_owned(), 0x1_0000, 0x4000, 0x1_8000), ("all".to_owned(), 0, 0x10_0000, 0x30_0000)]
    );
}

#[test]
fn small_memory_begins_at_a_page_and_large_memory_at_a_block_behind_the_zones() {
    let bundle = plan(&with(TWO_CHANNELS)).bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    let end_of_zones =
        manifest.zones().flat_map(|zone| zone.regions()).map(|region| region.hpa.raw() + region.size).max();
    let starts: Vec<_> = manifest.channels().map(|channel| channel.memory().start().raw()).collect();
    assert_eq!(starts, [0x6460_0000, 0x6480_0000]);
    assert_eq!(end_of_zones, Some(0x6460_0000));
}

#[test]
fn zones_are_where_they_are_without_channels() {
    let regions = |channels: &str| {
        let bundle = plan(&with(channels)).bundle();
        let zones: Vec<_> = Manifest::parse(&bundle).expect("valid").zones().collect();
        zones.iter().flat_map(|zone| zone.regions()).collect::<Vec<_>>()
    };
    assert_eq!(regions(TWO_CHANNELS), regions(""));
}

#[test]
fn shared_memory_is_seen_where_it_is_and_the_control_table_behind_it() {
    for channel in Manifest::parse(&plan(&with(TWO_CHANNELS)).bundle()).expect("valid").channels() {
        for peer in channel.peers() {
            assert_eq!(peer.shared.start().raw(), channel.memory().start().raw());
            assert_eq!(peer.control.start(), peer.shared.end());
        }
    }
}

#[test]
fn what_is_taken_in_a_zone_moves_what_it_sees() {
    // The zone's memory is where the channel is physically, and where the control table would be behind it.
    let zones = [
        zone("a", "[0]", "[{ size = \"64M\", at = 0x9000_0000, ipa = 0x4a60_0000 }]", ""),
        zone("b", "[1]", "[{ size = \"32M\", at = 0x4860_0000 }]", ""),
    ];
    let channel = "[[channel]]\nname = \"pair\"\npeers = [\"a\", \"b\"]\nout = \"2M\"\n";
    let plan = plan(&format!("{}\n{channel}", text(&zones)));
    assert_eq!(peers(&plan), [[(0, 63, 0x4ea0_0000, 0x4e60_0000), (1, 62, 0x4aa0_0000, 0x4a60_0000)]]);
}

#[test]
fn interrupts_are_lines_that_the_board_does_not_use() {
    let zones = Manifest::parse(&plan(&with(TWO_CHANNELS)).bundle()).map(|manifest| {
        let interrupts = |zone: manifest::Zone<'_>| {
            zone.interrupts()
                .map(|own| (own.virtual_number, own.physical_number, own.trigger))
                .collect::<Vec<_>>()
        };
        manifest.zones().map(interrupts).collect::<Vec<_>>()
    });
    let edge = |number| (number, number, Trigger::Edge);
    assert_eq!(zones, Ok(vec![vec![edge(62), edge(61)], vec![edge(63), edge(60)], vec![edge(59)]]));
}

#[test]
fn interrupts_that_the_boards_tree_tells_of_are_left_alone() {
    // Beyond the 32 that the console's is one of: there are 32 more then.
    let board = TestBoard { rtc_interrupt: Some([0, 62, 4]), ..TestBoard::default() };
    let plan = plan_on(&with(TWO_CHANNELS), &board);
    let numbers: Vec<_> = peers(&plan).into_iter().flatten().map(|peer| peer.1).collect();
    assert_eq!(numbers, [95, 93, 92, 91, 90]);
}

#[test]
fn the_lines_of_an_msi_frame_are_left_alone() {
    let frame = |count: Option<u32>| {
        let board = crate::support::with(&TestBoard::default().dtb(), "/pl031@9010000", |node| {
            let mut set = |name: &str, value: u32| {
                node.add_property(dtoolkit::model::DeviceTreeProperty::new(name, value).expect("a name"));
            };
            set("arm,msi-base-spi", 24);
            count.into_iter().for_each(|count| set("arm,msi-num-spis", count));
        });
        let plan = plan::resolve(&with(TWO_CHANNELS), &board, &crate::support::TestFiles).expect("valid");
        peers(&plan)[0][0].1
    };
    assert_eq!((frame(None), frame(Some(7)), frame(Some(8))), (63, 63, 55));
}

#[test]
fn a_zones_controller_reaches_to_its_interrupts() {
    let channel = "[[channel]]\nname = \"pair\"\nout = \"4K\"\n\
        peers = [{ zone = \"a\", interrupt_num = 200 }, \"b\"]\n";
    let bundle = plan(&with(channel)).bundle();
    let counts: Vec<_> = Manifest::parse(&bundle)
        .expect("valid")
        .zones()
        .map(|zone| match zone.controller() {
            Controller::Gic(gic) => gic.spi_count,
            _ => 0,
        })
        .collect();
    assert_eq!(counts, [192, 32, 32]);
}

#[test]
fn direct_delivery_keeps_the_uarts_interrupt() {
    let direct = |channels: &str| {
        let text = with(channels).replacen("name = \"a\"", "name = \"a\"\ninterrupts = \"direct\"", 1);
        let plan = plan(&text);
        let zone =
            Manifest::parse(&plan.bundle()).expect("valid").zones().next().and_then(|zone| zone.uart());
        (zone.expect("a UART").interrupt, peers(&plan).into_iter().flatten().map(|peer| peer.1).collect())
    };
    assert_eq!(direct(""), (63, vec![]));
    assert_eq!(direct(TWO_CHANNELS), (63, vec![62, 61, 60, 59, 58]));
    // It yields to what zones.toml fixes.
    let fixed =
        "[[channel]]\nname = \"pair\"\nout = \"4K\"\npeers = [\"a\", { zone = \"b\", interrupt_num = 63 }]\n";
    assert_eq!(direct(fixed), (62, vec![61, 63]));
}

#[test]
fn what_zones_toml_fixes_is_kept() {
    let channel = "\
[[channel]]
name = \"pair\"
peers = [
    { zone = \"a\", control_table_ipa = 0x7000_0000, shared_mem_ipa = 0x7100_0000, interrupt_num = 40 },
    { zone = \"b\", control_table_ipa = 0x7000_0000, shared_mem_ipa = 0x7000_1000, interrupt_num = 41 },
]
rw_sec_size = 0x1000
out_sec_size = 0x2000
max_peers = 2
";
    let plan = plan(&with(channel));
    assert_eq!(peers(&plan), [[(0, 40, 0x7000_0000, 0x7100_0000), (1, 41, 0x7000_0000, 0x7000_1000)]]);
    let bundle = plan.bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    let sizes: Vec<_> = manifest.channels().map(|channel| (channel.rw_size(), channel.out_size())).collect();
    assert_eq!(sizes, [(0x1000, 0x2000)]);
}

#[test]
fn what_is_fixed_goes_before_what_is_chosen() {
    // The second channel's control table is where the first one's memory is physically.
    let channels = "\
[[channel]]
name = \"one\"
peers = [\"a\", \"b\"]
out = \"4K\"

[[channel]]
name = \"two\"
peers = [{ zone = \"a\", control_table_ipa = 0x6460_0000 }, \"b\"]
out = \"4K\"
";
    let peers = peers(&plan(&with(channels)));
    assert_eq!((peers[0][0].3, peers[1][0].2), (0x6460_1000, 0x6460_0000));
    assert_eq!((peers[0][1].3, peers[1][1].3), (0x6460_0000, 0x6460_2000));
}

#[test]
fn the_guest_is_told_of_its_channels() {
    assert_eq!(nodes(&plan(&with(TWO_CHANNELS)), "a"), include_str!("arm64.dts"));
}

#[test]
fn an_aplic_is_told_of_edges() {
    assert_eq!(nodes(&on_riscv64(riscv64::AIA), "a"), include_str!("riscv64-aia.dts"));
}

#[test]
fn a_plic_is_told_of_sources() {
    assert_eq!(nodes(&on_riscv64(riscv64::PLIC), "a"), include_str!("riscv64-plic.dts"));
}

#[test]
fn a_zone_without_channels_is_told_of_none() {
    let channel = "[[channel]]\nname = \"pair\"\npeers = [\"a\", \"b\"]\nout = \"4K\"\n";
    let plan = plan(&with(channel));
    let tree = Fdt::new(plan.guest_dtb("c").expect("a zone")).expect("a device tree").to_string();
    assert!(!tree.contains("ivc"), "{tree}");
}

#[test]
fn behind_an_aplic_the_zone_owns_its_sources() {
    let plan = on_riscv64(riscv64::AIA);
    let numbers: Vec<_> = peers(&plan).into_iter().flatten().map(|peer| peer.1).collect();
    assert_eq!(numbers, [96, 95, 94, 93, 92]);
    let bundle = plan.bundle();
    let zones: Vec<_> = Manifest::parse(&bundle).expect("valid").zones().collect();
    let owned: Vec<_> =
        zones[0].interrupts().map(|own| (own.virtual_number, own.physical_number, own.trigger)).collect();
    assert_eq!(owned, [(95, 95, Trigger::Edge), (94, 94, Trigger::Edge)]);
}

#[test]
fn behind_a_plic_no_line_belongs_to_a_source() {
    let plan = on_riscv64(riscv64::PLIC);
    let bundle = plan.bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    let peers: Vec<_> = manifest
        .channels()
        .flat_map(|channel| channel.peers())
        .map(|peer| (peer.interrupt, peer.physical_interrupt))
        .collect();
    assert_eq!(peers, [(95, None), (94, None), (93, None), (92, None), (91, None)]);
    assert_eq!(manifest.zones().flat_map(|zone| zone.interrupts()).count(), 0);
}

#[test]
fn no_zone_has_the_memory_of_a_channel() {
    let bundle = plan(&with(TWO_CHANNELS)).bundle();
    let manifest = Manifest::parse(&bundle).expect("valid");
    for region in manifest.zones().flat_map(|zone| zone.regions()) {
        assert_eq!(region.kind, RegionKind::Ram);
        let range = region.host_range().expect("a range");
        assert!(manifest.channels().all(|channel| !channel.memory().overlaps(range)));
    }
}

#[test]
fn the_table_says_who_shares_what() {
    let table = plan(&with(TWO_CHANNELS)).table();
    let (_, channels) = table.split_once("\nChannels\n").expect("channels");
    let (channels, _) = channels.split_once("\n\n").expect("more");
    assert_eq!(
        channels,
        "  \
  id  channel  common  output  peer  zone  control table  shared memory           INTID
  --  -------  ------  ------  ----  ----  -------------  ----------------------  -----
  0   pair     64 KiB  16 KiB  0     b     0x64618000     0x64600000..0x64618000  63
                               1     a     0x64618000     0x64600000..0x64618000  62
  1   all      -       1 MiB   0     a     0x64b00000     0x64800000..0x64b00000  61
                               1     b     0x64b00000     0x64800000..0x64b00000  60
                               2     c     0x64b00000     0x64800000..0x64b00000  59"
    );
    assert!(table.contains("0x0064600000  0x0064618000    96 KiB    channel pair   -"), "{table}");
    assert!(table.contains("zone a    control table of channel pair  0x64618000..0x64619000  62"), "{table}");
}

#[test]
fn without_channels_the_table_has_none() {
    assert!(!plan(&with("")).table().contains("hannel"));
}

#[test]
fn the_drawing_shows_the_sections() {
    let svg = plan(&with(TWO_CHANNELS)).svg();
    for wanted in [
        "channel pair, 96 KiB",
        "64 KiB for all",
        "16 KiB from zone b",
        "control table of channel all",
        "shared by zones",
    ] {
        assert!(svg.contains(wanted), "{wanted}");
    }
    crate::drawing::is_tidy(&svg);
}

#[test]
fn colour_changes_nothing_else() {
    let mut plan = plan(&with(TWO_CHANNELS));
    let before = peers(&plan);
    plan.set_colour(false);
    assert_eq!(peers(&plan), before);
}
