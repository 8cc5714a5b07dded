//! riscv64: CSRs, privileged instructions, SBI, and APLIC with IMSIC or a PLIC.
//!
//! What counts as an escape, by what is tried:
//! - a load, fetch or page table walk at an address that is not the zone's, if it ends without an access fault: then
//!   something was read there. A walk that ends in a page fault has read the entry that led to it;
//! - a store, atomic or cache-block operation there, if it ends without an exception: nothing says that it had no
//!   effect. Such as may end without an access (SC, prefetches) prove nothing and only have to end;
//! - an SBI call that names a foreign hart, or memory that is not the zone's RAM throughout, if it succeeds; and any
//!   answer but an error of an extension that a zone's firmware has not. Also a call that changes another register
//!   than its results: the content would be somebody else's;
//! - a CSR or an instruction of the hypervisor, of machine mode or of the debugger, if it does not trap, and from
//!   user mode one of the supervisor;
//! - a PLIC context beyond the zone's vCPUs that shows any state.
//!
//! What the zone owns (its APLIC, its interrupt files, its own CSRs) may answer as it likes: there the attempt is
//! contained when the zone goes on. That neighbours felt nothing is theirs to say.

mod accesses;
mod aia;
mod bare;
mod console_memory;
mod csrs;
mod debris;
mod foreign_harts;
mod interrupt_file;
mod plic;
mod returns;
mod sbi;
pub(crate) mod suicide;
mod system_instructions;
mod user;
mod waits;

pub(crate) use accesses::{ALL, WIDEST_MISALIGNED};

use crate::tally::Totals;
use common::Options;
use common::machine::{APLIC, APLIC_SIZE, BOARD_RAM, FILE_SIZE, IMSIC};
use common::probe::CodeBuffer;
use common::random::Random;

/// The address space that is searched: what the guest maps one to one.
pub(crate) const SPACE: u64 = 1 << 38;

/// Ranges of which every page is tried: (start, bytes). Devices take up little below the board's RAM.
pub(crate) const NEIGHBOURHOODS: &[(u64, u64)] = &[
    // The boot ROM; the device that ends the machine, and the clock.
    (0, 0x2_0000),
    (0x10_0000, 0x2000),
    // The machine's timers and software interrupts (CLINT).
    (0x200_0000, 0x1_0000),
    // What the board may have there: PCIe's I/O ports, then the machine's APLIC or the PLIC, and the
    // supervisor's APLIC.
    (0x300_0000, 0x1_0000),
    (0xc00_0000, 0x60_0000),
    (0xd00_0000, 0x1_0000),
    // The UART, virtio devices and firmware configuration.
    (0x1000_0000, 0x20_0000),
    // Interrupt files: the machine's, then the supervisor's and the guests'.
    (0x2400_0000, 16 << 20),
    (0x2800_0000, 16 << 20),
    // Firmware, the hypervisor's image, and what the boot loader put near it.
    (BOARD_RAM, 16 << 20),
];

/// Where no zone's RAM is: the flash of the board.
pub(crate) const FLASH: u64 = 0x2000_0000;

/// Offsets in the UART's frame from which stores do not end the output that this test reports with.
pub(crate) const UART_STORES_FROM: u64 = 8;

/// What has to be tried while the other vCPUs are off and nothing takes interrupts away.
pub(crate) fn in_silence(
    totals: &mut Totals,
    options: &Options<'_>,
    code: &mut CodeBuffer,
    random: &mut Random,
) {
    totals.add(foreign_harts::all(options, code, random));
    totals.add(waits::all(code));
}

/// Everything else.
pub(crate) fn all(totals: &mut Totals, options: &Options<'_>, code: &mut CodeBuffer, random: &mut Random) {
    totals.add(bare::every_address(options, random));
    if options.device(aia::APLIC_KIND).is_some() {
        totals.add(aia::aplic(random));
        totals.add(aia::own_files(options, random));
        totals.add(interrupt_file::every_register(code, random));
    }
    if options.device(plic::KIND).is_some() {
        totals.add(plic::every_register(options, random));
    }
    totals.add(sbi::every_call(options, code, random));
    totals.add(debris::exception_generating(code));
    totals.add(returns::to_everywhere(options, code, random));
    totals.add(system_instructions::all(options, code, random));
    totals.add(csrs::all(code, random));
    totals.add(user::all(options, code, random));
    // Without a hypervisor these take for ever, and end the zone.
    totals.add(console_memory::all(options, code, random));
    totals.add(foreign_harts::suspends(options, code, random));
}

/// Something of the second vCPU's that the hypervisor has to work on. Any outcome is defined.
pub(crate) fn noise(random: &mut Random) {
    let access = &ALL[random.below(ALL.len() as u64) as usize];
    let value = random.next();
    match random.below(4) {
        0 => _ = access.run(APLIC + random.below(APLIC_SIZE), value),
        1 => _ = access.run(IMSIC + random.below(4 * FILE_SIZE), value),
        2 => sbi::interrupt_own(value),
        _ => sbi::fence_own(value),
    }
}
