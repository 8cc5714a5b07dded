//! GICv2 host driver (GIC specification IHI 0048): what differs from a GICv3. All registers are memory; those of a
//! CPU's own interrupts, and of its interfaces, are banked: each CPU reaches its own at the same address, and no
//! other's.

mod control;
mod cpu_interface;
mod distributor;
mod short_way;

pub use control::VirtualInterface;
pub use cpu_interface::CpuInterface;
pub use distributor::init as init_distributor;
pub use short_way::ShortWay;
