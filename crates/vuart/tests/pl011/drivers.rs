//! The accesses that real drivers make, in their order.

use crate::offsets::*;
use crate::wire::TestWire;
use vuart::Vpl011;

/// What Linux' amba-pl011 driver does from probe to an open terminal.
fn open_as_linux_does(uart: &mut Vpl011, wire: &mut TestWire) {
    // Probe: mask and clear everything.
    uart.write(IMSC, 0, wire);
    uart.write(ICR, 0xffff, wire);
    // Start-up: clear errors and receive interrupts, set the levels.
    uart.write(ICR, 0x7d0, wire);
    uart.write(IFLS, 0x12, wire);
    uart.write(CR, 0x301, wire);
    // Line settings: 115200 baud, 8 bits, FIFOs.
    uart.write(CR, 0, wire);
    uart.write(FBRD, 1, wire);
    uart.write(IBRD, 13, wire);
    uart.write(LCR_H, 0x70, wire);
    uart.write(CR, 0xb01, wire);
    // Enable interrupts: clear, drain, unmask.
    uart.write(ICR, RTI | RXI, wire);
    for _ in 0..32 {
        if uart.read(FR, wire) & FR_RXFE != 0 {
            break;
        }
        uart.read(DR, wire);
    }
    uart.write(IMSC, RTI | RXI, wire);
}

/// Its interrupt handler; returns what it read.
fn interrupt_as_linux_does(uart: &mut Vpl011, wire: &mut TestWire, outgoing: &mut Vec<u8>) -> Vec<u8> {
    let mut read = Vec::new();
    for _ in 0..256 {
        let status = uart.read(RIS, wire) & uart.read(IMSC, wire);
        if status == 0 {
            break;
        }
        uart.write(ICR, status & !(TXI | RTI | RXI), wire);
        if status & (RTI | RXI) != 0 {
            while uart.read(FR, wire) & FR_RXFE == 0 {
                read.push(uart.read(DR, wire) as u8);
            }
        }
        if status & TXI != 0 {
            // Half a FIFO without asking: the interrupt promised room.
            for byte in outgoing.drain(..outgoing.len().min(8)) {
                uart.write(DR, byte.into(), wire);
            }
            if outgoing.is_empty() {
                let mask = uart.read(IMSC, wire) & !TXI;
                uart.write(IMSC, mask, wire);
            }
        }
    }
    read
}

#[test]
fn an_opened_terminal_raises_no_interrupt() {
    let mut wire = TestWire::open();
    let mut uart = Vpl011::new();
    open_as_linux_does(&mut uart, &mut wire);
    assert!(!uart.line());
}

#[test]
fn typed_bytes_reach_the_driver_by_interrupt() {
    let mut wire = TestWire::open();
    let mut uart = Vpl011::new();
    open_as_linux_does(&mut uart, &mut wire);
    wire.incoming.extend(*b"uname -a; echo done\n");
    uart.poll(&mut wire);
    assert!(uart.line());
    assert_eq!(interrupt_as_linux_does(&mut uart, &mut wire, &mut Vec::new()), b"uname -a; echo done\n");
    assert!(!uart.line());
}

#[test]
fn a_long_output_through_a_slow_wire_arrives_whole() {
    let mut wire = TestWire::with_room(3);
    let mut uart = Vpl011::new();
    open_as_linux_does(&mut uart, &mut wire);
    let text: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    let mut outgoing = text.clone();
    // The first bytes go while there is room, then the transmit interrupt is asked for.
    while uart.read(FR, &mut wire) & FR_TXFF == 0 {
        uart.write(DR, outgoing.remove(0).into(), &mut wire);
    }
    uart.write(IMSC, RTI | RXI | TXI, &mut wire);
    let mut rounds = 0;
    while wire.sent.len() < text.len() {
        wire.room = 5;
        uart.poll(&mut wire);
        if uart.line() {
            interrupt_as_linux_does(&mut uart, &mut wire, &mut outgoing);
        }
        rounds += 1;
        assert!(rounds < 1000, "stuck after {} bytes", wire.sent.len());
    }
    assert_eq!(wire.sent, text);
    assert!(!uart.line());
}

#[test]
fn an_early_console_needs_no_initialisation() {
    let mut wire = TestWire::open();
    let mut uart = Vpl011::new();
    for byte in b"earlycon\n" {
        while uart.read(FR, &mut wire) & FR_TXFF != 0 {}
        uart.write(DR, u32::from(*byte), &mut wire);
        while uart.read(FR, &mut wire) & FR_BUSY != 0 {}
    }
    assert_eq!(wire.sent, b"earlycon\n");
}
