//! The lines of the board's interrupt controller: which of them are a device's, and which are nobody's, so that they
//! can be raised by software.

use std::collections::{BTreeMap, BTreeSet};

use board::InterruptController;
use dtoolkit::Node;
use dtoolkit::model::DeviceTreeNode;
use manifest::MAX_SPIS;

use crate::facts::{Facts, cells};

/// The first shared peripheral interrupt (GIC specification IHI 0069, 2.2.1).
const FIRST_SPI: u32 = 32;

/// The lines with those who have them.
pub(crate) struct Lines {
    users: BTreeMap<u32, String>,
    /// Numbers by which guests know lines of other numbers.
    avoided: BTreeSet<u32>,
    /// The last that is known to exist.
    last: u32,
}

impl Lines {
    /// Reads off the board's device tree whose they are. What cannot be read for sure is taken for a line of the node.
    pub(crate) fn new(facts: &Facts) -> Self {
        let mut search = Search { facts, controller: controller(facts), users: BTreeMap::new() };
        let root = &facts.tree.root;
        search.node(root, "", cell(root, "interrupt-parent"));
        let mut users = search.users;
        users.insert(facts.board.uart.interrupt, "the hypervisor's console".into());
        let last = match &facts.board.interrupt_controller {
            // No device tree says how many there are; GICs have them by 32.
            InterruptController::Gicv2(_) | InterruptController::Gicv3(_) => {
                users.keys().next_back().map_or(FIRST_SPI, |last| last | 31)
            }
            InterruptController::Aia(_) | InterruptController::Plic(_) => facts.last_interrupt(),
        };
        Self { users, avoided: BTreeSet::new(), last }
    }

    /// The first and the last line that zones.toml can name, whether they are known to exist or not: the hypervisor
    /// asks the controller.
    pub(crate) fn possible(facts: &Facts) -> (u32, u32) {
        (first(facts), facts.last_interrupt())
    }

    /// Who has a line.
    pub(crate) fn user(&self, number: u32) -> Option<&str> {
        self.users.get(&number).map(String::as_str)
    }

    /// Gives a line to somebody.
    pub(crate) fn take(&mut self, number: u32, who: impl Into<String>) {
        self.users.insert(number, who.into());
    }

    /// Keeps a number from being chosen for anybody: in some guest it stands for another line.
    pub(crate) fn avoid(&mut self, number: u32) {
        self.avoided.insert(number);
    }

    /// Gives somebody a line that nobody has: the highest of those that are known to exist.
    pub(crate) fn take_any(&mut self, facts: &Facts, who: impl Into<String>) -> Option<u32> {
        let is_free = |number: &u32| !self.users.contains_key(number) && !self.avoided.contains(number);
        let number = (first(facts)..=self.last).rev().find(is_free)?;
        self.take(number, who);
        Some(number)
    }
}

fn first(facts: &Facts) -> u32 {
    match &facts.board.interrupt_controller {
        InterruptController::Gicv2(_) | InterruptController::Gicv3(_) => FIRST_SPI,
        InterruptController::Aia(_) | InterruptController::Plic(_) => 1,
    }
}

/// The phandle of the board's controller.
fn controller(facts: &Facts) -> Option<u32> {
    let frame = facts.board.interrupt_controller.frames().next()?;
    let is_it = |path: &String| {
        let registers = facts.physical(path).and_then(|device| device.readable_registers().next());
        registers == Some(frame)
    };
    let (_, node) = facts.at_path(&facts.paths().into_iter().find(is_it)?)?;
    cell(node, "phandle")
}

/// Goes through the tree.
struct Search<'f> {
    facts: &'f Facts,
    controller: Option<u32>,
    users: BTreeMap<u32, String>,
}

impl Search<'_> {
    /// Takes the lines of a node and of those below it; `parent` takes the interrupts of what is above.
    fn node(&mut self, node: &DeviceTreeNode, path: &str, parent: Option<u32>) {
        let parent = cell(node, "interrupt-parent").or(parent);
        match parent {
            Some(parent) if self.controller.is_some_and(|controller| controller != parent) => {}
            _ => {
                let count = self.specifier_cells();
                cells(node, "interrupts").chunks(count).for_each(|specifier| self.specifier(specifier, path));
            }
        }
        self.routed(&cells(node, "interrupts-extended"), Some(0), path);
        let child = cell(node, "#address-cells").zip(cell(node, "#interrupt-cells"));
        let child = child.and_then(|(address, specifier)| address.checked_add(specifier));
        self.routed(&cells(node, "interrupt-map"), child.map(|child| child as usize), path);
        if self.is_gic() {
            let base = cell(node, "arm,msi-base-spi");
            let count = cell(node, "arm,msi-num-spis");
            let frame = base.map(|base| [base, count.unwrap_or(1)]);
            let ranges = cells(node, "mbi-ranges");
            for range in ranges.chunks_exact(2).chain(frame.as_ref().map(<[u32; 2]>::as_slice)) {
                let spis = range[0]..range[0].saturating_add(range[1]);
                spis.take(MAX_SPIS as usize).for_each(|number| self.mark(number, path));
            }
        }
        for child in node.children() {
            self.node(child, &format!("{path}/{}", child.name()), parent);
        }
    }

    /// Interrupts with a controller each, behind so many cells that are no matter (Devicetree Specification 0.4,
    /// 2.4.1 and 2.4.3). What follows one that cannot be read may be anything.
    fn routed(&mut self, mut rest: &[u32], skipped: Option<usize>, path: &str) {
        while !rest.is_empty() {
            let Some((parent, specifier, behind)) = self.first_routed(rest, skipped) else {
                rest.iter().for_each(|number| self.mark(*number, path));
                return;
            };
            if self.controller.is_none_or(|controller| controller == parent) {
                self.specifier(specifier, path);
            }
            rest = behind;
        }
    }

    /// The phandle of the first controller, the specifier for it, and what is behind.
    fn first_routed<'c>(
        &self,
        all: &'c [u32],
        skipped: Option<usize>,
    ) -> Option<(u32, &'c [u32], &'c [u32])> {
        let skipped = skipped?;
        let (phandle, rest) = all.get(skipped..)?.split_first()?;
        let parent = find(&self.facts.tree.root, *phandle)?;
        // In a map, which has something to skip, the controller's address is given too.
        let address = if skipped == 0 { 0 } else { cell(parent, "#address-cells").unwrap_or(0) };
        let rest = rest.get(address as usize..)?;
        let (specifier, rest) = rest.split_at_checked(cell(parent, "#interrupt-cells")? as usize)?;
        Some((*phandle, specifier, rest))
    }

    fn is_gic(&self) -> bool {
        first(self.facts) == FIRST_SPI
    }

    /// Cells that name an interrupt of the board's controller.
    fn specifier_cells(&self) -> usize {
        let controller = self.controller.and_then(|phandle| find(&self.facts.tree.root, phandle));
        let count = controller.and_then(|node| cell(node, "#interrupt-cells"));
        count.map_or(if self.is_gic() { 3 } else { 1 }, |count| count.max(1) as usize)
    }

    fn specifier(&mut self, specifier: &[u32], path: &str) {
        match specifier {
            // Type 0 of the GIC's binding is an SPI.
            [0, number, ..] if self.is_gic() => self.mark(*number, path),
            [source, ..] if !self.is_gic() => self.mark(*source, path),
            _ => {}
        }
    }

    /// Takes a number as the binding has it: an SPI's, or a source.
    fn mark(&mut self, number: u32, path: &str) {
        let line = if self.is_gic() { number.saturating_add(FIRST_SPI) } else { number };
        if line <= self.facts.last_interrupt() {
            self.users.entry(line).or_insert_with(|| path.to_owned());
        }
    }
}

fn find(below: &DeviceTreeNode, phandle: u32) -> Option<&DeviceTreeNode> {
    below.children().find_map(|child| {
        let is_it = cell(child, "phandle") == Some(phandle);
        if is_it { Some(child) } else { find(child, phandle) }
    })
}

fn cell(node: &DeviceTreeNode, name: &str) -> Option<u32> {
    cells(node, name).first().copied()
}
