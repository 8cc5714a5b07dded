//! Physical interrupts: the controllers that the device tree names, and what happens when one arrives. On a machine
//! with the AIA only the console, other harts and the alarm ever interrupt the hypervisor; guests' interrupts go
//! straight to their own files.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use addr::{HostPhys, Range};
use board::{Board, GuestFiles};
use spin::mutex::TicketMutex;

use crate::channel::Line;
use crate::cpu::{Cpu, Request};
use crate::irqchip::aplic::{Aplic, AplicError, Target};
use crate::irqchip::plic::Plic;
use crate::memory::pool::Pool;
use crate::mmio::Frame;
use crate::once::Once;
use crate::{console, machine, memory};

use super::bare::space::{AddressSpace, Use};
use super::{CpuData, csr, firmware, guest_file, mmio, traps, zone_interrupts};

/// How many interrupts one exit serves before the guest goes on: a flood must not hold a hart in the hypervisor.
const BATCH: usize = 32;

static APLIC: Once<Aplic> = Once::new();
static PLIC: Once<Plic> = Once::new();
static CONSOLE: AtomicU32 = AtomicU32::new(0);

/// The guest interrupt file that a vCPU owns.
#[derive(Clone, Copy, Debug)]
pub struct GuestFile {
    /// Its number, for hstatus.VGEIN: 1 or more.
    pub number: u8,
    /// The index of its hart as the APLIC counts.
    pub hart_index: u16,
    /// Its page.
    pub page: HostPhys,
    /// Its identities are 1 to this number.
    pub identities: u32,
    /// So are those of the hypervisor's own file on this hart.
    pub own_identities: u32,
}

impl GuestFile {
    /// Makes an identity pending in the file.
    #[inline]
    pub fn send(self, identity: u32) {
        // SAFETY: boot mapped the page of the file, whose first register makes an identity pending (AIA 1.0, 3.5
        // "seteipnum_le"); it is the file of a vCPU of the zone on whose behalf this is.
        unsafe { mmio::write32(memory::identity(self.page), identity) };
    }
}

/// How the hypervisor's own interrupts reach a hart.
#[derive(Debug)]
pub enum OwnInterrupts {
    /// By its supervisor-level file, here with its page.
    File(HostPhys),
    /// Those of devices by this context of the PLIC, those of other harts by firmware.
    Wires(u32),
}

/// The physical APLIC, if the machine has one.
#[inline]
pub fn aplic() -> Option<&'static Aplic> {
    APLIC.get()
}

/// The physical PLIC, if the machine has one.
#[inline]
pub fn plic() -> Option<&'static Plic> {
    PLIC.get()
}

/// The machine's interrupt controller, taken over from the firmware.
#[derive(Debug)]
pub struct InterruptController<'b> {
    board: &'b Board,
    /// The boot hart's place in the board's list.
    boot_place: usize,
    /// The guest interrupt files that no vCPU owns, on a machine that has them.
    guest_files: Option<TicketMutex<GuestFiles<'b>>>,
}

impl<'b> InterruptController<'b> {
    /// Maps the interrupt controller and takes it over.
    ///
    /// # Errors
    ///
    /// What the hardware or the pool refused, as text for the console.
    #[inline(never)]
    pub fn init(
        pool: &mut Pool,
        space: &mut AddressSpace,
        board: &'b Board,
        boot_cpu: u64,
    ) -> Result<Self, &'static str> {
        let boot_place = board.cpu_index(boot_cpu).ok_or("the boot hart is not in the device tree")?;
        let mut frame = |range: Range<HostPhys>| -> Result<Frame, &'static str> {
            let unmapped = "the interrupt controller cannot be mapped";
            space.map(pool, range, Use::Device).map_err(|_| unmapped)?;
            // SAFETY: just mapped as device memory for ever; the board module gave it to this driver alone.
            Ok(unsafe { Frame::new(memory::identity(range.start()), range.size()) })
        };
        match &board.interrupt_controller {
            board::InterruptController::Aia(aia) => {
                for region in &aia.imsic.regions {
                    frame(*region)?;
                }
                let frame = frame(aia.aplic.frame)?;
                let aplic = Aplic::init(frame, aia.aplic.sources).map_err(AplicError::text)?;
                APLIC.set(aplic);
            }
            board::InterruptController::Plic(found) => {
                let contexts = found.contexts.iter().map(|context| u32::from(*context));
                let plic = Plic::init(frame(found.frame)?, found.sources, contexts);
                PLIC.set(plic);
            }
            board::InterruptController::Gicv2(_) | board::InterruptController::Gicv3(_) => {
                return Err("the interrupt controller is not one of riscv64's");
            }
        }
        let guest_files = match &board.interrupt_controller {
            // As many a hart as this one has; each hart looks whether it has its own.
            board::InterruptController::Aia(aia) => {
                Some(TicketMutex::new(GuestFiles::new(&aia.imsic, traps::guest_files())))
            }
            _ => None,
        };
        Ok(Self { board, boot_place, guest_files })
    }

    /// The highest source that the machine has.
    pub fn last_interrupt(&self) -> u32 {
        match &self.board.interrupt_controller {
            board::InterruptController::Aia(aia) => aia.aplic.sources,
            board::InterruptController::Plic(plic) => plic.sources,
            board::InterruptController::Gicv2(_) | board::InterruptController::Gicv3(_) => 0,
        }
    }

    /// What the hart with this id keeps for the architecture.
    ///
    /// # Errors
    ///
    /// Why it cannot have interrupts, as text for the console.
    pub fn cpu_data(&self, hart: u64) -> Result<CpuData, &'static str> {
        let place = self.board.cpu_index(hart).ok_or("it is not in the device tree")?;
        let aia = match &self.board.interrupt_controller {
            board::InterruptController::Aia(aia) => aia,
            board::InterruptController::Plic(plic) => {
                let own = OwnInterrupts::Wires(context(plic, place).ok_or("it has no PLIC context")?);
                return Ok(CpuData { guest_file: None, own, fresh: AtomicBool::new(false) });
            }
            board::InterruptController::Gicv2(_) | board::InterruptController::Gicv3(_) => {
                return Err("its interrupt controller is a GIC");
            }
        };
        let imsic = &aia.imsic;
        let file = imsic.supervisor_file(place).ok_or("it has no interrupt file")?;
        // One vCPU a hart: it takes one file.
        let none = "its IMSIC has no guest interrupt file";
        let taken = self.guest_files.as_ref().and_then(|files| files.lock().take(place)).ok_or(none)?;
        let guest_file = GuestFile {
            number: taken.number,
            hart_index: hart_index(imsic, place)?,
            page: taken.page,
            identities: imsic.guest_ids,
            own_identities: imsic.ids,
        };
        Ok(CpuData {
            guest_file: Some(guest_file),
            own: OwnInterrupts::File(file),
            fresh: AtomicBool::new(false),
        })
    }

    /// Gives the console's interrupt to the hypervisor, on this hart.
    pub fn claim_console(&self, source: u32, _: &[&'static Cpu], _: u64) {
        CONSOLE.store(source, Ordering::Relaxed);
        match &self.board.interrupt_controller {
            board::InterruptController::Aia(aia) => {
                if let (Some(aplic), Ok(hart)) = (aplic(), hart_index(&aia.imsic, self.boot_place)) {
                    aplic.set_mode(source, LEVEL_HIGH);
                    let identity = guest_file::CONSOLE as u16;
                    aplic.set_target(source, Target { hart, guest_file: 0, identity });
                    aplic.set_enabled(source, true);
                }
            }
            board::InterruptController::Plic(found) => {
                if let (Some(plic), Some(context)) = (plic(), context(found, self.boot_place)) {
                    plic.set_enabled(context, source, true);
                }
            }
            board::InterruptController::Gicv2(_) | board::InterruptController::Gicv3(_) => {}
        }
    }
}

impl core::fmt::Display for InterruptController<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.board.interrupt_controller {
            board::InterruptController::Aia(aia) => {
                write!(f, "{} guest interrupt files a hart", aia.imsic.guest_files())
            }
            _ => f.write_str("a PLIC without guest interrupt files"),
        }
    }
}

/// sourcecfg.SM "Level1" (AIA 1.0, 4.5.2).
const LEVEL_HIGH: u8 = 6;

fn hart_index(imsic: &board::Imsic, place: usize) -> Result<u16, &'static str> {
    let index = imsic.hart_index(place).and_then(|index| u16::try_from(index).ok());
    index.ok_or("a hart has no index at the APLIC")
}

/// The context of a PLIC that is the S-mode of the hart at a place in the board's list.
fn context(plic: &board::Plic, place: usize) -> Option<u32> {
    plic.contexts.get(place).map(|context| u32::from(*context))
}

/// Prepares this hart to take interrupts. False where its hardware does not do as the device tree says.
pub fn init_cpu(cpu: &Cpu) -> bool {
    if let Some(file) = cpu.arch.guest_file {
        guest_file::init_own(file.own_identities);
        return traps::guest_files() >= u32::from(file.number);
    }
    if let (Some(plic), OwnInterrupts::Wires(context)) = (plic(), &cpu.arch.own) {
        // Here and not at boot: firmware that starts a hart closes its context (OpenSBI does).
        plic.open(*context);
        zone_interrupts::sources_of(cpu).for_each(|source| plic.set_enabled(*context, source, true));
    }
    true
}

/// Has the console looked at by this hart in so many milliseconds, unless that is already to happen.
#[inline]
pub fn set_alarm(milliseconds: u64) {
    if csr::stimecmp() == u64::MAX {
        let ticks = (super::ticks_per_second() / 1000).wrapping_mul(milliseconds);
        // SAFETY: the hypervisor's own timer, which it polls.
        unsafe { csr::set_stimecmp(csr::time().wrapping_add(ticks)) };
    }
}

/// Interrupts another hart so that it looks at its requests.
pub fn interrupt_cpu(cpu: &Cpu) {
    // What was asked must be seen before the interrupt is.
    csr::fence();
    match cpu.arch.own {
        // SAFETY: boot mapped the hart's supervisor-level file, which the hypervisor alone uses.
        OwnInterrupts::File(page) => unsafe { mmio::write32(memory::identity(page), guest_file::IPI) },
        OwnInterrupts::Wires(_) => firmware::interrupt(cpu.affinity),
    }
}

/// Rings a peer of a channel. What was written before, by the guest that rings too, is seen by who takes the interrupt.
pub fn raise_doorbell(line: &Line) {
    if let (Some(aplic), Some(source)) = (aplic(), line.physical) {
        csr::fence();
        aplic.set_pending(source);
    } else if !line.waiting.swap(true, Ordering::AcqRel)
        && let Some(cpu) = machine::zones().get(usize::from(line.zone.0)).and_then(|zone| zone.cpus().first())
    {
        cpu.ask(Request::Attend);
    }
}

/// Serves what is pending for this hart. Requests of other harts are served at the end of the exit.
pub fn service_interrupts(cpu: &'static Cpu) {
    for _ in 0..BATCH {
        let pending = csr::sip();
        if pending & traps::TIMER != 0 {
            // SAFETY: the hypervisor's own timer: none until the next alarm.
            unsafe { csr::set_stimecmp(u64::MAX) };
            release_interrupts(cpu);
            console::drain();
        } else if pending & traps::SOFTWARE != 0 {
            csr::clear_software_interrupt();
        } else if pending & traps::EXTERNAL != 0 {
            match cpu.arch.own {
                OwnInterrupts::File(_) => serve_message(),
                OwnInterrupts::Wires(context) => serve_wire(cpu, context),
            }
        } else {
            return;
        }
    }
}

/// Lets interrupts arrive that this hart has held back.
pub fn release_interrupts(cpu: &'static Cpu) {
    zone_interrupts::release(cpu);
}

fn serve_message() {
    if csr::claim_stopei() == guest_file::CONSOLE {
        console::interrupt();
        // The APLIC sends one message for a level; is it still there, it has to be asked for the next (AIA 1.0,
        // 4.9.2).
        if let Some(aplic) = aplic() {
            aplic.set_pending(CONSOLE.load(Ordering::Relaxed));
        }
    }
}

fn serve_wire(cpu: &Cpu, context: u32) {
    let Some(plic) = plic() else { return };
    let Some(source) = plic.claim(context) else { return };
    if source == CONSOLE.load(Ordering::Relaxed) {
        console::interrupt();
        plic.complete(context, source);
    } else if !zone_interrupts::arrived(cpu, source) {
        // Nobody's: it must not come again and again.
        plic.set_enabled(context, source, false);
        plic.complete(context, source);
    }
}
