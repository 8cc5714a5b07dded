//! What the zone's device tree says: its RAM, its vCPUs, its devices, and the options on its command line.

use crate::machine;
use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::{Node, Property};

/// The magic number at the head of a flattened device tree, and the most that one may take.
const MAGIC: u32 = 0xd00d_feed;
const MAX_SIZE: usize = 2 << 20;
/// Frames of devices that are remembered: more than `virt` has, 32 of virtio among them.
const MAX_DEVICES: usize = 64;
/// The bus that devices of a riscv64 zone are on; on arm64 they are children of the root.
const BUS: &str = "soc";

/// A guest's surroundings and its options.
#[derive(Debug)]
pub struct Options<'a> {
    /// First address of RAM.
    pub ram_start: u64,
    /// Bytes of RAM.
    pub ram_size: u64,
    /// Number of vCPUs.
    pub vcpus: usize,
    /// Ticks of the timer in a second, where the device tree has to say so.
    pub timebase: Option<u32>,
    devices: [Option<Device<'a>>; MAX_DEVICES],
    command_line: &'a str,
}

/// The frame of a device of the zone.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// The first of the names of its kind (`compatible`).
    pub kind: &'a str,
    /// Its first address.
    pub start: u64,
    /// Bytes.
    pub size: u64,
    /// Its first interrupt at the zone's controller: source or INTID.
    pub interrupt: Option<u32>,
}

impl Device<'_> {
    /// Whether `address` is in the frame.
    pub fn contains(&self, address: u64) -> bool {
        address.checked_sub(self.start).is_some_and(|offset| offset < self.size)
    }
}

impl<'a> Options<'a> {
    /// Reads the device tree at `address`; `None` where there is none or it lacks memory or CPUs.
    pub(crate) fn read(address: u64) -> Option<Self> {
        if address == 0 || !address.is_multiple_of(8) {
            return None;
        }
        let head = address as *const [u32; 2];
        // SAFETY: the boot protocol says that a device tree is here. If it is not, this fault ends the zone.
        let [magic, size] = unsafe { head.read_volatile() }.map(u32::from_be);
        if magic != MAGIC || size as usize > MAX_SIZE {
            return None;
        }
        // SAFETY: the boot protocol gives the tree to the guest; nothing writes to it.
        let bytes: &'a [u8] = unsafe { core::slice::from_raw_parts(address as *const u8, size as usize) };
        let root = Fdt::new(bytes).ok()?.root();
        let reg =
            root.children().find(|node| node.name_without_address() == "memory")?.reg().ok()??.next()?;
        let cpus = root.child("cpus")?;
        let vcpus = cpus.children().filter(|n| n.name_without_address() == "cpu").count();
        let timebase =
            cpus.property("timebase-frequency").and_then(|property| property.value_as::<u32>().ok());
        let command_line = root
            .child("chosen")
            .and_then(|chosen| chosen.property("bootargs"))
            .and_then(|property| property.value_as::<&str>().ok())
            .unwrap_or("");
        let (ram_start, ram_size) = (reg.address().ok()?, reg.size().ok()?);
        Some(Self { ram_start, ram_size, vcpus, timebase, devices: devices(root), command_line })
    }

    /// The text behind `name=` on the command line.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.command_line.split_ascii_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    /// The decimal number behind `name=`, or `default` where there is none.
    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// Whether the zone owns `address` as RAM.
    pub fn owns(&self, address: u64) -> bool {
        address.checked_sub(self.ram_start).is_some_and(|offset| offset < self.ram_size)
    }

    /// The frames of all devices that the zone has.
    pub fn devices(&self) -> impl Iterator<Item = &Device<'a>> {
        self.devices.iter().flatten()
    }

    /// The first frame of the first device of a kind.
    pub fn device(&self, kind: &str) -> Option<&Device<'a>> {
        self.devices().find(|device| device.kind == kind)
    }
}

/// The frames of what has a kind and an address on one of the buses.
fn devices<'a>(root: FdtNode<'a>) -> [Option<Device<'a>>; MAX_DEVICES] {
    let on_bus = root.children().filter(|node| node.name() == BUS).flat_map(|bus| bus.children());
    let frames = root.children().chain(on_bus).filter(is_enabled).flat_map(frames);
    let mut devices = [None; MAX_DEVICES];
    for (slot, frame) in devices.iter_mut().zip(frames) {
        *slot = Some(frame);
    }
    devices
}

/// Firmware disables what is not there for whoever it starts.
fn is_enabled(node: &FdtNode<'_>) -> bool {
    node.property("status").is_none_or(|status| matches!(status.value(), b"okay\0" | b"ok\0"))
}

fn frames<'a>(node: FdtNode<'a>) -> impl Iterator<Item = Device<'a>> {
    let kind = node.compatible().and_then(|mut kinds| kinds.next());
    let interrupt = node.property("interrupts").and_then(|cells| machine::interrupt(cells.value()));
    let regs = kind.and_then(|_| node.reg().ok()?).into_iter().flatten();
    regs.filter_map(move |reg| {
        Some(Device { kind: kind?, start: reg.address().ok()?, size: reg.size().ok()?, interrupt })
    })
}
