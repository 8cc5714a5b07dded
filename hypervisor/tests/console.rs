//! The consoles of several zones on one UART.

mod support;

use hypervisor::arch::{Effect, journal};
use hypervisor::console;
use hypervisor::zone::{OUTPUT, Zone, lifecycle};
use support::*;

/// UARTDR, UARTFR and its bits RXFE and TXFF.
const DATA: u64 = UART;
const FLAGS: u64 = UART + 0x18;
const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;

/// The first zone, started once; it has the keyboard unless a test has moved it.
fn keyboard_zone(machine: &mut Machine) -> &'static Zone {
    let zone = &machine.zones[0];
    if !vcpu_of(zone, 0).is_running() {
        start(zone);
    }
    typed(zone);
    machine.shown();
    zone
}

fn print(zone: &'static Zone, text: &str) {
    text.bytes().for_each(|byte| store32(zone, 0, DATA, u32::from(byte)));
}

/// What the zone reads once its CPU has done what the console asked of it.
fn typed(zone: &'static Zone) -> Vec<u8> {
    serve(zone, 0);
    let mut bytes = Vec::new();
    while load32(zone, 0, FLAGS) & RECEIVE_EMPTY == 0 {
        bytes.push(load32(zone, 0, DATA) as u8);
    }
    bytes
}

#[test]
fn the_hypervisor_s_lines_carry_its_name() {
    let mut machine = machine();
    console::log(format_args!("{} and {}", 1, 2));
    assert_eq!(machine.shown(), "[bulkhead] 1 and 2\r\n");
}

#[test]
fn a_guest_s_line_carries_its_zone_s_name() {
    let mut machine = machine();
    let zone = machine.started();
    print(zone, "hello\n");
    assert_eq!(machine.shown(), format!("[{}] hello\r\n", zone.name()));
}

#[test]
fn an_unfinished_line_of_a_zone_without_the_keyboard_waits() {
    let mut machine = machine();
    let zone = machine.started();
    print(zone, "hel");
    console::drain();
    assert_eq!(machine.shown(), "");
    print(zone, "lo\n");
    assert_eq!(machine.shown(), format!("[{}] hello\r\n", zone.name()));
}

#[test]
fn lines_of_two_zones_do_not_mix() {
    let mut machine = machine();
    let (one, other) = (machine.started(), machine.started());
    print(one, "fir");
    print(other, "sec");
    print(one, "st\n");
    print(other, "ond\n");
    let expected = format!("[{}] first\r\n[{}] second\r\n", one.name(), other.name());
    assert_eq!(machine.shown(), expected);
}

#[test]
fn an_unfinished_line_of_a_zone_that_ends_is_shown_before_its_end() {
    let mut machine = machine();
    let zone = machine.started();
    print(zone, "last words");
    call(zone, 0, SYSTEM_OFF, [0; 3]);
    serve_all(zone);
    let name = zone.name();
    assert_eq!(machine.shown(), format!("[{name}] last words\r\n[bulkhead] zone {name}: powered off\r\n"));
}

#[test]
fn an_unfinished_line_of_a_zone_that_fails_is_shown() {
    let mut machine = machine();
    let zone = machine.started();
    print(zone, "last words");
    lifecycle::fail(vcpu_of(zone, 0), format_args!("it fell"));
    machine.shown();
    serve_all(zone);
    assert_eq!(machine.shown(), format!("[{}] last words\r\n", zone.name()));
}

#[test]
fn input_reaches_the_zone_with_the_keyboard_alone() {
    let mut machine = machine();
    let zone = keyboard_zone(&mut machine);
    let other = machine.started();
    machine.type_in(b"ls");
    assert_eq!(typed(zone), b"ls");
    assert_eq!(typed(other), b"");
}

#[test]
fn input_asks_no_other_zone_s_cpu() {
    let mut machine = machine();
    let zone = keyboard_zone(&mut machine);
    let other = machine.started();
    serve(other, 0);
    journal().take();
    machine.type_in(b"x");
    assert_eq!(journal().take(), [Effect::Ipi(zone.cpus()[0].affinity)]);
}

#[test]
fn the_keyboard_moves_by_escape_and_digit() {
    let mut machine = machine();
    let (first, second) = (keyboard_zone(&mut machine), &machine.zones[1]);
    machine.type_in(b"\x1d2a\x1d1b");
    let shown = machine.shown();
    if !vcpu_of(second, 0).is_running() {
        start(second);
    }
    assert_eq!(typed(first), b"b");
    assert_eq!(typed(second), b"a");
    assert_eq!(shown, "[bulkhead] keyboard to zone1\r\n[bulkhead] keyboard to zone0\r\n");
}

#[test]
fn escape_and_q_powers_the_machine_off_after_its_last_line() {
    let mut machine = machine();
    assert!(powers_off(|| machine.type_in(b"\x1dq")));
    assert_eq!(journal().take(), [Effect::PowerOff]);
    assert_eq!(machine.shown(), "[bulkhead] power-off requested on the console\r\n");
}

#[test]
fn a_full_uart_makes_the_guest_s_fifo_full_and_costs_nothing_that_it_has_written() {
    let mut machine = machine();
    let zone = machine.started();
    machine.set_room(Some(0));
    let mut written = 0;
    while load32(zone, 0, FLAGS) & TRANSMIT_FULL == 0 {
        print(zone, if written % 64 == 63 { "\n" } else { "x" });
        written += 1;
        assert!(written < 4 * OUTPUT, "the FIFO is never full");
    }
    assert!(written >= OUTPUT);
    machine.set_room(None);
    console::flush();
    serve(zone, 0);
    assert_eq!(load32(zone, 0, FLAGS) & TRANSMIT_FULL, 0);
    print(zone, "\n");
    console::flush();
    let shown = machine.shown();
    assert_eq!(shown.matches('x').count(), written - written / 64);
}

#[test]
fn a_guest_that_found_its_fifo_full_is_asked_to_look_when_there_is_room() {
    let mut machine = machine();
    let zone = machine.started();
    machine.set_room(Some(0));
    (0..2 * OUTPUT).for_each(|_| print(zone, "\n"));
    serve(zone, 0);
    assert!(!zone.cpus()[0].has_requests());
    machine.set_room(None);
    (0..OUTPUT).for_each(|_| console::drain());
    assert!(zone.cpus()[0].has_requests());
}

#[test]
fn a_full_uart_holds_up_no_other_zone() {
    let mut machine = machine();
    let (one, other) = (machine.started(), machine.started());
    machine.set_room(Some(0));
    (0..OUTPUT).for_each(|_| print(one, "x"));
    assert_eq!(load32(other, 0, FLAGS) & TRANSMIT_FULL, 0);
    print(other, "hello\n");
    machine.set_room(None);
    console::flush();
    assert!(machine.shown().contains(&format!("[{}] hello\r\n", other.name())));
}
