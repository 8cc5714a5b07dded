//! A zone's virtual UART, between the model and the zone's rings of the console.

use addr::{GuestPhys, Range};
use console::Ring;
use core::sync::atomic::{AtomicBool, Ordering};
use ids::VcpuId;
use spin::mutex::TicketMutex;
use vuart::Wire;

use crate::arch::ZoneUartModel as Model;
use crate::console as host_console;
use crate::lock;

use super::Zone;

/// Bytes of output that wait for the console.
pub const OUTPUT: usize = 4096;
/// Bytes of input that wait for the guest.
const INPUT: usize = 256;

/// The rings between a zone's UART and the console. Each has one reader and one writer at a time: the console's
/// lock guards one end, the UART's the other.
#[derive(Debug)]
pub struct ZoneConsole {
    /// What the guest wrote.
    pub output: Ring<OUTPUT>,
    /// What was typed for the guest.
    pub input: Ring<INPUT>,
    /// The guest found `output` full.
    starved: AtomicBool,
}

impl ZoneConsole {
    /// Two empty rings.
    pub const fn new() -> Self {
        Self { output: Ring::new(), input: Ring::new(), starved: AtomicBool::new(false) }
    }

    /// Whether the guest found the output full and now there is room: true once.
    pub fn has_room_again(&self) -> bool {
        self.starved.load(Ordering::Relaxed)
            && self.output.free() >= OUTPUT / 2
            && self.starved.swap(false, Ordering::AcqRel)
    }
}

impl Default for ZoneConsole {
    fn default() -> Self {
        Self::new()
    }
}

struct Rings<'a>(&'a ZoneConsole);

impl Wire for Rings<'_> {
    #[inline]
    fn send(&mut self, byte: u8) -> bool {
        let sent = self.0.output.push(byte);
        if !sent {
            self.0.starved.store(true, Ordering::Release);
        }
        sent
    }

    fn receive(&mut self) -> Option<u8> {
        self.0.input.pop()
    }
}

/// The model, and the level of its interrupt that the zone's controller knows.
#[derive(Debug)]
struct Device {
    model: Model,
    line: bool,
}

impl Device {
    const fn new() -> Self {
        Self { model: Model::new(), line: false }
    }

    /// The new level of the interrupt, if it has changed, or if it is up and `repeat` asks for that.
    #[inline(always)]
    fn changed_line(&mut self, repeat: bool) -> Option<bool> {
        let line = self.model.line();
        (core::mem::replace(&mut self.line, line) != line || line && repeat).then_some(line)
    }
}

/// The virtual UART of one zone.
#[derive(Debug)]
pub struct ZoneUart {
    device: TicketMutex<Device>,
    range: Range<GuestPhys>,
    interrupt: u32,
    console: &'static ZoneConsole,
}

impl ZoneUart {
    /// A UART in its reset state.
    pub fn new(range: Range<GuestPhys>, interrupt: u32, console: &'static ZoneConsole) -> Self {
        Self { device: TicketMutex::new(Device::new()), range, interrupt, console }
    }

    /// Puts it back to its reset state. Output that waits is still shown; input that waits is dropped.
    pub fn reset(&self) {
        let mut device = lock::take(&self.device);
        *device = Device::new();
        while self.console.input.pop().is_some() {}
    }
}

impl Zone {
    /// The zone's UART, if the address is one of its registers.
    #[inline(always)]
    pub fn uart_at(&self, address: GuestPhys) -> Option<(&ZoneUart, u32)> {
        let uart = self.uart.as_ref()?;
        Some((uart, uart.range.offset_of(address)? as u32))
    }

    /// A load or store of the guest in its UART's frame.
    #[inline(never)]
    pub fn access_uart(&self, uart: &ZoneUart, vcpu: VcpuId, offset: u32, write: Option<u64>) -> u64 {
        let mut wire = Rings(uart.console);
        let mut device = uart.device.lock();
        let value = match write {
            None => u64::from(device.model.read(offset, &mut wire)),
            Some(value) => {
                device.model.write(offset, value as u32, &mut wire);
                0
            }
        };
        if let Some(line) = device.changed_line(self.interrupts().forgets_lines()) {
            self.set_line(vcpu, uart.interrupt, line);
        }
        drop(device);
        if let Some(byte) = write
            && !uart.console.output.is_empty()
        {
            host_console::written(byte as u8);
        }
        value
    }

    /// The guest sends a byte by a call to its firmware; false when there is no room, or no UART.
    pub fn console_send(&self, byte: u8) -> bool {
        let Some(uart) = &self.uart else { return false };
        let sent = {
            let _end = uart.device.lock();
            Rings(uart.console).send(byte)
        };
        host_console::written(byte);
        sent
    }

    /// The guest takes a typed byte by a call to its firmware.
    pub fn console_receive(&self) -> Option<u8> {
        let uart = self.uart.as_ref()?;
        let _end = uart.device.lock();
        Rings(uart.console).receive()
    }

    /// The console has input for the zone, or room for its output. Runs on the CPU of `vcpu`.
    pub fn poll_uart(&self, vcpu: VcpuId) {
        let Some(uart) = &self.uart else { return };
        let mut device = lock::take(&uart.device);
        device.model.poll(&mut Rings(uart.console));
        if let Some(line) = device.changed_line(self.interrupts().forgets_lines()) {
            self.set_line(vcpu, uart.interrupt, line);
        }
    }
}
