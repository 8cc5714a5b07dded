//! Exits that are answered at once, and the guest goes on: what it leaves for most. The vectors have saved for them only
//! the registers that Rust functions may change.
//!
//! Requests of other CPUs need no look here: they interrupt the guest.
//!
//! The functions stand in a section of their own because the compiler then leaves them whole: from others it moves what
//! they have in common elsewhere, for size, and calls it (`.cargo/config.toml`).

use exception::{Class, RegisterAccess};
use vgic::{SgiRegister, Shortcut};

use crate::cpu::Cpu;
use crate::exits::Cause;

use super::exits::{
    IMMEDIATE, NOT_ACKNOWLEDGED, PSTATE_AARCH32, Registers, abort, drive_device, finish_slowly, guest,
    skip_instruction,
};
use super::list_registers::RawListRegisters;
use super::{ShortcutV2, cpu_interface, current_cpu, gicv2, registers};

/// ESR_EL2.ISS, and what it is for a write of ICC_SGI1R_EL1, the number of its register apart (Arm ARM, D24.2.40 "ISS
/// encoding for an exception from MSR, MRS").
const ISS: u32 = 0x1ff_ffff;
const WRITE_OF_SGI1R: u32 = 0x3a_3016;

/// An interrupt for EL2, if it is one that the guest gets at once. Returns zero when that was all; else what is left
/// to `exit_interrupt`: an INTID that was acknowledged and its priority dropped, and one is added to it.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.exits")]
extern "C" fn exit_interrupt_quickly() -> u32 {
    let cpu = current_cpu();
    cpu.exits.count(Cause::Interrupt);
    match cpu.arch.shortcut.get() {
        Some(shortcut) => interrupt_of_gicv3(shortcut),
        None => interrupt_of_gicv2(cpu),
    }
}

/// The same on a machine with a GICv3. Each takes a free list register, so that a flood ends here as well.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn interrupt_of_gicv3(shortcut: &Shortcut<'_>) -> u32 {
    loop {
        let intid = cpu_interface::acknowledge_any();
        if !shortcut.deliver(intid, &mut RawListRegisters) {
            return left_of(intid);
        }
        cpu_interface::drop_priority(intid);
    }
}

/// The same on a machine with a GICv2.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn interrupt_of_gicv2(cpu: &'static Cpu) -> u32 {
    let Some(&ShortcutV2 { mut gic, shortcut }) = cpu.arch.shortcut_v2.get() else { return NOT_ACKNOWLEDGED };
    loop {
        let acknowledged = gic.acknowledge();
        let intid = acknowledged.intid();
        if shortcut.deliver(intid, &mut gic) {
            gic.drop_priority(acknowledged);
        } else if cpu_interface::is_special(intid) {
            return 0;
        } else {
            gic.drop_priority_of_any(acknowledged);
            return intid.wrapping_add(1);
        }
    }
}

/// What is left of an interrupt that has no shortcut.
#[inline(always)]
fn left_of(intid: u32) -> u32 {
    if cpu_interface::is_special(intid) {
        return 0;
    }
    cpu_interface::drop_priority(intid);
    intid.wrapping_add(1)
}

/// A synchronous exception of the guest, if it is one of what a guest does most: calls that ask for a version, reads of
/// identification registers, SGIs, and accesses to devices. True when it is left to `exit_synchronous`, nothing having
/// been done.
///
/// The vectors have not saved registers that functions preserve: what needs one of those is left, too.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.exits")]
extern "C" fn exit_quickly(frame: &mut Registers) -> bool {
    let esr = registers::esr_el2();
    // Each is a function of its own, called last, so that none saves registers for another.
    match RegisterAccess::plain(esr) {
        Some(access) if access.is_store() => left_by_store(frame, access),
        Some(access) => left_by_load(frame, access),
        None => match Class::frequent(esr) {
            Class::Hvc => left_by_versions(frame, esr),
            Class::SystemRegister => left_by_registers(frame, esr),
            Class::DataAbort => left_by_devices(frame),
            _ => true,
        },
    }
}

/// The end of an exit that only this CPU itself can have asked for something: requests of others interrupt the guest.
#[inline(always)]
fn finish_quickly(cpu: &'static Cpu) {
    if cpu.has_requests() {
        finish_slowly(cpu);
    }
}

/// Answers a call that asks for a version. True where it is another one.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_versions(frame: &mut Registers, esr: u64) -> bool {
    if esr & IMMEDIATE != 0 {
        return true;
    }
    let Some(value) = psci::constant(frame.get(0) as u32) else { return true };
    current_cpu().exits.count(Cause::Call);
    frame.set(0, value);
    false
}

/// Answers a write that sends an SGI of group 1, or a read of an identification register. True where it is neither.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_registers(frame: &mut Registers, esr: u64) -> bool {
    let cpu = current_cpu();
    let register = (esr >> 5) as u8 & 0x1f;
    if !is_saved(register) {
        return true;
    }
    if esr as u32 & !(0x1f << 5) & ISS == WRITE_OF_SGI1R && !gicv2::is_used() {
        cpu.exits.count(Cause::Trap);
        skip_instruction();
        let (vcpu, value) = (guest(), frame.get(register));
        if !vcpu.zone.send_to_self(vcpu.id, value) {
            send_sgi(cpu, value);
        }
        return false;
    }
    let Some((_, value)) = cpu.arch.guest_ids.get().and_then(|ids| ids.answer(esr as u32)) else {
        return true;
    };
    cpu.exits.count(Cause::Trap);
    frame.set(register, value);
    skip_instruction();
    false
}

#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn send_sgi(cpu: &'static Cpu, value: u64) {
    let vcpu = guest();
    vcpu.zone.send_sgi(vcpu.id, SgiRegister::Sgi1r, value);
    finish_quickly(cpu);
}

/// Carries a plain load out on the zone's GIC where that concerns its model alone. True where it is left to
/// `exit_synchronous`, and it is not for the other devices either.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_load(frame: &mut Registers, access: RegisterAccess) -> bool {
    if !is_quick(access) {
        return true;
    }
    let vcpu = guest();
    // What the address is made of does not depend on the syndrome.
    if let Some(value) = vcpu.zone.load_from_gic(vcpu, abort(0).address(), access.width()) {
        current_cpu().exits.count(Cause::Access);
        frame.set_last(access.register(), value);
        skip_instruction();
        return false;
    }
    left_by_uart(frame)
}

/// Carries a plain load or store of AArch64, whose register has been saved, out on the zone's UART. True where it is left
/// to [`left_by_devices`], and by that.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_uart(frame: &mut Registers) -> bool {
    let (cpu, vcpu) = (current_cpu(), guest());
    let Some((uart, offset)) = vcpu.zone.uart_at(abort(0).address()) else {
        return left_by_devices(frame);
    };
    // Read once more rather than saved by those before.
    let access = RegisterAccess::of(registers::esr_el2());
    cpu.exits.count(Cause::Access);
    let write = access.is_store().then(|| access.truncate(frame.get(access.register())));
    let value = vcpu.zone.access_uart(uart, vcpu.id, offset, write);
    if write.is_none() {
        frame.set_last(access.register(), value);
    }
    skip_instruction();
    finish_quickly(cpu);
    false
}

/// The same of a store. Nobody is asked for anything but by an interrupt.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_store(frame: &mut Registers, access: RegisterAccess) -> bool {
    if !is_quick(access) {
        return true;
    }
    let (vcpu, value) = (guest(), frame.get(access.register()));
    if vcpu.zone.store_to_gic(vcpu.id, abort(0).address(), access.width(), value) {
        current_cpu().exits.count(Cause::Access);
        skip_instruction();
        return false;
    }
    left_by_uart(frame)
}

/// Whether the register of an access is at hand, and its instruction is one of AArch64: those of AArch32 drive no devices.
#[inline(always)]
fn is_quick(access: RegisterAccess) -> bool {
    is_saved(access.register()) && registers::spsr_el2() & PSTATE_AARCH32 == 0
}

/// Carries a load or store out on a device of the zone. True where there is none, or it takes a register that is not
/// saved.
#[inline(never)]
#[unsafe(link_section = ".text.exits")]
fn left_by_devices(frame: &mut Registers) -> bool {
    let (cpu, esr) = (current_cpu(), registers::esr_el2());
    if !is_saved((esr >> 16) as u8 & 0x1f) || !drive_device(cpu, frame, esr) {
        return true;
    }
    finish_quickly(cpu);
    false
}

/// Whether the vectors save a register on every exit.
#[inline(always)]
const fn is_saved(register: u8) -> bool {
    register < 20 || register >= 30
}
