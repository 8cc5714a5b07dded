//! Device trees: any bytes, and those of boards with bytes changed. An error or facts that hold together.
#![no_main]

#[path = "../../crates/board/tests/support/mod.rs"]
mod support;

use std::sync::LazyLock;

use board::{Board, Device, GuestFiles, InterruptController};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Bytes(&'a [u8]),
    /// Which board, what is written at which byte or word of its tree, and a device that is looked at.
    Changed(u8, Vec<Change>, u8),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Byte(u16, u8),
    Word(u16, u32),
}

static TREES: LazyLock<[Vec<u8>; 5]> = LazyLock::new(|| {
    [
        support::board().to_dtb(),
        include_bytes!("../../crates/board/tests/trees/qemu-aia.dtb").to_vec(),
        include_bytes!("../../crates/board/tests/trees/qemu-plic.dtb").to_vec(),
        include_bytes!("../../crates/board/tests/trees/qemu-aia-two-sockets.dtb").to_vec(),
        include_bytes!("../../crates/board/tests/trees/qemu-aia-booted.dtb").to_vec(),
    ]
});

const DEVICES: [&str; 4] =
    ["/bus@10000000/serial@1000", "/soc/rtc@101000", "/soc/serial@10000000", "/intc@8000000"];

fn apply(tree: &mut [u8], change: &Change) {
    match *change {
        Change::Byte(place, value) => {
            let place = usize::from(place) % tree.len();
            tree[place] = value;
        }
        Change::Word(place, value) => {
            let start = usize::from(place) % (tree.len() / 4) * 4;
            tree[start..start + 4].copy_from_slice(&value.to_be_bytes());
        }
    }
}

fn read(tree: &[u8], path: &str) {
    let _ = Board::arch_of(tree);
    let _ = Board::console(tree);
    let board = Board::parse(tree);
    if let Ok(Some(device)) = Device::at(tree, path) {
        let _ = (device.is_usable(), device.registers(), device.readable_registers().count());
        if let Ok(board) = &board {
            let _ = device.interrupts(&board.interrupt_controller);
        }
    }
    if let Ok(board) = board {
        holds_together(&board);
    }
}

fn holds_together(board: &Board) {
    for cpu in &board.cpus {
        let found = board.cpu_index(cpu.hardware_id).and_then(|index| board.cpus.get(index));
        assert!(found.is_some_and(|found| found.hardware_id == cpu.hardware_id));
    }
    if let InterruptController::Aia(aia) = &board.interrupt_controller {
        assert!((0..board.cpus.len()).all(|cpu| aia.imsic.supervisor_file(cpu).is_some()));
        let mut files = GuestFiles::new(&aia.imsic, u32::MAX);
        for cpu in 0..board.cpus.len() {
            let _ = files.take(cpu);
        }
    }
}

fuzz_target!(|input: Input| {
    match input {
        Input::Bytes(bytes) => read(bytes, DEVICES[0]),
        Input::Changed(which, changes, device) => {
            let mut tree = TREES[usize::from(which) % TREES.len()].clone();
            changes.iter().for_each(|change| apply(&mut tree, change));
            read(&tree, DEVICES[usize::from(device) % DEVICES.len()]);
        }
    }
});
