//! The state of a vCPU outside its general-purpose registers: it stays in the hardware for as long as the vCPU
//! runs, so all there is to do is to give it a first value, and to silence it at the end.

use crate::cpu::{Cpu, Start, Vcpu};

use super::exits::Registers;
use super::{cpu_interface, current_cpu, registers};

/// SCTLR_EL1 at a CPU's reset: RES1 bits of Armv8.0, MMU and caches off, little-endian (Arm ARM D24.2).
const SCTLR_EL1_RESET: u64 = 0x30d0_0800;

/// PSTATE at a CPU's reset: EL1 with its own stack pointer, all exceptions masked.
const SPSR_RESET: u64 = 0x3c5;

/// MPIDR_EL1 bit 31, which is one.
const MPIDR_RES1: u64 = 1 << 31;

unsafe extern "C" {
    fn reset_fp_registers();
}

/// Gives this CPU the state in which its vCPU executes its first instruction (PSCI 1.1, 6.4: as after reset,
/// MMU and caches off).
pub fn prepare_vcpu(cpu: &'static Cpu, vcpu: &Vcpu, start: &Start) {
    reset_el1();
    super::interrupts::silence_private(cpu);
    vcpu.zone.arch().activate();
    let affinity = psci::mpidr_of(vcpu.id);
    // SAFETY: what the guest reads as its own identity; EL2 does not use it.
    unsafe { registers::set_vmpidr_el2(affinity | MPIDR_RES1) };
    // SAFETY: as above.
    unsafe { registers::set_vpidr_el2(registers::midr_el1()) };
    if cpu.arch.is_direct() {
        cpu_interface::reset_direct();
    } else {
        cpu_interface::reset_virtual();
    }

    let mut frame = Registers::default();
    frame.set(0, start.argument);
    // SAFETY: entry code and the vectors leave the top of this CPU's stack to the frame: all Rust code runs
    // below it, and only the assembly that enters the guest reads it.
    unsafe { Registers::at_top_of_stack(cpu).write(frame) };
    // SAFETY: the return goes to EL1, behind stage 2.
    unsafe { registers::set_elr_el2(start.entry.raw()) };
    // SAFETY: as above: EL1h.
    unsafe { registers::set_spsr_el2(SPSR_RESET) };
    // SAFETY: clobbers vector registers only, none of which EL2 uses.
    unsafe { reset_fp_registers() };
}

/// The vCPU of this CPU has ended: its timers and its virtual CPU interface say nothing more.
pub fn silence_vcpu() {
    registers::set_cntv_ctl_el0(0);
    registers::set_cntp_ctl_el0(0);
    if current_cpu().arch.is_direct() {
        return cpu_interface::reset_direct();
    }
    cpu_interface::reset_virtual();
    cpu_interface::disable_virtual();
}

/// Nothing of an earlier guest on this CPU is left in registers that the next one can read.
fn reset_el1() {
    use registers::*;
    set_sctlr_el1(SCTLR_EL1_RESET);
    set_actlr_el1(0);
    set_afsr0_el1(0);
    set_afsr1_el1(0);
    set_amair_el1(0);
    set_cntkctl_el1(0);
    set_cntp_ctl_el0(0);
    set_cntp_cval_el0(0);
    set_cntv_ctl_el0(0);
    set_cntv_cval_el0(0);
    set_contextidr_el1(0);
    set_cpacr_el1(0);
    set_csselr_el1(0);
    set_elr_el1(0);
    set_esr_el1(0);
    set_far_el1(0);
    set_mair_el1(0);
    set_mdscr_el1(0);
    set_par_el1(0);
    set_sp_el0(0);
    set_sp_el1(0);
    set_spsr_el1(0);
    set_tcr_el1(0);
    set_tpidr_el0(0);
    set_tpidr_el1(0);
    set_tpidrro_el0(0);
    set_ttbr0_el1(0);
    set_ttbr1_el1(0);
    set_vbar_el1(0);
    isb();
}
