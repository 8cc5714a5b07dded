//! arm64: EL2 with HCR_EL2.E2H clear, on CPUs with and without the Virtualization Host Extensions.

mod boot;
mod cpu_interface;
mod direct;
mod exits;
pub mod firmware;
mod gicv2;
mod interrupts;
mod list_registers;
pub mod memory;
pub mod mmio;
mod quick_exits;
mod registers;
mod self_report;
pub mod stage1;
mod stage2;
mod traps;
mod uart;
mod vcpu;

pub use super::arm::{VcpuData, ZoneFirmware, ZoneInterrupts, ZoneUartModel, attend, new_zone_firmware};
pub use super::bare::{panic_end, report_boot};
pub use crate::irqchip::gicv3::PendingWords;
pub use boot::{check_machine, init_cpu, set_current_cpu};
pub use direct::{ZonePhysical, deactivate_directly};
pub use exits::enter;
pub use interrupts::{
    InterruptController, can_deliver_directly, clear_pending_interrupt, deactivate_interrupt,
    deliver_directly, enable_interrupt, interrupt_cpu, is_interrupt_pending, own_private_interrupts,
    pending_words, raise_doorbell, release_interrupts, route_interrupt, send_sgi, service_interrupts,
    service_interrupts_after, set_alarm, set_interrupt_trigger,
};
pub use list_registers::CurrentListRegisters as ListRegisters;
pub use stage2::ZoneData;
pub use uart::Uart;
pub use vcpu::{prepare_vcpu, silence_vcpu};

use super::{arm, bare};
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use vgic::Shortcut;
use vsysreg::GuestIds;

use crate::cpu::Cpu;
use crate::irqchip::gicv2::ShortWay;
use crate::irqchip::gicv3::Redistributor;
use crate::memory::pool::{OutOfMemory, Pool};
use crate::once::{Once, OnceRef};

/// What a CPU keeps for the architecture alone.
#[derive(Debug)]
pub struct CpuData {
    /// Its redistributor, for private interrupts.
    pub redistributor: Redistributor,
    /// The bit by which a GICv2's distributor names it; zero until it is up.
    pub target: AtomicU8,
    /// Whether its guest takes physical interrupts without the hypervisor, whose own are group 0 then.
    pub direct: AtomicBool,
    /// What the vectors need for the SGIs of such a guest.
    pub sgis: Sgis,
    /// What its guest reads in the identification registers; set when the CPU comes up.
    pub guest_ids: Once<GuestIds>,
    /// How physical interrupts reach list registers past the model, with a GICv3; set while zones are made.
    pub shortcut: OnceRef<Shortcut<'static>>,
    /// The same with a GICv2.
    pub shortcut_v2: OnceRef<ShortcutV2>,
}

/// A shortcut, and the registers for it.
#[derive(Debug)]
pub struct ShortcutV2 {
    /// The interfaces of the CPU.
    pub gic: ShortWay,
    /// That of its vCPU.
    pub shortcut: &'static Shortcut<'static>,
}

/// How a guest's write of ICC_SGI1R_EL1 becomes the physical one: a [`vgic::direct::Placement`], all zero where there is
/// none. The assembly of the vectors knows this layout.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Sgis {
    /// Bits that may be set in a value for the vectors.
    pub allowed: AtomicU64,
    /// Bits that the physical value has.
    pub range: AtomicU64,
    /// How far the target list moves.
    pub shift: AtomicU64,
}

impl CpuData {
    /// Gives the CPU the shortcut of its vCPU.
    ///
    /// # Errors
    ///
    /// The pool is used up.
    pub fn set_shortcut(
        &self,
        pool: &mut Pool,
        shortcut: &'static Shortcut<'static>,
    ) -> Result<(), OutOfMemory> {
        match gicv2::short_way() {
            Some(gic) => self.shortcut_v2.set(pool.place(ShortcutV2 { gic, shortcut })?),
            None => self.shortcut.set(shortcut),
        }
        Ok(())
    }

    /// The shortcut of its vCPU, if it has one.
    pub fn any_shortcut(&self) -> Option<&Shortcut<'static>> {
        self.shortcut.get().or_else(|| self.shortcut_v2.get().map(|found| found.shortcut))
    }

    /// Whether its guest takes physical interrupts without the hypervisor.
    #[inline(always)]
    pub fn is_direct(&self) -> bool {
        self.direct.load(Ordering::Relaxed)
    }
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
    let pointer: *const Cpu;
    // SAFETY: reads a register that keeps its value from entry on (`pure`: once is enough).
    unsafe {
        core::arch::asm!("mrs {}, tpidr_el2", out(reg) pointer, options(pure, nomem, nostack, preserves_flags))
    };
    // SAFETY: entry code sets TPIDR_EL2 to the CPU's record, which lives in the pool for ever, before any Rust
    // code that can reach this function runs on it. Boot code runs with TPIDR_EL2 = 0 and does not call it.
    unsafe { &*pointer }
}

/// The stack pointer of the caller.
#[inline(always)]
pub fn stack_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Whether the four bytes in front of a return address, as two halves, are a call (Arm ARM, C6.2: BL, BLR).
pub fn is_call([first, second]: [u16; 2]) -> bool {
    let instruction = u32::from(second) << 16 | u32::from(first);
    instruction >> 26 == 0b10_0101 || instruction & 0xffff_fc1f == 0xd63f_0000
}

/// Whether the machine has a GICv2.
pub fn has_gicv2() -> bool {
    gicv2::is_used()
}

/// A bit for each list register that a CPU has.
pub fn list_registers() -> u32 {
    !u32::MAX.wrapping_shl(vgic::ListRegisters::count(&ListRegisters::of_this_cpu()) as u32)
}

/// Implemented bits of a guest interrupt's priority.
pub fn priority_bits() -> u8 {
    if has_gicv2() {
        return 5;
    }
    // Boot refuses a machine where this is unknown.
    cpu_interface::virtual_interface().map_or(5, |interface| interface.priority_bits)
}

/// Whether this CPU has its record, so that [`current_cpu`] may be called.
pub fn has_current_cpu() -> bool {
    registers::tpidr_el2() != 0
}
