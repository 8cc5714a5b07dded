//! What each register does on its own.

use crate::numbers::*;
use crate::wire::TestWire;
use vuart::Vns16550;

/// A UART with its FIFOs on and a trigger level of one byte.
fn with_fifos() -> Vns16550 {
    let mut uart = Vns16550::new();
    write(&mut uart, FCR, FIFO_ENABLE);
    uart
}

/// A read while nothing is on the wire.
fn read(uart: &mut Vns16550, number: u32) -> u32 {
    uart.read(number, &mut TestWire::open())
}

/// A write while nothing is on the wire, which takes everything.
fn write(uart: &mut Vns16550, number: u32, value: u32) {
    uart.write(number, value, &mut TestWire::open());
}

/// IIR without the bits that tell of FIFOs.
fn cause(uart: &mut Vns16550, wire: &mut TestWire) -> u32 {
    uart.read(IIR, wire) & 0x3f
}

#[test]
fn registers_hold_their_reset_values() {
    let mut uart = Vns16550::new();
    for (number, value) in
        [(RBR, 0), (IER, 0), (IIR, 1), (LCR, 0), (MCR, 0), (LSR, 0x60), (MSR, 0xb0), (SCR, 0)]
    {
        assert_eq!(read(&mut uart, number), value, "{number}");
    }
    assert!(!uart.line());
}

#[test]
fn writable_registers_keep_exactly_the_bits_that_exist() {
    for (number, kept) in [(IER, 0x0f), (LCR, 0xff), (MCR, 0x1f), (SCR, 0xff)] {
        let mut uart = Vns16550::new();
        write(&mut uart, number, !0);
        assert_eq!(read(&mut uart, number), kept, "{number}");
    }
}

#[test]
fn read_only_registers_ignore_writes() {
    for number in [LSR, MSR] {
        let mut uart = Vns16550::new();
        let before = read(&mut uart, number);
        write(&mut uart, number, 0xff);
        assert_eq!(read(&mut uart, number), before, "{number}");
    }
}

#[test]
fn the_divisor_hides_behind_dlab_and_sends_nothing() {
    let mut wire = TestWire::receiving(*b"x");
    let mut uart = Vns16550::new();
    uart.write(IER, 5, &mut wire);
    uart.write(LCR, DLAB | 3, &mut wire);
    uart.write(DLL, 0x34, &mut wire);
    uart.write(DLM, 0x12, &mut wire);
    assert_eq!((uart.read(DLL, &mut wire), uart.read(DLM, &mut wire)), (0x34, 0x12));
    uart.write(LCR, 3, &mut wire);
    assert_eq!((uart.read(RBR, &mut wire), uart.read(IER, &mut wire)), (b'x'.into(), 5));
    assert_eq!(wire.sent, []);
}

#[test]
fn numbers_without_a_register_read_0_and_send_nothing() {
    let mut wire = TestWire::receiving(*b"x");
    let mut uart = Vns16550::new();
    uart.poll(&mut wire);
    for number in [8, 9, 0x100, 0x1000, u32::MAX] {
        assert_eq!(uart.read(number, &mut wire), 0);
        uart.write(number, !0, &mut wire);
    }
    assert_eq!(wire.sent, []);
    assert_eq!(uart.read(RBR, &mut wire), b'x'.into());
}

#[test]
fn a_byte_is_sent_at_once() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    uart.write(THR, 0xffff_ff41, &mut wire);
    assert_eq!(wire.sent, b"A");
    assert_eq!(uart.read(LSR, &mut wire), BOTH_EMPTY);
}

#[test]
fn the_transmit_fifo_takes_16_bytes_behind_a_full_wire() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    for byte in 0..16 {
        uart.write(THR, byte, &mut wire);
        assert_eq!(uart.read(LSR, &mut wire) & BOTH_EMPTY, 0, "after byte {byte}");
    }
    wire.room = 100;
    uart.poll(&mut wire);
    assert_eq!(wire.sent, (0..16).collect::<Vec<u8>>());
    assert_eq!(uart.read(LSR, &mut wire), BOTH_EMPTY);
}

#[test]
fn without_fifos_one_byte_waits_behind_a_full_wire() {
    let mut wire = TestWire::with_room(0);
    let mut uart = Vns16550::new();
    uart.write(THR, b'a'.into(), &mut wire);
    uart.write(THR, b'b'.into(), &mut wire);
    wire.room = 100;
    uart.poll(&mut wire);
    assert_eq!(wire.sent, b"a");
}

#[test]
fn the_transmit_interrupt_comes_when_the_fifo_has_drained() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
    assert_eq!(cause(&mut uart, &mut wire), TRANSMITTED, "empty when enabled");
    uart.write(THR, 0, &mut wire);
    uart.write(THR, 1, &mut wire);
    wire.room = 1;
    assert_eq!(cause(&mut uart, &mut wire), NO_INTERRUPT, "one byte left");
    wire.room = 1;
    assert_eq!(cause(&mut uart, &mut wire), TRANSMITTED, "none left");
}

#[test]
fn reading_iir_clears_the_transmit_interrupt_until_a_byte_was_sent() {
    let mut wire = TestWire::open();
    let mut uart = with_fifos();
    uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
    assert!(uart.line());
    assert_eq!(cause(&mut uart, &mut wire), TRANSMITTED);
    assert!(!uart.line());
    assert_eq!(cause(&mut uart, &mut wire), NO_INTERRUPT);
    uart.write(THR, 0, &mut wire);
    assert!(uart.line());
}

#[test]
fn enabling_the_transmit_interrupt_anew_raises_it_anew() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    for _ in 0..2 {
        uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
        assert_eq!(cause(&mut uart, &mut wire), TRANSMITTED);
        uart.write(IER, 0, &mut wire);
    }
}

#[test]
fn enabling_other_interrupts_does_not_raise_a_transmit_interrupt_that_was_told() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
    uart.read(IIR, &mut wire);
    uart.write(IER, ENABLE_TRANSMITTED | ENABLE_RECEIVED, &mut wire);
    assert!(!uart.line());
}

#[test]
fn enabling_the_transmit_interrupt_with_bytes_waiting_raises_nothing() {
    let mut wire = TestWire::with_room(0);
    let mut uart = Vns16550::new();
    uart.write(THR, 0, &mut wire);
    uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
    assert!(!uart.line());
}

#[test]
fn the_receive_interrupt_comes_at_the_trigger_level_and_the_timeout_below() {
    for (select, level) in [(0, 1u8), (1, 4), (2, 8), (3, 14)] {
        let mut uart = Vns16550::new();
        write(&mut uart, FCR, FIFO_ENABLE | select << 6);
        write(&mut uart, IER, ENABLE_RECEIVED);
        let mut wire = TestWire::receiving(1..level);
        uart.poll(&mut wire);
        let below = if level > 1 { TIMEOUT } else { NO_INTERRUPT };
        assert_eq!(cause(&mut uart, &mut wire), below, "level {level}");
        wire.incoming.push_back(0);
        uart.poll(&mut wire);
        assert_eq!(cause(&mut uart, &mut wire), RECEIVED, "level {level}");
    }
}

#[test]
fn receive_interrupts_end_when_everything_was_read() {
    let mut wire = TestWire::receiving(*b"abcde");
    let mut uart = Vns16550::new();
    write(&mut uart, FCR, FIFO_ENABLE | 1 << 6);
    uart.write(IER, ENABLE_RECEIVED, &mut wire);
    for (byte, expected) in
        [(b'a', RECEIVED), (b'b', RECEIVED), (b'c', TIMEOUT), (b'd', TIMEOUT), (b'e', TIMEOUT)]
    {
        assert!(uart.line());
        assert_eq!(cause(&mut uart, &mut wire), expected);
        assert_eq!(uart.read(RBR, &mut wire), byte.into());
    }
    assert!(!uart.line());
}

#[test]
fn without_fifos_each_byte_raises_the_receive_interrupt() {
    let mut wire = TestWire::receiving(*b"ab");
    let mut uart = Vns16550::new();
    uart.write(IER, ENABLE_RECEIVED, &mut wire);
    for byte in *b"ab" {
        assert_eq!(uart.read(IIR, &mut wire), RECEIVED);
        assert_eq!(uart.read(RBR, &mut wire), byte.into());
    }
    assert_eq!(uart.read(IIR, &mut wire), NO_INTERRUPT);
}

#[test]
fn what_the_receive_fifo_cannot_take_waits_on_the_wire() {
    let mut wire = TestWire::receiving(0..40);
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    assert_eq!(wire.incoming.len(), 24);
    let mut all = Vec::new();
    while uart.read(LSR, &mut wire) & DATA_READY != 0 {
        all.push(uart.read(RBR, &mut wire));
    }
    assert_eq!(all, (0..40).collect::<Vec<_>>());
}

#[test]
fn iir_tells_of_fifos_only_while_they_are_on() {
    let mut uart = with_fifos();
    assert_eq!(read(&mut uart, IIR), 0xc1);
    write(&mut uart, FCR, 0);
    assert_eq!(read(&mut uart, IIR), 0x01);
}

#[test]
fn clearing_a_fifo_drops_only_what_is_in_it() {
    let mut wire = TestWire { room: 0, ..TestWire::receiving(0..20) };
    let mut uart = with_fifos();
    uart.poll(&mut wire);
    uart.write(THR, b'x'.into(), &mut wire);
    uart.write(FCR, FIFO_ENABLE | FIFO_CLEAR_RECEIVE, &mut wire);
    assert_eq!(uart.read(RBR, &mut wire), 16, "the bytes in the FIFO are gone, the next come");
    assert_eq!(uart.read(LSR, &mut wire) & HOLDING_EMPTY, 0, "the transmit FIFO is untouched");
    uart.write(FCR, FIFO_ENABLE | FIFO_CLEAR_TRANSMIT, &mut wire);
    assert_eq!(uart.read(LSR, &mut wire) & BOTH_EMPTY, BOTH_EMPTY);
    wire.room = 100;
    uart.poll(&mut wire);
    assert_eq!(wire.sent, []);
}

#[test]
fn clearing_what_waits_to_be_sent_raises_the_transmit_interrupt() {
    let mut wire = TestWire::with_room(0);
    let mut uart = Vns16550::new();
    uart.write(FCR, FIFO_ENABLE, &mut wire);
    uart.write(THR, 0, &mut wire);
    uart.write(IER, ENABLE_TRANSMITTED, &mut wire);
    uart.write(FCR, FIFO_ENABLE | FIFO_CLEAR_TRANSMIT, &mut wire);
    assert_eq!(cause(&mut uart, &mut wire), TRANSMITTED);
}

#[test]
fn without_its_enable_bit_no_other_bit_of_fcr_counts() {
    let mut wire = TestWire::with_room(0);
    let mut uart = Vns16550::new();
    uart.write(THR, b'x'.into(), &mut wire);
    uart.write(FCR, FIFO_CLEAR_TRANSMIT | 0xc0, &mut wire);
    wire.room = 1;
    uart.poll(&mut wire);
    assert_eq!(wire.sent, b"x");
}

#[test]
fn switching_the_fifos_drops_what_is_in_them() {
    let mut wire = TestWire::with_room(0);
    let mut uart = with_fifos();
    uart.write(THR, 0, &mut wire);
    uart.write(FCR, 0, &mut wire);
    assert_eq!(uart.read(LSR, &mut wire), BOTH_EMPTY);
}

#[test]
fn loopback_returns_bytes_and_keeps_the_wire_out() {
    let mut uart = with_fifos();
    write(&mut uart, MCR, LOOP);
    let mut wire = TestWire::receiving(*b"x");
    uart.write(THR, b'q'.into(), &mut wire);
    assert_eq!(uart.read(RBR, &mut wire), b'q'.into());
    assert_eq!(uart.read(RBR, &mut wire), 0);
    assert_eq!(wire.sent, []);
    uart.write(MCR, 0, &mut wire);
    assert_eq!(uart.read(RBR, &mut wire), b'x'.into(), "the wire is back");
}

#[test]
fn loopback_connects_the_modem_lines() {
    let mut uart = Vns16550::new();
    for (output, input) in [(1, 0x20), (2, 0x10), (4, 0x40), (8, 0x80)] {
        write(&mut uart, MCR, output);
        assert_eq!(read(&mut uart, MSR) & 0xf0, 0xb0);
        write(&mut uart, MCR, output | LOOP);
        assert_eq!(read(&mut uart, MSR) & 0xf0, input);
    }
}

#[test]
fn changes_of_modem_lines_are_told_once() {
    let mut uart = Vns16550::new();
    write(&mut uart, IER, ENABLE_MODEM_STATUS);
    write(&mut uart, MCR, LOOP);
    assert_eq!(cause(&mut uart, &mut TestWire::open()), MODEM);
    assert_eq!(read(&mut uart, MSR), 0x0b, "CTS, DSR and DCD fell");
    assert!(!uart.line());
    write(&mut uart, MCR, LOOP | 4);
    assert_eq!(read(&mut uart, MSR), 0x40, "a ring that begins is no change");
    write(&mut uart, MCR, LOOP);
    assert_eq!(read(&mut uart, MSR), 0x04, "one that ends is");
}

#[test]
fn with_fifos_an_overrun_loses_the_last_byte() {
    let mut wire = TestWire::open();
    let mut uart = with_fifos();
    uart.write(MCR, LOOP, &mut wire);
    for byte in 0..17 {
        uart.write(THR, byte, &mut wire);
    }
    let all: Vec<_> = (0..17).map(|_| uart.read(RBR, &mut wire)).collect();
    assert_eq!(all, (0..16).chain([0]).collect::<Vec<_>>());
}

#[test]
fn without_fifos_an_overrun_loses_the_byte_before() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    uart.write(MCR, LOOP, &mut wire);
    uart.write(THR, 1, &mut wire);
    uart.write(THR, 2, &mut wire);
    assert_eq!((uart.read(RBR, &mut wire), uart.read(RBR, &mut wire)), (2, 0));
}

#[test]
fn an_overrun_is_told_once_and_before_any_other_interrupt() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    uart.write(MCR, LOOP, &mut wire);
    uart.write(IER, 0xf, &mut wire);
    uart.write(THR, 1, &mut wire);
    uart.write(THR, 2, &mut wire);
    assert_eq!(uart.read(IIR, &mut wire), LINE);
    assert_eq!(uart.read(LSR, &mut wire), BOTH_EMPTY | OVERRUN | DATA_READY);
    assert_eq!(uart.read(LSR, &mut wire), BOTH_EMPTY | DATA_READY);
    assert_eq!(uart.read(IIR, &mut wire), RECEIVED);
}

#[test]
fn causes_come_by_priority_and_each_only_where_enabled() {
    // An overrun, a received byte, an empty transmitter and changed modem lines at once.
    for (enabled, expected) in [
        (0xf, LINE),
        (0xf & !ENABLE_LINE_STATUS, RECEIVED),
        (ENABLE_TRANSMITTED | ENABLE_MODEM_STATUS, TRANSMITTED),
        (ENABLE_MODEM_STATUS, MODEM),
        (0, NO_INTERRUPT),
    ] {
        let mut wire = TestWire::open();
        let mut uart = Vns16550::new();
        uart.write(MCR, LOOP, &mut wire);
        uart.write(THR, 1, &mut wire);
        uart.write(THR, 2, &mut wire);
        uart.write(IER, enabled, &mut wire);
        assert_eq!(uart.line(), expected != NO_INTERRUPT);
        assert_eq!(uart.read(IIR, &mut wire), expected, "enabled {enabled:#x}");
    }
}
