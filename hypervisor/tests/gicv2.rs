//! The GICv2 drivers over registers that are plain memory: what is written stays as it was written.

use std::sync::Mutex;

use addr::HypVirt;
use hypervisor::irqchip::gicv2::{CpuInterface, VirtualInterface, init_distributor};
use hypervisor::mmio::{Frame, ReadWrite, Register};
use vgic::Maintenance;

/// GICD_TYPER: 64 INTIDs, four CPUs.
const TYPER: (u32, u32) = (0x4, 3 << 5 | 1);

/// Memory that is never freed, in the sight of leak detectors.
static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A frame of zeroed memory that is never freed.
fn frame(size: u64) -> Frame {
    let memory = vec![0u64; (size / 8) as usize].leak();
    KEPT.lock().unwrap().push(memory.as_mut_ptr() as usize);
    // SAFETY: leaked memory of this size that only this frame reaches.
    unsafe { Frame::new(HypVirt::new(memory.as_mut_ptr() as u64), size) }
}

fn word(offset: u32) -> Register<u32, ReadWrite> {
    Register::at(offset)
}

/// A frame with these words.
fn with(size: u64, words: &[(u32, u32)]) -> Frame {
    let frame = frame(size);
    words.iter().for_each(|(offset, value)| frame.write32(word(*offset), *value));
    frame
}

fn distributor() -> Frame {
    with(0x1000, &[TYPER])
}

#[test]
fn init_disables_and_clears_every_shared_interrupt() {
    let frame = distributor();
    init_distributor(frame);
    for clear in [0x184, 0x284, 0x384] {
        assert_eq!(frame.read32(word(clear)), u32::MAX, "offset {clear:#x}");
    }
}

#[test]
fn init_leaves_no_shared_interrupt_a_target_or_another_group() {
    let frame = distributor();
    frame.write32(word(0x084), u32::MAX);
    frame.write32(word(0x83c), u32::MAX);
    init_distributor(frame);
    assert_eq!((frame.read32(word(0x084)), frame.read32(word(0x83c))), (0, 0));
}

#[test]
fn init_leaves_the_targets_of_private_interrupts_to_the_hardware() {
    let frame = distributor();
    frame.write32(word(0x81c), 0x0202_0202);
    init_distributor(frame);
    assert_eq!(frame.read32(word(0x81c)), 0x0202_0202);
}

#[test]
fn interrupts_are_forwarded_when_init_is_done() {
    let frame = distributor();
    init_distributor(frame);
    assert_eq!(frame.read32(word(0)), 1);
}

#[test]
fn a_cpu_finds_its_bit_in_the_targets_of_its_private_interrupts() {
    let frame = distributor();
    // The first ones may have none.
    frame.write32(word(0x818), 0x0400_0000);
    assert_eq!(init_distributor(frame).own_target(), 4);
}

#[test]
fn the_only_cpu_of_a_machine_needs_no_bit() {
    assert_eq!(init_distributor(with(0x1000, &[(0x4, 1)])).own_target(), 1);
}

#[test]
fn a_shared_interrupt_goes_to_one_target_and_its_neighbours_stay() {
    let frame = distributor();
    let distributor = init_distributor(frame);
    frame.write32(word(0x828), 0x0101_0101);
    distributor.target(41, 8);
    assert_eq!(frame.read32(word(0x828)), 0x0101_0801);
}

#[test]
fn private_and_special_interrupts_have_no_target_to_set() {
    let frame = distributor();
    let distributor = init_distributor(frame);
    for intid in [0, 31, 64, 1020] {
        distributor.target(intid, 1);
    }
    assert!((0x800..0x840).step_by(4).all(|offset| frame.read32(word(offset)) == 0));
}

#[test]
fn an_sgi_names_its_targets_and_nobody_else() {
    let frame = distributor();
    init_distributor(frame).send_sgi(3, 0x84);
    assert_eq!(frame.read32(word(0xf00)), 0x84 << 16 | 3);
}

#[test]
fn private_interrupts_are_those_of_the_distributors_frame() {
    let frame = distributor();
    init_distributor(frame).private_interrupts().set_enabled(27, true);
    assert_eq!(frame.read32(word(0x100)), 1 << 27);
}

#[test]
fn what_a_guest_has_left_of_its_private_interrupts_is_cleared_alone() {
    let frame = distributor();
    let mask = 1 << 27 | 1 << 30;
    init_distributor(frame).private_interrupts().silence(mask);
    for clear in [0x180, 0x280, 0x380] {
        assert_eq!(frame.read32(word(clear)), mask, "offset {clear:#x}");
    }
}

#[test]
fn another_version_is_told_by_the_cpu_interface() {
    let interface = |iidr| CpuInterface::new(with(0x2000, &[(0xfc, iidr)]));
    assert!(interface(0x0202_043b).is_version_2());
    assert!(!interface(0x0201_043b).is_version_2());
    assert!(!interface(0).is_version_2());
}

#[test]
fn the_cpu_interface_splits_priority_drop_from_deactivation() {
    let frame = frame(0x2000);
    assert!(CpuInterface::new(frame).init());
    assert_eq!((frame.read32(word(0)), frame.read32(word(4))), (1 << 9 | 1, 0xff));
}

#[test]
fn special_answers_are_no_interrupts() {
    for special in [1020, 1022, 1023] {
        assert_eq!(CpuInterface::new(with(0x2000, &[(0x0c, special)])).acknowledge(), None);
    }
}

#[test]
fn an_sgi_is_ended_and_deactivated_with_its_sender() {
    let frame = with(0x2000, &[(0x0c, 5 << 10)]);
    let interface = CpuInterface::new(frame);
    assert_eq!(interface.acknowledge(), Some(0));
    interface.drop_priority(0);
    interface.deactivate(0);
    assert_eq!((frame.read32(word(0x10)), frame.read32(word(0x1000))), (5 << 10, 5 << 10));
}

#[test]
fn the_end_of_another_interrupt_is_left_to_the_caller() {
    let frame = with(0x2000, &[(0x0c, 33)]);
    let interface = CpuInterface::new(frame);
    assert_eq!(interface.acknowledge(), Some(33));
    assert_eq!((frame.read32(word(0x10)), frame.read32(word(0x1000))), (0, 0));
    interface.drop_priority(33);
    interface.deactivate(33);
    assert_eq!((frame.read32(word(0x10)), frame.read32(word(0x1000))), (33, 33));
}

#[test]
fn no_more_list_registers_are_used_than_the_model_knows() {
    let interface = |vtr| VirtualInterface::new(with(0x200, &[(0x4, vtr), (0x30, u32::MAX)]));
    assert_eq!((interface(3).count(), interface(3).empty()), (4, 0xf));
    assert_eq!((interface(63).count(), interface(63).empty()), (16, 0xffff));
}

#[test]
fn a_list_register_reads_as_it_was_written() {
    // Pending, group 1, HW, priority 0xa8, physical 90, virtual 33, as ICH_LR<n>_EL2 has it.
    let contents = 0x70a8_005a_0000_0021;
    let frame = frame(0x200);
    let interface = VirtualInterface::new(frame);
    interface.write(2, contents);
    assert_eq!((interface.read(2), frame.read32(word(0x108))), (contents, 0xda81_6821));
}

#[test]
fn ends_without_a_list_register_are_counted_once() {
    let frame = with(0x200, &[(0, 3 << 27 | 1)]);
    let interface = VirtualInterface::new(frame);
    assert_eq!(interface.take_eoi_count(), 3);
    assert_eq!((interface.take_eoi_count(), frame.read32(word(0))), (0, 1));
}

#[test]
fn a_change_of_maintenance_keeps_the_count_of_ends() {
    let frame = with(0x200, &[(0, 3 << 27 | 1)]);
    VirtualInterface::new(frame).set_maintenance(Maintenance { no_pending: true, ..Maintenance::NONE });
    assert_eq!(frame.read32(word(0)), 3 << 27 | 1 << 3 | 1);
}

#[test]
fn a_guest_starts_with_an_empty_interface_that_is_on() {
    let used = [(0x4, 3), (0x8, 0xf800_0001), (0xf0, 5), (0x100, 7), (0x10c, 7)];
    let frame = with(0x200, &used);
    VirtualInterface::new(frame).reset();
    for (offset, _) in &used[1..] {
        assert_eq!(frame.read32(word(*offset)), 0, "offset {offset:#x}");
    }
    assert_eq!(frame.read32(word(0)), 1);
}
