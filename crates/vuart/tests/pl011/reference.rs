//! A plain reference: queues, and every flag computed from first principles.

use std::collections::VecDeque;

use vuart::{Vpl011, Wire};

use crate::offsets::*;
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

/// The reference. Everything is a `Vec`, nothing is fast.
struct Reference {
    tx: VecDeque<u8>,
    rx: VecDeque<u8>,
    lost: bool,
    rsr: bool,
    ris: u32,
    regs: std::collections::HashMap<u32, u32>,
}

impl Reference {
    fn new() -> Self {
        let regs = [(CR, 0x300), (IFLS, 0x12)].into();
        Self { tx: VecDeque::new(), rx: VecDeque::new(), lost: false, rsr: false, ris: 0, regs }
    }

    fn reg(&self, offset: u32) -> u32 {
        self.regs.get(&offset).copied().unwrap_or(0)
    }

    fn fifos(&self) -> bool {
        self.reg(LCR_H) & FIFOS != 0
    }

    fn depth(&self) -> usize {
        if self.fifos() { 16 } else { 1 }
    }

    fn level(&self, shift: u32) -> usize {
        [2, 4, 8, 12, 14, 14, 14, 14][(self.reg(IFLS) >> shift & 7) as usize]
    }

    fn assign(&mut self, bit: u32, on: bool) {
        self.ris = self.ris & !bit | if on { bit } else { 0 };
    }

    fn after_rx(&mut self) {
        let trigger = if self.fifos() { self.level(3) } else { 1 };
        self.assign(RXI, self.rx.len() >= trigger);
        self.assign(RTI, self.fifos() && !self.rx.is_empty());
    }

    fn after_tx(&mut self) {
        let trigger = if self.fifos() { self.level(0) } else { 0 };
        self.assign(TXI, self.tx.len() <= trigger);
    }

    fn arrive(&mut self, byte: u8) {
        if self.rx.len() < self.depth() {
            self.rx.push_back(byte);
            self.after_rx();
        } else {
            self.lost = true;
            self.rsr = true;
            self.ris |= OEI;
        }
    }

    fn poll(&mut self, wire: &mut TestWire) {
        while !self.tx.is_empty() && wire.room > 0 {
            let byte = self.tx.pop_front().unwrap();
            wire.send(byte);
            self.after_tx();
        }
        if self.reg(CR) & 0x280 == 0x200 {
            while self.rx.len() < self.depth() && !wire.incoming.is_empty() {
                let byte = wire.receive().unwrap();
                self.arrive(byte);
            }
        }
    }

    fn read(&mut self, offset: u32, wire: &mut TestWire) -> u32 {
        self.poll(wire);
        match offset {
            DR => {
                let Some(byte) = self.rx.pop_front() else { return 0 };
                self.after_rx();
                self.poll(wire);
                u32::from(byte) | if std::mem::take(&mut self.lost) { 1 << 11 } else { 0 }
            }
            RSR => u32::from(self.rsr) << 3,
            FR => {
                let mut flags = 0;
                flags |= if self.tx.is_empty() { FR_TXFE } else { FR_BUSY };
                flags |= if self.tx.len() >= self.depth() { FR_TXFF } else { 0 };
                flags |= if self.rx.is_empty() { FR_RXFE } else { 0 };
                flags |= if self.rx.len() >= self.depth() { FR_RXFF } else { 0 };
                let cr = self.reg(CR);
                if cr & 0x80 != 0 {
                    flags |= cr >> 11 & 1 | (cr >> 10 & 1) << 1 | (cr >> 12 & 1) << 2 | (cr >> 13 & 1) << 8;
                }
                flags
            }
            RIS => self.ris,
            MIS => self.ris & self.reg(IMSC),
            0xfe0 | 0xfe4 | 0xfe8 | 0xfec | 0xff0 | 0xff4 | 0xff8 | 0xffc => {
                (0xb105_f00d_0014_1011u64 >> ((offset - 0xfe0) * 2) & 0xff) as u32
            }
            _ => self.reg(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, wire: &mut TestWire) {
        self.poll(wire);
        let kept = match offset {
            DR => {
                if self.reg(CR) & 0x80 != 0 {
                    self.arrive(value as u8);
                } else if self.tx.is_empty() && wire.room > 0 {
                    wire.send(value as u8);
                } else if self.tx.len() < self.depth() {
                    self.tx.push_back(value as u8);
                }
                return self.after_tx();
            }
            RSR => {
                self.rsr = false;
                0
            }
            ICR => {
                self.ris &= !value;
                0
            }
            0x20 | LCR_H => 0xff,
            IBRD => 0xffff,
            FBRD | IFLS => 0x3f,
            CR => 0xff87,
            IMSC => 0x7ff,
            0x48 => 7,
            _ => 0,
        };
        if kept != 0 {
            self.regs.insert(offset, value & kept);
        }
        self.poll(wire);
    }
}

/// The model and the reference read, send and interrupt alike.
pub(crate) fn run(steps: Vec<Step>) {
    let (mut uart, mut wire) = (Vpl011::new(), TestWire::with_room(10));
    let (mut reference, mut reference_wire) = (Reference::new(), wire.clone());
    for step in steps {
        match step {
            Step::Read(offset) => assert_eq!(
                uart.read(offset, &mut wire),
                reference.read(offset, &mut reference_wire),
                "offset {:#x}",
                offset
            ),
            Step::Write(offset, value) => {
                uart.write(offset, value, &mut wire);
                reference.write(offset, value, &mut reference_wire);
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
        assert_eq!(uart.line(), reference.ris & reference.reg(IMSC) != 0);
        assert_eq!(&wire.sent, &reference_wire.sent);
        assert_eq!(&wire.incoming, &reference_wire.incoming);
    }
}
