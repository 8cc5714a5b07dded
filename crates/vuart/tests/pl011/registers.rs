//! What each register does on its own.

use crate::offsets::*;
use crate::wire::TestWire;
use vuart::Vpl011;

fn with_fifos() -> Vpl011 {
    let mut uart = Vpl011::new();
    uart.write(LCR_H, FIFOS, &mut TestWire::open());
    uart
}

fn read(uart: &mut Vpl011, offset: u32) -> u32 {
    uart.read(offset, &mut TestWire::open())
}

#[test]
fn registers_hold_their_reset_values() {
    let mut uart = Vpl011::new();
    for (offset, value) in [(DR, 0), (RSR, 0), (FR, 0x90), (CR, 0x300), (IFLS, 0x12), (IMSC, 0), (RIS, 0)] {
        assert_eq!(read(&mut uart, offset), value, "{offset:#x}");
    }
}

#[test]
fn identification_is_that_of_a_pl011_with_16_byte_fifos() {
    let mut uart = Vpl011::new();
    let bytes: Vec<_> = (0..8).map(|index| read(&mut uart, 0xfe0 + 4 * index)).collect();
    assert_eq!(bytes, [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn writable_registers_keep_exactly_the_bits_that_exist() {
    for (offset, kept) in [
        (0x20, 0xff),
        (IBRD, 0xffff),
        (FBRD, 0x3f),
        (LCR_H, 0xff),
        (CR, 0xff87),
        (IFLS, 0x3f),
        (IMSC, 0x7ff),
        (0x48, 7),
    ] {
        let mut uart = Vpl011::new();
        uart.write(offset, !0, &mut TestWire::open());
        assert_eq!(read(&mut uart, offset), kept, "{offset:#x}");
    }
}

#[test]
fn read_only_registers_ignore_writes() {
    for offset in [FR, RIS, MIS, 0xfe0, 0xffc] {
        let mut uart = Vpl011::new();
        let before = read(&mut uart, offset);
        uart.write(offset, !0, &mut TestWire::open());
        assert_eq!(read(&mut uart, offset), before, "{offset:#x}");
    }
}

#[test]
fn offsets_without_a_register_read_0_and_send_nothing() {
    let mut wire = TestWire::receiving(*b"x");
    let mut uart = Vpl011::new();
    for offset in [1, 2, 3, 0x08, 0x19, 0x1c, 0x4c, 0x80, 0x1000, u32::MAX] {
        assert_eq!(uart.read(offset, &mut wire), 0);
        uart.write(offset, !0, &mut wire);
    }
    assert_eq!(wire.sent, []);
    assert_eq!(uart.read(DR, &mut wire), b'x'.into());
}

#[test]
fn a_byte_is_sent_even_by_a_disabled_uart() {
    let mut wire = TestWire::open();
    let mut uart = Vpl011::new();
    uart.write(CR, 0, &mut wire);
    uart.write(DR, 0xffff_ff41, &mut wire);
    assert_eq!(wire.sent, b"A");
}

#[test]
fn the_transmit_fifo_takes_16_bytes_behind_a_full_wire() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    for byte in 0..16 {
        assert_eq!(uart.read(FR, &mut wire) & FR_TXFF, 0, "before byte {byte}");
        uart.write(DR, byte, &mut wire);
    }
    assert_eq!(uart.read(FR, &mut wire) & (FR_TXFF | FR_TXFE | FR_BUSY), FR_TXFF | FR_BUSY);
}

#[test]
fn without_fifos_one_byte_waits_behind_a_full_wire() {
    let mut wire = TestWire::with_room(0);
    let mut uart = Vpl011::new();
    uart.write(DR, b'a'.into(), &mut wire);
    assert_eq!(uart.read(FR, &mut wire) & FR_TXFF, FR_TXFF);
}

#[test]
fn waiting_bytes_leave_in_order_when_the_wire_has_room() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    for byte in 0..16 {
        uart.write(DR, byte, &mut wire);
    }
    for _ in 0..16 {
        wire.room = 1;
        uart.poll(&mut wire);
    }
    assert_eq!(wire.sent, (0..16).collect::<Vec<u8>>());
    assert_eq!(uart.read(FR, &mut wire) & (FR_TXFE | FR_BUSY), FR_TXFE);
}

#[test]
fn switching_the_fifos_off_loses_nothing_that_waits() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    for byte in 0..5 {
        uart.write(DR, byte, &mut wire);
    }
    uart.write(LCR_H, 0, &mut wire);
    wire.room = 5;
    uart.poll(&mut wire);
    assert_eq!(wire.sent, [0, 1, 2, 3, 4]);
}

#[test]
fn the_transmit_interrupt_comes_when_the_fifo_has_drained_to_its_level() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    for byte in 0..16 {
        uart.write(DR, byte, &mut wire);
    }
    assert_eq!(uart.read(RIS, &mut wire) & TXI, 0);
    wire.room = 7;
    assert_eq!(uart.read(RIS, &mut wire) & TXI, 0, "9 bytes left");
    wire.room = 1;
    assert_eq!(uart.read(RIS, &mut wire) & TXI, TXI, "8 bytes left");
}

#[test]
fn a_transmit_interrupt_stays_cleared_until_more_is_sent() {
    let mut wire = TestWire::open();
    let mut uart = with_fifos();
    uart.write(DR, 0, &mut wire);
    uart.write(ICR, TXI, &mut wire);
    assert_eq!(uart.read(RIS, &mut wire) & TXI, 0);
    uart.write(DR, 0, &mut wire);
    assert_eq!(uart.read(RIS, &mut wire) & TXI, TXI);
}

#[test]
fn the_receive_interrupt_comes_at_the_trigger_level() {
    for (select, level) in [(0, 2u8), (1, 4), (2, 8), (3, 12), (4, 14)] {
        let mut uart = with_fifos();
        uart.write(IFLS, select << 3, &mut TestWire::open());
        let mut wire = TestWire::receiving(0..level - 1);
        uart.poll(&mut wire);
        assert_eq!(uart.read(RIS, &mut wire) & RXI, 0, "level {level}");
        wire.incoming.push_back(0);
        uart.poll(&mut wire);
        assert_eq!(uart.read(RIS, &mut wire) & RXI, RXI, "level {level}");
    }
}

#[test]
fn bytes_below_the_trigger_level_raise_the_receive_timeout() {
    let mut wire = TestWire::receiving(*b"ab");
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    assert_eq!(uart.read(RIS, &mut wire), RTI);
    uart.read(DR, &mut wire);
    assert_eq!(uart.read(RIS, &mut wire), RTI);
    uart.read(DR, &mut wire);
    assert_eq!(uart.read(RIS, &mut wire), 0);
}

#[test]
fn without_fifos_each_byte_raises_the_receive_interrupt() {
    let mut wire = TestWire::receiving(*b"ab");
    let mut uart = Vpl011::new();
    uart.poll(&mut wire);
    assert_eq!(uart.read(RIS, &mut wire), RXI);
    assert_eq!(uart.read(DR, &mut wire), b'a'.into());
    assert_eq!(uart.read(RIS, &mut wire), RXI);
    assert_eq!(uart.read(DR, &mut wire), b'b'.into());
    assert_eq!(uart.read(RIS, &mut wire), 0);
}

#[test]
fn cleared_receive_interrupts_come_back_with_the_next_byte() {
    let mut wire = TestWire::receiving(*b"ab");
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    uart.write(ICR, RTI | RXI, &mut wire);
    assert_eq!(uart.read(RIS, &mut wire), 0);
    wire.incoming.push_back(b'c');
    uart.poll(&mut wire);
    assert_eq!(uart.read(RIS, &mut wire), RTI);
}

#[test]
fn what_the_receive_fifo_cannot_take_waits_on_the_wire() {
    let mut wire = TestWire::receiving(0..40);
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    assert_eq!(wire.incoming.len(), 24);
    assert_eq!(uart.read(FR, &mut wire) & FR_RXFF, FR_RXFF);
    let all: Vec<_> = (0..40).map(|_| uart.read(DR, &mut wire)).collect();
    assert_eq!(all, (0..40).collect::<Vec<_>>());
}

#[test]
fn a_receiver_switched_off_leaves_bytes_on_the_wire() {
    let mut wire = TestWire::receiving(*b"a");
    let mut uart = Vpl011::new();
    uart.write(CR, 0x101, &mut TestWire::open());
    assert_eq!(uart.read(FR, &mut wire) & FR_RXFE, FR_RXFE);
    uart.write(CR, 0x301, &mut wire);
    assert_eq!(uart.read(FR, &mut wire) & FR_RXFE, 0);
}

#[test]
fn the_line_is_raised_interrupts_through_the_mask() {
    let mut wire = TestWire::receiving(*b"a");
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    assert!(!uart.line());
    uart.write(IMSC, RXI, &mut wire);
    assert!(!uart.line());
    uart.write(IMSC, RXI | RTI, &mut wire);
    assert!(uart.line());
    assert_eq!(uart.read(MIS, &mut wire), RTI);
    uart.read(DR, &mut wire);
    assert!(!uart.line());
}

#[test]
fn loopback_returns_bytes_and_keeps_the_wire_out() {
    let mut wire = TestWire::receiving(*b"x");
    let mut uart = with_fifos();
    uart.write(CR, 0x381, &mut TestWire::open());
    uart.write(DR, b'q'.into(), &mut wire);
    assert_eq!(uart.read(DR, &mut wire), b'q'.into());
    assert_eq!(uart.read(DR, &mut wire), 0);
    assert_eq!(wire.sent, []);
}

#[test]
fn loopback_connects_the_modem_lines() {
    let mut uart = Vpl011::new();
    for (output, input) in [(1 << 11, 1 << 0), (1 << 10, 1 << 1), (1 << 12, 1 << 2), (1 << 13, 1 << 8)] {
        uart.write(CR, output, &mut TestWire::open());
        assert_eq!(read(&mut uart, FR) & 0x107, 0);
        uart.write(CR, output | 0x80, &mut TestWire::open());
        assert_eq!(read(&mut uart, FR) & 0x107, input);
    }
}

#[test]
fn a_loopback_into_a_full_fifo_is_an_overrun_until_cleared() {
    let mut wire = TestWire::open();
    let mut uart = with_fifos();
    uart.write(CR, 0x381, &mut wire);
    for byte in 0..17 {
        uart.write(DR, byte, &mut wire);
    }
    assert_eq!(uart.read(RIS, &mut wire) & OEI, OEI);
    assert_eq!(uart.read(RSR, &mut wire), 1 << 3);
    uart.write(RSR, 0, &mut wire);
    assert_eq!(uart.read(RSR, &mut wire), 0);
    assert_eq!(uart.read(DR, &mut wire), 1 << 11);
    assert_eq!(uart.read(DR, &mut wire), 1);
}
