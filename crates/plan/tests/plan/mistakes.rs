//! Every mistake is found, points at its place, names both owners, and says what to do.

use crate::support::{TestFiles, mistakes, refused, text, told, two_zones, zone};

fn zones(zones: &[String]) -> String {
    text(zones)
}

fn one(cpus: &str, memory: &str, more: &str) -> String {
    zones(&[zone("a", cpus, memory, more)])
}

#[test]
fn an_empty_file_says_how_a_partition_begins() {
    for text in ["", "# only a comment\n"] {
        let found = mistakes(text);
        assert_eq!((found.len(), found[0].code), (1, "empty-file"));
        assert!(found[0].help.as_ref().is_some_and(|help| help.contains("[[zone]]")));
    }
}

#[test]
fn a_file_that_is_no_toml_points_at_the_slip() {
    refused(
        "[board\n",
        "\
not-readable: unclosed table, expected `]`
  line 1, ``: here
  help: correct the value; `bulkhead schema` lists all keys with their types
",
    );
}

#[test]
fn a_cpu_in_two_zones_names_both() {
    refused(
        &zones(&[zone("a", "[0, 1]", "\"64M\"", ""), zone("b", "[1]", "\"64M\"", "")]),
        "\
cpu-in-two-zones: CPU 1 is in two zones: a and b
  line 6, `1`: zone a owns it
  line 13, `1`: zone b wants it too
  help: a CPU belongs to one zone alone: take it out of one list
",
    );
}

#[test]
fn a_cpu_listed_twice_is_found() {
    refused(
        &one("[2, 2]", "\"64M\"", ""),
        "\
cpu-twice: zone a lists CPU 2 twice
  line 6, `2`: here
  line 6, `2`: and here
  help: a CPU belongs to one zone alone: take it out of one list
",
    );
}

#[test]
fn a_cpu_that_the_board_lacks_is_found() {
    refused(
        &one("[3, 4]", "\"64M\"", ""),
        "\
cpu-absent: zone a wants CPU 4, which is not on the board
  line 6, `4`: no such CPU
  help: the board has CPUs 0 to 3
",
    );
}

#[test]
fn a_zone_without_cpus_is_found() {
    refused(
        &one("[]", "\"64M\"", ""),
        "\
no-cpus: zone a has no CPU
  line 6, `[]`: empty
  help: give it at least one of the board's CPUs 0 to 3
",
    );
}

#[test]
fn memory_of_two_zones_that_overlaps_names_both() {
    let a = zone("a", "[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", "");
    let b = zone("b", "[1]", "[{ size = \"64M\", at = 0x8200_0000 }]", "");
    refused(
        &zones(&[a, b]),
        "\
memory-overlap: memory 0x82000000..0x86000000 of zone b overlaps 0x80000000..0x84000000 of zone a
  line 7, `{ size = \"64M\", at = 0x8000_0000 }`: 0x80000000..0x84000000: zone a
  line 14, `{ size = \"64M\", at = 0x8200_0000 }`: 0x82000000..0x86000000: zone b
  help: move it to 0x84000000 or above, or leave `at` out and let the planner choose
",
    );
}

#[test]
fn memory_over_a_reserved_area_names_both() {
    let zone = zone("a", "[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", "");
    refused(
        &format!("[board]\ndtb = \"b\"\nreserved = [{{ at = 0x8000_0000, size = \"4K\" }}]\n{zone}"),
        "\
memory-overlap: memory 0x80000000..0x84000000 of zone a overlaps 0x80000000..0x80001000 of reserved memory
  line 3, `{ at = 0x8000_0000, size = \"4K\" }`: 0x80000000..0x80001000: reserved memory
  line 7, `{ size = \"64M\", at = 0x8000_0000 }`: 0x80000000..0x84000000: zone a
  help: move it to 0x80001000 or above, or leave `at` out and let the planner choose
",
    );
}

#[test]
fn memory_over_the_boot_area_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x4000_0000 }]", ""),
        "\
memory-overlap: memory 0x40000000..0x44000000 of zone a overlaps 0x40000000..0x48600000 of the boot area
  line 7, `{ size = \"64M\", at = 0x4000_0000 }`: 0x40000000..0x44000000: zone a
  help: move it to 0x48600000 or above, or leave `at` out and let the planner choose
",
    );
}

#[test]
fn unaligned_memory_is_found_with_the_next_addresses() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0800 }]", ""),
        "\
unaligned-memory: the address 0x80000800 of zone a's memory is not a multiple of 4 KiB
  line 7, `{ size = \"64M\", at = 0x8000_0800 }`: unaligned
  help: use 0x80000000 or 0x80001000; multiples of 2 MiB are best
",
    );
}

#[test]
fn a_size_that_is_not_whole_pages_is_found() {
    refused(
        &one("[0]", "1000", ""),
        "\
unaligned-memory: the size 0x3e8 of zone a's memory is not a multiple of 4 KiB
  line 7, `1000`: unaligned
  help: use 0x1000; multiples of 2 MiB are best
",
    );
}

#[test]
fn more_memory_than_the_board_has_is_found() {
    refused(
        &one("[0]", "\"3G\"", ""),
        "\
not-enough-memory: the board has no 3 GiB left for zone a
  line 7, `\"3G\"`: 3 GiB wanted
  help: 1914 MiB are free: 1914 MiB at 0x48600000; make the zones smaller
",
    );
}

#[test]
fn memory_where_the_board_has_none_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x2_0000_0000 }]", ""),
        "\
memory-not-ram: memory 0x200000000..0x204000000 of zone a is not RAM of the board
  line 7, `{ size = \"64M\", at = 0x2_0000_0000 }`: not RAM
  help: the board's RAM is 0x40000000..0xc0000000
",
    );
}

#[test]
fn memory_beyond_the_address_space_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x7fff_ffff_ffff_f000 }]", ""),
        "\
memory-out-of-reach: 0x4000000 bytes at 0x7ffffffffffff000 for zone a end beyond 48 bits
  line 7, `{ size = \"64M\", at = 0x7fff_ffff_ffff_f000 }`: too far
  help: choose a lower address or a smaller size
",
    );
}

#[test]
fn a_size_that_cannot_be_read_is_found() {
    refused(
        &one("[0]", "\"64 megs\"", ""),
        "\
bad-size: \"64 megs\" is no size of memory for zone a
  line 7, `\"64 megs\"`: no size
  help: write a number with a unit, such as \"256M\" or \"1G\"
",
    );
}

#[test]
fn a_zone_without_memory_is_found() {
    refused(
        &one("[0]", "[]", ""),
        "\
no-memory: zone a has no memory
  line 7, `[]`: empty
  help: write a size, or a list of { size, at, ipa }
",
    );
}

#[test]
fn memory_over_the_virtual_uart_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\" }, { size = \"1M\", ipa = 0x900_0000 }]", ""),
        "\
guest-overlap: guest memory 0x9000000..0x9100000 of zone a overlaps the virtual UART at 0x9000000..0x9001000
  line 7, `{ size = \"1M\", ipa = 0x900_0000 }`: this memory
  help: choose an `ipa` at 0x9001000 or above
",
    );
}

#[test]
fn memory_too_small_for_the_kernel_says_how_much_is_needed() {
    refused(
        &one("[0]", "\"24M\"", ""),
        "\
memory-too-small: the memory of zone a (24 MiB) is too small for the kernel, the device tree
  line 7, `\"24M\"`: too small
  help: give it at least 32 MiB
",
    );
}

#[test]
fn a_missing_kernel_is_found() {
    refused(
        &one("[0]", "\"64M\"", "").replace("Image", "Imagge"),
        "\
file-missing: the kernel of zone a cannot be read: Imagge: no such file
  line 8, `\"Imagge\"`: this file
  help: paths are relative to the folder of zones.toml; guest:NAME is a payload of set-up
",
    );
}

#[test]
fn a_kernel_of_another_kind_says_which() {
    for (file, kind) in [
        ("Image.gz", "gzip-compressed data"),
        ("vmlinux", "an ELF file (vmlinux?)"),
        ("vmlinuz.efi", "a compressed EFI image (EFI zboot)"),
        ("big-endian", "a big-endian arm64 Image"),
    ] {
        let found = mistakes(&one("[0]", "\"64M\"", "").replace("Image", file));
        assert_eq!(found[0].code, "kernel-not-image");
        assert_eq!(found[0].message, format!("the kernel of zone a is no arm64 Image: it is {kind}"));
    }
}

#[test]
fn a_kernel_that_is_no_image_points_at_the_file() {
    refused(
        &one("[0]", "\"64M\"", "").replace("Image", "Image.gz"),
        "\
kernel-not-image: the kernel of zone a is no arm64 Image: it is gzip-compressed data
  line 8, `\"Image.gz\"`: this file
  help: unpack it first: gunzip
",
    );
}

#[test]
fn an_empty_kernel_file_is_found() {
    refused(
        &one("[0]", "\"64M\"", "").replace("Image", "nothing"),
        "\
file-empty: the kernel of zone a is an empty file: nothing
  line 8, `\"nothing\"`: empty
  help: build or copy the file again
",
    );
}

#[test]
fn a_zone_with_nothing_to_run_is_found() {
    refused(
        &zones(&["[[zone]]\nname = \"a\"\ncpus = [0]\nmemory = \"64M\"\n".into()]),
        "\
no-kernel: zone a has nothing to run
  line 5, `\"a\"`: this zone
  help: name a `kernel`, or binaries with `raw = { file, load, entry }`
",
    );
}

#[test]
fn an_unknown_key_comes_with_the_one_that_was_meant() {
    refused(
        &one("[0]", "\"64M\"", "cmdlien = \"quiet\""),
        "\
unknown-key: `cmdlien` is no key of `zone`
  line 9, `cmdlien`: unknown key
  help: did you mean `cmdline`?
",
    );
}

#[test]
fn an_unknown_key_that_resembles_none_comes_with_all() {
    refused(
        &format!("{}\n[console]\nfont = 3\n", two_zones()),
        "\
unknown-key: `font` is no key of `console`
  line 20, `font`: unknown key
  help: the keys of `console` are: colour
",
    );
}

#[test]
fn all_unknown_keys_are_found_at_once() {
    let text = format!("sise = 1\n{}", one("[0]", "[{ size = \"64M\", att = 0 }]", "kernal = 1"));
    let codes: Vec<_> = mistakes(&text).iter().map(|mistake| mistake.code).collect();
    assert_eq!(codes, ["unknown-key"; 3]);
}

#[test]
fn a_missing_key_is_found() {
    refused(
        &one("[0]", "\"64M\"", "").replace("name = \"a\"\n", ""),
        "\
missing-key: missing field `name`
  line 4, `[[zone]]`: here
  help: add the key; `bulkhead schema` lists all keys with what they mean
",
    );
}

#[test]
fn a_value_of_a_wrong_type_is_found() {
    refused(
        &one("\"0\"", "\"64M\"", ""),
        "\
not-readable: invalid type: string \"0\", expected a sequence
  line 6, `\"0\"`: here
  help: correct the value; `bulkhead schema` lists all keys with their types
",
    );
}

#[test]
fn an_unknown_device_comes_with_the_one_that_was_meant() {
    refused(
        &one("[0]", "\"64M\"", "devices = [\"/pl031@9011000\"]"),
        "\
unknown-device: the board has no device /pl031@9011000
  line 9, `\"/pl031@9011000\"`: unknown device
  help: did you mean `/pl031@9010000`?
",
    );
}

#[test]
fn a_name_given_twice_names_both_places() {
    refused(
        &zones(&[zone("a", "[0]", "\"64M\"", ""), zone("a", "[1]", "\"64M\"", "")]),
        "\
duplicate-name: two zones are named a
  line 5, `\"a\"`: the first
  line 12, `\"a\"`: the second
  help: give each zone a name of its own
",
    );
}

#[test]
fn a_name_with_forbidden_letters_is_found() {
    refused(
        &one("[0]", "\"64M\"", "").replace("\"a\"", "\"Linux A\""),
        "\
bad-name: \"Linux A\" cannot be a zone's name
  line 5, `\"Linux A\"`: this name
  help: use 1 to 31 of the characters a-z, 0-9, _ and -; `bulkhead` is the hypervisor's own name
",
    );
}

#[test]
fn loads_that_overlap_name_both() {
    let more = "kernel-load = 0x8000_0000\ninitrd = \"initrd\"\ninitrd-load = 0x8100_0000";
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", more),
        "\
load-overlap: in zone a, the initrd at 0x81000000..0x81100000 overlaps the kernel at 0x80000000..0x81e00000
  line 9, `0x8000_0000`: 0x80000000..0x81e00000
  line 11, `0x8100_0000`: 0x81000000..0x81100000
  help: move it to 0x81e00000 or above
",
    );
}

#[test]
fn a_kernel_at_an_unaligned_address_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", "kernel-load = 0x8010_0000"),
        "\
load-unaligned: the kernel of zone a cannot be at 0x80100000
  line 9, `0x8010_0000`: unaligned
  help: it must be at a multiple of 2 MiB
",
    );
}

#[test]
fn a_load_outside_the_memory_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", "dtb-load = 0x9000_0000"),
        "\
load-outside-memory: the device tree of zone a (0x525 bytes at 0x90000000) is not inside its memory
  line 9, `0x9000_0000`: this address
  help: the zone's memory is 0x80000000..0x84000000; fix it with `at` where addresses matter
",
    );
}

#[test]
fn an_entry_point_outside_the_memory_is_found() {
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", "entry = 0"),
        "\
bad-entry: the entry point 0x0 of zone a is no instruction in its memory
  line 9, `0`: this address
  help: give a multiple of 4 inside the zone's memory
",
    );
}

#[test]
fn two_entry_points_are_found() {
    let more = "entry = 0x8000_0000\nraw = { file = \"app.bin\", load = 0x83f0_0000, entry = 0x83f0_0000 }";
    refused(
        &one("[0]", "[{ size = \"64M\", at = 0x8000_0000 }]", more),
        "\
two-entries: zone a has two entry points
  line 9, `0x8000_0000`: the first
  line 10, `0x83f0_0000`: the second
  help: keep one `entry`
",
    );
}

#[test]
fn a_boot_area_that_is_too_small_is_found() {
    let board = "[board]\ndtb = \"b\"\nboot-area = { at = 0x4000_0000, size = \"2M\" }\n";
    refused(
        &format!("{board}{}", zone("a", "[0]", "\"64M\"", "")),
        "\
boot-area: the boot area 0x40000000..0x40200000 is too small: image, bundle and device tree take up to 6 MiB
  line 3, `{ at = 0x4000_0000, size = \"2M\" }`: this area
  help: give it at least 6 MiB, inside one RAM bank, or leave it out
",
    );
}

#[test]
fn a_file_without_zones_is_found() {
    let found = mistakes("[board]\ndtb = \"board.dtb\"\n");
    assert_eq!((found.len(), found[0].code), (1, "no-zones"));
}

#[test]
fn a_file_without_a_board_is_found() {
    let found = mistakes(&zone("a", "[0]", "\"64M\"", ""));
    assert_eq!((found.len(), found[0].code), (1, "no-board"));
}

#[test]
fn a_board_table_that_names_no_machine_is_found() {
    let text = format!("[board]\n{}", zone("a", "[0]", "\"64M\"", ""));
    let found = plan::resolve(&text, &[], &TestFiles).expect_err("refused");
    assert_eq!(
        told(&text, &found),
        "\
no-board: the [board] table names no machine
  help: write `qemu = { machine = …, cpu = …, smp = …, memory = … }` or `dtb = \"board.dtb\"` into it
"
    );
}

#[test]
fn zones_beyond_the_limit_are_found() {
    let many: Vec<_> = (0..17).map(|number| zone(&format!("z{number}"), "[]", "\"64M\"", "")).collect();
    assert!(mistakes(&zones(&many)).iter().any(|mistake| mistake.code == "too-many-zones"));
}

#[test]
fn mistakes_of_different_kinds_are_found_at_once() {
    let a = zone("a", "[0, 9]", "\"64X\"", "").replace("Image", "vmlinux");
    let b = zone("a", "[0]", "\"64M\"", "entrie = 1");
    let codes: Vec<_> = mistakes(&zones(&[a, b])).iter().map(|mistake| mistake.code).collect();
    let expected =
        ["cpu-absent", "bad-size", "kernel-not-image", "duplicate-name", "cpu-twice", "unknown-key"];
    assert_eq!(codes, expected);
}

#[test]
fn memory_between_blocks_is_allowed_with_a_warning() {
    let text = one("[0]", "[{ size = \"64M\", at = 0x8000_1000 }]", "");
    assert_eq!(
        told(&text, crate::support::plan(&text).warnings()),
        "\
small-pages: zone a's memory does not begin at a multiple of 2 MiB: address translation costs more
  line 7, `{ size = \"64M\", at = 0x8000_1000 }`: this memory
  help: use a multiple of 2 MiB, or leave the address out
"
    );
}
