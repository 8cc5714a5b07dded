//! The architecture of no machine: what the code above needs, played by the host, so that zones, their life
//! and their interrupts are tested with `cargo test`. Memory and device registers are the test's own memory;
//! every effect on hardware is written into a journal that tests read.

mod direct;
pub mod firmware;
mod journal;
pub mod memory;
pub mod mmio;
mod uart;

pub use super::arm::{VcpuData, ZoneFirmware, ZoneInterrupts, ZoneUartModel, attend, new_zone_firmware};
pub use direct::{
    ZonePhysical, can_deliver_directly, deactivate_directly, deliver_directly, own_private_interrupts,
    send_sgi, set_two_security_states,
};
pub use journal::{Effect, Journal, journal};
pub use uart::Uart;

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use paging::MapError;

use crate::cpu::{Cpu, Start, Vcpu};
use crate::memory::pool::{OutOfMemory, Pool};

/// List registers of each fake CPU.
const LIST_REGISTERS: usize = 4;

thread_local! {
    static CURRENT: Cell<Option<&'static Cpu>> = const { Cell::new(None) };
}

/// What a fake CPU keeps: its list registers, so that one thread can play several CPUs in turn.
#[derive(Debug, Default)]
pub struct CpuData {
    lists: Mutex<[u64; LIST_REGISTERS]>,
}

impl CpuData {
    /// Nothing arrives here by itself.
    ///
    /// # Errors
    ///
    /// None.
    pub fn set_shortcut(&self, _: &mut Pool, _: &'static vgic::Shortcut<'static>) -> Result<(), OutOfMemory> {
        Ok(())
    }

    /// What the list registers hold.
    pub fn list_registers(&self) -> [u64; LIST_REGISTERS] {
        *self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the list registers, as the guest does by acknowledging an interrupt.
    pub fn set_list_registers(&self, lists: [u64; LIST_REGISTERS]) {
        *self.lists.lock().unwrap_or_else(PoisonError::into_inner) = lists;
    }
}

/// A fake zone translates nothing.
#[derive(Debug, Default)]
pub struct ZoneData;

impl ZoneData {
    /// Always succeeds.
    ///
    /// # Errors
    ///
    /// None.
    pub fn build(_: &mut Pool, _: &manifest::Zone<'_>, _: &[&Cpu]) -> Result<Self, MapError> {
        Ok(Self)
    }
}

/// Makes this thread play `cpu`.
pub fn become_cpu(cpu: &'static Cpu) {
    CURRENT.set(Some(cpu));
}

/// The CPU that this thread plays.
///
/// # Panics
///
/// When the test has not chosen one by [`become_cpu`].
pub fn current_cpu() -> &'static Cpu {
    match CURRENT.get() {
        Some(cpu) => cpu,
        None => panic!("the test has not said which CPU this thread plays"),
    }
}

/// A clock that does not run.
pub fn ticks() -> u64 {
    0
}

/// Ticks in a second of the clock that does not run.
pub fn ticks_per_second() -> u64 {
    1000
}

/// Nothing rings: tests drain the console themselves.
pub fn set_alarm(_: u64) {}

/// Fake machines have a GICv3.
pub fn has_gicv2() -> bool {
    false
}

/// A bit for each list register of a fake CPU.
pub fn list_registers() -> u32 {
    (1 << LIST_REGISTERS) - 1
}

/// Implemented bits of a fake guest interrupt's priority.
pub fn priority_bits() -> u8 {
    5
}

/// Notes the wait and lets other threads run.
pub fn wait_for_interrupt() {
    journal().note(Effect::Wait(current_cpu().affinity));
    std::thread::yield_now();
}

/// Interrupts of fake CPUs carry no more than their requests.
pub fn interrupt_cpu(cpu: &Cpu) {
    journal().note(Effect::Ipi(cpu.affinity));
}

/// Fake CPUs have no interrupts but requests.
pub fn service_interrupts(_: &'static Cpu) {}

/// Fake CPUs hold nothing back.
pub fn release_interrupts(_: &'static Cpu) {}

/// Notes the effect.
pub fn enable_interrupt(cpu: &Cpu, intid: u32, enabled: bool) {
    journal().note(Effect::Enable(cpu.affinity, intid, enabled));
}

/// Notes the effect.
pub fn clear_pending_interrupt(cpu: &Cpu, intid: u32) {
    journal().note(Effect::ClearPending(cpu.affinity, intid));
}

/// Which fake physical interrupts are pending: none ever is.
#[derive(Debug)]
pub struct PendingWords;

impl PendingWords {
    /// None is.
    pub fn read(&self, _: u32) -> u32 {
        0
    }
}

/// Which fake physical interrupts are pending.
pub fn pending_words() -> Option<PendingWords> {
    Some(PendingWords)
}

/// Fake physical interrupts are never pending.
pub fn is_interrupt_pending(_: &Cpu, _: u32) -> bool {
    false
}

/// Notes the effect.
pub fn deactivate_interrupt(cpu: &Cpu, intid: u32) {
    journal().note(Effect::Deactivate(cpu.affinity, intid));
}

/// Notes the effect.
pub fn route_interrupt(cpu: &Cpu, intid: u32) {
    journal().note(Effect::Route(cpu.affinity, intid));
}

/// Notes the effect.
pub fn set_interrupt_trigger(intid: u32, edge: bool) {
    journal().note(Effect::Trigger(intid, edge));
}

/// Notes the effect.
pub fn raise_doorbell(line: &crate::channel::Line) {
    journal().note(Effect::Doorbell(line.interrupt));
}

/// Notes the start.
pub fn prepare_vcpu(cpu: &'static Cpu, _: &Vcpu, start: &Start) {
    journal().note(Effect::Prepare(cpu.affinity, start.entry, start.argument));
}

/// There was no boot.
pub fn report_boot(_: &crate::zone::Zone) {}

/// Notes the end.
pub fn silence_vcpu() {
    journal().note(Effect::Silence(current_cpu().affinity));
}

/// The end of a host program that panics.
pub fn panic_end(report: std::fmt::Arguments<'_>) -> ! {
    eprintln!("{report}");
    std::process::abort()
}

/// The list registers of the fake CPU that this thread plays.
#[derive(Debug, Default)]
pub struct ListRegisters;

impl ListRegisters {
    /// Those of the current CPU, whatever its GIC.
    pub fn of_gicv3() -> Self {
        Self::of_this_cpu()
    }

    /// Those of the current CPU, whatever its GIC.
    pub fn of_gicv2() -> Self {
        Self::of_this_cpu()
    }

    /// Those of this thread's CPU.
    pub fn of_this_cpu() -> Self {
        Self
    }
}

impl vgic::ListRegisters for ListRegisters {
    fn count(&self) -> usize {
        LIST_REGISTERS
    }

    fn empty(&self) -> u32 {
        // State 0 in bits 63:62 is an empty list register.
        current_cpu()
            .arch
            .list_registers()
            .iter()
            .enumerate()
            .filter(|(_, value)| **value >> 62 == 0)
            .map(|(index, _)| 1 << index)
            .sum()
    }

    fn read(&self, index: usize) -> u64 {
        current_cpu().arch.list_registers().get(index).copied().unwrap_or(0)
    }

    fn write(&mut self, index: usize, value: u64) {
        let mut lists = current_cpu().arch.list_registers();
        if let Some(slot) = lists.get_mut(index) {
            *slot = value;
        }
        current_cpu().arch.set_list_registers(lists);
    }

    fn take_eoi_count(&mut self) -> u32 {
        0
    }

    fn set_maintenance(&mut self, _: vgic::Maintenance) {}

    fn cpu_interface(&self) -> vgic::CpuInterface {
        vgic::CpuInterface { group0: false, group1: true, split_end: false }
    }
}
