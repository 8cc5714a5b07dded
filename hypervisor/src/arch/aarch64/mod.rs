//! arm64: EL2 with HCR_EL2.E2H clear, on CPUs with and without the Virtualization Host Extensions.

mod boot;
mod cpu_interface;
mod exits;
pub mod firmware;
mod image;
mod interrupts;
mod list_registers;
pub mod memory;
pub mod mmio;
mod registers;
mod self_report;
mod stage1;
mod stage2;
mod tables;
mod traps;
mod uart;
mod vcpu;

pub use boot::report_boot;
pub use interrupts::{
    clear_pending_interrupt, deactivate_interrupt, enable_interrupt, interrupt_cpu, is_interrupt_pending,
    route_interrupt, service_interrupts, set_alarm, set_interrupt_trigger,
};
pub use list_registers::CurrentListRegisters as ListRegisters;
pub use self_report::end as panic_end;
pub use stage2::ZoneData;
pub use uart::Uart;
pub use vcpu::{prepare_vcpu, silence_vcpu};

use spin::Once;
use vsysreg::GuestIds;

use crate::cpu::Cpu;
use crate::irqchip::gicv3::Redistributor;

/// What a CPU keeps for the architecture alone.
#[derive(Debug)]
pub struct CpuData {
    /// Its redistributor, for private interrupts.
    pub redistributor: Redistributor,
    /// What its guest reads in the identification registers; set when the CPU comes up.
    pub guest_ids: Once<GuestIds>,
}

/// The counter that also drives the guests' timers (CNTPCT_EL0).
pub fn ticks() -> u64 {
    registers::cntpct_el0()
}

/// Ticks in a second (CNTFRQ_EL0).
pub fn ticks_per_second() -> u64 {
    registers::cntfrq_el0()
}

/// Waits until an interrupt is pending for this CPU. Interrupts stay masked at EL2: they are polled.
pub fn wait_for_interrupt() {
    registers::wfi();
}

/// The CPU that runs this.
///
/// # Panics
///
/// Never: see below. Before the first CPU has its record nothing calls this.
#[inline(always)]
pub fn current_cpu() -> &'static Cpu {
    let pointer = registers::tpidr_el2() as *const Cpu;
    // SAFETY: entry code sets TPIDR_EL2 to the CPU's record, which lives in the pool for ever, before any Rust
    // code that can reach this function runs on it. Boot code runs with TPIDR_EL2 = 0 and does not call it.
    unsafe { &*pointer }
}

/// Whether this CPU has its record, so that [`current_cpu`] may be called.
pub fn has_current_cpu() -> bool {
    registers::tpidr_el2() != 0
}
