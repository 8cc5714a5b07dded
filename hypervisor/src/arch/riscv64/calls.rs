//! Calls of a guest to what it takes for its firmware (SBI), answered by the models in the crate `vsbi`; and what
//! vCPUs of a zone ask each other for: software interrupts and fences. Nothing is passed on to firmware.

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use addr::{GuestPhys, Range};
use ids::VcpuSet;
use spin::mutex::{TicketMutex, TicketMutexGuard};
use vsbi::{Call, Error, Fence, HartAction, HartCall, Harts, Identity, Outcome, Reply, Reset, Sbi, Span};

use crate::cpu::{Cpu, Request, Start, Vcpu};
use crate::memory::{self, guest};
use crate::run;
use crate::zone::lifecycle::{self, Reason};
use crate::zone::{DESCRIBE, Zone};

use super::exits::{self, Registers};
use super::{csr, firmware};

/// Bytes of one console call that are moved at most: the guest calls again for the rest, and interrupts are served
/// between.
const CONSOLE_BYTES: u64 = 256;

/// The extension of hvisor's calls.
const HVISOR: u64 = 0x11_4514;

/// Not asked for a fence, or done with it.
const DONE: u8 = 0;
const ASKED: u8 = 1;

unsafe extern "C" {
    fn guest_load(address: u64, value: *mut u64) -> i64;
}

/// The firmware that a zone sees.
pub struct ZoneFirmware {
    sbi: Sbi,
    harts: TicketMutex<Harts>,
    /// Who has its fence done by others: 0 nobody, else the vCPU's number plus 1.
    fencer: AtomicU8,
    fence: TicketMutex<Option<Fence>>,
}

impl ZoneFirmware {
    /// The states of the zone's vCPUs.
    pub fn lock(&self) -> TicketMutexGuard<'_, Harts> {
        self.harts.lock()
    }
}

/// The SBI of a zone of so many vCPUs.
pub fn new_zone_firmware(vcpus: usize) -> ZoneFirmware {
    let identity = Identity {
        vendor: firmware::identity(firmware::Identity::Vendor),
        architecture: firmware::identity(firmware::Identity::Architecture),
        implementation: firmware::identity(firmware::Identity::Implementation),
    };
    ZoneFirmware {
        sbi: Sbi::new(vcpus, identity),
        harts: TicketMutex::new(Harts::new(vcpus)),
        fencer: AtomicU8::new(0),
        fence: TicketMutex::new(None),
    }
}

/// What other vCPUs of the zone have asked of one.
#[derive(Debug, Default)]
pub struct VcpuData {
    software_interrupt: AtomicBool,
    fence: AtomicU8,
}

/// Answers the call in the guest's registers.
#[inline]
pub fn call(cpu: &'static Cpu, vcpu: &Vcpu, frame: &mut Registers) {
    if frame.get(17) == HVISOR && described_channels(vcpu, frame) {
        return;
    }
    let argument = |index: u8| frame.get(10 + index);
    let call = Call {
        extension: argument(7),
        function: argument(6),
        arguments: [argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)],
    };
    match vcpu.zone.firmware().sbi.call(&call) {
        Outcome::Return(reply) => answer(frame, reply),
        outcome => carry_out(cpu, vcpu, frame, outcome),
    }
}

/// Answers hvisor's call for channels, whose error is in a1, as its driver expects it. False where it is another one.
#[cold]
#[inline(never)]
fn described_channels(vcpu: &Vcpu, frame: &mut Registers) -> bool {
    if frame.get(10) != DESCRIBE {
        return false;
    }
    frame.set(10, 0);
    frame.set(11, vcpu.zone.describe_channels(frame.get(11)));
    true
}

#[inline(always)]
fn answer(frame: &mut Registers, reply: Reply) {
    frame.set(10, reply.a0);
    if let Some(value) = reply.a1 {
        frame.set(11, value);
    }
}

#[inline(never)]
fn carry_out(cpu: &'static Cpu, vcpu: &Vcpu, frame: &mut Registers, outcome: Outcome) {
    let zone = vcpu.zone;
    let reply = match outcome {
        Outcome::Return(reply) => reply,
        Outcome::SetTimer { deadline, reply } => {
            csr::set_vstimecmp(deadline);
            reply
        }
        Outcome::SendIpi { vcpus, reply } => {
            send_software_interrupts(cpu, zone, vcpus);
            reply
        }
        Outcome::ClearIpi => {
            let was_pending = csr::guest_software_interrupt_pending();
            csr::clear_guest_software_interrupt();
            Reply::legacy(u64::from(was_pending))
        }
        Outcome::Fence { fence, vcpus, reply } => {
            fence_on(cpu, vcpu, fence, vcpus);
            reply
        }
        Outcome::Hart(call) => match hart(cpu, vcpu, call) {
            Some(reply) => reply,
            None => return,
        },
        Outcome::SystemReset(kind, _) => {
            let reason = match kind {
                Reset::Shutdown => Reason::PowerOff,
                _ => Reason::Reset,
            };
            lifecycle::stop(zone, reason);
            return;
        }
        Outcome::ConsoleWrite(range) => write_console(zone, range),
        Outcome::ConsoleRead(range) => read_console(zone, range),
        Outcome::ConsoleWriteByte { byte, reply } => {
            // Without room the guest calls again, with its interrupts served between; without a UART it goes nowhere.
            if !zone.console_send(byte) && zone.record().uart().is_some() {
                return exits::repeat_call();
            }
            reply
        }
        Outcome::ConsoleReadByte => Reply::legacy_byte(zone.console_receive()),
        Outcome::ReadMask(masked) => {
            let mut mask = 0;
            // SAFETY: the load is the guest's own; its fault comes back as -1.
            if unsafe { guest_load(masked.address(), &raw mut mask) } != 0 {
                return exits::refuse_call_argument(masked.address());
            }
            match zone.firmware().sbi.finish(masked, mask) {
                // It was read: what follows asks for no more memory.
                Outcome::ReadMask(_) => Reply::error(Error::Failed),
                outcome => return carry_out(cpu, vcpu, frame, outcome),
            }
        }
    };
    answer(frame, reply);
}

/// A call of extension HSM. `None` when the caller does not go on after it.
fn hart(cpu: &'static Cpu, vcpu: &Vcpu, call: HartCall) -> Option<Reply> {
    let zone = vcpu.zone;
    let record = zone.record();
    let is_ram = |entry: GuestPhys| guest::host_address(record, entry, 2).is_some();
    let action = zone.firmware().lock().call(vcpu.id, call, is_ram);
    match action {
        HartAction::Return(reply) => Some(reply),
        HartAction::Start { vcpu: target, resume } => {
            if let Some(target) = zone.cpus().get(target.index()) {
                let start = Start { entry: resume.entry, argument: resume.opaque, fill: false };
                lifecycle::start_vcpu(zone, target, start);
            }
            Some(Reply::SUCCESS)
        }
        HartAction::Stop => {
            lifecycle::power_down(cpu, vcpu);
            // Only now may another vCPU see this one as stopped and start it again.
            let nobody_left = {
                let mut harts = zone.firmware().lock();
                harts.stopped(vcpu.id);
                harts.all_stopped()
            };
            if nobody_left {
                // Nobody is left to call hart_start.
                lifecycle::stop(zone, Reason::PowerOff);
            }
            None
        }
        HartAction::Suspend { resume } => {
            if !csr::guest_interrupt_pending() {
                super::wait_for_interrupt();
            }
            super::service_interrupts(cpu);
            run::serve(cpu);
            zone.firmware().lock().started(vcpu.id);
            match resume {
                None => Some(Reply::SUCCESS),
                Some(resume) => {
                    // As after a stop, but that the interrupt file and what is pending there stay.
                    super::vcpu::resume_vcpu(cpu, vcpu, resume.entry, resume.opaque);
                    None
                }
            }
        }
    }
}

fn targets(zone: &Zone, vcpus: VcpuSet) -> impl Iterator<Item = &'static Cpu> + '_ {
    vcpus.iter().filter_map(|vcpu| zone.cpus().get(vcpu.index()).copied())
}

fn send_software_interrupts(cpu: &'static Cpu, zone: &Zone, vcpus: VcpuSet) {
    for target in targets(zone, vcpus) {
        if core::ptr::eq(target, cpu) {
            csr::set_guest_software_interrupt();
        } else if let Some(vcpu) = target.vcpu() {
            vcpu.arch.software_interrupt.store(true, Ordering::Release);
            target.ask(Request::Attend);
        }
    }
}

/// Has a fence done on the harts of these vCPUs, and returns when it is. There is one at a time in a zone; who waits
/// for its turn serves the present one meanwhile, so two can never wait for each other.
fn fence_on(cpu: &'static Cpu, vcpu: &Vcpu, fence: Fence, vcpus: VcpuSet) {
    let firmware = vcpu.zone.firmware();
    let me = (vcpu.id.index() as u8).wrapping_add(1);
    while firmware.fencer.compare_exchange(0, me, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        if cpu.take(Request::Attend) {
            attend(vcpu);
        }
        core::hint::spin_loop();
    }
    *firmware.fence.lock() = Some(fence);
    let others = |target: &&'static Cpu| !core::ptr::eq(*target, cpu);
    for target in targets(vcpu.zone, vcpus).filter(others) {
        if let Some(asked) = target.vcpu() {
            asked.arch.fence.store(ASKED, Ordering::Release);
            target.ask(Request::Attend);
        }
    }
    if vcpus.contains(vcpu.id) {
        perform(fence);
    }
    for target in targets(vcpu.zone, vcpus).filter(others) {
        while target.vcpu().is_some_and(|asked| asked.arch.fence.load(Ordering::Acquire) != DONE) {
            core::hint::spin_loop();
        }
    }
    firmware.fencer.store(0, Ordering::Release);
}

/// Another vCPU of the zone has asked this one for something, or a peer of a channel has rung.
pub fn attend(vcpu: &Vcpu) {
    vcpu.zone.take_doorbells();
    if vcpu.arch.software_interrupt.swap(false, Ordering::AcqRel) && vcpu.is_running() {
        csr::set_guest_software_interrupt();
    }
    if vcpu.arch.fence.load(Ordering::Acquire) == ASKED {
        let fence = *vcpu.zone.firmware().fence.lock();
        if let Some(fence) = fence {
            perform(fence);
        }
        vcpu.arch.fence.store(DONE, Ordering::Release);
    }
}

/// Does a fence on this hart, for the zone that hgatp names.
fn perform(fence: Fence) {
    match fence {
        Fence::Instructions => csr::fence_instructions(),
        Fence::Translations(Span::Everything, None) => csr::forget_guest_virtual(),
        Fence::Translations(Span::Everything, Some(asid)) => csr::forget_guest_virtual_of(u64::from(asid)),
        Fence::Translations(Span::Pages { first, count }, asid) => {
            for page in 0..count {
                let address = first.wrapping_add(page.wrapping_mul(vsbi::PAGE_SIZE));
                match asid {
                    None => csr::forget_guest_virtual_at(address),
                    Some(asid) => csr::forget_guest_virtual_of_at(u64::from(asid), address),
                }
            }
        }
    }
}

fn write_console(zone: &Zone, range: Range<GuestPhys>) -> Reply {
    let Some(at) = guest::host_address(zone.record(), range.start(), range.size()) else {
        return Reply::error(Error::InvalidParam);
    };
    let mut sent = 0;
    for offset in 0..range.size().min(CONSOLE_BYTES) {
        let address = memory::identity(at).raw().wrapping_add(offset) as *const u8;
        // SAFETY: `host_address` found all of the range inside RAM of this zone, mapped for the hypervisor. The guest
        // may be writing it: a volatile read of a byte takes whatever is there.
        if !zone.console_send(unsafe { address.read_volatile() }) {
            break;
        }
        sent = offset.wrapping_add(1);
    }
    Reply::value(sent)
}

fn read_console(zone: &Zone, range: Range<GuestPhys>) -> Reply {
    let Some(at) = guest::host_address(zone.record(), range.start(), range.size()) else {
        return Reply::error(Error::InvalidParam);
    };
    let mut received = 0;
    while received < range.size().min(CONSOLE_BYTES)
        && let Some(byte) = zone.console_receive()
    {
        let address = memory::identity(at).raw().wrapping_add(received) as *mut u8;
        // SAFETY: inside RAM of this zone, as for writing; no Rust object lies there.
        unsafe { address.write_volatile(byte) };
        received = received.wrapping_add(1);
    }
    Reply::value(received)
}
