//! What the zone's device tree says: its RAM, its vCPUs, and the options on its command line.

use dtoolkit::fdt::Fdt;
use dtoolkit::{Node, Property};

/// The magic number at the head of a flattened device tree, and the most that one may take.
const MAGIC: u32 = 0xd00d_feed;
const MAX_SIZE: usize = 2 << 20;

/// A guest's surroundings and its options.
#[derive(Debug)]
pub struct Options<'a> {
    /// First address of RAM.
    pub ram_start: u64,
    /// Bytes of RAM.
    pub ram_size: u64,
    /// Number of vCPUs.
    pub vcpus: usize,
    command_line: &'a str,
}

impl Options<'_> {
    /// Reads the device tree at `address`; `None` where there is none or it lacks memory or CPUs.
    pub(crate) fn read(address: u64) -> Option<Self> {
        if address == 0 || !address.is_multiple_of(8) {
            return None;
        }
        let head = address as *const [u32; 2];
        // SAFETY: the boot protocol says that x0 is a device tree. If it is not, this fault ends the zone.
        let [magic, size] = unsafe { head.read_volatile() }.map(u32::from_be);
        if magic != MAGIC || size as usize > MAX_SIZE {
            return None;
        }
        // SAFETY: the boot protocol gives the tree to the guest; nothing writes to it.
        let bytes = unsafe { core::slice::from_raw_parts(address as *const u8, size as usize) };
        let root = Fdt::new(bytes).ok()?.root();
        let reg =
            root.children().find(|node| node.name_without_address() == "memory")?.reg().ok()??.next()?;
        let vcpus = root.child("cpus")?.children().filter(|n| n.name_without_address() == "cpu").count();
        let command_line = root
            .child("chosen")
            .and_then(|chosen| chosen.property("bootargs"))
            .and_then(|property| property.value_as::<&str>().ok())
            .unwrap_or("");
        Some(Self { ram_start: reg.address().ok()?, ram_size: reg.size().ok()?, vcpus, command_line })
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
}
