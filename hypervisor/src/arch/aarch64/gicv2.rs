//! The interfaces of a GICv2, where the machine has one. They are at the same addresses on every CPU.

use core::sync::atomic::{AtomicU64, Ordering};

use addr::{HostPhys, HypVirt, PAGE_SIZE};

use crate::irqchip::gicv2::{CpuInterface, VirtualInterface};
use crate::mmio::Frame;

/// GICC, GICH and GICV: zero where the machine has a GICv3.
static CPU_INTERFACE: AtomicU64 = AtomicU64::new(0);
static CONTROL: AtomicU64 = AtomicU64::new(0);
static GUEST_PAGE: AtomicU64 = AtomicU64::new(0);

/// The machine has this GICv2.
///
/// # Safety
///
/// GICC and GICH must be mapped as device memory for ever.
pub unsafe fn set(gic: &board::Gicv2) {
    CPU_INTERFACE.store(gic.cpu_interface.start().raw(), Ordering::Relaxed);
    CONTROL.store(gic.control.start().raw(), Ordering::Relaxed);
    GUEST_PAGE.store(gic.virtual_cpu_interface.start().raw(), Ordering::Relaxed);
}

/// The CPU interface of this CPU, if it is a GICv2's.
#[inline(always)]
pub fn cpu_interface() -> Option<CpuInterface> {
    let base = CPU_INTERFACE.load(Ordering::Relaxed);
    // SAFETY: whoever set it promised that the frame is mapped; each CPU finds its own interface there.
    (base != 0).then(|| CpuInterface::new(unsafe { Frame::new(HypVirt::new(base), CpuInterface::SIZE) }))
}

/// The control of this CPU's virtual interface, if it is a GICv2's.
#[inline(always)]
pub fn virtual_interface() -> Option<VirtualInterface> {
    let base = CONTROL.load(Ordering::Relaxed);
    // SAFETY: as above.
    (base != 0)
        .then(|| VirtualInterface::new(unsafe { Frame::new(HypVirt::new(base), VirtualInterface::SIZE) }))
}

/// The page that stage 2 shows a guest as its CPU interface, all but GICC_DIR.
pub fn guest_page() -> Option<HostPhys> {
    let base = GUEST_PAGE.load(Ordering::Relaxed);
    (base != 0).then_some(HostPhys::new(base))
}

/// Bytes of [`guest_page`].
pub const GUEST_PAGE_SIZE: u64 = PAGE_SIZE;
