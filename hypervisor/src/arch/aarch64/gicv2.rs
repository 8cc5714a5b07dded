//! The interfaces of a GICv2, where the machine has one. They are at the same addresses on every CPU.

use core::sync::atomic::{AtomicU64, Ordering};

use addr::{HostPhys, HypVirt, PAGE_SIZE};

use vgic::Maintenance;

use crate::irqchip::gicv2::{CpuInterface, ShortWay, VirtualInterface};
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

/// Whether the machine has a GICv2.
#[inline(always)]
pub fn is_used() -> bool {
    CPU_INTERFACE.load(Ordering::Relaxed) != 0
}

/// The frame that begins there, of so many bytes; of none where the machine has no GICv2.
fn frame(base: &AtomicU64, size: u64) -> Frame {
    let base = base.load(Ordering::Relaxed);
    // SAFETY: whoever set it promised that the frame is mapped, and each CPU finds its own interface there; a frame of no
    // bytes is never touched.
    unsafe { Frame::new(HypVirt::new(base), if base == 0 { 0 } else { size }) }
}

/// The CPU interface of this CPU. Where the machine has no GICv2 nothing answers.
fn physical() -> CpuInterface {
    CpuInterface::new(frame(&CPU_INTERFACE, CpuInterface::SIZE))
}

/// The control of this CPU's virtual interface. Where the machine has no GICv2 nothing answers.
fn control() -> VirtualInterface {
    VirtualInterface::new(frame(&CONTROL, VirtualInterface::SIZE))
}

/// The short way of physical interrupts on whatever CPU uses it, if the machine has a GICv2.
pub fn short_way() -> Option<ShortWay> {
    ShortWay::new(frame(&CPU_INTERFACE, CpuInterface::SIZE), frame(&CONTROL, VirtualInterface::SIZE))
}

/// One function a line, out of the way of a GICv3's code, where it is only a branch that is not taken.
macro_rules! of_this_cpu {
    ($($(#[$doc:meta])* $interface:ident $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
        $(#[$doc])*
        #[cold]
        #[inline(never)]
        pub fn $name($($argument: $type),*) $(-> $result)? {
            $interface().$name($($argument),*)
        }
    )*};
}

of_this_cpu! {
    /// [`CpuInterface::init`].
    physical init() -> bool;
    /// [`CpuInterface::acknowledge`].
    physical acknowledge() -> Option<u32>;
    /// [`CpuInterface::drop_priority`].
    physical drop_priority(intid: u32);
    /// [`CpuInterface::deactivate`].
    physical deactivate(intid: u32);
    /// [`VirtualInterface::count`].
    control count() -> usize;
    /// [`VirtualInterface::empty`].
    control empty() -> u32;
    /// [`VirtualInterface::read`].
    control read(index: usize) -> u64;
    /// [`VirtualInterface::write`].
    control write(index: usize, value: u64);
    /// [`VirtualInterface::take_eoi_count`].
    control take_eoi_count() -> u32;
    /// [`VirtualInterface::set_maintenance`].
    control set_maintenance(maintenance: Maintenance);
    /// [`VirtualInterface::cpu_interface`].
    control cpu_interface() -> vgic::CpuInterface;
    /// [`VirtualInterface::reset`].
    control reset();
    /// [`VirtualInterface::disable`].
    control disable();
}

/// The page that stage 2 shows a guest as its CPU interface, all but GICC_DIR.
pub fn guest_page() -> Option<HostPhys> {
    let base = GUEST_PAGE.load(Ordering::Relaxed);
    (base != 0).then_some(HostPhys::new(base))
}

/// Bytes of [`guest_page`].
pub const GUEST_PAGE_SIZE: u64 = PAGE_SIZE;
