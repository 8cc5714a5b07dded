//! What a CPU does when it is not in its guest: serve requests and interrupts, and wait for a start.

use core::sync::atomic::Ordering;

use crate::arch;
use crate::cpu::{Cpu, Request, Start};
use crate::zone::lifecycle;

/// Serves interrupts and requests until the vCPU of this CPU is to run, and prepares its first instruction.
/// Returns at once when it already runs.
pub fn until_running(cpu: &'static Cpu) {
    loop {
        arch::service_interrupts(cpu);
        serve(cpu);
        if cpu.vcpu().is_some_and(|vcpu| vcpu.is_running()) {
            return;
        }
        if !cpu.has_requests() {
            arch::wait_for_interrupt();
        }
    }
}

/// Does what other CPUs have asked.
#[inline]
pub fn serve(cpu: &'static Cpu) {
    if cpu.has_requests() {
        serve_all(cpu);
    }
}

fn serve_all(cpu: &'static Cpu) {
    let Some(vcpu) = cpu.vcpu() else { return };
    let zone = vcpu.zone;
    if cpu.take(Request::Stop) {
        lifecycle::leave(cpu, vcpu);
    }
    if cpu.take(Request::Attend) {
        arch::attend(vcpu);
    }
    if cpu.take(Request::Uart) {
        zone.poll_uart(vcpu.id);
    }
    if cpu.take(Request::Interrupts) && vcpu.is_running() {
        zone.refill(vcpu.id);
    }
    if cpu.take(Request::Start)
        && !vcpu.is_running()
        && let Some(start) = vcpu.take_start()
    {
        begin(cpu, start);
    }
}

fn begin(cpu: &'static Cpu, start: Start) {
    let Some(vcpu) = cpu.vcpu() else { return };
    if start.fill {
        lifecycle::fill(vcpu.zone);
    }
    arch::prepare_vcpu(cpu, vcpu, &start);
    vcpu.zone.reset_private_interrupts(vcpu.id);
    vcpu.zone.started(vcpu.id);
    vcpu.running.store(true, Ordering::Release);
    vcpu.zone.refill(vcpu.id);
    arch::report_boot(vcpu.zone);
}
