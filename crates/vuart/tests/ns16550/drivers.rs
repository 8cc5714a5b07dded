//! The accesses that real drivers make, in their order.

use crate::numbers::*;
use crate::wire::TestWire;
use proptest::prelude::*;
use vuart::Vns16550;

/// What Linux' 8250 driver does to open a terminal: clear, enable, settings.
fn open_as_linux_does(uart: &mut Vns16550, wire: &mut TestWire) {
    uart.write(FCR, FIFO_ENABLE, wire);
    uart.write(FCR, FIFO_ENABLE | FIFO_CLEAR_RECEIVE | FIFO_CLEAR_TRANSMIT, wire);
    uart.write(FCR, 0, wire);
    for register in [LSR, RBR, IIR, MSR] {
        uart.read(register, wire);
    }
    uart.write(LCR, 3, wire);
    uart.write(MCR, 8, wire);
    uart.write(IER, ENABLE_RECEIVED | ENABLE_LINE_STATUS, wire);
    uart.write(LCR, DLAB | 3, wire);
    uart.write(DLL, 2, wire);
    uart.write(DLM, 0, wire);
    uart.write(LCR, 3, wire);
    uart.write(FCR, FIFO_ENABLE | 2 << 6, wire);
    uart.write(MCR, 0xb, wire);
}

/// Its interrupt handler. Returns what it read.
fn interrupt_as_linux_does(uart: &mut Vns16550, wire: &mut TestWire, outgoing: &mut Vec<u8>) -> Vec<u8> {
    let mut read = Vec::new();
    for _ in 0..256 {
        if uart.read(IIR, wire) & NO_INTERRUPT != 0 {
            break;
        }
        let mut status = uart.read(LSR, wire);
        for _ in 0..256 {
            if status & DATA_READY == 0 {
                break;
            }
            read.push(uart.read(RBR, wire) as u8);
            status = uart.read(LSR, wire);
        }
        uart.read(MSR, wire);
        if status & HOLDING_EMPTY != 0 && uart.read(IER, wire) & ENABLE_TRANSMITTED != 0 {
            // A FIFO full without asking: the interrupt promised room.
            for byte in outgoing.drain(..outgoing.len().min(16)) {
                uart.write(THR, byte.into(), wire);
            }
            if outgoing.is_empty() {
                uart.write(IER, ENABLE_RECEIVED | ENABLE_LINE_STATUS, wire);
            }
        }
    }
    read
}

/// Its start of a transmission.
fn send_as_linux_does(uart: &mut Vns16550, wire: &mut TestWire) {
    uart.write(IER, ENABLE_RECEIVED | ENABLE_LINE_STATUS | ENABLE_TRANSMITTED, wire);
}

fn opened(wire: &mut TestWire) -> Vns16550 {
    let mut uart = Vns16550::new();
    open_as_linux_does(&mut uart, wire);
    uart
}

#[test]
fn an_opened_terminal_raises_no_interrupt() {
    assert!(!opened(&mut TestWire::open()).line());
}

#[test]
fn typed_bytes_reach_the_driver_by_interrupt() {
    let mut wire = TestWire::open();
    let mut uart = opened(&mut wire);
    wire.incoming.extend(*b"uname -a; echo done\n");
    uart.poll(&mut wire);
    assert!(uart.line());
    assert_eq!(interrupt_as_linux_does(&mut uart, &mut wire, &mut Vec::new()), b"uname -a; echo done\n");
    assert!(!uart.line());
}

#[test]
fn a_long_output_through_a_slow_wire_arrives_whole() {
    let mut wire = TestWire::with_room(3);
    let mut uart = opened(&mut wire);
    let text: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    let mut outgoing = text.clone();
    send_as_linux_does(&mut uart, &mut wire);
    let mut rounds = 0;
    while wire.sent.len() < text.len() {
        if uart.line() {
            interrupt_as_linux_does(&mut uart, &mut wire, &mut outgoing);
        }
        wire.room = 5;
        uart.poll(&mut wire);
        rounds += 1;
        assert!(rounds < 1000, "stuck after {} bytes", wire.sent.len());
    }
    assert_eq!(wire.sent, text);
    assert!(!uart.line());
}

#[test]
fn a_polling_firmware_needs_no_initialisation_but_its_line_settings() {
    let mut wire = TestWire::open();
    let mut uart = Vns16550::new();
    // OpenSBI: interrupts off, divisor, 8 bits, FIFOs, no modem control; then it polls THRE.
    for (number, value) in [(IER, 0), (LCR, DLAB), (DLL, 2), (DLM, 0), (LCR, 3), (FCR, 1), (MCR, 0)] {
        uart.write(number, value, &mut wire);
    }
    uart.read(LSR, &mut wire);
    uart.read(RBR, &mut wire);
    uart.write(SCR, 0, &mut wire);
    for byte in b"OpenSBI\n" {
        assert_eq!(uart.read(LSR, &mut wire) & HOLDING_EMPTY, HOLDING_EMPTY);
        uart.write(THR, u32::from(*byte), &mut wire);
    }
    assert_eq!(wire.sent, b"OpenSBI\n");
}

/// Something that happens around the driver.
#[derive(Clone, Debug)]
enum Event {
    /// The guest has bytes to send.
    Send(Vec<u8>),
    /// Bytes are typed.
    Type(Vec<u8>),
    /// The wire has got room for as many bytes.
    Room(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        bytes().prop_map(Event::Send),
        bytes().prop_map(Event::Type),
        (0usize..40).prop_map(Event::Room)
    ]
}

proptest! {
    #[test]
    fn driven_by_interrupts_alone_no_byte_is_lost_doubled_or_overtaken(
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut wire = TestWire::with_room(0);
        let mut uart = opened(&mut wire);
        let (mut sent, mut typed, mut read, mut outgoing) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for event in events.into_iter().chain([Event::Room(10_000)]) {
            match event {
                Event::Send(bytes) => {
                    sent.extend(&bytes);
                    outgoing.extend(bytes);
                    send_as_linux_does(&mut uart, &mut wire);
                }
                Event::Type(bytes) => {
                    typed.extend(&bytes);
                    wire.incoming.extend(bytes);
                }
                Event::Room(room) => wire.room = room,
            }
            uart.poll(&mut wire);
            if uart.line() {
                read.extend(interrupt_as_linux_does(&mut uart, &mut wire, &mut outgoing));
            }
        }
        prop_assert_eq!(&wire.sent, &sent);
        prop_assert_eq!(&read, &typed);
        prop_assert!(!uart.line());
    }
}
