//! arm64: GICv3 or GICv2, PSCI and SMCCC, system registers and instructions.

mod accesses;
mod debris;
mod firmware_calls;
mod gic_frames;
mod sgi;
pub(crate) mod suicide;
mod system_instructions;
mod system_registers;
mod waits;

pub(crate) use accesses::{ALL, WIDEST_MISALIGNED};

use crate::tally::Totals;
use common::machine::{
    BOARD_RAM, CPU_INTERFACE, CPU_INTERFACE_SIZE, DISTRIBUTOR, DISTRIBUTOR_SIZE, GICV2_DISTRIBUTOR_SIZE,
    REDISTRIBUTOR_SIZE, REDISTRIBUTORS,
};
use common::probe::CodeBuffer;
use common::random::Random;
use common::{Options, interrupts, println, system_errors};

/// The address space that is searched: what the guest maps one to one.
pub(crate) const SPACE: u64 = 1 << 40;

/// Ranges of which every page is tried: (start, bytes).
pub(crate) const NEIGHBOURHOODS: &[(u64, u64)] = &[
    // The GIC with its ITS, the UART, clock, firmware configuration, GPIO and virtio devices.
    (0x0800_0000, 0x0210_0000),
    // The hypervisor's image and what the boot loader put near it.
    (BOARD_RAM, 16 << 20),
];

/// Where no zone's RAM is: the flash of the board.
pub(crate) const FLASH: u64 = 0;

/// Offsets in the UART's frame from which stores do not end the output that this test reports with.
pub(crate) const UART_STORES_FROM: u64 = 0x50;

/// What has to be tried while the other vCPUs are off and nothing takes interrupts away.
pub(crate) fn in_silence(
    totals: &mut Totals,
    options: &Options<'_>,
    code: &mut CodeBuffer,
    random: &mut Random,
) {
    totals.add(firmware_calls::foreign_cpus(options, code, random));
    totals.add(waits::all(code));
}

/// Everything else.
pub(crate) fn all(totals: &mut Totals, options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) {
    totals.add(gic_frames::every_register(options, random));
    totals.add(sgi::to_everybody(code, random));
    totals.add(firmware_calls::every_function(options, code, random));
    totals.add(debris::exception_generating(code));
    totals.add(system_instructions::all(options, code));
    totals.add(system_registers::all(code, random));
    if system_errors() > 0 {
        println!("hostile: {} SErrors", system_errors());
    }
}

/// Something of the second vCPU's that the hypervisor has to work on. Any outcome is defined.
pub(crate) fn noise(random: &mut Random) {
    let access = &ALL[random.below(ALL.len() as u64) as usize];
    let value = random.next();
    let (distributor_size, (other, other_size)) = if interrupts::is_gicv2() {
        (GICV2_DISTRIBUTOR_SIZE, (CPU_INTERFACE, CPU_INTERFACE_SIZE))
    } else {
        (DISTRIBUTOR_SIZE, (REDISTRIBUTORS, 2 * REDISTRIBUTOR_SIZE))
    };
    let _ = match random.below(3) {
        0 => access.run(DISTRIBUTOR + random.below(distributor_size), value),
        1 => access.run(other + random.below(other_size), value),
        _ => {
            interrupts::send_sgi(value);
            Ok(0)
        }
    };
}
