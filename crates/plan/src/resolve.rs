//! From the text of a zones.toml and a board to a plan, with all mistakes found at once.

use manifest::{Arch, BoardView, Manifest, Reserved};
use toml::Spanned;

use crate::channels::{self, PlannedChannel, PlannedPeer};
use crate::config::{self, Config, Zone};
use crate::delivery;
use crate::devices::{self, GuestNumbers, PlannedDevice};
use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, arch_of};
use crate::files::{FileProvider, Files};
use crate::guest_tree::{Chosen, GuestTree};
use crate::image::with_article;
use crate::lines::Lines;
use crate::memory;
use crate::payload::Sources;
use crate::plan::{Plan, PlannedZone, write_bundle};
use crate::{virtual_devices, zones};

/// Room for the manifest in a bundle.
const MANIFEST_ROOM: u64 = 64 << 10;
/// Room for the derived device tree of one zone in a bundle.
const TREE_ROOM: u64 = 64 << 10;

/// Plans the partition that `text`, the contents of a zones.toml, describes for the board whose flattened
/// device tree is `board`. `files` finds the kernels.
///
/// # Errors
///
/// Every mistake that can be found, in the order of the text; warnings among them.
pub fn resolve(text: &str, board: &[u8], files: &dyn FileProvider) -> Result<Plan, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let plan = try_resolve(text, board, files, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.labels.iter().map(|label| label.span.start).max());
    match plan {
        Some(plan) if !diagnostics.iter().any(|diagnostic| diagnostic.is_error) => {
            Ok(Plan { warnings: diagnostics, ..plan })
        }
        _ => Err(diagnostics),
    }
}

fn try_resolve(
    text: &str,
    blob: &[u8],
    provider: &dyn FileProvider,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Plan> {
    let (config, mistakes) = config::parse_parts(text);
    let is_whole = mistakes.is_empty();
    diagnostics.extend(mistakes);
    let config = config?;
    let facts = read_board(&config, blob, diagnostics);

    zones::check_names(&config.zones, diagnostics);
    let mut files = Files::new(provider);
    let arch = arch_of(blob).unwrap_or(config.board.arch());
    let sources: Vec<Sources> = config
        .zones
        .iter()
        .map(|zone| Sources::read(zone.get_ref(), arch, &mut files, diagnostics))
        .collect();

    let facts = facts?;
    zones::check_cpus(&config.zones, &facts, diagnostics);
    let trees: Vec<_> = sources.iter().map(Sources::own_tree).collect();
    let devices = devices::plan(&config.zones, &trees, &facts, diagnostics);
    let mut channels = channels::read(&config, is_whole, diagnostics);
    let mut lines = Lines::new(&facts);
    devices
        .iter()
        .flatten()
        .flat_map(|device| &device.interrupts)
        .for_each(|interrupt| lines.avoid(interrupt.number));
    channels::fixed(&mut channels, &devices, &facts, &mut lines, diagnostics);
    let deliveries = delivery::plan(&config.zones, &facts, &mut lines, diagnostics);
    channels::choose(&mut channels, &facts, &mut lines, diagnostics);
    let bundle_room = files.bundled_size() + MANIFEST_ROOM + TREE_ROOM * config.zones.len() as u64;
    let boot_areas = memory::boot_areas(&config, &facts, bundle_room, diagnostics);
    let memory = memory::plan(&config, &facts, &channels, boot_areas, diagnostics);
    let channels = channels::place(&channels, &memory.channels, &memory.zones, &devices, &facts, diagnostics);

    let mut planned = Vec::new();
    for (((((index, zone), sources), regions), devices), delivery) in
        config.zones.iter().enumerate().zip(sources).zip(&memory.zones).zip(devices).zip(deliveries)
    {
        let ends: Vec<_> = channels::of_zone(&channels, index).collect();
        let owned = Owned { regions, devices, channels: &ends, delivery };
        planned.extend(plan_zone(zone, sources, owned, &facts, diagnostics));
    }
    if diagnostics.iter().any(|diagnostic| diagnostic.is_error) {
        return None;
    }

    let bundle = match write_bundle(facts.arch(), config.console.colour, &planned, &channels) {
        Ok(bundle) => bundle,
        Err(error) => {
            diagnostics.push(refused_by_the_hypervisor(&error.to_string()));
            return None;
        }
    };
    let plan = Plan {
        facts,
        zones: planned,
        channels,
        reserved: memory.reserved,
        free: memory.free,
        warnings: Vec::new(),
        bundle,
    };
    if let Err(error) = check_as_the_hypervisor_does(&plan) {
        diagnostics.push(refused_by_the_hypervisor(&error));
        return None;
    }
    Some(plan)
}

fn read_board(config: &Config, blob: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<Facts> {
    if blob.is_empty() && config.board.qemu.is_none() && config.board.dtb.is_none() {
        let diagnostic = Diagnostic::error("no-board", "the [board] table names no machine");
        let help =
            "write `qemu = { machine = …, cpu = …, smp = …, memory = … }` or `dtb = \"board.dtb\"` into it";
        diagnostics.push(diagnostic.help(help));
        return None;
    }
    if let (Some(wanted), Some(found)) = (&config.board.arch, arch_of(blob)) {
        let (wanted, span) = (Arch::from(*wanted.get_ref()), wanted.span());
        if wanted != found {
            let message = format!("the board's device tree is for {found}, and the file says {wanted}");
            let help = format!(
                "write `arch = \"{found}\"`, or name the device tree of {} board",
                with_article(wanted)
            );
            let diagnostic = Diagnostic::error("board-arch", message).at(span, "another architecture");
            diagnostics.push(diagnostic.help(help));
            return None;
        }
    }
    match Facts::read(blob) {
        Ok(facts) => Some(facts),
        Err(problems) => {
            diagnostics.extend(problems);
            None
        }
    }
}

/// What was found for a zone so far.
struct Owned<'p> {
    regions: &'p [manifest::Region],
    devices: Vec<PlannedDevice>,
    channels: &'p [(&'p PlannedChannel, &'p PlannedPeer)],
    delivery: delivery::Chosen,
}

fn plan_zone(
    zone: &Spanned<Zone>,
    sources: Sources,
    owned: Owned<'_>,
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<PlannedZone> {
    let Owned { regions, devices, channels, delivery } = owned;
    let zone = zone.get_ref();
    let cpus: Vec<usize> = zone.cpus.get_ref().iter().map(|cpu| *cpu.get_ref() as usize).collect();
    if cpus.is_empty() {
        return None;
    }
    let hardware_ids =
        cpus.iter().filter_map(|index| facts.board.cpus.get(*index)).map(|cpu| cpu.hardware_id).collect();
    let uart = virtual_devices::uart(zone, &delivery, facts);
    devices::check_guest_places(zone.name.get_ref(), &devices, regions, diagnostics);
    let of_devices = devices.iter().flat_map(|device| &device.interrupts).map(|interrupt| interrupt.number);
    let of_channels = channels.iter().map(|(_, peer)| peer.interrupt);
    let last_interrupt = of_devices.chain(uart.map(|uart| uart.interrupt)).chain(of_channels).max();
    let controller =
        virtual_devices::controller(zone, cpus.len(), last_interrupt, delivery.delivery, facts, diagnostics)?;
    let numbers = GuestNumbers {
        zone: zone.name.get_ref(),
        uart: uart.map(|uart| uart.interrupt),
        delivery: delivery.delivery,
        delivery_span: zone.interrupts.as_ref().map(Spanned::span),
        controller,
    };
    devices::check_numbers(&numbers, &devices, diagnostics);
    let chosen = Chosen::default();
    let tree =
        GuestTree { facts, cpus: &cpus, regions, devices: &devices, channels, controller, uart, chosen };
    let payload = sources.place(zone, tree, diagnostics)?;
    Some(PlannedZone {
        name: zone.name.get_ref().clone(),
        cpus,
        hardware_ids,
        regions: regions.to_vec(),
        devices,
        loads: payload.loads,
        entry: payload.entry,
        argument: payload.argument,
        tree: payload.tree,
        controller,
        uart,
        delivery,
    })
}

/// Reads the bundle back and compares it with the board.
fn check_as_the_hypervisor_does(plan: &Plan) -> Result<(), String> {
    let parsed = Manifest::parse(&plan.bundle).map_err(|error| error.to_string())?;
    let reserved: Vec<_> =
        plan.reserved.iter().map(|claim| Reserved { range: claim.range, what: "reserved memory" }).collect();
    let board = &plan.facts.board;
    let frames = std::iter::once(board.uart.frame).chain(board.interrupt_controller.frames());
    let devices: Vec<_> = frames.map(|range| Reserved { range, what: "the hypervisor" }).collect();
    let cpus: Vec<_> = board.cpus.iter().map(|cpu| cpu.hardware_id).collect();
    let view = BoardView {
        ram: &board.ram,
        reserved: &reserved,
        arch: plan.facts.arch(),
        cpus: &cpus,
        devices: &devices,
        last_interrupt: plan.facts.last_interrupt(),
    };
    parsed.check_board(&view).map_err(|error| error.to_string())
}

fn refused_by_the_hypervisor(reason: &str) -> Diagnostic {
    Diagnostic::error("refused", format!("the hypervisor would refuse this partition: {reason}"))
        .help("change what the message names; the board's device tree may also be wrong")
}
