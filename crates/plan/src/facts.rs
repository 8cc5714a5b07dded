//! The board: what its device tree says, and what makes it one that Bulkhead cannot run on.

use board::{Board, BoardError, Gicv3, InterruptController, PsciConduit};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode};
use dtoolkit::standard::NodeStandard;
use dtoolkit::{Node, Property};
use manifest::{MAX_SPIS, REDISTRIBUTOR_SIZE};

use crate::diagnostic::Diagnostic;

/// A board on which zones can run.
#[derive(Debug)]
pub(crate) struct Facts {
    /// What the hypervisor will read.
    pub(crate) board: Board,
    /// The whole tree, from which those of the guests are derived.
    pub(crate) tree: DeviceTree,
}

impl Facts {
    /// Reads a device tree blob; bytes after its end are left out.
    ///
    /// # Errors
    ///
    /// What the board lacks, without a place in zones.toml.
    pub(crate) fn read(blob: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let malformed = |reason: String| {
            Diagnostic::error("board-malformed", format!("the board's device tree cannot be read: {reason}"))
                .help("name a flattened device tree blob (.dtb), not its source")
        };
        let size =
            blob.get(4..8).map(|size| size.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)));
        let blob = size.and_then(|size| blob.get(..size)).unwrap_or(blob);
        let fdt = Fdt::new(blob).map_err(|error| vec![malformed(error.to_string())])?;
        let board = Board::parse(blob).map_err(|error| vec![refusal(error, &fdt)])?;
        let facts = Self { board, tree: DeviceTree::from_fdt(&fdt) };
        let diagnostics = facts.limits();
        if diagnostics.is_empty() { Ok(facts) } else { Err(diagnostics) }
    }

    /// The board's GIC.
    pub(crate) fn gic(&self) -> &Gicv3 {
        let InterruptController::Gicv3(gic) = &self.board.interrupt_controller;
        gic
    }

    /// The node of the CPU at a place in [`Board::cpus`].
    pub(crate) fn cpu_node(&self, index: usize) -> Option<&DeviceTreeNode> {
        let usable = |node: &&DeviceTreeNode| {
            let status = node.property("status").map(|status| status.value().to_vec());
            status.is_none_or(|status| matches!(status.as_slice(), b"okay\0" | b"ok\0"))
        };
        let is_cpu = |node: &&DeviceTreeNode| {
            node.property("device_type").is_some_and(|kind| kind.value() == b"cpu\0")
        };
        self.tree.root.child("cpus")?.children().filter(is_cpu).filter(usable).nth(index)
    }

    /// The node that a path or alias names.
    pub(crate) fn device(&self, name: &str) -> Option<&DeviceTreeNode> {
        let alias = || {
            let value = self.tree.root.child("aliases")?.property(name)?.value().to_vec();
            String::from_utf8(value).ok().map(|path| path.trim_end_matches('\0').to_owned())
        };
        let path = if name.starts_with('/') { name.to_owned() } else { alias()? };
        let mut node = &self.tree.root;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let exact = node.children().find(|child| child.name() == part);
            let loose = || node.children().find(|child| child.name().split('@').next() == Some(part));
            node = exact.or_else(loose)?;
        }
        Some(node)
    }

    /// Paths of all nodes, and all aliases: what `devices` can name.
    pub(crate) fn device_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        paths_below(&self.tree.root, "", &mut names);
        if let Some(aliases) = self.tree.root.child("aliases") {
            names.extend(aliases.properties().map(|alias| alias.name().to_owned()));
        }
        names
    }

    /// What the hypervisor's own parser does not mind but zones cannot do with.
    fn limits(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        if self.board.psci == PsciConduit::Hvc {
            let message = "the board's firmware is called by HVC: EL2 is not Bulkhead's there";
            let help = "boot at EL2; with QEMU add `virtualization=on` to `machine`";
            diagnostics.push(Diagnostic::error("board-no-el2", message).help(help));
        }
        for (index, bank) in self.board.ram.iter().enumerate() {
            if let Some(other) = self.board.ram[..index].iter().find(|other| other.overlaps(*bank)) {
                let message = format!("the board's RAM banks {other} and {bank} overlap");
                let help = "correct the memory nodes of the board's device tree";
                diagnostics.push(Diagnostic::error("board-memory", message).help(help));
            }
        }
        let uart = self.board.uart;
        if !uart.frame.start().is_aligned(addr::PAGE_SIZE) || uart.intid >= MAX_SPIS + 32 {
            let message =
                format!("the console at {} (interrupt {}) cannot be emulated", uart.frame, uart.intid);
            let help = "this version needs a PL011 at a whole page with an interrupt below 992";
            diagnostics.push(Diagnostic::error("board-console", message).help(help));
        }
        let gic = self.gic();
        let stride = gic.stride.unwrap_or(REDISTRIBUTOR_SIZE).max(REDISTRIBUTOR_SIZE);
        let frames: u64 = gic.redistributors.iter().map(|region| region.size() / stride).sum();
        let cpus = self.board.cpus.len() as u64;
        if frames < cpus {
            let message = format!("the board's GIC has {frames} redistributor frames for {cpus} CPUs");
            let help = "correct the reg property of the interrupt controller in the board's device tree";
            diagnostics.push(Diagnostic::error("board-redistributors", message).help(help));
        }
        diagnostics
    }
}

fn paths_below(node: &DeviceTreeNode, path: &str, names: &mut Vec<String>) {
    for child in node.children() {
        let path = format!("{path}/{}", child.name());
        paths_below(child, &path, names);
        names.push(path);
    }
}

fn refusal(error: BoardError, fdt: &Fdt<'_>) -> Diagnostic {
    let message = error.to_string();
    match error {
        BoardError::NoInterruptController => {
            let gicv2 = fdt.root().children().any(|node| {
                ["arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic"]
                    .iter()
                    .any(|compatible| node.is_compatible(compatible))
            });
            if gicv2 {
                Diagnostic::error("board-gicv2", "the board's interrupt controller is a GICv2; this version needs a GICv3")
                    .help("with QEMU add `gic-version=3` to `machine`; on a real board take one with a GICv3")
            } else {
                Diagnostic::error("board-no-gic", message)
                    .help("is it the right device tree? with QEMU add `gic-version=3` to `machine`")
            }
        }
        BoardError::NoPsci => Diagnostic::error("board-no-psci", message)
            .help("Bulkhead starts CPUs by PSCI: boot with firmware that has it (TF-A) and describes it in the tree"),
        BoardError::NoConsole => Diagnostic::error("board-no-console", message)
            .help("let /chosen/stdout-path of the board's device tree name its PL011"),
        BoardError::Malformed => Diagnostic::error("board-malformed", message)
            .help("name a flattened device tree blob (.dtb), not its source"),
        _ => Diagnostic::error("board-unsupported", message)
            .help("correct the board's device tree, or use the one that its firmware passes to Linux"),
    }
}
