//! What runs in a zone: its files, where they go in its memory, and how it is started.

use std::sync::Arc;

use addr::{GuestPhys, Range};
use manifest::{Arch, Region};
use toml::Spanned;

use crate::config::Zone;
use crate::devices::is_shallow;
use crate::diagnostic::Diagnostic;
use crate::files::{Contents, Files};
use crate::guest_tree::{Chosen, GuestTree};
use crate::image::Image;
use crate::place::{BLOCK, Item, Places};

/// The files of a zone. A file that cannot be read is missing here, and reported.
pub(crate) struct Sources {
    kernel: Option<(Contents, Image)>,
    initrd: Option<Contents>,
    tree: Option<Contents>,
    raw: Vec<Contents>,
    /// Whether everything that the zone names is there.
    complete: bool,
}

/// Something that is in a zone's memory when it starts.
#[derive(Clone, Debug)]
pub(crate) struct PlannedLoad {
    /// What it is: "kernel", "device tree", "initrd" or a binary's name.
    pub(crate) what: String,
    pub(crate) data: Contents,
    pub(crate) range: Range<GuestPhys>,
}

/// How a zone starts.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    pub(crate) loads: Vec<PlannedLoad>,
    pub(crate) entry: GuestPhys,
    pub(crate) argument: u64,
    /// The guest's device tree, loaded or not.
    pub(crate) tree: Contents,
}

impl Sources {
    /// Reads the files of a zone.
    pub(crate) fn read(
        zone: &Zone,
        arch: Arch,
        files: &mut Files<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let before = diagnostics.len();
        let name = zone.name.get_ref();
        let mut get = |file: &Spanned<String>, what: &str| {
            let contents = files.get(file, &format!("the {what} of zone {name}"), diagnostics)?;
            Some((contents, file.span()))
        };
        let initrd = zone.initrd.as_ref().and_then(|file| get(file, "initrd"));
        let raw = zone.raw.0.iter().filter_map(|raw| Some(get(&raw.file, "binary")?.0)).collect();
        let tree = zone.dtb.as_ref().and_then(|file| get(file, "device tree"));
        let kernel = zone.kernel.as_ref().and_then(|file| get(file, "kernel"));
        let tree = tree.filter(|(contents, span)| {
            let readable = contents.len() as u64 <= BLOCK && is_shallow(contents);
            if !readable {
                let message =
                    format!("the device tree of zone {name} is no flattened device tree of at most 2 MiB and 64 levels of nodes");
                let diagnostic = Diagnostic::error("tree-malformed", message).at(span.clone(), "this file");
                diagnostics.push(diagnostic.help("compile it with dtc, or leave it out: one is derived"));
            }
            readable
        });
        let kernel = kernel.and_then(|(contents, span)| match Image::read(&contents, arch) {
            Ok(image) => Some((contents, image)),
            Err(other) => {
                let message =
                    format!("the kernel of zone {name} is no {arch} Image: it is {}", other.looks_like);
                diagnostics.push(
                    Diagnostic::error("kernel-not-image", message).at(span, "this file").help(other.remedy),
                );
                None
            }
        });
        if zone.kernel.is_none() && zone.raw.0.is_empty() {
            let message = format!("zone {name} has nothing to run");
            let help = "name a `kernel`, or binaries with `raw = { file, load, entry }`";
            diagnostics
                .push(Diagnostic::error("no-kernel", message).at(zone.name.span(), "this zone").help(help));
        }
        Self {
            kernel,
            initrd: initrd.map(|(contents, _)| contents),
            tree: tree.map(|(contents, _)| contents),
            raw,
            complete: diagnostics.len() == before,
        }
    }

    /// The device tree that the zone brings.
    pub(crate) fn own_tree(&self) -> Option<Contents> {
        self.tree.clone()
    }

    /// Finds a place for everything in `tree.regions`.
    pub(crate) fn place<'z>(
        self,
        zone: &'z Zone,
        mut tree: GuestTree<'z>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Payload> {
        let before = diagnostics.len();
        if !self.complete || tree.regions.is_empty() {
            return None;
        }
        tree.chosen = Chosen { cmdline: cmdline(zone, diagnostics), initrd: None };
        let own_tree = self.tree.as_deref().map(Vec::as_slice);
        let initrd_size = self.initrd.as_ref().map(|initrd| initrd.len() as u64);
        if let Some(size) = initrd_size {
            // Any place will do to know how large the tree becomes.
            tree.chosen.initrd = Range::<GuestPhys>::new(GuestPhys::new(0), size);
        }
        let tree_size = guest_tree(&tree, own_tree).len() as u64;
        let items = self.items(zone, tree_size);
        let regions = tree.regions;
        let places = Places { zone: zone.name.get_ref(), regions, memory_span: zone.memory.span() };
        let plain: Vec<Item> = items.iter().map(|(item, _)| item.clone()).collect();
        let addresses = places.assign(&plain, diagnostics)?;
        let at = |wanted: &Role| {
            items.iter().zip(&addresses).find(|((_, role), _)| role == wanted).map(|(_, address)| *address)
        };
        if let (Some(start), Some(size)) = (at(&Role::Initrd), initrd_size) {
            tree.chosen.initrd = Range::<GuestPhys>::new(start, size);
        }
        let blob: Contents = Arc::new(guest_tree(&tree, own_tree));
        let entry = self.entry(zone, at(&Role::Kernel), &tree, diagnostics);
        if diagnostics[before..].iter().any(|diagnostic| diagnostic.is_error) {
            return None;
        }
        let argument = at(&Role::Tree).map_or(0, GuestPhys::raw);
        let loads = items.into_iter().zip(&addresses).filter_map(|((item, role), start)| {
            let (what, data) = match role {
                Role::Kernel => ("kernel".to_owned(), Arc::clone(&self.kernel.as_ref()?.0)),
                Role::Tree => ("device tree".to_owned(), Arc::clone(&blob)),
                Role::Initrd => ("initrd".to_owned(), Arc::clone(self.initrd.as_ref()?)),
                Role::Raw(index) => (item.what, Arc::clone(self.raw.get(index)?)),
            };
            let range = Range::<GuestPhys>::new(*start, data.len() as u64)?;
            Some(PlannedLoad { what, data, range })
        });
        Some(Payload { loads: loads.collect(), entry: entry?, argument, tree: blob })
    }

    /// What needs a place, in the order in which places are given.
    fn items(&self, zone: &Zone, tree_size: u64) -> Vec<(Item, Role)> {
        let mut items = Vec::new();
        let item = |what: &str, size, align, fixed: Option<&Spanned<u64>>, span| Item {
            what: what.to_owned(),
            size,
            align,
            offset: 0,
            fixed: fixed.map(|at| *at.get_ref()),
            span: fixed.map_or(span, Spanned::span),
        };
        let zone_span = zone.name.span();
        if let (Some((_, image)), Some(file)) = (&self.kernel, &zone.kernel) {
            let kernel = item("the kernel", image.size, BLOCK, zone.kernel_load.as_ref(), file.span());
            items.push((Item { offset: image.text_offset, ..kernel }, Role::Kernel));
        }
        for (index, (raw, data)) in zone.raw.0.iter().zip(&self.raw).enumerate() {
            let name = raw.file.get_ref();
            let size = data.len() as u64;
            let binary = item(&format!("the binary {name}"), size, 1, Some(&raw.load), raw.load.span());
            items.push((binary, Role::Raw(index)));
        }
        // A binary alone may use all of its memory: it gets a device tree only where it asks for one.
        if self.kernel.is_some() || self.tree.is_some() || zone.dtb_load.is_some() {
            // At a block's start no tree of up to 2 MiB crosses into the next block. At an address of the
            // user's own choice the booting protocol asks for 8 bytes only.
            let align = if zone.dtb_load.is_some() { 8 } else { BLOCK };
            items.push((
                item("the device tree", tree_size, align, zone.dtb_load.as_ref(), zone_span.clone()),
                Role::Tree,
            ));
        }
        if let Some(initrd) = &self.initrd {
            let place = zone.initrd_load.as_ref();
            items.push((item("the initrd", initrd.len() as u64, 4096, place, zone_span), Role::Initrd));
        }
        items
    }

    /// The first instruction: as given, or the start of the kernel or of the first binary.
    fn entry(
        &self,
        zone: &Zone,
        kernel: Option<GuestPhys>,
        tree: &GuestTree<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<GuestPhys> {
        let of_binaries = zone.raw.0.iter().filter_map(|raw| raw.entry.as_ref());
        let mut given = zone.entry.iter().chain(of_binaries);
        let Some(entry) = given.next() else {
            let first_binary = zone.raw.0.first().map(|raw| GuestPhys::new(*raw.load.get_ref()));
            return kernel.or(first_binary);
        };
        let name = zone.name.get_ref();
        if let Some(second) = given.next() {
            let message = format!("zone {name} has two entry points");
            let diagnostic = Diagnostic::error("two-entries", message)
                .at(entry.span(), "the first")
                .at(second.span(), "the second");
            diagnostics.push(diagnostic.help("keep one `entry`"));
        }
        let address = GuestPhys::new(*entry.get_ref());
        let in_ram = tree.regions.iter().filter_map(Region::guest_range).any(|ram| ram.contains(address));
        // Instructions of A64 take four bytes, those of the C extension two.
        let alignment = if tree.facts.arch() == Arch::Arm64 { 4 } else { 2 };
        if !in_ram || !address.is_aligned(alignment) {
            let message = format!("the entry point {address} of zone {name} is no instruction in its memory");
            let diagnostic = Diagnostic::error("bad-entry", message).at(entry.span(), "this address");
            diagnostics
                .push(diagnostic.help(format!("give a multiple of {alignment} inside the zone's memory")));
        }
        Some(address)
    }
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Kernel,
    Tree,
    Initrd,
    Raw(usize),
}

/// The tree that the guest gets: derived, or the user's own with the command line and initrd put in. That the
/// user's own can be read was checked when it was loaded.
fn guest_tree(tree: &GuestTree<'_>, own: Option<&[u8]>) -> Vec<u8> {
    own.and_then(|own| tree.chosen.patch(own)).unwrap_or_else(|| tree.blob())
}

fn cmdline<'z>(zone: &'z Zone, diagnostics: &mut Vec<Diagnostic>) -> Option<&'z str> {
    let cmdline = zone.cmdline.as_deref()?;
    if cmdline.contains('\0') {
        let message = format!("the command line of zone {} has a zero byte in it", zone.name.get_ref());
        let diagnostic = Diagnostic::error("bad-cmdline", message).at(zone.name.span(), "this zone");
        diagnostics.push(diagnostic.help("take \\u0000 out: a command line ends there"));
    }
    Some(cmdline)
}
