//! A plain reference: queues, and every bit computed from first principles.

use std::collections::VecDeque;

use vuart::{Vns16550, Wire};

use crate::numbers::*;
use crate::wire::TestWire;

/// A step of random traffic.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Read(u32),
    Write(u32, u32),
    Arrive(Vec<u8>),
    Room(usize),
    Poll,
}

/// The reference. Everything is a queue or a whole register, nothing is fast.
#[derive(Default)]
struct Reference {
    tx: VecDeque<u8>,
    rx: VecDeque<u8>,
    overrun: bool,
    thre_pending: bool,
    ier: u32,
    fcr: u32,
    lcr: u32,
    mcr: u32,
    scr: u32,
    dll: u32,
    dlm: u32,
    /// Bits 3 to 0 of MSR.
    delta: u32,
}

impl Reference {
    fn depth(&self) -> usize {
        if self.fcr & 1 != 0 { 16 } else { 1 }
    }

    fn modem_lines(&self) -> u32 {
        let bit = |from: u32, to: u32| (self.mcr >> from & 1) << to;
        if self.mcr & LOOP == 0 { 0xb0 } else { bit(0, 5) | bit(1, 4) | bit(2, 6) | bit(3, 7) }
    }

    fn iir(&self) -> u32 {
        let trigger = if self.fcr & 1 != 0 { [1, 4, 8, 14][(self.fcr >> 6) as usize] } else { 1 };
        let candidates = [
            (ENABLE_LINE_STATUS, self.overrun, LINE),
            (ENABLE_RECEIVED, self.rx.len() >= trigger, RECEIVED),
            (ENABLE_RECEIVED, !self.rx.is_empty(), TIMEOUT),
            (ENABLE_TRANSMITTED, self.thre_pending, TRANSMITTED),
            (ENABLE_MODEM_STATUS, self.delta != 0, MODEM),
        ];
        let first = candidates.iter().find(|(enable, raised, _)| self.ier & enable != 0 && *raised);
        first.map_or(NO_INTERRUPT, |(.., id)| *id)
    }

    fn arrive(&mut self, byte: u8) {
        if self.rx.len() < self.depth() {
            self.rx.push_back(byte);
            return;
        }
        self.overrun = true;
        if self.depth() == 1 {
            self.rx[0] = byte;
        }
    }

    fn poll(&mut self, wire: &mut TestWire) {
        while !self.tx.is_empty() && wire.room > 0 {
            wire.send(self.tx.pop_front().unwrap());
            self.thre_pending |= self.tx.is_empty();
        }
        while self.mcr & LOOP == 0 && self.rx.len() < self.depth() && !wire.incoming.is_empty() {
            let byte = wire.receive().unwrap();
            self.arrive(byte);
        }
    }

    fn read(&mut self, number: u32, wire: &mut TestWire) -> u32 {
        self.poll(wire);
        match (number, self.lcr & DLAB != 0) {
            (RBR, false) => {
                let byte = self.rx.pop_front().unwrap_or(0);
                self.poll(wire);
                byte.into()
            }
            (DLL, true) => self.dll,
            (IER, false) => self.ier,
            (DLM, true) => self.dlm,
            (IIR, _) => {
                let id = self.iir();
                self.thre_pending &= id != TRANSMITTED;
                id | if self.fcr & 1 != 0 { 0xc0 } else { 0 }
            }
            (LCR, _) => self.lcr,
            (MCR, _) => self.mcr,
            (LSR, _) => {
                let overrun = std::mem::take(&mut self.overrun);
                u32::from(!self.rx.is_empty())
                    | u32::from(overrun) << 1
                    | if self.tx.is_empty() { BOTH_EMPTY } else { 0 }
            }
            (MSR, _) => self.modem_lines() | std::mem::take(&mut self.delta),
            (SCR, _) => self.scr,
            _ => 0,
        }
    }

    fn write(&mut self, number: u32, value: u32, wire: &mut TestWire) {
        self.poll(wire);
        let value = value & 0xff;
        match (number, self.lcr & DLAB != 0) {
            (THR, false) => {
                if self.mcr & LOOP != 0 {
                    self.arrive(value as u8);
                } else if self.tx.is_empty() && wire.room > 0 {
                    wire.send(value as u8);
                } else if self.tx.len() < self.depth() {
                    self.tx.push_back(value as u8);
                }
                self.thre_pending = self.tx.is_empty();
                return;
            }
            (DLL, true) => self.dll = value,
            (IER, false) => {
                if value & 2 != 0 && self.ier & 2 == 0 {
                    self.thre_pending = self.tx.is_empty();
                }
                self.ier = value & 0xf;
            }
            (DLM, true) => self.dlm = value,
            (FCR, _) => {
                let switched = (value ^ self.fcr) & 1 != 0;
                if switched || value & 3 == 3 {
                    self.rx.clear();
                }
                if switched || value & 5 == 5 {
                    self.thre_pending |= !self.tx.is_empty();
                    self.tx.clear();
                }
                self.fcr = if value & 1 != 0 { value } else { 0 };
            }
            (LCR, _) => self.lcr = value,
            (MCR, _) => {
                let before = self.modem_lines();
                self.mcr = value & 0x1f;
                let (rose, fell) = (!before & self.modem_lines(), before & !self.modem_lines());
                self.delta |= (rose & !0x40 | fell) >> 4;
            }
            (SCR, _) => self.scr = value,
            _ => {}
        }
        self.poll(wire);
    }
}

/// The model and the reference read, send and interrupt alike.
pub(crate) fn run(steps: Vec<Step>) {
    let (mut uart, mut wire) = (Vns16550::new(), TestWire::with_room(10));
    let (mut reference, mut reference_wire) = (Reference::default(), wire.clone());
    for step in steps {
        match step {
            Step::Read(number) => assert_eq!(
                uart.read(number, &mut wire),
                reference.read(number, &mut reference_wire),
                "register {}",
                number
            ),
            Step::Write(number, value) => {
                uart.write(number, value, &mut wire);
                reference.write(number, value, &mut reference_wire);
            }
            Step::Arrive(bytes) => {
                wire.incoming.extend(bytes.iter());
                reference_wire.incoming.extend(bytes.iter());
                // The reference polls at every access, too: that makes no difference.
                uart.poll(&mut wire);
                reference.poll(&mut reference_wire);
            }
            Step::Room(room) => {
                wire.room = room;
                reference_wire.room = room;
            }
            Step::Poll => {
                uart.poll(&mut wire);
                reference.poll(&mut reference_wire);
            }
        }
        assert_eq!(uart.line(), reference.iir() != NO_INTERRUPT);
        assert_eq!(&wire.sent, &reference_wire.sent);
        assert_eq!(&wire.incoming, &reference_wire.incoming);
    }
}
