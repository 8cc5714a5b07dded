//! Exits from a guest: called by the vectors with the guest's registers saved, and back into the guest.

use addr::GuestPhys;
use exception::{Abort, Class, GuestState, Injection};
use vgic::SgiRegister;
use vsysreg::{Emulated, Outcome, SysReg};

use crate::cpu::{Cpu, Vcpu};
use crate::exits::Cause;
use crate::run;
use crate::zone::{DESCRIBE, lifecycle};

use super::arm::hypercall;
use super::registers::{self, id_register};
use super::{current_cpu, direct};

core::arch::global_asm!(
    include_str!("vectors.S"),
    FRAME_SIZE = const size_of::<Registers>(),
    SELF_FRAME_SIZE = const size_of::<Registers>(),
    EMERGENCY_TOP = const core::mem::offset_of!(Cpu, emergency_top),
    SGIS = const core::mem::offset_of!(Cpu, arch.sgis),
    TRAPS = const core::mem::offset_of!(Cpu, exits) + size_of::<u64>() * Cause::Trap as usize,
);

/// From here on this CPU looks first whether an exit is an SGI of its guest, which takes physical interrupts itself.
pub fn answer_sgis_first() {
    unsafe extern "C" {
        static vectors_direct: [u8; 0];
    }
    // SAFETY: the table answers every exception as the first one does, but for the guest's SGIs.
    unsafe { registers::set_vbar_el2((&raw const vectors_direct) as u64) };
    registers::isb();
}

/// ESR_EL2.ISS of a call: its immediate.
pub(super) const IMMEDIATE: u64 = 0xffff;
/// The immediate of hvisor's calls, which are otherwise none.
const HVISOR: u64 = 0x4856;
/// SPSR_EL2.M[4]: the guest was in AArch32 state.
pub(super) const PSTATE_AARCH32: u64 = 1 << 4;
/// PSTATE.M: the exception level, which of a guest's code is 0 or 1.
const PSTATE_LEVEL: u64 = 0b11 << 2;

/// A guest's general-purpose registers. The assembly of the vectors knows this layout.
#[derive(Clone, Debug, Default)]
#[repr(C, align(16))]
pub struct Registers {
    x: [u64; 32],
}

impl Registers {
    /// Register `index`; 31 is the zero register.
    #[inline(always)]
    pub fn get(&self, index: u8) -> u64 {
        // The vectors have put zero in the last place, and nobody else writes there.
        self.x.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// Writes register `index`; 31 is the zero register.
    #[inline(always)]
    pub fn set(&mut self, index: u8, value: u64) {
        if index < 31
            && let Some(slot) = self.x.get_mut(usize::from(index))
        {
            *slot = value;
        }
    }

    /// The same where this exit reads no register any more: what the zero register has taken is gone with it.
    #[inline(always)]
    pub(super) fn set_last(&mut self, index: u8, value: u64) {
        if let Some(slot) = self.x.get_mut(usize::from(index)) {
            *slot = value;
        }
    }

    /// Where the vectors save and restore the registers of this CPU's guest.
    pub fn at_top_of_stack(cpu: &Cpu) -> *mut Self {
        cpu.stack_top.raw().wrapping_sub(size_of::<Self>() as u64) as *mut Self
    }

    /// All of them, x0 first; the last place is spare, or the stack pointer in a report.
    pub fn all(&self) -> &[u64; 32] {
        &self.x
    }
}

/// Enters the guest for the first time on this stack; every later entry is the end of an exit.
pub fn enter(cpu: &'static Cpu) -> ! {
    unsafe extern "C" {
        fn enter_guest(frame: *const Registers) -> !;
    }
    // SAFETY: `prepare_vcpu` filled the frame, ELR_EL2 and SPSR_EL2; the stack below it is done with.
    unsafe { enter_guest(Registers::at_top_of_stack(cpu)) }
}

/// The vCPU whose exit this is.
#[inline(always)]
pub(super) fn guest() -> &'static Vcpu {
    // SAFETY: the functions of this module run on exits from a guest alone, which this CPU entered as the vCPU that it
    // had been given.
    unsafe { current_cpu().guest() }
}

/// The end of every exit: do what other CPUs asked, and stay here while the vCPU is not to run.
#[inline(always)]
fn finish(cpu: &'static Cpu) {
    if cpu.has_requests() || !guest().is_running() {
        finish_slowly(cpu);
    }
}

#[inline(never)]
pub(super) fn finish_slowly(cpu: &'static Cpu) {
    run::serve(cpu);
    if !guest().is_running() {
        run::until_running(cpu);
    }
}

/// What an interrupt left to `exit_interrupt` where none was acknowledged yet.
pub(super) const NOT_ACKNOWLEDGED: u32 = u32::MAX;

/// An interrupt for EL2, or the rest of them.
#[unsafe(no_mangle)]
extern "C" fn exit_interrupt(left: u32) {
    let cpu = current_cpu();
    super::service_interrupts_after(cpu, left.checked_sub(1).filter(|_| left != NOT_ACKNOWLEDGED));
    finish(cpu);
}

/// An interrupt for EL2 where the guest takes its own, which are IRQs. Elsewhere FIQs are the secure world's, and none
/// is routed to EL2.
#[unsafe(no_mangle)]
extern "C" fn exit_fiq(_: &mut Registers) {
    let cpu = current_cpu();
    if cpu.arch.is_direct() {
        cpu.exits.count(Cause::Interrupt);
        super::service_interrupts(cpu);
    } else {
        fail(guest(), "FIQ taken to EL2");
    }
    finish(cpu);
}

/// A system error while the guest ran: it can be the guest's doing (a write that the bus refused), so it
/// costs the zone and nothing else.
#[unsafe(no_mangle)]
extern "C" fn exit_serror(_: &mut Registers) {
    fail(guest(), "system error (SError)");
    finish(current_cpu());
}

/// An instruction of the guest that EL2 has to answer.
#[unsafe(no_mangle)]
extern "C" fn exit_synchronous(frame: &mut Registers) {
    let (cpu, vcpu) = (current_cpu(), guest());
    let esr = registers::esr_el2();
    let class = Class::of(esr);
    match class {
        // Counted where it is known whether a device answers.
        Class::DataAbort | Class::InstructionAbort => {}
        Class::Hvc | Class::Smc => cpu.exits.count(Cause::Call),
        _ => cpu.exits.count(Cause::Trap),
    }
    match class {
        Class::DataAbort => {
            if !drive_device(cpu, frame, esr) {
                data_abort(cpu, vcpu, esr);
            }
        }
        Class::SystemRegister => system_register(cpu, vcpu, frame, esr),
        Class::Hvc => call(cpu, vcpu, frame, esr),
        Class::Smc => {
            skip_instruction();
            call(cpu, vcpu, frame, esr);
        }
        Class::InstructionAbort => instruction_abort(cpu, vcpu, esr),
        Class::Wait => skip_instruction(),
        Class::Undefined => inject(Injection::Undefined),
        Class::Unexpected => fail(vcpu, "unexpected exception"),
    }
    finish(cpu);
}

/// Carries the load or store that a data abort is out on a device of the zone; false where it is not by one that a
/// device is driven, or none is there.
#[inline(never)]
pub(super) fn drive_device(cpu: &'static Cpu, frame: &mut Registers, esr: u64) -> bool {
    let (vcpu, abort) = (guest(), abort(esr));
    let Some(access) = abort.device_access() else { return false };
    // AArch32 code at EL0 has instructions of two lengths and IT blocks to step over: none of it drives devices.
    if registers::spsr_el2() & PSTATE_AARCH32 != 0 {
        return false;
    }
    let write = access.is_store().then(|| access.truncate(frame.get(access.register())));
    let (address, width) = (abort.address(), access.width());
    let answer = vcpu.zone.access(cpu, vcpu, address, width, write);
    let Some(value) = answer.or_else(|| vcpu.zone.access_rest(address, width, write)) else {
        return false;
    };
    cpu.exits.count(Cause::Access);
    if !access.is_store() {
        frame.set(access.register(), access.extend(value));
    }
    skip_instruction();
    true
}

pub(super) fn abort(esr: u64) -> Abort {
    Abort { esr, far: registers::far_el2(), hpfar: registers::hpfar_el2() }
}

/// An access to what is not the zone's.
fn data_abort(cpu: &Cpu, vcpu: &Vcpu, esr: u64) {
    cpu.exits.count(Cause::Refused);
    let again = registers::elr_el1() == registers::elr_el2() && registers::spsr_el2() & PSTATE_LEVEL != 0;
    if cpu.fault_loop.note(again) {
        return fail(vcpu, "it faults for ever");
    }
    let abort = abort(esr);
    inject(Injection::DataAbort { address: abort.far, on_table_walk: abort.on_table_walk() });
}

fn instruction_abort(cpu: &Cpu, vcpu: &Vcpu, esr: u64) {
    let pc = registers::elr_el2();
    cpu.exits.count(Cause::Refused);
    let abort = abort(esr);
    inject(Injection::InstructionAbort { address: abort.far, on_table_walk: abort.on_table_walk() });
    // An exception whose vector cannot be fetched leads back to itself: the guest would abort for ever.
    if registers::elr_el2() == pc {
        fail(
            vcpu,
            if abort.on_table_walk() {
                "its page tables are not its memory"
            } else {
                "its exception vector is not its memory"
            },
        );
    }
}

fn system_register(cpu: &'static Cpu, vcpu: &Vcpu, frame: &mut Registers, esr: u64) {
    let access = SysReg::from_iss(esr as u32);
    let Some(ids) = cpu.arch.guest_ids.get() else { return inject(Injection::Undefined) };
    match vsysreg::decide(ids, access.reg, access.read) {
        Outcome::Value(value) => frame.set(access.rt, value),
        Outcome::Ignored => {}
        Outcome::Undefined => return inject(Injection::Undefined),
        Outcome::Emulate(emulated) => {
            let (zone, value) = (vcpu.zone, frame.get(access.rt));
            match emulated {
                Emulated::Sgi1r => zone.send_sgi(vcpu.id, SgiRegister::Sgi1r, value),
                Emulated::Asgi1r => zone.send_sgi(vcpu.id, SgiRegister::Asgi1r, value),
                Emulated::Sgi0r => zone.send_sgi(vcpu.id, SgiRegister::Sgi0r, value),
                Emulated::Deactivate => zone.deactivate(cpu, vcpu, value),
                // Such trap only where the guest takes physical interrupts itself.
                Emulated::PriorityMask => direct::set_priority_mask(value),
                Emulated::Control => direct::set_control(value),
                Emulated::RunningPriority => {}
            }
        }
        Outcome::EmulateRead(emulated) => frame.set(
            access.rt,
            match emulated {
                Emulated::PriorityMask => direct::priority_mask(),
                Emulated::Control => direct::control(),
                Emulated::RunningPriority => direct::running(),
                _ => 0,
            },
        ),
    }
    skip_instruction();
}

/// HVC and SMC alike (SMCCC, DEN0028): nothing of a guest ever reaches firmware.
fn call(cpu: &'static Cpu, vcpu: &Vcpu, frame: &mut Registers, esr: u64) {
    if frame.get(0) == DESCRIBE && matches!(esr & IMMEDIATE, 0 | HVISOR) {
        return frame.set(0, vcpu.zone.describe_channels(frame.get(1)));
    }
    let function = if esr & IMMEDIATE == 0 { frame.get(0) as u32 } else { hypercall::UNKNOWN };
    let arguments = [frame.get(1), frame.get(2), frame.get(3)];
    if let Some(result) = hypercall::call(cpu, vcpu, function, arguments) {
        frame.set(0, result);
    }
}

/// Stops the zone for what cannot be answered inside it, with all that is known.
#[cold]
#[inline(never)]
fn fail(vcpu: &Vcpu, what: &str) {
    let (pc, esr, far) = (registers::elr_el2(), registers::esr_el2(), registers::far_el2());
    let address = GuestPhys::new(registers::hpfar_el2() >> 4 << 12);
    lifecycle::fail(vcpu, format_args!("{what}: PC {pc:#x}, ESR {esr:#x}, FAR {far:#x}, IPA {address}"));
}

#[inline(always)]
pub(super) fn skip_instruction() {
    // Only 4-byte AArch64 instructions are emulated: all else is answered with an exception.
    // SAFETY: the return still goes to the guest, one instruction on.
    unsafe { registers::set_elr_el2(registers::elr_el2().wrapping_add(4)) };
}

/// Lets the guest take an exception when it is returned to.
fn inject(injection: Injection) {
    let pfr1 = id_register!("S3_0_C0_C4_1");
    let guest = GuestState {
        pstate: registers::spsr_el2(),
        pc: registers::elr_el2(),
        vbar: registers::vbar_el1(),
        sctlr: registers::sctlr_el1(),
        esr: registers::esr_el2(),
        has_pan: id_register!("S3_0_C0_C7_1") >> 20 & 0xf != 0,
        has_ssbs: pfr1 >> 4 & 0xf != 0,
        has_mte: pfr1 >> 8 & 0xf >= 2,
        has_nmi: pfr1 >> 36 & 0xf != 0,
    };
    let taken = injection.apply(&guest);
    registers::set_elr_el1(taken.elr);
    registers::set_spsr_el1(taken.spsr);
    registers::set_esr_el1(taken.esr);
    if let Some(far) = taken.far {
        registers::set_far_el1(far);
    }
    // SAFETY: the return goes to the guest's own vector at EL1.
    unsafe { registers::set_elr_el2(taken.pc) };
    // SAFETY: `Injection::apply` yields EL1h.
    unsafe { registers::set_spsr_el2(taken.pstate) };
}
