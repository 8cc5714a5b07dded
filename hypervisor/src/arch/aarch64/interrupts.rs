//! Physical interrupts: the interrupt controller that the device tree names, and what happens when one arrives.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering, fence};

use addr::{HostPhys, Range};
use board::Board;
use spin::mutex::TicketMutex;
use vgic::ListRegisters as _;
use vgic::direct::Placement;

use crate::channel::Line;
use crate::cpu::Cpu;
use crate::irqchip::gicv2::{CpuInterface, init_distributor};
use crate::irqchip::gicv3::{self, Distributor, DistributorError, PendingWords, Redistributor, State, Words};
use crate::mmio::Frame;
use crate::once::{Once, OnceRef};
use crate::zone::lifecycle::Phase;
use crate::{console, floods, lock, memory};

use super::bare::space::{AddressSpace, Use};
use super::cpu_interface::{self, PhysicalInterface};
use super::{CpuData, Sgis, exits, gicv2, registers};
use crate::memory::pool::Pool;

/// The SGI by which CPUs interrupt each other. Guests' SGIs are virtual and never appear here.
const IPI: u32 = 0;

/// How many interrupts one exit serves before the guest goes on: a flood must not hold a CPU at EL2.
const BATCH: usize = 32;

/// The private interrupt of EL2's physical timer (Arm BSA: INTID 26).
const ALARM: u32 = 26;

static DISTRIBUTOR: Once<Distributor> = Once::new();
/// Sixteen interrupts of several zones share a word of configuration.
static CONFIGURATION: TicketMutex<()> = TicketMutex::new(());
static MAINTENANCE: AtomicU32 = AtomicU32::new(0);
static CONSOLE: AtomicU32 = AtomicU32::new(0);

/// The machine's interrupt controller, taken over from the firmware.
#[derive(Debug)]
pub struct InterruptController {
    redistributors: heapless::Vec<Frame, { board::MAX_REDISTRIBUTOR_REGIONS }>,
    stride: Option<u64>,
    /// The CPU that boots, and the bit by which a GICv2's distributor names it.
    boot_cpu: u64,
    boot_target: u8,
}

impl InterruptController {
    /// Maps the interrupt controller and takes it over.
    ///
    /// # Errors
    ///
    /// What the hardware or the pool refused, as text for the console.
    #[inline(never)]
    pub fn init(
        pool: &mut Pool,
        space: &mut AddressSpace,
        board: &Board,
        boot_cpu: u64,
    ) -> Result<Self, &'static str> {
        let mut map = |range: Range<HostPhys>| {
            let mapped = space.map(pool, range, Use::Device);
            mapped.map_err(|_| "the interrupt controller cannot be mapped")?;
            // SAFETY: just mapped as device memory for ever; the board module gave it to this driver alone.
            Ok(unsafe { Frame::new(memory::identity(range.start()), range.size()) })
        };
        let mut this = Self { redistributors: heapless::Vec::new(), stride: None, boot_cpu, boot_target: 0 };
        let (distributor, maintenance) = match &board.interrupt_controller {
            board::InterruptController::Gicv2(gic) => {
                let interface = CpuInterface::new(map(gic.cpu_interface)?);
                if !interface.is_version_2() {
                    return Err("the interrupt controller is not the GICv2 that the device tree says");
                }
                map(gic.control)?;
                // SAFETY: just mapped.
                unsafe { gicv2::set(gic) };
                let distributor = init_distributor(map(gic.distributor)?);
                this.boot_target = distributor.own_target();
                (distributor, gic.maintenance)
            }
            board::InterruptController::Gicv3(gic) => {
                for region in &gic.redistributors {
                    let pushed = this.redistributors.push(map(*region)?);
                    pushed.map_err(|_| "the GIC has too many redistributor regions")?;
                }
                this.stride = gic.stride;
                let distributor = Distributor::init(map(gic.distributor)?, boot_cpu);
                (distributor.map_err(DistributorError::text)?, gic.maintenance)
            }
            _ => return Err("the device tree describes no GIC: it is not this machine's"),
        };
        DISTRIBUTOR.set(distributor);
        MAINTENANCE.store(maintenance, Ordering::Relaxed);
        Ok(this)
    }

    /// The machine's last shared interrupt.
    pub fn last_interrupt(&self) -> u32 {
        DISTRIBUTOR.get().map_or(0, |distributor| distributor.limit().saturating_sub(1))
    }

    /// What the CPU with this affinity keeps for the architecture.
    ///
    /// # Errors
    ///
    /// Why it cannot have interrupts, as text for the console.
    pub fn cpu_data(&self, affinity: u64) -> Result<CpuData, &'static str> {
        let redistributor = if super::has_gicv2() {
            DISTRIBUTOR.get().map(Distributor::private_interrupts)
        } else {
            gicv3::find_redistributor(&self.redistributors, self.stride, affinity)
        };
        let target = if affinity == self.boot_cpu { self.boot_target } else { 0 };
        Ok(CpuData {
            redistributor: redistributor.ok_or("it has no redistributor")?,
            target: AtomicU8::new(target),
            direct: AtomicBool::new(false),
            sgis: Sgis::default(),
            guest_ids: Once::new(),
            shortcut: OnceRef::new(),
            shortcut_v2: OnceRef::new(),
        })
    }

    /// Gives the console's interrupt to the hypervisor, on the CPU that boots. A guest that takes physical interrupts
    /// itself can keep its CPU from the hypervisor's: then on another CPU, if one is left.
    pub fn claim_console(&self, intid: u32, cpus: &[&'static Cpu], affinity: u64) {
        CONSOLE.store(intid, Ordering::Relaxed);
        let boot = cpus.iter().find(|cpu| cpu.affinity == affinity);
        let others = cpus.iter().filter(|cpu| !cpu.arch.is_direct());
        let cpu = boot.into_iter().filter(|cpu| !cpu.arch.is_direct()).chain(others).chain(boot).next();
        if let (Some(distributor), Some(cpu)) = (DISTRIBUTOR.get(), cpu) {
            if cpu.arch.is_direct()
                && let Some(words) = distributor.words(intid / 32)
            {
                words.keep(1 << (intid % 32));
            }
            if super::has_gicv2() {
                distributor.target(intid, self.boot_target);
            } else {
                distributor.route(intid, cpu.affinity);
            }
            distributor.set_enabled(intid, true);
        }
    }
}

impl core::fmt::Display for InterruptController {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} list registers", super::ListRegisters::of_this_cpu().count())
    }
}

/// Prepares this CPU to take interrupts. Returns false where its hardware does not do as it should.
pub fn init_cpu(cpu: &Cpu) -> bool {
    let ready = cpu.arch.redistributor.init()
        && cpu_interface::init()
        && (super::has_gicv2() || cpu_interface::virtual_interface().is_some());
    if let Some(distributor) = DISTRIBUTOR.get().filter(|_| super::has_gicv2()) {
        cpu.arch.target.store(distributor.own_target(), Ordering::Relaxed);
        // Whoever has left a request either finds the target after it, or is before this CPU's first look.
        fence(Ordering::SeqCst);
    } else if let Some(words) = cpu.arch.redistributor.words().filter(|_| cpu.arch.is_direct()) {
        words.keep(own_private_interrupts());
        cpu_interface::init_direct();
        exits::answer_sgis_first();
    }
    cpu.arch.redistributor.set_enabled(MAINTENANCE.load(Ordering::Relaxed), true);
    registers::set_cnthp_ctl_el2(0);
    cpu.arch.redistributor.set_enabled(ALARM, true);
    ready
}

/// Has the console looked at by this CPU in so many milliseconds, unless that is already to happen.
#[inline]
pub fn set_alarm(milliseconds: u64) {
    if registers::cnthp_ctl_el2() & 1 == 0 {
        let ticks = (registers::cntfrq_el0() / 1000).wrapping_mul(milliseconds);
        registers::set_cnthp_cval_el2(registers::cntpct_el0().wrapping_add(ticks));
        registers::set_cnthp_ctl_el2(1);
    }
}

/// Interrupts another CPU so that it looks at its requests. Where the guest has all SGIs, the maintenance interrupt
/// does it.
pub fn interrupt_cpu(cpu: &Cpu) {
    if super::has_gicv2() {
        fence(Ordering::SeqCst);
        registers::dsb();
        if let Some(distributor) = DISTRIBUTOR.get() {
            // Zero, which is nobody, before the CPU is up: it looks at its requests then.
            distributor.send_sgi(IPI, cpu.arch.target.load(Ordering::Relaxed));
        }
    } else if let Some(words) = cpu.arch.redistributor.words().filter(|_| cpu.arch.is_direct()) {
        registers::dsb();
        words.set(State::Pending, maintenance());
    } else {
        cpu_interface::send_sgi(IPI, cpu.affinity);
    }
}

/// A vCPU starts on this CPU, which is `cpu`. On a GICv2 no other CPU reaches its private interrupts: whatever an
/// earlier guest has left of those that are a guest's goes now.
pub fn silence_private(cpu: &Cpu) {
    if super::has_gicv2() {
        let own = 1 << (MAINTENANCE.load(Ordering::Relaxed) & 31) | 1 << ALARM;
        cpu.arch.redistributor.silence(0xffff_0000 & !own);
    }
}

/// The private interrupts of a CPU, where the CPU that runs this can reach them.
#[inline]
fn private_interrupts(cpu: &Cpu) -> Option<&Redistributor> {
    let reached = !super::has_gicv2() || core::ptr::eq(cpu, super::current_cpu());
    reached.then_some(&cpu.arch.redistributor)
}

/// Whether a guest can take physical interrupts itself: the GIC has a single security state, so that group 0 is free
/// for the hypervisor.
pub fn can_deliver_directly() -> bool {
    DISTRIBUTOR.get().is_some_and(Distributor::single_security_state)
}

/// The private interrupts that no guest has, as a bit for each.
pub fn own_private_interrupts() -> u32 {
    1 << ALARM | maintenance()
}

/// The bit of the maintenance interrupt among the private ones.
fn maintenance() -> u32 {
    1 << (MAINTENANCE.load(Ordering::Relaxed) % 32)
}

/// The guest of this CPU, which is not up yet, will take physical interrupts itself. `sgis` is how most of its SGIs are
/// sent, where it can be told so.
pub fn deliver_directly(cpu: &Cpu, sgis: Option<Placement>) {
    cpu.arch.direct.store(true, Ordering::Relaxed);
    if let Some(sgis) = sgis {
        cpu.arch.sgis.allowed.store(sgis.allowed, Ordering::Relaxed);
        cpu.arch.sgis.range.store(sgis.range, Ordering::Relaxed);
        cpu.arch.sgis.shift.store(sgis.shift, Ordering::Relaxed);
    }
}

/// Sends a guest's SGI to the CPU of one of its own vCPUs.
pub fn send_sgi(intid: u32, cpu: &Cpu) {
    cpu_interface::send_sgi(intid, cpu.affinity);
}

/// The registers of the shared interrupts from 32 times `word` on.
pub fn shared_interrupts(word: u32) -> Option<Words> {
    DISTRIBUTOR.get().and_then(|distributor| distributor.words(word))
}

/// Does `change` while nobody else changes how interrupts are signalled.
pub fn with_configuration(change: impl FnOnce()) {
    let _guard = lock::take(&CONFIGURATION);
    change();
}

/// Serves what is pending for this CPU.
pub fn service_interrupts(cpu: &'static Cpu) {
    service_interrupts_after(cpu, None);
}

/// The same after `first`, which was acknowledged already and its priority dropped.
pub fn service_interrupts_after(cpu: &'static Cpu, first: Option<u32>) {
    if cpu.arch.is_direct() {
        return service_own_interrupts(cpu);
    }
    let interface = PhysicalInterface::of_this_cpu();
    let mut next = first;
    for _ in 0..BATCH {
        let intid = match next.take() {
            Some(intid) => intid,
            None => {
                let Some(intid) = interface.acknowledge() else { return };
                interface.drop_priority(intid);
                intid
            }
        };
        if intid == IPI {
            interface.deactivate(intid);
            // The requests themselves are served at the end of the exit.
        } else if intid == MAINTENANCE.load(Ordering::Relaxed) {
            if let Some(vcpu) = cpu.vcpu()
                && vcpu.is_running()
            {
                vcpu.zone.refill(vcpu.id);
            }
            interface.deactivate(intid);
        } else if intid == ALARM {
            registers::set_cnthp_ctl_el2(0);
            release_interrupts(cpu);
            console::drain();
            interface.deactivate(intid);
        } else if intid == CONSOLE.load(Ordering::Relaxed) {
            console::interrupt();
            interface.deactivate(intid);
        } else if !is_held_back(cpu, intid) {
            deliver(cpu, interface, intid);
        }
    }
}

/// The same where the guest takes its own: the hypervisor's are group 0.
#[inline(never)]
fn service_own_interrupts(cpu: &Cpu) {
    for _ in 0..BATCH {
        let Some(intid) = cpu_interface::acknowledge_own() else { return };
        cpu_interface::end_own(intid);
        if intid == ALARM {
            registers::set_cnthp_ctl_el2(0);
            console::drain();
        } else if intid == CONSOLE.load(Ordering::Relaxed) {
            console::interrupt();
        } else if intid != MAINTENANCE.load(Ordering::Relaxed) {
            enable_interrupt(cpu, intid, false);
        }
    }
}

/// Whether an interrupt comes too often. It stays active then, until [`release_interrupts`].
fn is_held_back(cpu: &Cpu, intid: u32) -> bool {
    let (Some(shortcut), Some(vcpu)) = (cpu.arch.any_shortcut(), cpu.vcpu()) else { return false };
    shortcut.holds_back(intid, |allowance| floods::is_held_back(vcpu.zone, intid, allowance))
}

/// Lets interrupts arrive that this CPU has held back.
pub fn release_interrupts(cpu: &'static Cpu) {
    if let Some(shortcut) = cpu.arch.any_shortcut() {
        let interface = PhysicalInterface::of_this_cpu();
        shortcut.release(floods::milliseconds(), |intid| deliver(cpu, interface, intid));
    }
}

/// An interrupt that a zone may own. The guest's own end of interrupt deactivates it.
fn deliver(cpu: &'static Cpu, interface: PhysicalInterface, intid: u32) {
    // A vCPU that is off keeps what arrives for it until it starts, or until its zone routes it elsewhere.
    if let Some(vcpu) = cpu.vcpu()
        && (vcpu.is_running() || vcpu.zone.lifecycle().phase() == Phase::Running)
        && vcpu.zone.physical_arrived(vcpu.id, intid)
    {
        return;
    }
    // Nobody's, or of a zone that stops, whose reset puts its interrupts back in order: it must not come again and
    // again.
    enable_interrupt(cpu, intid, false);
    interface.deactivate(intid);
}

/// Rings a peer of a channel. What was written before, by the guest that rings too, is seen by who takes the interrupt.
pub fn raise_doorbell(line: &Line) {
    if let (Some(distributor), Some(intid)) = (DISTRIBUTOR.get(), line.physical) {
        registers::dsb();
        distributor.set_pending(intid);
    }
}

/// Forwards a physical interrupt or stops doing so; private ones those of `cpu`.
pub fn enable_interrupt(cpu: &Cpu, intid: u32, enabled: bool) {
    if intid < 32 {
        if let Some(private) = private_interrupts(cpu) {
            private.set_enabled(intid, enabled);
        }
    } else if let Some(distributor) = DISTRIBUTOR.get() {
        distributor.set_enabled(intid, enabled);
    }
}

/// Takes the pending state from a physical interrupt; private ones those of `cpu`.
pub fn clear_pending_interrupt(cpu: &Cpu, intid: u32) {
    if intid < 32 {
        if let Some(private) = private_interrupts(cpu) {
            private.clear_pending(intid);
        }
    } else if let Some(distributor) = DISTRIBUTOR.get() {
        distributor.clear_pending(intid);
    }
}

/// Whether a physical interrupt is pending; private ones those of `cpu`.
pub fn is_interrupt_pending(cpu: &Cpu, intid: u32) -> bool {
    if intid < 32 {
        private_interrupts(cpu).is_some_and(|private| private.is_pending(intid))
    } else {
        DISTRIBUTOR.get().is_some_and(|distributor| distributor.is_pending(intid))
    }
}

/// Which physical interrupts are pending.
pub fn pending_words() -> Option<PendingWords> {
    DISTRIBUTOR.get().and_then(Distributor::pending_words)
}

/// Deactivates a physical interrupt that no guest will end; private ones those of `cpu`.
pub fn deactivate_interrupt(cpu: &Cpu, intid: u32) {
    if intid < 32 {
        if let Some(private) = private_interrupts(cpu) {
            private.deactivate(intid);
        }
    } else if let Some(distributor) = DISTRIBUTOR.get() {
        distributor.deactivate(intid);
    }
}

/// Routes a shared interrupt to `cpu`.
pub fn route_interrupt(cpu: &Cpu, intid: u32) {
    let Some(distributor) = DISTRIBUTOR.get() else { return };
    if super::has_gicv2() {
        distributor.target(intid, target_of(cpu));
    } else {
        distributor.route(intid, cpu.affinity);
    }
}

/// The bit by which a GICv2 names a CPU. It is read by that CPU when it comes up: only boot has to wait for that.
fn target_of(cpu: &Cpu) -> u8 {
    let start = registers::cntpct_el0();
    loop {
        let target = cpu.arch.target.load(Ordering::Relaxed);
        // One that does not come up has said why, or is broken: then nothing is to reach it.
        if target != 0 || registers::cntpct_el0().wrapping_sub(start) > registers::cntfrq_el0() {
            return target;
        }
        core::hint::spin_loop();
    }
}

/// Chooses edge or level triggering of a shared interrupt.
pub fn set_interrupt_trigger(intid: u32, edge: bool) {
    if let Some(distributor) = DISTRIBUTOR.get() {
        let _guard = lock::take(&CONFIGURATION);
        distributor.set_edge(intid, edge);
    }
}
