//! The nodes of an arm64 zone (Linux bindings arm/cpus, arm/psci, timer/arm,arch_timer,
//! interrupt-controller/arm,gic-v3, interrupt-controller/arm,gic, serial/pl011).

use dtoolkit::Node;
use dtoolkit::model::DeviceTreeNode;
use manifest::{Controller, Gic, GicVersion, Uart};

use super::caches::Caches;
use super::{
    CONTROLLER_PHANDLE, CPU_PROPERTIES, FIRST_SPI, GuestTree, LEVEL_HIGH, SPI, cells, copy, node, set,
    uart_name,
};

const CLOCK_PHANDLE: u32 = 2;
/// The clock that the emulated UART claims to have, in Hz; no line rate depends on it.
const UART_CLOCK: u32 = 24_000_000;
/// Interrupt specifier type of the GIC binding, beside [`SPI`].
const PPI: u32 = 1;
/// PPIs of the EL1 timers: INTIDs 30 and 27 (Arm BSA).
const PHYSICAL_TIMER: u32 = 14;
const VIRTUAL_TIMER: u32 = 11;

impl GuestTree<'_> {
    pub(super) fn add_arm64(&self, root: &mut DeviceTreeNode) {
        set(root, "interrupt-parent", CONTROLLER_PHANDLE);
        root.add_child(self.arm64_cpus());
        root.add_child(psci());
        root.add_child(self.timer());
        if let Controller::Gic(gic) = &self.controller {
            root.add_child(interrupt_controller(gic));
        }
        if let Some(uart) = self.uart {
            root.add_child(clock());
            root.add_child(pl011(uart));
        }
        self.add_devices(root);
    }

    fn arm64_cpus(&self) -> DeviceTreeNode {
        let mut cpus = node("cpus");
        set(&mut cpus, "#address-cells", 1u32);
        set(&mut cpus, "#size-cells", 0u32);
        let mut caches = Caches::of(&self.facts.tree.root);
        for (vcpu, index) in self.cpus.iter().enumerate() {
            let affinity = virtual_affinity(vcpu);
            let mut cpu = node(format!("cpu@{affinity:x}"));
            set(&mut cpu, "device_type", "cpu");
            set(&mut cpu, "reg", affinity);
            set(&mut cpu, "enable-method", "psci");
            if let Some(physical) = self.facts.cpu_node(*index) {
                copy(physical, &CPU_PROPERTIES, &mut cpu);
                caches.describe(physical, &mut cpu);
            }
            cpus.add_child(cpu);
        }
        for cache in caches.into_nodes() {
            cpus.add_child(cache);
        }
        cpus
    }

    fn timer(&self) -> DeviceTreeNode {
        let mut timer = node("timer");
        set(&mut timer, "compatible", "arm,armv8-timer");
        let flags = LEVEL_HIGH | self.private_interrupt_mask();
        set(&mut timer, "interrupts", [PPI, PHYSICAL_TIMER, flags, PPI, VIRTUAL_TIMER, flags]);
        // Names, since without them the first would be the secure timer's, which no zone has.
        set(&mut timer, "interrupt-names", &["phys", "virt"][..]);
        if let Some(board) = self.facts.tree.root.child("timer") {
            copy(board, &["always-on", "clock-frequency"], &mut timer);
        }
        timer
    }

    /// What the specifier of a PPI says of the CPUs that have it: a GICv2's has a bit for each from bit 8 (Linux
    /// binding interrupt-controller/arm,gic).
    fn private_interrupt_mask(&self) -> u32 {
        match self.controller {
            Controller::Gic(Gic { version: GicVersion::V2 { .. }, .. }) => {
                self.cpus.iter().enumerate().fold(0, |mask, (vcpu, _)| mask | 0x100 << vcpu)
            }
            _ => 0,
        }
    }
}

/// The affinity that a guest sees: 16 vCPUs to a cluster, as one SGI target list addresses them (GIC
/// specification IHI 0069, ICC_SGI1R_EL1).
pub(crate) fn virtual_affinity(vcpu: usize) -> u32 {
    let vcpu = vcpu as u32;
    (vcpu % 16) | ((vcpu / 16) << 8)
}

fn psci() -> DeviceTreeNode {
    let mut psci = node("psci");
    set(&mut psci, "compatible", &["arm,psci-1.0", "arm,psci-0.2"][..]);
    set(&mut psci, "method", "hvc");
    psci
}

fn interrupt_controller(gic: &Gic) -> DeviceTreeNode {
    let distributor = gic.distributor;
    let (compatible, other) = match gic.version {
        GicVersion::V2 { cpu_interface } => ("arm,cortex-a15-gic", cpu_interface),
        GicVersion::V3 { redistributors } => ("arm,gic-v3", redistributors),
    };
    let mut controller = node(format!("interrupt-controller@{:x}", distributor.start().raw()));
    set(&mut controller, "compatible", compatible);
    set(&mut controller, "#interrupt-cells", 3u32);
    set(&mut controller, "interrupt-controller", &[0u8; 0][..]);
    let frames = [distributor.start().raw(), distributor.size(), other.start().raw(), other.size()];
    set(&mut controller, "reg", cells(&frames));
    set(&mut controller, "phandle", CONTROLLER_PHANDLE);
    controller
}

fn clock() -> DeviceTreeNode {
    let mut clock = node("uart-clock");
    set(&mut clock, "compatible", "fixed-clock");
    set(&mut clock, "#clock-cells", 0u32);
    set(&mut clock, "clock-frequency", UART_CLOCK);
    set(&mut clock, "phandle", CLOCK_PHANDLE);
    clock
}

fn pl011(uart: Uart) -> DeviceTreeNode {
    let mut serial = node(uart_name(uart));
    set(&mut serial, "compatible", &["arm,pl011", "arm,primecell"][..]);
    set(&mut serial, "reg", cells(&[uart.range.start().raw(), uart.range.size()]));
    set(&mut serial, "interrupts", [SPI, uart.interrupt - FIRST_SPI, LEVEL_HIGH]);
    set(&mut serial, "clocks", [CLOCK_PHANDLE, CLOCK_PHANDLE]);
    set(&mut serial, "clock-names", &["uartclk", "apb_pclk"][..]);
    serial
}
