//! The partition as plain text.

use std::fmt::Write;

use crate::memory::human;
use crate::plan::{Plan, PlannedZone};

/// Writing to a string cannot fail, so the results of `writeln!` are left alone here.
pub(crate) fn table(plan: &Plan) -> String {
    let mut text = String::new();
    zones(plan, &mut text);
    cpus(plan, &mut text);
    memory(plan, &mut text);
    loads(plan, &mut text);
    devices(plan, &mut text);
    text
}

fn zones(plan: &Plan, text: &mut String) {
    let rows = plan.zones.iter().enumerate().map(|(index, zone)| {
        let size = zone.regions.iter().map(|region| region.size).sum();
        let cpus: Vec<_> = zone.cpus.iter().map(ToString::to_string).collect();
        [
            (index + 1).to_string(),
            zone.name.clone(),
            cpus.join(" "),
            human(size),
            zone.entry.to_string(),
            if zone.argument == 0 { "-".into() } else { format!("{:#x}", zone.argument) },
        ]
    });
    grid("Zones", ["no.", "zone", "CPUs", "memory", "entry", "device tree"], rows, text);
}

fn cpus(plan: &Plan, text: &mut String) {
    let rows = plan.facts.board.cpus.iter().enumerate().map(|(index, cpu)| {
        let owner = owner_of_cpu(plan, index);
        let [zone, vcpu] = owner.map_or(["unused".to_owned(), "-".to_owned()], |(zone, vcpu)| {
            [zone.name.clone(), vcpu.to_string()]
        });
        [index.to_string(), format!("{:#x}", cpu.affinity), zone, vcpu]
    });
    grid("CPUs", ["CPU", "MPIDR affinity", "zone", "vCPU"], rows, text);
}

fn memory(plan: &Plan, text: &mut String) {
    let rows = ranges(plan).into_iter().map(|(start, end, owner, guest)| {
        [format!("{start:#012x}"), format!("{end:#012x}"), human(end - start), owner, guest]
    });
    grid("Physical memory", ["from", "to (exclusive)", "size", "owner", "guest address"], rows, text);
}

fn loads(plan: &Plan, text: &mut String) {
    let rows = plan.zones.iter().flat_map(|zone| {
        zone.loads.iter().map(|load| {
            let (start, end) = (load.range.start().raw(), load.range.end().raw());
            [zone.name.clone(), load.what.clone(), format!("{start:#012x}"), format!("{end:#012x}")]
        })
    });
    grid("Loaded into guest memory", ["zone", "what", "from", "to (exclusive)"], rows, text);
}

fn devices(plan: &Plan, text: &mut String) {
    let rows = device_rows(plan).into_iter().map(|row| {
        let DeviceRow { owner, device, address, interrupt } = row;
        [owner, device.to_owned(), address, interrupt.map_or("-".into(), |intid| intid.to_string())]
    });
    grid("Devices and interrupts", ["owner", "device", "address", "interrupt"], rows, text);
}

/// A device with its owner.
pub(crate) struct DeviceRow {
    pub(crate) owner: String,
    pub(crate) device: &'static str,
    pub(crate) address: String,
    /// INTID.
    pub(crate) interrupt: Option<u32>,
}

/// The board's devices that are in use, and those that are emulated for the zones.
pub(crate) fn device_rows(plan: &Plan) -> Vec<DeviceRow> {
    let row = |owner: &str, device, address: String, interrupt| DeviceRow {
        owner: owner.to_owned(),
        device,
        address,
        interrupt,
    };
    let (uart, gic) = (plan.facts.board.uart, plan.facts.gic());
    let mut rows = vec![row("bulkhead", "PL011", uart.frame.to_string(), Some(uart.intid))];
    rows.push(row("bulkhead", "GICv3 distributor", gic.distributor.to_string(), Some(gic.maintenance)));
    rows.extend(
        gic.redistributors.iter().map(|r| row("bulkhead", "GICv3 redistributors", r.to_string(), None)),
    );
    for zone in &plan.zones {
        rows.extend(
            zone.uart.map(|uart| row(&zone.name, "virtual PL011", uart.range.to_string(), Some(uart.intid))),
        );
        rows.push(row(&zone.name, "virtual GICv3 distributor", zone.gic.distributor.to_string(), None));
        rows.push(row(&zone.name, "virtual GICv3 redistributors", zone.gic.redistributor.to_string(), None));
        rows.push(row(&zone.name, "virtual timer of its CPUs", "-".into(), Some(27)));
        rows.push(row(&zone.name, "physical timer of its CPUs", "-".into(), Some(30)));
    }
    rows
}

/// The zone of a CPU and the vCPU that the CPU is.
pub(crate) fn owner_of_cpu(plan: &Plan, index: usize) -> Option<(&PlannedZone, usize)> {
    plan.zones.iter().find_map(|zone| Some((zone, zone.cpus.iter().position(|cpu| *cpu == index)?)))
}

/// All RAM in ascending order: start, end, owner, and where a guest sees it.
fn ranges(plan: &Plan) -> Vec<(u64, u64, String, String)> {
    let mut ranges = Vec::new();
    for claim in &plan.reserved {
        ranges.push((claim.range.start().raw(), claim.range.end().raw(), claim.owner.clone(), "-".into()));
    }
    for zone in &plan.zones {
        for region in &zone.regions {
            let start = region.hpa.raw();
            ranges.push((start, start + region.size, format!("zone {}", zone.name), region.ipa.to_string()));
        }
    }
    for free in &plan.free {
        ranges.push((free.start().raw(), free.end().raw(), "free".into(), "-".into()));
    }
    ranges.sort();
    ranges
}

fn grid<const N: usize>(
    title: &str,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    text: &mut String,
) {
    let rows: Vec<_> = rows.collect();
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max().unwrap_or(0)
        })
        .collect();
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{title}");
    let mut line = |cells: [&str; N]| {
        let padded: Vec<_> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", padded.join("  ").trim_end());
    };
    let rules: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(head);
    line(std::array::from_fn(|column| rules[column].as_str()));
    for row in &rows {
        line(std::array::from_fn(|column| row[column].as_str()));
    }
}
