//! How drivers find out what chip they have: the probes of Linux' 8250 driver, in their order.

use crate::numbers::*;
use crate::wire::TestWire;
use vuart::Vns16550;

struct Probe {
    uart: Vns16550,
    wire: TestWire,
}

impl Probe {
    fn new() -> Self {
        Self { uart: Vns16550::new(), wire: TestWire::open() }
    }

    fn read(&mut self, number: u32) -> u32 {
        self.uart.read(number, &mut self.wire)
    }

    fn write(&mut self, number: u32, value: u32) {
        self.uart.write(number, value, &mut self.wire);
    }

    /// Writes a register and reads it again.
    fn kept(&mut self, number: u32, value: u32) -> u32 {
        self.write(number, value);
        self.read(number)
    }
}

#[test]
fn the_existence_test_finds_four_bits_of_ier() {
    let mut probe = Probe::new();
    assert_eq!((probe.kept(IER, 0), probe.kept(IER, 0x0f)), (0, 0x0f));
}

#[test]
fn the_loopback_test_finds_carrier_and_clear_to_send() {
    let mut probe = Probe::new();
    // LOOP, OUT2 and RTS.
    probe.write(MCR, 0x1a);
    assert_eq!(probe.read(MSR) & 0xf0, 0x90);
}

#[test]
fn the_fifo_test_finds_working_fifos() {
    let mut probe = Probe::new();
    probe.write(LCR, 0xbf);
    probe.write(FCR, 0);
    probe.write(LCR, 0);
    probe.write(FCR, FIFO_ENABLE);
    assert_eq!(probe.read(IIR) >> 6, 3);
}

#[test]
fn the_chip_is_not_taken_for_a_later_one() {
    let mut probe = Probe::new();
    probe.write(FCR, FIFO_ENABLE);
    // 16650 and its kin have a register EFR, 0 at reset, in the place of IIR, in either of two modes.
    for mode in [0x80, 0xbf] {
        probe.write(LCR, mode);
        assert_ne!(probe.read(IIR), 0, "mode {mode:#x}");
    }
    // NS SuperI/O chips show MCR's loopback bit in another bank.
    probe.write(LCR, 0);
    probe.write(MCR, LOOP);
    probe.write(LCR, 0xe0);
    assert_eq!(probe.read(IIR) & LOOP, 0);
    probe.write(LCR, 0);
    probe.write(MCR, 0);
    // The 16750 has a third FIFO bit in IIR once 64 bytes are asked for.
    for mode in [0, 0x80] {
        probe.write(LCR, mode);
        probe.write(FCR, FIFO_ENABLE | 0x20);
        assert_eq!(probe.read(IIR) >> 5, 6, "mode {mode:#x}");
    }
    // Others have more bits in IER.
    probe.write(LCR, 0);
    assert_eq!(probe.kept(IER, 0x40), 0);
}

#[test]
fn the_size_test_finds_16_bytes() {
    let mut probe = Probe::new();
    probe.write(FCR, FIFO_ENABLE | FIFO_CLEAR_RECEIVE | FIFO_CLEAR_TRANSMIT);
    probe.write(MCR, LOOP);
    probe.write(LCR, 0x80);
    probe.write(DLL, 1);
    probe.write(DLM, 0);
    probe.write(LCR, 3);
    for byte in 0..256 {
        probe.write(THR, byte);
    }
    let mut size = 0;
    while probe.read(LSR) & DATA_READY != 0 {
        assert_eq!(probe.read(RBR), size);
        size += 1;
    }
    assert_eq!(size, 16);
    assert_eq!(probe.wire.sent, []);
}

#[test]
fn the_scratch_register_is_there() {
    let mut probe = Probe::new();
    assert_eq!((probe.kept(SCR, 0x5a), probe.kept(SCR, 0xa5)), (0x5a, 0xa5));
}

#[test]
fn the_start_up_tests_find_no_bug_of_the_transmit_interrupt() {
    let mut probe = Probe::new();
    probe.write(FCR, FIFO_ENABLE);
    assert_eq!(probe.read(LSR) & HOLDING_EMPTY, HOLDING_EMPTY);
    // Enabled, told, and enabled again: it must come both times.
    for _ in 0..2 {
        probe.write(IER, ENABLE_TRANSMITTED);
        assert_eq!(probe.read(IIR) & 0xf, TRANSMITTED);
        probe.write(IER, 0);
    }
}
