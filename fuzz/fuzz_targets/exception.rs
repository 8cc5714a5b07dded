//! Any syndrome of either architecture: what it decodes to is within its bounds, and an exception that the guest is
//! given leads to its own vector, at its own level.
#![no_main]

use exception::riscv64::{self, Cause};
use exception::{Abort, Class, GuestState, Injected, Injection};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use vsysreg::{GuestIds, Outcome, RawIds, SysReg, decide};

#[derive(Arbitrary, Debug)]
struct Trap {
    esr: u64,
    far: u64,
    hpfar: u64,
    pstate: u64,
    pc: u64,
    vbar: u64,
    sctlr: u64,
    /// FEAT_PAN, FEAT_SSBS, FEAT_MTE2, FEAT_NMI.
    features: [bool; 4],
    /// A value that is loaded or stored.
    value: u64,
    /// An ID register of the CPU.
    id: u64,
}

fuzz_target!(|trap: Trap| {
    abort(&trap);
    injections(&trap);
    system_register(&trap);
    riscv64(&trap);
});

fn abort(trap: &Trap) {
    let _ = Class::of(trap.esr);
    let abort = Abort { esr: trap.esr, far: trap.far, hpfar: trap.hpfar };
    let _ = abort.fault();
    assert!(abort.address().raw() < 1 << 52);
    assert_eq!(abort.address().raw() & 0xfff, trap.far & 0xfff);
    let Some(access) = abort.device_access() else { return };
    assert!(access.register() < 32 && !abort.on_table_walk());
    let bits = 8 * access.width().bytes();
    let moved = access.truncate(trap.value);
    assert_eq!(
        moved << (64 - bits),
        trap.value << (64 - bits),
        "the bytes that are moved are the lowest ones"
    );
    assert!(bits == 64 || moved >> bits == 0);
    let shared = bits.min(32);
    assert_eq!(access.extend(trap.value) << (64 - shared), trap.value << (64 - shared));
}

fn injections(trap: &Trap) {
    let [has_pan, has_ssbs, has_mte, has_nmi] = trap.features;
    let guest = GuestState {
        pstate: trap.pstate,
        pc: trap.pc,
        vbar: trap.vbar,
        sctlr: trap.sctlr,
        esr: trap.esr,
        has_pan,
        has_ssbs,
        has_mte,
        has_nmi,
    };
    let (address, on_table_walk) = (trap.far, trap.value & 1 != 0);
    for injection in [
        Injection::Undefined,
        Injection::DataAbort { address, on_table_walk },
        Injection::InstructionAbort { address, on_table_walk },
    ] {
        let Injected { pc, pstate, elr, spsr, esr, .. } = injection.apply(&guest);
        assert!([0, 0x200, 0x400, 0x600].contains(&pc.wrapping_sub(trap.vbar)), "a synchronous vector");
        assert_eq!(pstate & 0x1f, 0b0_0101, "EL1h of AArch64");
        assert_eq!((elr, spsr), (trap.pc, trap.pstate));
        assert!([0, 0x20, 0x21, 0x24, 0x25].contains(&(esr >> 26)), "{esr:#x}");
    }
}

fn system_register(trap: &Trap) {
    let iss = trap.esr as u32 & 0x1ff_ffff;
    let access = SysReg::from_iss(iss);
    assert!(access.rt < 32);
    let raw = RawIds { id_aa64pfr0_el1: trap.id, id_aa64isar0_el1: trap.id, ..RawIds::default() };
    let ids = GuestIds::sanitise(&raw);
    let outcome = decide(&ids, access.reg, access.read);
    if let Some((register, value)) = ids.answer(iss) {
        assert_eq!((register, Outcome::Value(value)), (access.rt, outcome), "the short way says the same");
    }
    let reads = matches!(outcome, Outcome::Value(_) | Outcome::EmulateRead(_));
    let writes = matches!(outcome, Outcome::Ignored | Outcome::Emulate(_));
    assert!(if access.read { !writes } else { !reads }, "{access:?}: {outcome:?}");
}

fn riscv64(trap: &Trap) {
    let from_user = trap.value & 1 != 0;
    let guest = riscv64::GuestState { pc: trap.pc, vsstatus: trap.pstate, vstvec: trap.vbar, from_user };
    for cause in [Cause::InstructionAccessFault, Cause::IllegalInstruction, Cause::LoadAccessFault] {
        let taken = cause.apply(&guest, trap.far);
        assert_eq!(taken.pc, trap.vbar & !3);
        assert_eq!((taken.vsepc, taken.vstval), (trap.pc, trap.far));
        assert_eq!(taken.vsstatus & 1 << 1, 0, "interrupts are off in the handler");
    }
}
