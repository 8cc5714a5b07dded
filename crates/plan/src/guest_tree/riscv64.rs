//! The nodes of a riscv64 zone (Linux bindings riscv/cpus, riscv/extensions, interrupt-controller/riscv,cpu-intc,
//! interrupt-controller/riscv,aplic, interrupt-controller/riscv,imsics, interrupt-controller/sifive,plic-1.0.0,
//! serial/8250).

use board::InterruptController;
use dtoolkit::model::DeviceTreeNode;
use manifest::{Aia, Controller, Plic, Uart};

use super::caches::Caches;
use super::{
    CONTROLLER_PHANDLE, CPU_PROPERTIES, GuestTree, LEVEL_HIGH, cells, controller_node, copy, node, set,
    specifier, uart_name,
};
use crate::isa::Isa;

/// The path of the bus that devices are on.
pub(super) const BUS: &str = "/soc";

const IMSIC_PHANDLE: u32 = 2;
/// The phandle of vCPU 0's own interrupt controller; those of the others follow.
const FIRST_HART_PHANDLE: u32 = 3;
/// The clock that the emulated UART claims to have, in Hz; no line rate depends on it.
const UART_CLOCK: u32 = 3_686_400;
/// Supervisor external interrupt (privileged specification, scause).
const SUPERVISOR_EXTERNAL: u32 = 9;
/// What a guest may know of a physical hart, beside its ISA.
const HART_PROPERTIES: [&str; 4] =
    ["mmu-type", "riscv,cbom-block-size", "riscv,cbop-block-size", "riscv,cboz-block-size"];

impl GuestTree<'_> {
    pub(super) fn add_riscv64(&self, root: &mut DeviceTreeNode) {
        root.add_child(self.riscv64_cpus());
        let mut bus = node(BUS.trim_start_matches('/'));
        set(&mut bus, "compatible", "simple-bus");
        set(&mut bus, "#address-cells", 2u32);
        set(&mut bus, "#size-cells", 2u32);
        set(&mut bus, "ranges", &[0u8; 0][..]);
        match &self.controller {
            Controller::Aia(aia) => {
                bus.add_child(self.imsic(aia));
                bus.add_child(aplic(aia));
            }
            Controller::Plic(plic) => bus.add_child(self.plic(plic)),
            Controller::Gic(_) => {}
        }
        if let Some(uart) = self.uart {
            bus.add_child(self.ns16550(uart));
        }
        self.add_devices(&mut bus);
        root.add_child(bus);
    }

    fn riscv64_cpus(&self) -> DeviceTreeNode {
        let mut cpus = node("cpus");
        set(&mut cpus, "#address-cells", 1u32);
        set(&mut cpus, "#size-cells", 0u32);
        if let Some(frequency) = self.facts.board.timebase_frequency {
            set(&mut cpus, "timebase-frequency", frequency);
        }
        let mut caches = Caches::of(&self.facts.tree.root);
        for (vcpu, index) in self.cpus.iter().enumerate() {
            let mut cpu = node(format!("cpu@{vcpu:x}"));
            set(&mut cpu, "device_type", "cpu");
            set(&mut cpu, "reg", vcpu as u32);
            if let Some(physical) = self.facts.cpu_node(*index) {
                copy(physical, &CPU_PROPERTIES, &mut cpu);
                caches.describe(physical, &mut cpu);
                copy(physical, &HART_PROPERTIES, &mut cpu);
                if let Some(isa) = Isa::read(physical) {
                    let isa = isa.of_guest(matches!(self.controller, Controller::Aia(_)));
                    let extensions: Vec<_> = isa.extensions.iter().map(String::as_str).collect();
                    set(&mut cpu, "riscv,isa-base", isa.base.as_str());
                    set(&mut cpu, "riscv,isa-extensions", extensions.as_slice());
                    // For kernels before Linux 6.6, which know no list.
                    set(&mut cpu, "riscv,isa", isa.word().as_str());
                }
            }
            let mut local = node("interrupt-controller");
            set(&mut local, "compatible", "riscv,cpu-intc");
            set(&mut local, "#interrupt-cells", 1u32);
            set(&mut local, "interrupt-controller", &[0u8; 0][..]);
            set(&mut local, "phandle", hart_phandle(vcpu));
            cpu.add_child(local);
            cpus.add_child(cpu);
        }
        for cache in caches.into_nodes() {
            cpus.add_child(cache);
        }
        cpus
    }

    /// The wires from a controller to the harts, in vCPU order.
    fn outputs(&self) -> Vec<u32> {
        (0..self.cpus.len()).flat_map(|vcpu| [hart_phandle(vcpu), SUPERVISOR_EXTERNAL]).collect()
    }

    /// A zone's supervisor files are guest files of the board, with as many identities as those have. Each is
    /// alone: a zone has no guests of its own, so that no guest files follow it.
    fn imsic(&self, aia: &Aia) -> DeviceTreeNode {
        let mut imsic = controller_node(aia.imsic.start(), 0);
        set(&mut imsic, "compatible", "riscv,imsics");
        set(&mut imsic, "reg", cells(&[aia.imsic.start().raw(), aia.imsic.size()]));
        set(&mut imsic, "msi-controller", &[0u8; 0][..]);
        set(&mut imsic, "#msi-cells", 0u32);
        set(&mut imsic, "interrupts-extended", self.outputs());
        if let InterruptController::Aia(board) = &self.facts.board.interrupt_controller {
            set(&mut imsic, "riscv,num-ids", board.imsic.guest_ids);
        }
        set(&mut imsic, "riscv,guest-index-bits", 0u32);
        set(&mut imsic, "phandle", IMSIC_PHANDLE);
        imsic
    }

    fn plic(&self, plic: &Plic) -> DeviceTreeNode {
        let mut controller = controller_node(plic.frame.start(), 1);
        set(&mut controller, "compatible", &["sifive,plic-1.0.0", "riscv,plic0"][..]);
        set(&mut controller, "reg", cells(&[plic.frame.start().raw(), plic.frame.size()]));
        set(&mut controller, "#address-cells", 0u32);
        set(&mut controller, "interrupts-extended", self.outputs());
        set(&mut controller, "riscv,ndev", plic.sources);
        set(&mut controller, "phandle", CONTROLLER_PHANDLE);
        controller
    }

    fn ns16550(&self, uart: Uart) -> DeviceTreeNode {
        let mut serial = node(uart_name(uart));
        set(&mut serial, "compatible", "ns16550a");
        set(&mut serial, "reg", cells(&[uart.range.start().raw(), uart.range.size()]));
        // Here and not at the root: the harts' own controllers would inherit it, and have no parent.
        set(&mut serial, "interrupt-parent", CONTROLLER_PHANDLE);
        set(&mut serial, "interrupts", specifier(&self.controller, uart.interrupt, LEVEL_HIGH));
        set(&mut serial, "clock-frequency", UART_CLOCK);
        serial
    }
}

fn aplic(aia: &Aia) -> DeviceTreeNode {
    let mut controller = controller_node(aia.aplic.start(), 2);
    set(&mut controller, "compatible", "riscv,aplic");
    set(&mut controller, "reg", cells(&[aia.aplic.start().raw(), aia.aplic.size()]));
    set(&mut controller, "#address-cells", 0u32);
    set(&mut controller, "msi-parent", IMSIC_PHANDLE);
    set(&mut controller, "riscv,num-sources", aia.sources);
    set(&mut controller, "phandle", CONTROLLER_PHANDLE);
    controller
}

fn hart_phandle(vcpu: usize) -> u32 {
    FIRST_HART_PHANDLE + vcpu as u32
}
