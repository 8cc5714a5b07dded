//! The device tree of a zone: what it owns and what is emulated for it, and nothing else of the board
//! (Devicetree Specification 0.4; Linux bindings arm/cpus, arm/psci, timer/arm,arch_timer,
//! interrupt-controller/arm,gic-v3, serial/pl011).

use addr::{GuestPhys, Range};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use dtoolkit::{Node, ToPropertyValue};
use manifest::{Gic, Region, Uart};

use crate::facts::Facts;

const GIC_PHANDLE: u32 = 1;
const CLOCK_PHANDLE: u32 = 2;
/// The clock that the emulated UART claims to have, in Hz; no line rate depends on it.
const UART_CLOCK: u32 = 24_000_000;
/// Interrupt specifier types and flags of the GIC binding.
const SPI: u32 = 0;
const PPI: u32 = 1;
const LEVEL_HIGH: u32 = 4;
/// PPIs of the EL1 timers: INTIDs 30 and 27 (Arm BSA).
const PHYSICAL_TIMER: u32 = 14;
const VIRTUAL_TIMER: u32 = 11;
/// What a guest may know of a physical CPU.
const CPU_PROPERTIES: [&str; 8] = [
    "compatible",
    "capacity-dmips-mhz",
    "i-cache-size",
    "i-cache-line-size",
    "i-cache-sets",
    "d-cache-size",
    "d-cache-line-size",
    "d-cache-sets",
];

/// What a zone's tree describes.
pub(crate) struct GuestTree<'z> {
    pub(crate) facts: &'z Facts,
    /// Places of its CPUs in the board's list, in vCPU order.
    pub(crate) cpus: &'z [usize],
    pub(crate) regions: &'z [Region],
    pub(crate) gic: Gic,
    pub(crate) uart: Option<Uart>,
    pub(crate) chosen: Chosen<'z>,
}

/// What a boot loader tells a kernel.
#[derive(Clone, Copy, Default)]
pub(crate) struct Chosen<'z> {
    pub(crate) cmdline: Option<&'z str>,
    pub(crate) initrd: Option<Range<GuestPhys>>,
}

impl GuestTree<'_> {
    /// The blob. Its size does not depend on any address in it.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let mut tree = DeviceTree::new();
        let root = &mut tree.root;
        for name in ["model", "compatible"] {
            if let Some(property) = self.facts.tree.root.property(name) {
                root.add_property(DeviceTreeProperty::from_property(&property));
            }
        }
        set(root, "#address-cells", 2u32);
        set(root, "#size-cells", 2u32);
        set(root, "interrupt-parent", GIC_PHANDLE);
        if let Some(uart) = self.uart {
            let mut aliases = node("aliases");
            set(&mut aliases, "serial0", uart_path(uart).as_str());
            root.add_child(aliases);
        }
        root.add_child(self.chosen_node());
        for region in self.regions {
            root.add_child(memory(region));
        }
        root.add_child(self.cpus_node());
        root.add_child(psci());
        root.add_child(self.timer());
        root.add_child(interrupt_controller(&self.gic));
        if let Some(uart) = self.uart {
            root.add_child(clock());
            root.add_child(pl011(uart));
        }
        tree.to_dtb()
    }

    fn chosen_node(&self) -> DeviceTreeNode {
        let mut chosen = node("chosen");
        self.chosen.set(&mut chosen);
        if let Some(uart) = self.uart {
            set(&mut chosen, "stdout-path", uart_path(uart).as_str());
        }
        chosen
    }

    fn cpus_node(&self) -> DeviceTreeNode {
        let mut cpus = node("cpus");
        set(&mut cpus, "#address-cells", 1u32);
        set(&mut cpus, "#size-cells", 0u32);
        for (vcpu, index) in self.cpus.iter().enumerate() {
            let affinity = virtual_affinity(vcpu);
            let mut cpu = node(format!("cpu@{affinity:x}"));
            set(&mut cpu, "device_type", "cpu");
            set(&mut cpu, "reg", affinity);
            set(&mut cpu, "enable-method", "psci");
            if let Some(physical) = self.facts.cpu_node(*index) {
                for property in CPU_PROPERTIES.iter().filter_map(|name| physical.property(name)) {
                    cpu.add_property(DeviceTreeProperty::from_property(&property));
                }
            }
            cpus.add_child(cpu);
        }
        cpus
    }

    fn timer(&self) -> DeviceTreeNode {
        let mut timer = node("timer");
        set(&mut timer, "compatible", "arm,armv8-timer");
        set(&mut timer, "interrupts", [PPI, PHYSICAL_TIMER, LEVEL_HIGH, PPI, VIRTUAL_TIMER, LEVEL_HIGH]);
        // Names, since without them the first would be the secure timer's, which no zone has.
        set(&mut timer, "interrupt-names", &["phys", "virt"][..]);
        if let Some(board) = self.facts.tree.root.child("timer") {
            for property in ["always-on", "clock-frequency"].iter().filter_map(|name| board.property(name)) {
                timer.add_property(DeviceTreeProperty::from_property(&property));
            }
        }
        timer
    }
}

impl Chosen<'_> {
    fn set(&self, chosen: &mut DeviceTreeNode) {
        if let Some(cmdline) = self.cmdline {
            set(chosen, "bootargs", cmdline);
        }
        if let Some(initrd) = self.initrd {
            set(chosen, "linux,initrd-start", initrd.start().raw());
            set(chosen, "linux,initrd-end", initrd.end().raw());
        }
    }

    /// The user's own tree with these values in it; `None` where it is no device tree.
    pub(crate) fn patch(&self, blob: &[u8]) -> Option<Vec<u8>> {
        let fdt = Fdt::new(blob).ok()?;
        if self.cmdline.is_none() && self.initrd.is_none() {
            return Some(blob.to_vec());
        }
        let mut tree = DeviceTree::from_fdt(&fdt);
        let mut chosen = tree.root.remove_child("chosen").unwrap_or_else(|| node("chosen"));
        self.set(&mut chosen);
        tree.root.add_child(chosen);
        Some(tree.to_dtb())
    }
}

/// The affinity that a guest sees: 16 vCPUs to a cluster, as one SGI target list addresses them (GIC
/// specification IHI 0069, ICC_SGI1R_EL1).
pub(crate) fn virtual_affinity(vcpu: usize) -> u32 {
    let vcpu = vcpu as u32;
    (vcpu % 16) | ((vcpu / 16) << 8)
}

fn node(name: impl Into<String>) -> DeviceTreeNode {
    DeviceTreeNode::new_unchecked(name)
}

fn set<T: ToPropertyValue>(node: &mut DeviceTreeNode, name: &str, value: T) {
    node.add_property(DeviceTreeProperty::new_unchecked(name, value));
}

fn cells(numbers: &[u64]) -> Vec<u32> {
    numbers.iter().flat_map(|number| [(number >> 32) as u32, *number as u32]).collect()
}

fn memory(region: &Region) -> DeviceTreeNode {
    let mut memory = node(format!("memory@{:x}", region.ipa.raw()));
    set(&mut memory, "device_type", "memory");
    set(&mut memory, "reg", cells(&[region.ipa.raw(), region.size]));
    memory
}

fn psci() -> DeviceTreeNode {
    let mut psci = node("psci");
    set(&mut psci, "compatible", &["arm,psci-1.0", "arm,psci-0.2"][..]);
    set(&mut psci, "method", "hvc");
    psci
}

fn interrupt_controller(gic: &Gic) -> DeviceTreeNode {
    let (distributor, redistributor) = (gic.distributor, gic.redistributor);
    let mut controller = node(format!("interrupt-controller@{:x}", distributor.start().raw()));
    set(&mut controller, "compatible", "arm,gic-v3");
    set(&mut controller, "#interrupt-cells", 3u32);
    set(&mut controller, "interrupt-controller", &[0u8; 0][..]);
    let frames =
        [distributor.start().raw(), distributor.size(), redistributor.start().raw(), redistributor.size()];
    set(&mut controller, "reg", cells(&frames));
    set(&mut controller, "phandle", GIC_PHANDLE);
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
    set(&mut serial, "interrupts", [SPI, uart.intid - 32, LEVEL_HIGH]);
    set(&mut serial, "clocks", [CLOCK_PHANDLE, CLOCK_PHANDLE]);
    set(&mut serial, "clock-names", &["uartclk", "apb_pclk"][..]);
    serial
}

fn uart_name(uart: Uart) -> String {
    format!("serial@{:x}", uart.range.start().raw())
}

fn uart_path(uart: Uart) -> String {
    format!("/{}", uart_name(uart))
}
