//! Exits from a guest: called by the trap vector with the guest's registers saved, and back into the guest.

use core::sync::atomic::Ordering;

use addr::GuestPhys;
use exception::riscv64::{Cause, GuestState};
use rvinsn::{Access, Transformed};

use crate::cpu::{Cpu, Vcpu};
use crate::zone::lifecycle;
use crate::{exits, run};

use super::zone_interrupts::{Aia, ZoneInterrupts};
use super::{calls, csr};

core::arch::global_asm!(
    include_str!("traps.S"),
    FRAME_SIZE = const size_of::<Registers>(),
    FRAME_CPU = const core::mem::offset_of!(Registers, cpu),
    EMERGENCY_TOP = const core::mem::offset_of!(Cpu, emergency_top),
    ECALL_FROM_VS = const ECALL_FROM_VS,
    LOAD_GUEST_PAGE_FAULT = const LOAD_GUEST_PAGE_FAULT,
    STORE_GUEST_PAGE_FAULT = const STORE_GUEST_PAGE_FAULT,
    RESTORE = const Next::Restore as u64,
    CALLEE_SAVED = const CALLEE_SAVED,
);

unsafe extern "C" {
    fn guest_fetch(address: u64) -> i64;
}

/// Causes that come here (privileged specification, "scause" with the hypervisor extension).
const ECALL_FROM_VS: u64 = 10;
const INSTRUCTION_GUEST_PAGE_FAULT: u64 = 20;
const LOAD_GUEST_PAGE_FAULT: u64 = 21;
const VIRTUAL_INSTRUCTION: u64 = 22;
const STORE_GUEST_PAGE_FAULT: u64 = 23;

/// Registers that functions preserve, a bit each: x8, x9, and x18 to x27 (RISC-V ABIs, "Integer Register Convention").
const CALLEE_SAVED: u32 = 0b11 << 8 | 0x3ff << 18;

/// sstatus.SPP: the trap came from supervisor level of the guest.
const SSTATUS_SPP: u64 = 1 << 8;

/// A guest's general-purpose registers, x0 among them, and this hart's record. The trap vector knows this layout.
#[derive(Clone, Debug)]
#[repr(C, align(16))]
pub struct Registers {
    x: [u64; 32],
    cpu: u64,
}

impl Registers {
    /// All zero, for the guest of `cpu`.
    pub fn new(cpu: &Cpu) -> Self {
        Self { x: [0; 32], cpu: core::ptr::from_ref(cpu) as u64 }
    }

    /// Register `index`; x0, which nothing writes, is zero.
    #[inline(always)]
    pub fn get(&self, index: u8) -> u64 {
        self.x.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// Writes register `index`; nothing is written to x0.
    #[inline(always)]
    pub fn set(&mut self, index: u8, value: u64) {
        if index != 0
            && let Some(slot) = self.x.get_mut(usize::from(index))
        {
            *slot = value;
        }
    }

    /// Where the trap vector saves and restores the registers of this hart's guest.
    pub fn at_top_of_stack(cpu: &Cpu) -> *mut Self {
        cpu.stack_top.raw().wrapping_sub(size_of::<Self>() as u64) as *mut Self
    }

    /// All of them, by number.
    pub fn all(&self) -> &[u64; 32] {
        &self.x
    }
}

/// Enters the guest for the first time on this stack; every later entry is the end of an exit.
pub fn enter(cpu: &'static Cpu) -> ! {
    unsafe extern "C" {
        fn enter_guest(frame: u64) -> !;
    }
    cpu.arch.fresh.store(false, Ordering::Relaxed);
    // SAFETY: `prepare_vcpu` filled the frame, sepc, sstatus and hstatus; the stack below it is done with.
    unsafe { enter_guest(Registers::at_top_of_stack(cpu) as u64) }
}

/// The vCPU whose exit this is.
#[inline(always)]
fn guest() -> &'static Vcpu {
    // SAFETY: the functions of this module run on exits from a guest alone, which this hart entered as the vCPU that it
    // had been given.
    unsafe { super::current_cpu().guest() }
}

/// The end of every exit: do what other harts asked, and stay here while the vCPU is not to run. True when the guest's
/// registers were written afresh meanwhile: then all of them are to be restored.
#[inline(always)]
fn finish(cpu: &'static Cpu) -> bool {
    if cpu.has_requests() || !guest().is_running() {
        return finish_slowly(cpu);
    }
    false
}

fn finish_slowly(cpu: &'static Cpu) -> bool {
    run::serve(cpu);
    if !guest().is_running() {
        run::until_running(cpu);
    }
    cpu.arch.fresh.swap(false, Ordering::Relaxed)
}

/// A call of the guest to what it takes for its firmware.
#[unsafe(no_mangle)]
extern "C" fn exit_call(frame: &mut Registers) -> bool {
    let cpu = super::current_cpu();
    cpu.exits.count(exits::Cause::Call);
    skip(4);
    calls::call(cpu, guest(), frame);
    finish(cpu)
}

/// An interrupt for the hypervisor.
#[unsafe(no_mangle)]
extern "C" fn exit_interrupt(_: &mut Registers) -> bool {
    let cpu = super::current_cpu();
    cpu.exits.count(exits::Cause::Interrupt);
    super::service_interrupts(cpu);
    finish(cpu)
}

/// What the trap vector does after [`exit_load`] and [`exit_store`].
#[repr(u64)]
enum Next {
    /// Back to the guest: the registers that functions preserve are its own.
    Return = 0,
    /// All registers are restored from the frame.
    Restore = 1,
    /// Nothing has been done, for want of the registers that functions preserve: once more, with those in the frame.
    Complete = 2,
}

/// A load that the G-stage does not map, with htinst. Unless the frame is `complete`, it lacks the registers that
/// functions preserve; those that htinst names are not among them.
///
/// The APLIC comes first, and everything else in functions that are gone on to: these few registers are those that a
/// guest has to do with while it runs.
#[unsafe(no_mangle)]
extern "C" fn exit_load(frame: &mut Registers, complete: bool, htinst: u64) -> Next {
    if !rvinsn::is_whole_load(htinst) {
        return match decode_otherwise(htinst) {
            Some(access) => load(frame, access, complete),
            None => data_fault(Cause::LoadAccessFault),
        };
    }
    let access = Access::of_whole(htinst);
    if let Some((aplic, offset)) = aplic_at(fault_address()) {
        let value = aplic.load(offset, access.width());
        return loaded(frame, access, value, complete);
    }
    load(frame, access, complete)
}

/// The same for a store.
#[unsafe(no_mangle)]
extern "C" fn exit_store(frame: &mut Registers, complete: bool, htinst: u64) -> Next {
    if !rvinsn::is_whole_store(htinst) {
        return match decode_otherwise(htinst) {
            Some(access) => store(frame, access, complete),
            None => data_fault(Cause::StoreAccessFault),
        };
    }
    let access = Access::of_whole(htinst);
    if let Some((aplic, offset)) = aplic_at(fault_address()) {
        aplic.store(guest().zone, offset, access.width(), frame.get(access.stored_register()));
        return accessed(access, false);
    }
    // The frame has the register, whichever it is: htinst names it.
    store(frame, access, true)
}

/// The APLIC of this hart's guest, if the address is in its frame, and how far.
#[inline(always)]
fn aplic_at(address: GuestPhys) -> Option<(&'static Aia, u32)> {
    match guest().zone.interrupts() {
        ZoneInterrupts::Aia(aplic) => Some((aplic, aplic.offset_of(address)?)),
        ZoneInterrupts::Plic(_) => None,
    }
}

/// A load from anywhere.
#[inline(never)]
fn load(frame: &mut Registers, access: Access, complete: bool) -> Next {
    if CALLEE_SAVED >> access.loaded_register() & 1 != 0 && !complete {
        return Next::Complete;
    }
    let (address, width) = (fault_address(), access.width());
    // A misaligned one reaches into another register, or another page: no device is driven so.
    if !address.is_aligned(u64::from(width.bytes())) {
        return data_fault(Cause::LoadAccessFault);
    }
    let vcpu = guest();
    let value = vcpu.zone.load(vcpu, address, width);
    match value.or_else(|| vcpu.zone.access_rest(address, width, None)) {
        Some(value) => loaded(frame, access, value, complete),
        None => data_fault(Cause::LoadAccessFault),
    }
}

/// A store to anywhere.
#[inline(never)]
fn store(frame: &mut Registers, access: Access, complete: bool) -> Next {
    if CALLEE_SAVED >> access.stored_register() & 1 != 0 && !complete {
        return Next::Complete;
    }
    let (address, width) = (fault_address(), access.width());
    let value = access.extend(frame.get(access.stored_register()));
    let vcpu = guest();
    if address.is_aligned(u64::from(width.bytes()))
        && (vcpu.zone.store(vcpu, address, width, value)
            || vcpu.zone.access_rest(address, width, Some(value)).is_some())
    {
        // No register of the guest has changed.
        return accessed(access, false);
    }
    data_fault(Cause::StoreAccessFault)
}

/// A device answers a load with this value.
#[inline(never)]
fn loaded(frame: &mut Registers, access: Access, value: u64, complete: bool) -> Next {
    frame.set(access.loaded_register(), access.extend(value));
    accessed(access, complete)
}

/// A device has been accessed: the guest goes on behind that. `restore`: with all registers from the frame.
#[inline(always)]
fn accessed(access: Access, restore: bool) -> Next {
    let cpu = super::current_cpu();
    cpu.exits.count(exits::Cause::Access);
    skip(u64::from(access.length()));
    // A vCPU that is to stop is told so by a request.
    if cpu.has_requests() {
        return end(cpu, restore);
    }
    if restore { Next::Restore } else { Next::Return }
}

#[inline(never)]
fn end(cpu: &'static Cpu, restore: bool) -> Next {
    if finish(cpu) || restore { Next::Restore } else { Next::Return }
}

/// Anything else that the hypervisor has to answer. All registers are saved, and all are restored.
#[unsafe(no_mangle)]
extern "C" fn exit_trap(_: &mut Registers, cause: u64) {
    let (cpu, vcpu) = (super::current_cpu(), guest());
    match cause {
        INSTRUCTION_GUEST_PAGE_FAULT => instruction_fault(cpu, vcpu),
        VIRTUAL_INSTRUCTION => {
            cpu.exits.count(exits::Cause::Trap);
            inject(Cause::IllegalInstruction, csr::stval());
        }
        _ => unexpected(vcpu, cause),
    }
    finish(cpu);
}

/// The guest-physical address of a G-stage fault. The two lowest bits are those of the virtual address.
fn fault_address() -> GuestPhys {
    GuestPhys::new(csr::htval() << 2 | csr::stval() & 0b11)
}

/// A load or store of what is not the zone's.
#[inline(never)]
fn data_fault(fault: Cause) -> Next {
    let cpu = super::current_cpu();
    let vcpu = guest();
    cpu.exits.count(exits::Cause::Refused);
    let pc = csr::sepc();
    if cpu.fault_loop.note(csr::vsepc() == pc && csr::sstatus() & SSTATUS_SPP != 0) {
        let address = fault_address();
        lifecycle::fail(vcpu, format_args!("it faults for ever: PC {pc:#x}, GPA {address}"));
    } else {
        inject(fault, csr::stval());
    }
    end(cpu, false)
}

/// The access that trapped where htinst does not tell all of it: from the guest's own memory, if need be. `None` where
/// it is none that a device is driven by: an implicit access of the guest's page tables, or the later part of one that
/// is not aligned.
#[inline(never)]
fn decode_otherwise(htinst: u64) -> Option<Access> {
    let access = match rvinsn::decode_transformed(htinst).ok()? {
        Transformed::Access(access) => access,
        Transformed::NotGiven => rvinsn::decode(fetch(csr::sepc())?).ok()?,
        Transformed::TableWalk { .. } => return None,
    };
    // By now another vCPU may have changed what was fetched.
    let is_store = csr::scause() == STORE_GUEST_PAGE_FAULT;
    (access.offset() == 0 && access.is_store() == is_store).then_some(access)
}

/// The instruction at a guest-virtual address, read with the guest's own rights: by now another vCPU may have taken
/// it away.
fn fetch(pc: u64) -> Option<u32> {
    // SAFETY: the load is the guest's own; its faults come back as a negative number.
    let low = u32::try_from(unsafe { guest_fetch(pc) }).ok()?;
    if low & 0b11 != 0b11 {
        return Some(low);
    }
    // SAFETY: as above.
    let high = u32::try_from(unsafe { guest_fetch(pc.wrapping_add(2)) }).ok()?;
    Some(high << 16 | low)
}

fn instruction_fault(cpu: &Cpu, vcpu: &Vcpu) {
    let pc = csr::sepc();
    cpu.exits.count(exits::Cause::Refused);
    inject(Cause::InstructionAccessFault, csr::stval());
    // An exception whose vector cannot be fetched leads back to itself: the guest would fault for ever.
    if csr::sepc() == pc {
        let address = fault_address();
        match rvinsn::decode_transformed(csr::htinst()) {
            Ok(Transformed::TableWalk { .. }) => {
                lifecycle::fail(vcpu, format_args!("its page tables at GPA {address} are not its memory"))
            }
            _ => lifecycle::fail(
                vcpu,
                format_args!("its trap vector at PC {pc:#x} (GPA {address}) is not its memory"),
            ),
        }
    }
}

/// A cause that no setting of ours lets through: the zone is stopped, with all that is known.
#[cold]
fn unexpected(vcpu: &Vcpu, cause: u64) {
    let (pc, value, address) = (csr::sepc(), csr::stval(), fault_address());
    lifecycle::fail(
        vcpu,
        format_args!("unexpected exception at PC {pc:#x}, cause {cause}, stval {value:#x}, GPA {address}"),
    );
}

#[inline(always)]
fn skip(length: u64) {
    // SAFETY: the return still goes to the guest, one instruction on.
    unsafe { csr::set_sepc(csr::sepc().wrapping_add(length)) };
}

/// Lets the guest make the same call once more.
pub fn repeat_call() {
    // SAFETY: back to the ECALL, which was stepped over.
    unsafe { csr::set_sepc(csr::sepc().wrapping_sub(4)) };
}

/// A call named memory that the guest cannot read: it takes the fault at its ECALL.
pub fn refuse_call_argument(address: u64) {
    repeat_call();
    inject(Cause::LoadAccessFault, address);
}

/// Lets the guest take an exception when it is returned to.
fn inject(cause: Cause, value: u64) {
    let status = csr::sstatus();
    let guest = GuestState {
        pc: csr::sepc(),
        vsstatus: csr::vsstatus(),
        vstvec: csr::vstvec(),
        from_user: status & SSTATUS_SPP == 0,
    };
    let taken = cause.apply(&guest, value);
    csr::set_vsepc(taken.vsepc);
    csr::set_vscause(taken.vscause);
    csr::set_vstval(taken.vstval);
    csr::set_vsstatus(taken.vsstatus);
    // SAFETY: the return goes to the guest's own vector.
    unsafe { csr::set_sepc(taken.pc) };
    // SAFETY: in VS-mode, where that vector runs.
    unsafe { csr::set_sstatus(status | SSTATUS_SPP) };
}
