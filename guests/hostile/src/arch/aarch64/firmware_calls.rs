//! HVC and SMC: PSCI (DEN0022) on CPUs of others, and every function that might be there (SMCCC, DEN0028).

use crate::memory::{notable, random_foreign};
use crate::tally::Tally;
use common::probe::{self, CodeBuffer, RET};
use common::random::Random;
use common::{Options, machine};

const HVC: u32 = 0xd400_0002;
const SMC: u32 = 0xd400_0003;

const CPU_ON: [u64; 2] = [0x8400_0003, 0xc400_0003];
const AFFINITY_INFO: [u64; 2] = [0x8400_0004, 0xc400_0004];
/// Functions that end or stop the test itself where they work: CPU_SUSPEND, CPU_OFF, SYSTEM_OFF,
/// SYSTEM_RESET, CPU_FREEZE, CPU_DEFAULT_SUSPEND, SYSTEM_SUSPEND, SYSTEM_RESET2. All but the suspends with
/// wake-up are for the zone to use on itself; other system tests do.
const FATAL: &[u64] = &[0x01, 0x02, 0x08, 0x09, 0x0b, 0x0c, 0x0e, 0x12];
/// Functions that may answer with more than an error: PSCI_VERSION, MIGRATE_INFO_TYPE, PSCI_FEATURES,
/// SMCCC_VERSION, SMCCC_ARCH_FEATURES.
const INFORMATIVE: &[u64] = &[0x8400_0000, 0x8400_0006, 0x8400_000a, 0x8000_0000, 0x8000_0001];
/// The first function of each range that the standards give out, in both calling conventions.
const RANGES: &[u64] = &[
    0x8000_0000, // Arm architecture
    0x8000_8000, // its workarounds
    0x8100_0000, // CPU service
    0x8200_0000, // silicon provider
    0x8300_0000, // board maker
    0x8400_0000, // PSCI
    0x8400_0020, // SDEI
    0x8400_0050, // TRNG
    0x8400_0060, // FF-A
    0x8500_0000, // standard hypervisor: paravirtualised time
    0x8600_0000, // hypervisor vendor
    0x8600_ff00, // and its identification
    0xb000_0000, // trusted applications
    0xb200_0000, // trusted OS
    0xbf00_ff00, // and its identification
];
/// Functions tried of each range.
const RANGE_LENGTH: u64 = 0x20;
/// Random functions, for HVC and SMC each.
const RANDOM: u64 = 5_000;
/// HVC immediates that mean something to Xen, Jailhouse and others.
const IMMEDIATES: &[u32] = &[1, 2, 3, 4, 0x10, 0xea1, 0x4a48, 0x1234, 0x8000, 0xfffe, 0xffff];

/// One call with the function's identifier in x0. Returns x0 as an SMCCC result, and whether x4 to x17, which
/// a callee preserves, are as they were.
fn call(code: u64, function: u64, arguments: [u64; 3], random: &mut Random) -> Option<(i64, bool)> {
    let mut registers: [u64; 18] = core::array::from_fn(|_| random.next());
    registers[0] = function;
    registers[1..4].copy_from_slice(&arguments);
    let before = registers;
    // SAFETY: HVC or SMC and RET; x0 to x17 may change.
    unsafe { probe::run_registers(code, &mut registers) }.ok()?;
    let result = if function & 1 << 30 != 0 { registers[0] as i64 } else { registers[0] as i32 as i64 };
    Some((result, registers[4..] == before[4..]))
}

/// A call that must fail and leave x4 to x17 alone.
fn refuse(tally: &mut Tally, code: u64, function: u64, arguments: [u64; 3], random: &mut Random) {
    match call(code, function, arguments, random) {
        None => tally.contained(1),
        Some((result, preserved)) => {
            let allowed = result < 0 || INFORMATIVE.contains(&(function & 0xffff_ffff));
            tally.judge(
                allowed && preserved,
                format_args!("{function:#x} {arguments:x?}: {result:#x}, x4-x17 kept: {preserved}"),
            );
        }
    }
}

/// CPU_ON with entry points outside the zone, CPU_ON and AFFINITY_INFO for CPUs outside the zone. To be
/// called while the zone's other vCPUs are off.
pub(crate) fn foreign_cpus(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("psci");
    for instruction in [HVC, SMC] {
        let start = code.load([instruction, RET]);
        for function in CPU_ON {
            // Of the zone's own: the one that runs, and those that are off with a bad place to start.
            refuse(&mut tally, start, function, [0, machine::secondary_entry(), 0], random);
            for own in 1..options.vcpus as u64 {
                for entry in notable(options) {
                    refuse(&mut tally, start, function, [own, entry, 0], random);
                }
                refuse(&mut tally, start, function, [own, random_foreign(options, random), 0], random);
            }
        }
        for function in CPU_ON.into_iter().chain(AFFINITY_INFO) {
            let affinities = (0..0x1000).filter(|affinity| *affinity >= options.vcpus as u64);
            let far = [0x1_0000, 0xff_ffff, 0x1_0000_0000, 0xff_0000_0000, 0xff_00ff_ffff, !0];
            // The 32-bit functions look at the low half alone: no far affinity may name a vCPU there.
            let far = far.into_iter().filter(|far| far & 0xffff_ffff >= 0x1000 || function & 1 << 30 != 0);
            for affinity in affinities.chain(far) {
                let entry = if CPU_ON.contains(&function) { machine::secondary_entry() } else { 0 };
                refuse(&mut tally, start, function, [affinity, entry, 0], random);
            }
        }
    }
    tally
}

/// Every function of the standard ranges and thousands of others, with arguments of no meaning.
pub(crate) fn every_function(options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) -> Tally {
    let mut tally = Tally::new("calls");
    for instruction in [HVC, SMC] {
        let start = code.load([instruction, RET]);
        for range in RANGES {
            for function in (*range..range + RANGE_LENGTH).flat_map(|f| [f, f | 1 << 30]) {
                arbitrary(&mut tally, options, start, function, random);
            }
        }
        for _ in 0..RANDOM {
            // SMCCC looks at the low half of x0 alone.
            arbitrary(&mut tally, options, start, random.next(), random);
        }
        for immediate in IMMEDIATES {
            let start = code.load([instruction | immediate << 5, RET]);
            arbitrary(&mut tally, options, start, random.next(), random);
        }
    }
    tally
}

fn arbitrary(tally: &mut Tally, options: &Options<'_>, code: u64, function: u64, random: &mut Random) {
    let low = function & 0xffff_ffff;
    if low & 0xbf00_0000 == 0x8400_0000 && FATAL.contains(&(low & 0xff_ffff)) {
        return;
    }
    let address = random_foreign(options, random);
    refuse(tally, code, function, [random.next() | 1 << 31, address, random.next()], random);
}
