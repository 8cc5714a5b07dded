//! riscv64: HS-mode of harts with the hypervisor extension.

mod boot;
mod calls;
mod csr;
mod exits;
mod features;
pub mod firmware;
mod gstage;
mod guest_file;
mod interrupts;
pub mod memory;
pub mod mmio;
mod self_report;
pub mod stage1;
mod traps;
mod uart;
mod vcpu;
mod zone_interrupts;

pub use super::bare::{panic_end, report_boot};
pub use boot::{check_machine, init_cpu, set_current_cpu};
pub use calls::{VcpuData, ZoneFirmware, attend, new_zone_firmware};
pub use exits::enter;
pub use gstage::ZoneData;
pub use interrupts::{
    InterruptController, interrupt_cpu, raise_doorbell, release_interrupts, service_interrupts, set_alarm,
};
pub use uart::Uart;
pub use vcpu::{prepare_vcpu, silence_vcpu};
pub use zone_interrupts::ZoneInterrupts;

/// The UART that a zone has: an NS16550A.
pub type ZoneUartModel = vuart::Vns16550;

use core::sync::atomic::AtomicBool;

use super::bare;
use crate::cpu::Cpu;

/// What a hart keeps for the architecture alone.
#[derive(Debug)]
pub struct CpuData {
    /// The interrupt file of its vCPU, on a machine that has them.
    pub guest_file: Option<interrupts::GuestFile>,
    /// How the hypervisor's own interrupts reach it.
    pub own: interrupts::OwnInterrupts,
    /// The guest's registers in its frame were written afresh: an exit restores all of them.
    pub fresh: AtomicBool,
}

/// The counter that also drives the guests' timers (time).
pub fn ticks() -> u64 {
    csr::time()
}

/// Ticks in a second, as the device tree says (timebase-frequency).
pub fn ticks_per_second() -> u64 {
    features::get().timebase
}

/// Waits until an interrupt is pending for this hart. Interrupts stay masked in HS-mode: they are polled.
pub fn wait_for_interrupt() {
    csr::wfi();
}

/// The hart that runs this.
///
/// # Panics
///
/// Never: see below. Before the first hart has its record nothing calls this.
#[inline(always)]
pub fn current_cpu() -> &'static Cpu {
    let pointer = csr::thread_pointer() as *const Cpu;
    // SAFETY: entry code sets tp to the hart's record, which lives in the pool for ever, before any Rust code that
    // can reach this function runs on it; Rust code never writes tp, and the vectors bring it back from the frame.
    // Boot code runs with tp = 0 and does not call this.
    unsafe { &*pointer }
}

/// Whether this hart has its record, so that [`current_cpu`] may be called.
pub fn has_current_cpu() -> bool {
    csr::thread_pointer() != 0
}

/// The stack pointer of the caller.
#[inline(always)]
pub fn stack_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Whether the four bytes in front of a return address, as two halves, are or end with a call (unprivileged ISA: JAL and
/// JALR with x1 as rd, C.JALR).
pub fn is_call([first, second]: [u16; 2]) -> bool {
    let full = u32::from(second) << 16 | u32::from(first);
    let compressed = second & 0xf07f == 0x9002 && second & 0x0f80 != 0;
    compressed || matches!(full & 0xfff, 0x0e7 | 0x0ef)
}
