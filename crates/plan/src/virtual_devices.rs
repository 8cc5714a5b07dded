//! What is emulated for a zone: the board's kind of devices, where the board has them.

use addr::{GuestPhys, HostPhys, PAGE_SIZE, Range};
use board::{Gicv2, Gicv3, InterruptController};
use manifest::{
    Aia, Arch, Controller, DISTRIBUTOR_SIZE, Delivery, GICV2_CPU_INTERFACE_SIZE, GICV2_DISTRIBUTOR_SIZE, Gic,
    GicVersion, INTERRUPT_FILE_SIZE, Plic, REDISTRIBUTOR_SIZE, Uart, UartKind,
};

use crate::config::Zone;
use crate::delivery::Chosen;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// The interrupt controller of a zone with so many vCPUs and interrupts up to `last_interrupt`.
pub(crate) fn controller(
    zone: &Zone,
    vcpus: usize,
    last_interrupt: Option<u32>,
    delivery: Delivery,
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Controller> {
    // As few as hold every interrupt of the zone.
    let spi_count = last_interrupt.map_or(32, |last| last.saturating_sub(31).next_multiple_of(32));
    match &facts.board.interrupt_controller {
        InterruptController::Gicv2(board) => gicv2(spi_count, board).map(Controller::Gic),
        InterruptController::Gicv3(board) => {
            let gic = gicv3(zone, vcpus, spi_count, board, diagnostics)?;
            Some(Controller::Gic(Gic { delivery, ..gic }))
        }
        InterruptController::Aia(board) => {
            let files = board.imsic.regions.first()?.start();
            Some(Controller::Aia(Aia {
                aplic: guest(board.aplic.frame.start(), board.aplic.frame.size())?,
                imsic: guest(files, vcpus as u64 * INTERRUPT_FILE_SIZE)?,
                sources: board.aplic.sources,
            }))
        }
        InterruptController::Plic(board) => Some(Controller::Plic(Plic {
            frame: guest(board.frame.start(), board.frame.size())?,
            sources: board.sources,
        })),
    }
}

/// A board with a GICv2 has no more CPUs than a zone can have.
fn gicv2(spi_count: u32, board: &Gicv2) -> Option<Gic> {
    let cpu_interface = guest(board.cpu_interface.start(), GICV2_CPU_INTERFACE_SIZE)?;
    Some(Gic {
        version: GicVersion::V2 { cpu_interface },
        distributor: guest(board.distributor.start(), GICV2_DISTRIBUTOR_SIZE)?,
        spi_count,
        delivery: Delivery::Virtual,
    })
}

fn gicv3(
    zone: &Zone,
    vcpus: usize,
    spi_count: u32,
    board: &Gicv3,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Gic> {
    let size = vcpus as u64 * REDISTRIBUTOR_SIZE;
    let Some(region) = board.redistributors.iter().find(|region| region.size() >= size) else {
        let message = format!(
            "no redistributor region of the board is large enough for the {vcpus} vCPUs of zone {}",
            zone.name.get_ref()
        );
        let diagnostic = Diagnostic::error("too-many-vcpus", message).at(zone.cpus.span(), "too many");
        diagnostics.push(diagnostic.help("give the zone fewer CPUs"));
        return None;
    };
    Some(Gic {
        version: GicVersion::V3 { redistributors: guest(region.start(), size)? },
        distributor: guest(board.distributor.start(), DISTRIBUTOR_SIZE)?,
        spi_count,
        delivery: Delivery::Virtual,
    })
}

/// The UART: with the interrupt of the board's, or with the one that direct delivery needs.
pub(crate) fn uart(zone: &Zone, delivery: &Chosen, facts: &Facts) -> Option<Uart> {
    let board = facts.board.uart;
    let range = guest(board.frame.start(), board.frame.size().next_multiple_of(PAGE_SIZE))?;
    let kind = match facts.arch() {
        Arch::Arm64 => UartKind::Pl011,
        Arch::Riscv64 => UartKind::Ns16550,
    };
    zone.uart.then_some(Uart { range, interrupt: delivery.uart.unwrap_or(board.interrupt), kind })
}

/// A range at the same address.
fn guest(start: HostPhys, size: u64) -> Option<Range<GuestPhys>> {
    Range::<GuestPhys>::new(GuestPhys::new(start.raw()), size)
}
