//! Why a device cannot be given: each with its place and a way out.

use dtoolkit::model::DeviceTreeProperty;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{RTC, VIRTIO, quoted, set, trusted, two_wanting, wanting, with_rtc};
use crate::riscv64::{AIA, Files, QEMU, refused, text};
use crate::support::{TestBoard, mistakes, with, zone};

#[test]
fn a_dma_master_is_refused_without_trust() {
    refused(
        &wanting(&quoted(VIRTIO)),
        AIA,
        "\
device-dma: /soc/virtio_mmio@10001000 reaches memory by itself (DMA), and no IOMMU keeps it to that of zone a
  line 10, `\"/soc/virtio_mmio@10001000\"`: a DMA master
  help: leave it out; or, if all that runs in zone a may reach all memory of the board, write { path = \"/soc/virtio_mmio@10001000\", dma = \"trusted\" }
",
    );
}

#[test]
fn a_known_dma_master_is_none_by_no_users_word() {
    let mistakes =
        plan::resolve(&wanting(&format!("{{ path = \"{VIRTIO}\", dma = \"none\" }}")), AIA, &Files);
    assert_eq!(mistakes.expect_err("accepted")[0].code, "device-dma");
}

#[test]
fn a_device_of_unknown_kind_must_be_stated_to_do_no_dma() {
    let board = with(AIA, RTC, |rtc| {
        rtc.add_property(DeviceTreeProperty::new("compatible", "acme,clock").expect("a name"));
    });
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-dma-unknown: whether /soc/rtc@101000 (acme,clock) reaches memory by itself (DMA) is not known
  line 10, `\"/soc/rtc@101000\"`: perhaps a DMA master
  help: write { path = \"/soc/rtc@101000\", dma = \"none\" } if its manual says that it does not; { path = \"/soc/rtc@101000\", dma = \"trusted\" } opens all memory of the board to zone a
",
    );
}

#[test]
fn a_dma_master_needs_memory_at_its_physical_addresses() {
    let memory = "[{ size = \"64M\", at = 0x9000_0000, ipa = 0x4000_0000 }]";
    let devices = format!("devices = [{}]", trusted(VIRTIO));
    refused(
        &text(QEMU, &[zone("a", "[0]", memory, &devices)]),
        AIA,
        "\
device-dma-moved: /soc/virtio_mmio@10001000 reaches memory by physical addresses, and zone a sees its memory at 0x90000000 at 0x40000000
  line 10, `{ path = \"/soc/virtio_mmio@10001000\", dma = \"trusted\" }`: a DMA master
  help: leave `ipa` out: the two addresses are the same then
",
    );
}

#[test]
fn a_device_in_two_zones_names_both() {
    refused(
        &two_wanting(&quoted(RTC), &quoted("/soc/rtc")),
        AIA,
        "\
device-in-two-zones: /soc/rtc@101000 is in two zones: a and b
  line 10, `\"/soc/rtc@101000\"`: zone a owns it
  line 17, `\"/soc/rtc\"`: zone b wants it too
  help: a device belongs to one zone alone: take it out of one list
",
    );
}

#[test]
fn a_device_listed_twice_is_found() {
    refused(
        &wanting(&format!("{}, {}", quoted(RTC), quoted(RTC))),
        AIA,
        "\
device-twice: zone a lists /soc/rtc@101000 twice
  line 10, `\"/soc/rtc@101000\"`: here
  line 10, `\"/soc/rtc@101000\"`: and here
  help: a device belongs to one zone alone: take it out of one list
",
    );
}

#[test]
fn an_interrupt_of_two_devices_names_both() {
    let board = with_rtc(&[("interrupts", &[1, 4])]);
    refused(
        &two_wanting(&trusted(VIRTIO), &quoted(RTC)),
        &board,
        "\
interrupt-taken: interrupt 1 is irq0 of /soc/virtio_mmio@10001000 in zone a and irq0 of /soc/rtc@101000 in zone b
  line 10, `{ path = \"/soc/virtio_mmio@10001000\", dma = \"trusted\" }`: zone a owns interrupt 1
  line 17, `\"/soc/rtc@101000\"`: zone b wants it too
  help: an interrupt has one device: leave one of the two out
",
    );
}

#[test]
fn registers_that_are_anothers_too_are_refused() {
    let board = with_rtc(&[("reg", &[0, 0x1000_1800, 0, 0x800])]);
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-registers-shared: reg0 of /soc/rtc@101000 (0x10001800..0x10002000) overlaps the registers of /soc/virtio_mmio@10001000 (0x10001000..0x10002000)
  line 10, `\"/soc/rtc@101000\"`: not its alone
  help: leave it out; or name by `resources` what is its alone
",
    );
}

#[test]
fn a_neighbour_of_many_parts_is_seen() {
    // A range of no bytes, which cannot be read, and more than a device may have; the last among the RTC's.
    let mut reg = vec![0, 0x3000_0000, 0, 0];
    (0..20u32).for_each(|page| reg.extend([0, 0x3000_0000 + page * 0x1000, 0, 0x1000]));
    reg.extend([0, 0x10_1000, 0, 4]);
    let board = with(AIA, VIRTIO, |virtio| set(virtio, "reg", &reg));
    let found = plan::resolve(&wanting(&quoted(RTC)), &board, &Files).expect_err("accepted");
    assert_eq!(found[0].code, "device-registers-shared");
}

#[test]
fn what_the_hypervisor_keeps_is_no_zones() {
    for (path, what) in [
        ("/soc/serial@10000000", "its console"),
        ("/soc/interrupt-controller@d000000", "its interrupt controller"),
        ("/soc/interrupt-controller@28000000", "its interrupt controller"),
    ] {
        refused(
            &wanting(&quoted(path)),
            AIA,
            &format!(
                "\
device-of-the-hypervisor: {path} is the hypervisor's: {what}
  line 10, `\"{path}\"`: not for zones
  help: leave it out: every zone has a virtual one
"
            ),
        );
    }
}

#[test]
fn what_acts_on_more_than_one_zone_is_refused() {
    for (path, what) in [
        ("/soc/interrupt-controller@c000000", "an interrupt controller"),
        ("/soc/test@100000", "a system controller"),
    ] {
        refused(
            &wanting(&quoted(path)),
            AIA,
            &format!(
                "\
device-shared: {path} is {what}: it acts on more than one zone
  line 10, `\"{path}\"`: not for zones
  help: leave it out
"
            ),
        );
    }
}

#[test]
fn an_iommu_is_refused() {
    let found = plan::resolve(&wanting(&quoted(RTC)), &with_rtc(&[("#iommu-cells", &[1])]), &Files);
    assert_eq!(
        found.expect_err("accepted")[0].message,
        "/soc/rtc@101000 is an IOMMU: it acts on more than one zone"
    );
}

#[test]
fn registers_in_ram_are_refused() {
    let board = with_rtc(&[("reg", &[0, 0x9000_0000, 0, 0x1000])]);
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-in-memory: reg0 of /soc/rtc@101000 (0x90000000..0x90001000) lies in the board's RAM 0x80000000..0x100000000
  line 10, `\"/soc/rtc@101000\"`: no device
  help: give memory by `memory`; else correct the board's device tree
",
    );
}

#[test]
fn a_node_without_registers_is_refused() {
    refused(
        &wanting("\"/poweroff\""),
        AIA,
        "\
device-registers: /poweroff has no registers: there is nothing to give
  line 10, `\"/poweroff\"`: no registers
  help: name a device that has `reg` in the board's device tree
",
    );
}

#[test]
fn a_bus_is_refused_as_a_whole() {
    refused(
        &wanting("\"/soc\""),
        AIA,
        "\
device-with-children: /soc has nodes below it, and this version gives devices without
  line 10, `\"/soc\"`: a bus, or a device of parts
  help: name the devices below it where they have registers of their own
",
    );
}

#[test]
fn a_disabled_device_is_refused() {
    let board = with(AIA, RTC, |rtc| {
        rtc.add_property(DeviceTreeProperty::new("status", "disabled").expect("a name"));
    });
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-disabled: /soc/rtc@101000 is disabled in the board's device tree
  line 10, `\"/soc/rtc@101000\"`: disabled
  help: leave it out: its `status` says that it is not there, or firmware's
",
    );
}

#[test]
fn a_device_that_needs_another_node_names_it_and_the_property() {
    for property in ["resets", "cs-gpios", "vcc-supply", "iommus", "dmas", "power-domains", "pinctrl-0"] {
        let board = with_rtc(&[(property, &[0x0d])]);
        refused(
            &wanting(&quoted(RTC)),
            &board,
            &format!(
                "\
device-depends: /soc/rtc@101000 needs /soc/test@100000, a system controller (property `{property}`), which is not given with it
  line 10, `\"/soc/rtc@101000\"`: depends on another node
  help: leave it out: this version gives devices that depend on no other node but the interrupt controller and fixed clocks
"
            ),
        );
    }
}

#[test]
fn a_reference_to_nothing_is_refused() {
    let found = plan::resolve(&wanting(&quoted(RTC)), &with_rtc(&[("resets", &[0x4444])]), &Files);
    assert_eq!(
        found.expect_err("accepted")[0].message,
        "/soc/rtc@101000 needs what its property `resets` refers to, which cannot be found"
    );
}

#[test]
fn a_device_that_needs_another_zones_names_the_zone() {
    let board = with_rtc(&[("dmas", &[0x77])]);
    let board = with(&board, VIRTIO, |virtio| set(virtio, "phandle", &[0x77]));
    refused(
        &two_wanting(&quoted(RTC), &trusted(VIRTIO)),
        &board,
        "\
device-depends: /soc/rtc@101000 needs /soc/virtio_mmio@10001000 (property `dmas`), which zone b has
  line 10, `\"/soc/rtc@101000\"`: depends on another node
  help: leave one of the two out: a device has one owner
",
    );
}

#[test]
fn a_device_that_needs_reserved_memory_is_refused() {
    let board = with_rtc(&[("memory-region", &[0x77])]);
    let board = with(&board, VIRTIO, |virtio| set(virtio, "phandle", &[0x77]));
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-depends: /soc/rtc@101000 needs the memory /soc/virtio_mmio@10001000, which the board reserves and no zone has
  line 10, `\"/soc/rtc@101000\"`: depends on another node
  help: leave it out; or, if its driver can do without, take `memory-region` out of the board's device tree
",
    );
}

#[test]
fn an_interrupt_parent_that_is_not_there_is_found() {
    for property in ["interrupt-parent", "interrupts-extended"] {
        let board = with_rtc(&[(property, &[0x4444])]);
        refused(
            &wanting(&quoted(RTC)),
            &board,
            "\
device-interrupt-parent: the interrupt parent of /soc/rtc@101000 is missing: no node has the phandle 0x4444
  line 10, `\"/soc/rtc@101000\"`: this device
  help: correct `interrupt-parent` or `interrupts-extended` in the board's device tree
",
        );
    }
}

#[test]
fn an_interrupt_parent_that_is_no_controller_is_found() {
    let board = with_rtc(&[("interrupt-parent", &[0x77])]);
    let board = with(&board, VIRTIO, |virtio| set(virtio, "phandle", &[0x77]));
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-interrupt-parent: irq0 of /soc/rtc@101000 goes to /soc/virtio_mmio@10001000, which is no interrupt controller
  line 10, `\"/soc/rtc@101000\"`: this device
  help: correct `interrupt-parent` or `interrupts-extended` in the board's device tree
",
    );
}

#[test]
fn an_interrupt_at_another_controller_is_found() {
    // The controller of a hart, behind one at the main controller.
    let board = with_rtc(&[("interrupts-extended", &[0x0c, 12, 1, 0x02, 9])]);
    refused(
        &wanting(&quoted(RTC)),
        &board,
        "\
device-interrupt-parent: irq1 of /soc/rtc@101000 goes to /cpus/cpu@3/interrupt-controller, which is not the board's main interrupt controller
  line 10, `\"/soc/rtc@101000\"`: this device
  help: leave it out: this version binds interrupts of the main controller alone
",
    );
}

#[test]
fn interrupts_that_no_zone_can_have_are_found() {
    for (cells, message) in [
        (
            &[10u32, 4][..],
            "irq0 of /soc/rtc@101000 (interrupt 10) is the hypervisor's: its console has it too",
        ),
        (&[97, 4], "irq0 of /soc/rtc@101000 (interrupt 97) is out of range: the last is 96"),
        (&[0, 4], "irq0 of /soc/rtc@101000 (interrupt 0) is out of range: the last is 96"),
        (&[11, 4, 12], "irq1 of /soc/rtc@101000 is malformed"),
        (&[12, 4, 11, 4, 11, 4], "irq1 and irq2 of /soc/rtc@101000 are the same: interrupt 11"),
    ] {
        let board = with_rtc(&[("interrupts", cells)]);
        let found = plan::resolve(&wanting(&quoted(RTC)), &board, &Files).expect_err("accepted");
        assert_eq!((found.len(), found[0].message.as_str()), (1, message));
    }
}

#[test]
fn a_private_interrupt_of_a_gic_is_refused() {
    let board = TestBoard { rtc_interrupt: Some([1, 5, 4]), ..TestBoard::default() };
    let text = crate::support::text(&[zone("a", "[0]", "\"64M\"", "devices = [\"rtc0\"]")]);
    let found = plan::resolve(&text, &board.dtb(), &crate::support::TestFiles).expect_err("accepted");
    assert_eq!(found[0].message, "irq0 of /pl031@9010000 is private to a CPU");
}

#[test]
fn guest_memory_over_a_device_is_found() {
    let memory = "[{ size = \"64M\" }, { size = \"1M\", ipa = 0x10_0000 }]";
    let devices = format!("devices = [{}]", quoted(RTC));
    let text = text(QEMU, &[zone("a", "[0]", memory, &devices)]);
    let found = plan::resolve(&text, AIA, &Files).expect_err("accepted");
    let found = found.iter().find(|found| found.is_error).expect("an error");
    assert_eq!(
        (found.code, found.message.as_str()),
        (
            "guest-overlap",
            "in zone a, the registers of /soc/rtc@101000 overlap its memory at 0x100000..0x200000"
        )
    );
}

proptest! {
    #[test]
    fn a_damaged_board_is_answered(changes in vec((0..AIA.len(), any::<u8>()), 1..8)) {
        let mut board = AIA.to_vec();
        changes.into_iter().for_each(|(place, value)| board[place] = value);
        // Accepted or refused; a plan has passed the hypervisor's checks.
        let _ = plan::resolve(&wanting(&format!(
            "{}, {}, {{ compatible = \"virtio,mmio\", dma = \"trusted\" }}",
            quoted(RTC),
            trusted(VIRTIO)
        )), &board, &Files);
    }
}

#[test]
fn an_unknown_key_of_a_device_is_found() {
    let found = mistakes(&crate::support::text(&[zone(
        "a",
        "[0]",
        "\"64M\"",
        "devices = [{ path = \"rtc0\", dmma = \"none\" }]",
    )]));
    assert_eq!((found[0].code, found[0].help.as_deref()), ("unknown-key", Some("did you mean `dma`?")));
}
