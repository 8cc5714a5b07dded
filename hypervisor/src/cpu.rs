//! A physical CPU as the hypervisor keeps it, and what other CPUs may ask of it.
//!
//! Every CPU runs the one vCPU it was given, or waits. Nothing moves between CPUs: a CPU changes another one's
//! state only by leaving a request and interrupting it.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use addr::{GuestPhys, HypVirt};
use exception::FaultLoop;
use ids::VcpuId;
use spin::mutex::TicketMutex;

use crate::exits::Exits;
use crate::once::Once;
use crate::zone::Zone;
use crate::{arch, lock};

/// The place of a CPU in the board's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuIndex(pub u8);

/// One thing that a CPU can be asked to do; each is a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Request {
    /// The zone's interrupt controller has something new for this vCPU.
    Interrupts = 1 << 0,
    /// Another vCPU of the zone waits for this one to attend to it: what for is the architecture's.
    Attend = 1 << 1,
    /// The console has input for this zone's UART, or room for its output.
    Uart = 1 << 2,
    /// The zone stops: leave the guest.
    Stop = 1 << 3,
    /// Start the vCPU as its start slot says.
    Start = 1 << 4,
}

/// How a vCPU begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The first instruction.
    pub entry: GuestPhys,
    /// What the first register holds.
    pub argument: u64,
    /// The zone's memory must be filled first: the zone itself starts.
    pub fill: bool,
}

/// The vCPU that a CPU runs.
pub struct Vcpu {
    /// The zone it belongs to.
    pub zone: &'static Zone,
    /// Its number in the zone.
    pub id: VcpuId,
    /// Between its start and its power-off.
    pub running: AtomicBool,
    /// What only the architecture's code keeps of it.
    pub arch: arch::VcpuData,
    start: TicketMutex<Option<Start>>,
}

/// A physical CPU. The first two fields are read by assembly.
#[repr(C)]
pub struct Cpu {
    /// The end of the stack, where a guest's registers are saved.
    pub stack_top: HypVirt,
    /// The end of the stack on which the hypervisor reports its own faults.
    pub emergency_top: HypVirt,
    /// Its place in the board's list.
    pub index: CpuIndex,
    /// What firmware calls it: MPIDR_EL1's affinity fields on arm64, the hart id on riscv64.
    pub affinity: u64,
    /// What only the architecture's code keeps a CPU.
    pub arch: arch::CpuData,
    /// How often its guest was left.
    pub exits: Exits,
    /// Whether its guest does nothing but fault.
    pub fault_loop: FaultLoop,
    requests: AtomicU32,
    vcpu: Once<Vcpu>,
}

impl Cpu {
    /// A CPU that runs nothing yet.
    pub fn new(
        index: CpuIndex,
        affinity: u64,
        stack_top: HypVirt,
        emergency_top: HypVirt,
        arch: arch::CpuData,
    ) -> Self {
        Self {
            stack_top,
            emergency_top,
            index,
            affinity,
            arch,
            exits: Exits::default(),
            fault_loop: FaultLoop::default(),
            requests: AtomicU32::new(0),
            vcpu: Once::new(),
        }
    }

    /// Gives the CPU its vCPU, once.
    pub fn assign(&self, zone: &'static Zone, id: VcpuId) {
        self.vcpu.set(Vcpu {
            zone,
            id,
            running: AtomicBool::new(false),
            arch: arch::VcpuData::default(),
            start: TicketMutex::new(None),
        });
    }

    /// The vCPU of this CPU, if a zone owns the CPU.
    #[inline]
    pub fn vcpu(&self) -> Option<&Vcpu> {
        self.vcpu.get()
    }

    /// The vCPU of this CPU, without a look whether there is one.
    ///
    /// # Safety
    ///
    /// The CPU must have been given its vCPU before: so it was on every exit from a guest.
    #[inline(always)]
    pub unsafe fn guest(&self) -> &Vcpu {
        // SAFETY: the caller vouches for the assignment, which is never taken back; the guest was entered after it.
        unsafe { self.vcpu.get_unchecked() }
    }

    /// Asks this CPU to do something and makes it look. Asking itself only leaves the request.
    pub fn ask(&self, request: Request) {
        self.requests.fetch_or(request as u32, Ordering::Release);
        if !core::ptr::eq(self, arch::current_cpu()) {
            arch::interrupt_cpu(self);
        }
    }

    /// Asks this CPU to start its vCPU.
    pub fn ask_start(&self, start: Start) {
        if let Some(vcpu) = self.vcpu() {
            *lock::take(&vcpu.start) = Some(start);
            self.ask(Request::Start);
        }
    }

    /// Whether anything was asked. What that was about is seen by [`Self::take`], which acquires it.
    #[inline]
    pub fn has_requests(&self) -> bool {
        self.requests.load(Ordering::Relaxed) != 0
    }

    /// Takes one kind of request, if it was made.
    pub fn take(&self, request: Request) -> bool {
        self.requests.fetch_and(!(request as u32), Ordering::AcqRel) & request as u32 != 0
    }
}

impl Vcpu {
    /// Takes the start that was asked for.
    pub fn take_start(&self) -> Option<Start> {
        lock::take(&self.start).take()
    }

    /// Whether the vCPU is between its start and its power-off.
    #[inline]
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }
}
