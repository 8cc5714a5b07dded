//! A board, files and partitions for tests.

use dtoolkit::ToPropertyValue;
use dtoolkit::fdt::Fdt;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};
use plan::{Diagnostic, FileProvider, Plan};

/// An arm64 Image of `size` bytes in memory.
pub(crate) fn image(size: u64) -> Vec<u8> {
    let mut file = vec![0x1f; 8192];
    file[..64].fill(0);
    file[16..24].copy_from_slice(&size.to_le_bytes());
    file[24] = 0xa;
    file[56..60].copy_from_slice(b"ARM\x64");
    file
}

/// A riscv64 Image of `size` bytes in memory, 2 MiB from the start of RAM as Linux asks for.
pub(crate) fn riscv64_image(size: u64) -> Vec<u8> {
    let mut file = image(size);
    file[8..16].copy_from_slice(&0x20_0000u64.to_le_bytes());
    file[24] = 0;
    file[48..60].copy_from_slice(b"RISCV\0\0\0RSC\x05");
    file
}

/// The files that the tests' partitions name.
pub(crate) struct TestFiles;

impl FileProvider for TestFiles {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        match name {
            "Image" | "guest:linux-6.12" | "guest:linux-6.1" => Ok(image(30 << 20)),
            "guest:busybox" | "initrd" => Ok(vec![0x55; 1 << 20]),
            "app.bin" => Ok(vec![0xaa; 5000]),
            "Image.gz" => Ok(b"\x1f\x8b\x08\0".to_vec()),
            "Image-riscv64" => Ok(riscv64_image(30 << 20)),
            "vmlinux" => Ok(b"\x7fELF\x02\x01\x01".to_vec()),
            "vmlinuz.efi" => Ok(b"MZ\0\0zimg\0\0\0\0".to_vec()),
            "nothing" => Ok(Vec::new()),
            "big-endian" => {
                let mut file = image(30 << 20);
                file[24] |= 1;
                Ok(file)
            }
            _ => Err(format!("{name}: no such file")),
        }
    }
}

fn node(name: &str, properties: &[(&str, &dyn Value)]) -> DeviceTreeNode {
    let mut node = DeviceTreeNode::new(name).expect("a node's name");
    for (name, value) in properties {
        node.add_property(value.property(name));
    }
    node
}

/// A property's value of any type.
trait Value {
    fn property(&self, name: &str) -> DeviceTreeProperty;
}

impl<T: ToPropertyValue + Clone> Value for T {
    fn property(&self, name: &str) -> DeviceTreeProperty {
        DeviceTreeProperty::new(name, self.clone()).expect("a property's name")
    }
}

/// A board with a GICv3, a PL011 and PSCI by SMC, like QEMU's virt machine with EL2.
#[derive(Clone, Debug)]
pub(crate) struct TestBoard {
    pub(crate) cpus: u32,
    /// Start and size of each bank.
    pub(crate) ram: Vec<(u64, u64)>,
    /// Start and size of what /reserved-memory names.
    pub(crate) reserved: Vec<(u64, u64)>,
    pub(crate) redistributors: u64,
    /// Start and size of the GIC's other frames where they are not redistributors.
    pub(crate) gic_frames: Option<Vec<(u64, u64)>>,
    pub(crate) gic: Option<&'static str>,
    pub(crate) psci: Option<&'static str>,
    pub(crate) stdout: Option<&'static str>,
    /// Type, number and flags of the RTC's interrupt.
    pub(crate) rtc_interrupt: Option<[u32; 3]>,
}

impl Default for TestBoard {
    fn default() -> Self {
        Self {
            cpus: 4,
            ram: vec![(0x4000_0000, 0x8000_0000)],
            reserved: vec![],
            redistributors: 0xf6_0000,
            gic_frames: None,
            gic: Some("arm,gic-v3"),
            psci: Some("smc"),
            stdout: Some("/pl011@9000000"),
            rtc_interrupt: None,
        }
    }
}

impl TestBoard {
    /// The same board with the GICv2 of QEMU's virt machine.
    pub(crate) fn with_gicv2() -> Self {
        let frames = vec![(0x801_0000, 0x1_0000), (0x803_0000, 0x1_0000), (0x804_0000, 0x1_0000)];
        Self { gic: Some("arm,cortex-a15-gic"), gic_frames: Some(frames), ..Self::default() }
    }

    /// The flattened device tree.
    pub(crate) fn dtb(&self) -> Vec<u8> {
        let mut tree = DeviceTree::new();
        let root = &mut tree.root;
        for (name, value) in [("#address-cells", 2u32), ("#size-cells", 2), ("interrupt-parent", 0x8005)] {
            root.add_property(value.property(name));
        }
        root.add_property("test,board".property("compatible"));
        root.add_property("Test board".property("model"));
        for (start, size) in &self.ram {
            root.add_child(node(
                &format!("memory@{start:x}"),
                &[("device_type", &"memory"), ("reg", &pairs(&[(*start, *size)]))],
            ));
        }
        if !self.reserved.is_empty() {
            let mut parent = node(
                "reserved-memory",
                &[("#address-cells", &2u32), ("#size-cells", &2u32), ("ranges", &[0u8; 0])],
            );
            for (start, size) in &self.reserved {
                parent
                    .add_child(node(&format!("firmware@{start:x}"), &[("reg", &pairs(&[(*start, *size)]))]));
            }
            root.add_child(parent);
        }
        let mut cpus = node("cpus", &[("#address-cells", &1u32), ("#size-cells", &0u32)]);
        for cpu in 0..self.cpus {
            let phandle = 0x9000 + cpu;
            cpus.add_child(node(
                &format!("cpu@{cpu:x}"),
                &[
                    ("device_type", &"cpu"),
                    ("compatible", &"arm,cortex-a72"),
                    ("reg", &cpu),
                    ("enable-method", &"psci"),
                    ("phandle", &phandle),
                    ("next-level-cache", &0x7777u32),
                ],
            ));
        }
        root.add_child(cpus);
        if let Some(method) = self.psci {
            root.add_child(node("psci", &[("compatible", &"arm,psci-1.0"), ("method", &method)]));
        }
        if let Some(compatible) = self.gic {
            let redistributors = || vec![(0x80a_0000, self.redistributors)];
            let mut frames = vec![(0x800_0000, 0x1_0000)];
            frames.extend(self.gic_frames.clone().unwrap_or_else(redistributors));
            root.add_child(node(
                "intc@8000000",
                &[
                    ("compatible", &compatible),
                    ("interrupt-controller", &[0u8; 0]),
                    ("#interrupt-cells", &3u32),
                    ("reg", &pairs(&frames)),
                    ("interrupts", &[1u32, 9, 4]),
                    ("phandle", &0x8005u32),
                ],
            ));
        }
        root.add_child(node(
            "pl011@9000000",
            &[
                ("compatible", &vec!["arm,pl011", "arm,primecell"]),
                ("reg", &pairs(&[(0x900_0000, 0x1000)])),
                ("interrupts", &[0u32, 1, 4]),
            ],
        ));
        let mut rtc =
            node("pl031@9010000", &[("compatible", &"arm,pl031"), ("reg", &pairs(&[(0x901_0000, 0x1000)]))]);
        if let Some(interrupt) = self.rtc_interrupt {
            rtc.add_property(interrupt.property("interrupts"));
        }
        root.add_child(rtc);
        root.add_child(node("timer", &[("compatible", &"arm,armv8-timer"), ("always-on", &[0u8; 0])]));
        root.add_child(node("aliases", &[("rtc0", &"/pl031@9010000")]));
        let mut chosen = node("chosen", &[]);
        if let Some(stdout) = self.stdout {
            chosen.add_property(stdout.property("stdout-path"));
        }
        root.add_child(chosen);
        tree.to_dtb()
    }
}

/// The board with `change` made to the node at `path`.
pub(crate) fn with(blob: &[u8], path: &str, change: impl FnOnce(&mut DeviceTreeNode)) -> Vec<u8> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(blob).expect("a tree"));
    change(tree.find_node_mut(path).expect("a node"));
    tree.to_dtb()
}

fn pairs(ranges: &[(u64, u64)]) -> Vec<u32> {
    ranges
        .iter()
        .flat_map(|(start, size)| [*start, *size])
        .flat_map(|number| [(number >> 32) as u32, number as u32])
        .collect()
}

/// The text of a partition of the test board.
pub(crate) fn text(zones: &[String]) -> String {
    format!("[board]\ndtb = \"board.dtb\"\n\n{}", zones.join("\n"))
}

/// A zone that is valid by itself, with more lines.
pub(crate) fn zone(name: &str, cpus: &str, memory: &str, more: &str) -> String {
    format!("[[zone]]\nname = \"{name}\"\ncpus = {cpus}\nmemory = {memory}\nkernel = \"Image\"\n{more}\n")
}

/// Two valid zones.
pub(crate) fn two_zones() -> String {
    let more = "initrd = \"initrd\"\ncmdline = \"console=ttyAMA0\"";
    text(&[zone("a", "[0, 1]", "\"256M\"", more), zone("b", "[2]", "\"128M\"", "")])
}

/// The plan of a text that is expected to be valid.
pub(crate) fn plan(text: &str) -> Plan {
    plan_on(text, &TestBoard::default())
}

pub(crate) fn plan_on(text: &str, board: &TestBoard) -> Plan {
    plan::resolve(text, &board.dtb(), &TestFiles)
        .unwrap_or_else(|diagnostics| panic!("refused: {diagnostics:#?}"))
}

/// What is wrong with a text.
pub(crate) fn mistakes(text: &str) -> Vec<Diagnostic> {
    plan::resolve(text, &TestBoard::default().dtb(), &TestFiles).expect_err("accepted")
}

/// The diagnostics as text: code, message, what each label points at, and the remedy.
pub(crate) fn told(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut told = String::new();
    for diagnostic in diagnostics {
        told += &format!("{}: {}\n", diagnostic.code, diagnostic.message);
        for label in &diagnostic.labels {
            let line = text[..label.span.start].matches('\n').count() + 1;
            let place = text[label.span.clone()].lines().next().unwrap_or_default();
            told += &format!("  line {line}, `{place}`: {}\n", label.text);
        }
        told += &format!("  help: {}\n", diagnostic.help.as_deref().unwrap_or("NONE"));
    }
    told
}

/// Checks that a text is refused with exactly these diagnostics.
#[track_caller]
pub(crate) fn refused(text: &str, expected: &str) {
    assert_eq!(told(text, &mistakes(text)), expected);
}

/// Checks that a valid text is refused on a board with exactly these diagnostics.
#[track_caller]
pub(crate) fn refused_on(board: &TestBoard, expected: &str) {
    let text = two_zones();
    let mistakes = plan::resolve(&text, &board.dtb(), &TestFiles).expect_err("accepted");
    assert_eq!(told(&text, &mistakes), expected);
}
