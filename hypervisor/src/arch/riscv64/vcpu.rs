//! The state of a vCPU outside its general-purpose registers: it stays in the hardware for as long as the vCPU
//! runs, so all there is to do is to give it a first value, and to silence it at the end.

use addr::GuestPhys;
use core::sync::atomic::Ordering;

use crate::cpu::{Cpu, Start, Vcpu};

use super::exits::Registers;
use super::{csr, features, guest_file, traps};

/// sstatus.FS and sstatus.VS: floating point and vectors are on for whoever runs in the guest; vsstatus has the
/// guest's own word on it.
const SSTATUS_FS: u64 = 0b11 << 13;
const SSTATUS_VS: u64 = 0b11 << 9;
/// sstatus.SPP: the return goes to supervisor level.
const SSTATUS_SPP: u64 = 1 << 8;

/// hstatus: the guest is a 64-bit one (VSXL), the return goes to V = 1 (SPV), to VS-mode (SPVP).
const HSTATUS: u64 = 2 << 32 | 1 << 8 | 1 << 7;
const HSTATUS_VGEIN_SHIFT: u32 = 12;

/// vsstatus at a hart's start: user mode is a 64-bit one (UXL), everything off.
const VSSTATUS_RESET: u64 = 2 << 32;

unsafe extern "C" {
    fn reset_fp_registers();
}

/// Gives this hart the state in which its vCPU executes its first instruction (SBI 2.0, 9.1 "hart_start": satp = 0,
/// sstatus.SIE = 0, a0 = hart id, a1 = argument; everything else undefined, here zero).
pub fn prepare_vcpu(cpu: &'static Cpu, vcpu: &Vcpu, start: &Start) {
    vcpu.zone.arch().activate();
    resume_vcpu(cpu, vcpu, start.entry, start.argument);
    if features::get().double {
        // SAFETY: clobbers floating-point registers only, none of which the hypervisor uses; FS is on.
        unsafe { reset_fp_registers() };
    }
    if features::get().vector {
        reset_vectors();
    }
    csr::set_vstimecmp(u64::MAX);
    csr::set_hvip(0);
    if let Some(file) = cpu.arch.guest_file {
        guest_file::reset(file.identities);
    }
}

/// Lets the vCPU of this hart go on at `entry` as after a start, with what is pending for it still there (SBI 2.0,
/// 9.4 "hart_suspend").
pub fn resume_vcpu(cpu: &Cpu, vcpu: &Vcpu, entry: GuestPhys, argument: u64) {
    reset_vs();
    let mut frame = Registers::new(cpu);
    frame.set(10, vcpu.id.index() as u64);
    frame.set(11, argument);
    // SAFETY: entry code and the vectors leave the top of this hart's stack to the frame: all Rust code runs below
    // it, and only the assembly that enters the guest reads it.
    unsafe { Registers::at_top_of_stack(cpu).write(frame) };
    cpu.arch.fresh.store(true, Ordering::Relaxed);
    // SAFETY: the return goes to VS-mode, behind the G-stage.
    unsafe { csr::set_sepc(entry.raw()) };
    let file = cpu.arch.guest_file.map_or(0, |file| u64::from(file.number));
    // SAFETY: as above; interrupts of the guest file that this vCPU owns.
    unsafe { csr::set_hstatus(HSTATUS | file << HSTATUS_VGEIN_SHIFT) };
    // SAFETY: the return goes to supervisor level with the hypervisor's interrupts off.
    unsafe { csr::set_sstatus(SSTATUS_FS | SSTATUS_VS | SSTATUS_SPP) };
}

/// The vCPU of this hart has ended: its timer and its interrupt file say nothing more.
pub fn silence_vcpu() {
    csr::set_vstimecmp(u64::MAX);
    csr::set_hvip(0);
    if let Some(file) = super::current_cpu().arch.guest_file {
        guest_file::reset(file.identities);
    }
}

/// Nothing of an earlier guest on this hart is left in registers that the next one can read.
fn reset_vs() {
    csr::set_vsstatus(VSSTATUS_RESET);
    csr::set_vsie(0);
    csr::set_vstvec(0);
    csr::set_vsscratch(0);
    csr::set_vsepc(0);
    csr::set_vscause(0);
    csr::set_vstval(0);
    csr::set_vsatp(0);
    // As firmware leaves it: Linux without a driver of performance counters never writes it, and its programs read time.
    csr::set_scounteren(traps::COUNTERS);
    csr::set_senvcfg(0);
    if features::get().stateen {
        csr::set_sstateen0(traps::USER_STATE);
    }
    if features::get().ssaia {
        csr::set_vsiselect(0);
    }
}

/// Zeroes the vector registers.
fn reset_vectors() {
    // SAFETY: clobbers vector registers only, none of which the hypervisor uses; VS is on. e8, m8: each move covers
    // eight registers (vector specification, 6 and 11.16).
    unsafe {
        core::arch::asm!(
            ".option push",
            ".option arch, +v",
            "vsetvli {length}, zero, e8, m8, ta, ma",
            "vmv.v.i v0, 0",
            "vmv.v.i v8, 0",
            "vmv.v.i v16, 0",
            "vmv.v.i v24, 0",
            "csrw vcsr, zero",
            "csrw vstart, zero",
            ".option pop",
            length = out(reg) _,
            options(nostack)
        )
    };
}
