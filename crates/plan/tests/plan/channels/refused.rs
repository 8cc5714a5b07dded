//! Every mistake is found, points at its place, and says what to do.

use super::{TWO_CHANNELS, with};
use crate::riscv64;
use crate::support::{TestBoard, TestFiles, refused, text, told, zone};

/// The lines of a channel between two zones that can be had, with more lines or others.
fn pair(lines: &[&str]) -> String {
    with(&format!("[[channel]]\n{}\n", lines.join("\n")))
}

const NAME: &str = "name = \"pair\"";
const PEERS: &str = "peers = [\"a\", \"b\"]";
const OUT: &str = "out = \"4K\"";

#[test]
fn a_name_with_other_letters_is_found() {
    refused(
        &pair(&["name = \"Pair\"", PEERS, OUT]),
        "\
bad-name: \"Pair\" cannot be a channel's name
  line 26, `\"Pair\"`: this name
  help: use 1 to 31 of the characters a-z, 0-9, _ and -, and not `bulkhead`
",
    );
}

#[test]
fn a_name_is_given_to_one_channel() {
    refused(
        &with(&TWO_CHANNELS.replace("\"all\"", "\"pair\"")),
        "\
duplicate-name: two channels are named pair
  line 26, `\"pair\"`: the first
  line 32, `\"pair\"`: the second
  help: give each channel a name of its own
",
    );
}

#[test]
fn a_channel_without_output_sections_is_found() {
    refused(
        &pair(&[NAME, PEERS, "rw = \"4K\""]),
        "\
missing-key: channel pair has no `out`
  line 26, `\"pair\"`: this channel
  help: write how much each peer may write to the others, such as `out = \"64K\"`
",
    );
    refused(
        &pair(&[NAME, PEERS, "out = 0"]),
        "\
channel-size: the `out` of channel pair is empty: its peers could say nothing
  line 28, `0`: empty
  help: write how much each peer may write to the others, such as `out = \"64K\"`
",
    );
}

#[test]
fn sizes_are_whole_pages() {
    refused(
        &pair(&[NAME, PEERS, "rw = 100", "out = \"5K\""]),
        "\
channel-size: the `rw` of channel pair is 0x64 bytes, which is not a multiple of 4 KiB
  line 28, `100`: this size
  help: use 4 KiB
channel-size: the `out` of channel pair is 0x1400 bytes, which is not a multiple of 4 KiB
  line 29, `\"5K\"`: this size
  help: use 8 KiB
",
    );
}

#[test]
fn a_text_that_is_no_size_is_found() {
    refused(
        &pair(&[NAME, PEERS, "out = \"many\""]),
        "\
channel-size: the `out` of channel pair is no size
  line 28, `\"many\"`: this size
  help: write a number with a unit, such as \"64K\" or \"1M\"
",
    );
}

#[test]
fn a_section_is_smaller_than_4_gib() {
    refused(
        &pair(&[NAME, PEERS, "rw = \"4G\"", OUT]),
        "\
channel-size: the `rw` of channel pair is 4 GiB, and its register holds less than 4 GiB
  line 28, `\"4G\"`: this size
  help: use a smaller size
",
    );
}

#[test]
fn a_size_is_given_once() {
    refused(
        &pair(&[NAME, PEERS, OUT, "out_sec_size = \"4K\""]),
        "\
channel-size: channel pair has `out` and `out_sec_size`, which are the same
  line 28, `\"4K\"`: the one
  line 29, `\"4K\"`: the other
  help: keep `out`
",
    );
}

#[test]
fn a_channel_has_two_peers_at_least() {
    refused(
        &pair(&[NAME, "peers = [\"a\"]", OUT]),
        "\
channel-peers: channel pair has 1 peers: 2 to 16 are possible
  line 27, `[\"a\"]`: these peers
  help: name the zones that share it, each once
",
    );
}

#[test]
fn a_channel_has_sixteen_peers_at_most() {
    let peers = format!("peers = [{}]", vec!["\"a\""; 17].join(", "));
    let text = pair(&[NAME, &peers, OUT]);
    let mistakes = crate::support::mistakes(&text);
    assert!(
        told(&text, &mistakes)
            .starts_with("channel-peers: channel pair has 17 peers: 2 to 16 are possible\n")
    );
}

#[test]
fn another_number_of_peers_than_max_peers_is_found() {
    refused(
        &pair(&[NAME, PEERS, OUT, "max_peers = 3"]),
        "\
channel-peers: channel pair has 2 peers, and `max_peers` says 3
  line 27, `[\"a\", \"b\"]`: these peers
  line 29, `3`: another number
  help: write 2, or leave `max_peers` out
",
    );
}

#[test]
fn a_peer_that_is_no_zone_is_found() {
    refused(
        &pair(&[NAME, "peers = [\"a\", \"linux\"]", OUT]),
        "\
unknown-zone: channel pair has zone linux as a peer, and there is none
  line 27, `\"linux\"`: unknown zone
  help: the zones are: a, b, c
",
    );
}

#[test]
fn a_misspelt_zone_is_suggested() {
    let zones = [zone("linux", "[0]", "\"64M\"", ""), zone("rtos", "[1]", "\"64M\"", "")];
    let channel = "[[channel]]\nname = \"pair\"\npeers = [\"lunix\", \"rtos\"]\nout = \"4K\"\n";
    refused(
        &format!("{}\n{channel}", text(&zones)),
        "\
unknown-zone: channel pair has zone lunix as a peer, and there is none
  line 20, `\"lunix\"`: unknown zone
  help: did you mean `linux`?
",
    );
}

#[test]
fn a_zone_that_could_not_be_read_is_no_unknown_peer() {
    let text = pair(&[NAME, PEERS, OUT]).replacen("cpus = [2]", "cpus = 2", 1);
    let mistakes = crate::support::mistakes(&text);
    assert_eq!(mistakes.iter().map(|mistake| mistake.code).collect::<Vec<_>>(), ["not-readable"]);
}

#[test]
fn a_zone_is_a_peer_once() {
    refused(
        &pair(&[NAME, "peers = [\"a\", \"b\", { zone = \"a\" }]", OUT]),
        "\
peer-twice: zone a is a peer of channel pair twice
  line 27, `\"a\"`: here
  line 27, `{ zone = \"a\" }`: and here
  help: name each zone once
",
    );
}

#[test]
fn sixteen_channels_are_the_most() {
    let channels: Vec<_> =
        (0..17).map(|number| format!("[[channel]]\nname = \"c{number}\"\n{PEERS}\n{OUT}\n")).collect();
    let text = with(&channels.concat());
    let told = told(&text, &crate::support::mistakes(&text));
    assert!(told.contains("too-many-channels: 17 channels are too many: 16 are possible\n"), "{told}");
}

#[test]
fn a_zone_is_a_peer_of_eight_channels_at_most() {
    let channels: Vec<_> =
        (0..9).map(|number| format!("[[channel]]\nname = \"c{number}\"\n{PEERS}\n{OUT}\n")).collect();
    refused(
        &with(&channels.concat()),
        "\
too-many-channels: zone a is a peer of more than 8 channels
  line 59, `\"a\"`: one too many
  help: let more zones share one channel
too-many-channels: zone b is a peer of more than 8 channels
  line 59, `\"b\"`: one too many
  help: let more zones share one channel
",
    );
}

#[test]
fn unknown_keys_are_found_with_what_was_meant() {
    refused(
        &pair(&[NAME, "peers = [\"a\", { zone = \"b\", interupt_num = 40 }]", OUT, "rv = \"4K\""]),
        "\
unknown-key: `interupt_num` is no key of `peers`
  line 27, `interupt_num`: unknown key
  help: did you mean `interrupt_num`?
unknown-key: `rv` is no key of `channel`
  line 29, `rv`: unknown key
  help: did you mean `rw`?
",
    );
}

#[test]
fn a_channel_in_one_pair_of_brackets_is_found() {
    refused(
        &with("[channel]\nname = \"pair\"\n"),
        "\
wrong-type: channels are a list of tables
  line 25, `[channel]`: not a list
  help: write [[channel]] with two pairs of brackets
",
    );
}

#[test]
fn a_channel_without_peers_is_found() {
    refused(
        &pair(&[NAME, OUT]),
        "\
missing-key: missing field `peers`
  line 25, `[[channel]]`: here
  help: add the key; `bulkhead schema` lists all keys with what they mean
",
    );
}

#[test]
fn memory_that_is_not_there_is_found() {
    refused(
        &pair(&[NAME, PEERS, "out = \"1G\""]),
        "\
not-enough-memory: the board has no 2 GiB left for channel pair
  line 26, `\"pair\"`: 2 GiB wanted
  help: 1466 MiB are free: 1466 MiB at 0x64600000; make the zones smaller
",
    );
}

fn fixed(what: &str) -> String {
    pair(&[NAME, &format!("peers = [{{ zone = \"a\", {what} }}, \"b\"]"), OUT])
}

#[test]
fn addresses_are_those_of_pages() {
    refused(
        &fixed("control_table_ipa = 0x7000_0800, shared_mem_ipa = 0x7000_0001"),
        "\
channel-address: the control table of channel pair cannot be at 0x70000800 in zone a
  line 27, `0x7000_0800`: this address
  help: use a multiple of 4 KiB from which 0x1000 bytes end within 48 bits
channel-address: the shared memory of channel pair cannot be at 0x70000001 in zone a
  line 27, `0x7000_0001`: this address
  help: use a multiple of 4 KiB from which 0x2000 bytes end within 48 bits
",
    );
}

#[test]
fn addresses_end_within_48_bits() {
    refused(
        &fixed("shared_mem_ipa = 0xffff_ffff_f000"),
        "\
channel-address: the shared memory of channel pair cannot be at 0xfffffffff000 in zone a
  line 27, `0xffff_ffff_f000`: this address
  help: use a multiple of 4 KiB from which 0x2000 bytes end within 48 bits
",
    );
}

#[test]
fn the_zones_memory_is_no_place_for_a_channel() {
    refused(
        &fixed("control_table_ipa = 0x4860_0000"),
        "\
guest-overlap: in zone a, the control table of channel pair at 0x48600000..0x48601000 overlaps its memory at 0x48600000..0x58600000
  line 27, `0x4860_0000`: this address
  help: use 0x58600000 or above, or leave it out
",
    );
}

#[test]
fn what_is_emulated_is_no_place_for_a_channel() {
    refused(
        &fixed("control_table_ipa = 0x900_0000, shared_mem_ipa = 0x800_f000"),
        "\
guest-overlap: in zone a, the control table of channel pair at 0x9000000..0x9001000 overlaps the virtual UART at 0x9000000..0x9001000
  line 27, `0x900_0000`: this address
  help: use 0x9001000 or above, or leave it out
guest-overlap: in zone a, the shared memory of channel pair at 0x800f000..0x8011000 overlaps the virtual interrupt controller at 0x8000000..0x8010000
  line 27, `0x800_f000`: this address
  help: use 0x8010000 or above, or leave it out
",
    );
}

#[test]
fn a_device_is_no_place_for_a_channel() {
    let text = fixed("control_table_ipa = 0x901_0000");
    refused(
        &text.replacen("name = \"a\"", "name = \"a\"\ndevices = [\"/pl031@9010000\"]", 1),
        "\
guest-overlap: in zone a, the control table of channel pair at 0x9010000..0x9011000 overlaps /pl031@9010000 at 0x9010000..0x9011000
  line 28, `0x901_0000`: this address
  help: use 0x9011000 or above, or leave it out
",
    );
}

#[test]
fn two_things_of_channels_are_in_two_places() {
    refused(
        &fixed("control_table_ipa = 0x7000_1000, shared_mem_ipa = 0x7000_0000"),
        "\
guest-overlap: in zone a, the control table of channel pair at 0x70001000..0x70002000 overlaps the shared memory of channel pair at 0x70000000..0x70002000
  line 27, `0x7000_1000`: this address
  help: use 0x70002000 or above, or leave it out
",
    );
}

#[test]
fn interrupts_are_within_range() {
    refused(
        &fixed("interrupt_num = 31"),
        "\
channel-interrupt: interrupt 31 of zone a in channel pair is out of range
  line 27, `31`: out of range
  help: use 32 to 991, or leave it out
",
    );
    refused(
        &fixed("interrupt_num = 992"),
        "\
channel-interrupt: interrupt 992 of zone a in channel pair is out of range
  line 27, `992`: out of range
  help: use 32 to 991, or leave it out
",
    );
}

#[test]
fn sources_are_within_range() {
    let board = format!("[board]\n{}", riscv64::QEMU);
    let text = fixed("interrupt_num = 97").replacen("[board]\ndtb = \"board.dtb\"", &board, 1);
    riscv64::refused(
        &text,
        riscv64::AIA,
        "\
channel-interrupt: interrupt 97 of zone a in channel pair is out of range
  line 28, `97`: out of range
  help: use 1 to 96, or leave it out
",
    );
}

#[test]
fn the_consoles_interrupt_is_not_for_channels() {
    refused(
        &fixed("interrupt_num = 33"),
        "\
interrupt-taken: interrupt 33 of zone a in channel pair is that of the hypervisor's console
  line 27, `33`: taken
  help: leave it out: the planner finds one that nobody has
",
    );
}

#[test]
fn an_interrupt_of_a_device_that_nobody_owns_is_not_for_channels() {
    let board = TestBoard { rtc_interrupt: Some([0, 2, 4]), ..TestBoard::default() };
    let text = fixed("interrupt_num = 34");
    let mistakes = plan::resolve(&text, &board.dtb(), &TestFiles).expect_err("accepted");
    assert_eq!(
        told(&text, &mistakes),
        "\
interrupt-taken: interrupt 34 of zone a in channel pair is that of /pl031@9010000
  line 27, `34`: taken
  help: leave it out: the planner finds one that nobody has
"
    );
}

#[test]
fn an_interrupt_of_an_owned_device_is_not_for_channels() {
    let board = TestBoard { rtc_interrupt: Some([0, 2, 4]), ..TestBoard::default() };
    let text = fixed("interrupt_num = 34");
    let text = text.replacen("name = \"b\"", "name = \"b\"\ndevices = [\"/pl031@9010000\"]", 1);
    let mistakes = plan::resolve(&text, &board.dtb(), &TestFiles).expect_err("accepted");
    assert_eq!(
        told(&text, &mistakes),
        "\
interrupt-taken: interrupt 34 of zone a in channel pair is that of /pl031@9010000
  line 13, `\"/pl031@9010000\"`: has interrupt 34
  line 28, `34`: taken
  help: leave it out: the planner finds one that nobody has
"
    );
}

#[test]
fn a_number_that_is_a_cells_of_another_controller_is_free() {
    let board = format!("[board]\n{}", riscv64::QEMU);
    // The harts' own controllers take cause 9 of every interrupt controller of the board.
    let text = fixed("interrupt_num = 9").replacen("[board]\ndtb = \"board.dtb\"", &board, 1);
    for tree in [riscv64::AIA, riscv64::PLIC] {
        riscv64::plan(&text, tree);
    }
}

#[test]
fn an_interrupt_rings_one_peer() {
    let peers = "peers = [{ zone = \"a\", interrupt_num = 40 }, { zone = \"b\", interrupt_num = 40 }]";
    refused(
        &pair(&[NAME, peers, OUT]),
        "\
interrupt-taken: interrupt 40 of zone b in channel pair is that of zone a in channel pair
  line 27, `40`: has interrupt 40
  line 27, `40`: taken
  help: leave it out: the planner finds one that nobody has
",
    );
}

#[test]
fn a_board_without_interrupts_to_spare_says_so() {
    let nodes = (0..32).flat_map(|number| [0u32, number, 4]).collect::<Vec<_>>();
    let board = crate::support::with(&TestBoard::default().dtb(), "/pl031@9010000", |node| {
        let interrupts = dtoolkit::model::DeviceTreeProperty::new("interrupts", nodes).expect("a name");
        node.add_property(interrupts);
    });
    let text = pair(&[NAME, PEERS, OUT]);
    let mistakes = plan::resolve(&text, &board, &TestFiles).expect_err("accepted");
    assert_eq!(
        told(&text, &mistakes),
        "\
channel-interrupt: no interrupt of the board is left for zone a in channel pair
  line 27, `\"a\"`: needs one
  help: give it one that the board has and its device tree does not tell of, with `interrupt_num`, or let more zones share one channel
channel-interrupt: no interrupt of the board is left for zone b in channel pair
  line 27, `\"b\"`: needs one
  help: give it one that the board has and its device tree does not tell of, with `interrupt_num`, or let more zones share one channel
",
    );
}
