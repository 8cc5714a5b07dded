//! The board: what its device tree says, and what makes it one that Bulkhead cannot run on.

use board::{Aia, Board, BoardError, Device, Firmware, Gicv2Error, Gicv3, InterruptController, PsciConduit};
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode};
use dtoolkit::{Node, Property};
use manifest::{Arch, MAX_SPIS, REDISTRIBUTOR_SIZE};

use crate::diagnostic::Diagnostic;
use crate::isa::Isa;

/// A board on which zones can run.
#[derive(Debug)]
pub(crate) struct Facts {
    /// What the hypervisor will read.
    pub(crate) board: Board,
    /// The whole tree, from which those of the guests are derived.
    pub(crate) tree: DeviceTree,
    /// The same as it was read.
    blob: Vec<u8>,
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
        let blob = without_padding(blob);
        let fdt = Fdt::new(blob).map_err(|error| vec![malformed(error.to_string())])?;
        let board = Board::parse(blob).map_err(|error| vec![refusal(error, &fdt)])?;
        let facts = Self { board, tree: DeviceTree::from_fdt(&fdt), blob: blob.to_vec() };
        let diagnostics = facts.limits();
        if diagnostics.is_empty() { Ok(facts) } else { Err(diagnostics) }
    }

    /// The board's architecture.
    pub(crate) fn arch(&self) -> Arch {
        of_manifest(self.board.arch())
    }

    /// The last interrupt that a zone can own: INTID or source.
    pub(crate) fn last_interrupt(&self) -> u32 {
        match &self.board.interrupt_controller {
            InterruptController::Gicv2(_) | InterruptController::Gicv3(_) => MAX_SPIS + 31,
            InterruptController::Aia(aia) => aia.aplic.sources,
            InterruptController::Plic(plic) => plic.sources,
        }
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

    /// The node at a path, whose parts may lack their addresses, with its path in full.
    pub(crate) fn at_path(&self, wanted: &str) -> Option<(String, &DeviceTreeNode)> {
        let (mut node, mut path) = (&self.tree.root, String::new());
        for part in wanted.split('/').filter(|part| !part.is_empty()) {
            let exact = node.children().find(|child| child.name() == part);
            let loose = || node.children().find(|child| child.name().split('@').next() == Some(part));
            node = exact.or_else(loose)?;
            path = format!("{path}/{}", node.name());
        }
        Some((path, node))
    }

    /// The node that a property of `table` names by its path: an alias, or a label.
    pub(crate) fn named_in(&self, table: &str, name: &str) -> Option<(String, &DeviceTreeNode)> {
        let value = self.tree.root.child(table)?.property(name)?.value().to_vec();
        self.at_path(String::from_utf8(value).ok()?.trim_end_matches('\0'))
    }

    /// The node with a phandle, with its path.
    pub(crate) fn with_phandle(&self, phandle: u32) -> Option<(String, &DeviceTreeNode)> {
        let wanted = phandle.to_be_bytes();
        let is_it = |node: &DeviceTreeNode| node.property("phandle").is_some_and(|own| own.value() == wanted);
        self.nodes().into_iter().find(|(_, node)| is_it(node))
    }

    /// All nodes with their paths.
    pub(crate) fn nodes(&self) -> Vec<(String, &DeviceTreeNode)> {
        let mut nodes = Vec::new();
        nodes_below(&self.tree.root, "", &mut nodes);
        nodes
    }

    /// What the board's device tree says of the node at a path in full; `None` where that cannot be read.
    pub(crate) fn physical(&self, path: &str) -> Option<Device<'_>> {
        Device::at(&self.blob, path).ok().flatten()
    }

    /// Paths of all nodes.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.nodes().into_iter().map(|(path, _)| path).collect()
    }

    /// What the hypervisor's own parser does not mind but zones cannot do with.
    fn limits(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        if self.board.firmware == Firmware::Psci(PsciConduit::Hvc) {
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
        if !uart.frame.start().is_aligned(addr::PAGE_SIZE) || uart.interrupt > self.last_interrupt() {
            let message =
                format!("the console at {} (interrupt {}) cannot be emulated", uart.frame, uart.interrupt);
            let help = match self.arch() {
                Arch::Arm64 => "this version needs a PL011 at a whole page with an interrupt below 992",
                Arch::Riscv64 => "this version needs an NS16550A at a whole page, at a source that there is",
            };
            diagnostics.push(Diagnostic::error("board-console", message).help(help));
        }
        match &self.board.interrupt_controller {
            InterruptController::Gicv3(gic) => diagnostics.extend(self.too_few_redistributors(gic)),
            InterruptController::Aia(aia) => diagnostics.extend(no_guest_files(aia)),
            InterruptController::Gicv2(_) | InterruptController::Plic(_) => {}
        }
        if self.arch() == Arch::Riscv64 {
            diagnostics.extend(self.lacking_extensions());
        }
        diagnostics
    }

    fn too_few_redistributors(&self, gic: &Gicv3) -> Option<Diagnostic> {
        let stride = gic.stride.unwrap_or(REDISTRIBUTOR_SIZE).max(REDISTRIBUTOR_SIZE);
        let frames: u64 = gic.redistributors.iter().map(|region| region.size() / stride).sum();
        let cpus = self.board.cpus.len() as u64;
        (frames < cpus).then(|| {
            let message = format!("the board's GIC has {frames} redistributor frames for {cpus} CPUs");
            let help = "correct the reg property of the interrupt controller in the board's device tree";
            Diagnostic::error("board-redistributors", message).help(help)
        })
    }

    /// What zones cannot do without on riscv64, and the first CPU that lacks it.
    fn lacking_extensions(&self) -> Vec<Diagnostic> {
        let needed = [
            (
                "h",
                "board-no-h",
                "no hypervisor extension",
                "a board whose harts have H; with QEMU `cpu = \"rv64\"`",
            ),
            ("sstc", "board-no-sstc", "no timer of S-mode's own (Sstc)", "a board whose harts have Sstc"),
        ];
        let isas: Vec<_> =
            (0..self.board.cpus.len()).map(|index| self.cpu_node(index).and_then(Isa::read)).collect();
        let lacks = |name| isas.iter().position(|isa| isa.as_ref().is_none_or(|isa| !isa.has(name)));
        let lacking = needed.into_iter().filter_map(|(name, code, what, remedy)| {
            let message = format!("CPU {} of the board has {what}", lacks(name)?);
            Some(Diagnostic::error(code, message).help(format!("Bulkhead needs {remedy}")))
        });
        lacking.collect()
    }
}

fn no_guest_files(aia: &Aia) -> Option<Diagnostic> {
    (aia.imsic.guest_files() == 0).then(|| {
        let message = "the board's interrupt controllers (IMSIC) have no files for guests";
        let help =
            "with QEMU add `aia-guests=3` to `machine`; on a real board take one whose IMSICs have them";
        Diagnostic::error("board-no-guest-files", message).help(help)
    })
}

/// A device tree blob as far as its header says that it goes (Devicetree Specification 5.2, totalsize).
fn without_padding(blob: &[u8]) -> &[u8] {
    let size = blob.get(4..8).map(|size| size.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)));
    size.and_then(|size| blob.get(..size)).unwrap_or(blob)
}

/// The architecture of the board that a device tree blob describes, whatever else is wrong with it; `None` where it
/// does not say.
pub(crate) fn arch_of(blob: &[u8]) -> Option<Arch> {
    Board::arch_of(without_padding(blob)).ok().map(of_manifest)
}

/// The board's architecture as bundles have it.
fn of_manifest(arch: board::Arch) -> Arch {
    match arch {
        board::Arch::Arm64 => Arch::Arm64,
        board::Arch::Riscv64 => Arch::Riscv64,
    }
}

/// The cells of a property; none where it is not there.
pub(crate) fn cells<N: Node>(node: &N, name: &str) -> Vec<u32> {
    let value = node.property(name).map(|property| property.value().to_vec()).unwrap_or_default();
    let cells = value.chunks_exact(4);
    cells.map(|cell| cell.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))).collect()
}

fn nodes_below<'n>(node: &'n DeviceTreeNode, path: &str, nodes: &mut Vec<(String, &'n DeviceTreeNode)>) {
    for child in node.children() {
        let path = format!("{path}/{}", child.name());
        nodes_below(child, &path, nodes);
        nodes.push((path, child));
    }
}

fn refusal(error: BoardError, fdt: &Fdt<'_>) -> Diagnostic {
    let message = error.to_string();
    match error {
        BoardError::NoInterruptController(_) if is_riscv64(fdt) => {
            Diagnostic::error("board-no-aia", message)
                .help("is it the right device tree? with QEMU add `aia=aplic-imsic,aia-guests=3` to `machine`")
        }
        BoardError::NoInterruptController(_) => Diagnostic::error("board-no-gic", message)
            .help("is it the right device tree? with QEMU add `gic-version=3` to `machine`"),
        BoardError::Gicv2(error) => Diagnostic::error("board-gicv2", message).help(match error {
            Gicv2Error::NoVirtualization => {
                "is it the right device tree? with QEMU add `virtualization=on` to `machine`"
            }
            Gicv2Error::NoDeactivation => {
                "let reg of the interrupt controller in the board's device tree say how large GICC is: 8 KiB, or 128 KiB where each page repeats over 64 KiB"
            }
            Gicv2Error::SharedPage => {
                "zones would get the rest of the page too; take a board whose GICV has pages of its own"
            }
            Gicv2Error::TooManyCpus(_) => "take the device tree that the board's firmware passes to Linux",
        }),
        BoardError::NoPsci => Diagnostic::error("board-no-psci", message)
            .help("Bulkhead starts CPUs by PSCI: boot with firmware that has it (TF-A) and describes it in the tree"),
        BoardError::NoConsole(_) => {
            let uart = if is_riscv64(fdt) { "NS16550A" } else { "PL011" };
            Diagnostic::error("board-no-console", message)
                .help(format!("let /chosen/stdout-path of the board's device tree name its {uart}"))
        }
        BoardError::Malformed => Diagnostic::error("board-malformed", message)
            .help("name a flattened device tree blob (.dtb), not its source"),
        _ => Diagnostic::error("board-unsupported", message)
            .help("correct the board's device tree, or use the one that its firmware passes to Linux"),
    }
}

fn is_riscv64(fdt: &Fdt<'_>) -> bool {
    arch_of(fdt.data()) == Some(Arch::Riscv64)
}
