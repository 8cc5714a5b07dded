//! The partition as plain text.

use std::fmt::Write;

use manifest::Arch;

use crate::channels::{PlannedChannel, PlannedPeer};
use crate::memory::human;
use crate::ownership::{devices, holes, interrupt_number, memory, owner_of_cpu};
use crate::plan::Plan;

/// Writing to a string cannot fail, so the results of `writeln!` are left alone here.
pub(crate) fn table(plan: &Plan) -> String {
    let mut text = String::new();
    zone_rows(plan, &mut text);
    cpu_rows(plan, &mut text);
    memory_rows(plan, &mut text);
    channel_rows(plan, &mut text);
    load_rows(plan, &mut text);
    device_rows(plan, &mut text);
    restart_rows(plan, &mut text);
    delivery_rows(plan, &mut text);
    hole_rows(plan, &mut text);
    text
}

fn zone_rows(plan: &Plan, text: &mut String) {
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

fn cpu_rows(plan: &Plan, text: &mut String) {
    let rows = plan.facts.board.cpus.iter().enumerate().map(|(index, cpu)| {
        let [owner, vcpu] = owner_of_cpu(plan, index)
            .map_or(["unused".to_owned(), "-".to_owned()], |(owner, vcpu)| {
                [owner.to_string(), vcpu.to_string()]
            });
        [index.to_string(), format!("{:#x}", cpu.hardware_id), owner, vcpu]
    });
    let hardware_id = match plan.arch() {
        Arch::Arm64 => "MPIDR affinity",
        Arch::Riscv64 => "hart id",
    };
    grid("CPUs", ["CPU", hardware_id, "owner", "vCPU"], rows, text);
}

fn memory_rows(plan: &Plan, text: &mut String) {
    let rows = memory(plan).into_iter().map(|piece| {
        let (start, end) = (piece.range.start().raw(), piece.range.end().raw());
        let guest = piece.guest.map_or("-".into(), |guest| guest.start().to_string());
        [format!("{start:#012x}"), format!("{end:#012x}"), human(end - start), piece.owner.to_string(), guest]
    });
    grid("Physical memory", ["from", "to (exclusive)", "size", "owner", "guest address"], rows, text);
}

/// Nothing where no memory is shared.
fn channel_rows(plan: &Plan, text: &mut String) {
    let row = |(number, channel, id, peer): (usize, &PlannedChannel, usize, &PlannedPeer)| {
        // What is the channel's is said once.
        let of_channel =
            [number.to_string(), channel.name.clone(), size(channel.rw_size), size(channel.out_size)];
        let [number, name, rw, out] =
            if id == 0 { of_channel } else { std::array::from_fn(|_| String::new()) };
        let zone = plan.zones.get(peer.zone).map_or(String::new(), |zone| zone.name.clone());
        let (control, shared) = (peer.control.start().to_string(), peer.shared.to_string());
        [number, name, rw, out, id.to_string(), zone, control, shared, peer.interrupt.to_string()]
    };
    let peers = plan.channels.iter().enumerate().flat_map(|(number, channel)| {
        channel.peers.iter().enumerate().map(move |(id, peer)| (number, channel, id, peer))
    });
    let interrupt = interrupt_number(plan);
    let head =
        ["id", "channel", "common", "output", "peer", "zone", "control table", "shared memory", interrupt];
    if !plan.channels.is_empty() {
        grid("Channels", head, peers.map(row), text);
    }
}

fn load_rows(plan: &Plan, text: &mut String) {
    let rows = plan.zones.iter().flat_map(|zone| {
        zone.loads.iter().map(|load| {
            let (start, end) = (load.range.start().raw(), load.range.end().raw());
            [zone.name.clone(), load.what.clone(), format!("{start:#012x}"), format!("{end:#012x}")]
        })
    });
    grid("Loaded into guest memory", ["zone", "what", "from", "to (exclusive)"], rows, text);
}

fn device_rows(plan: &Plan, text: &mut String) {
    let rows = devices(plan).into_iter().map(|device| {
        let registers = device.registers.map_or("-".into(), |(start, end)| format!("{start:#x}..{end:#x}"));
        let interrupt = device.interrupt_text().unwrap_or_else(|| "-".into());
        [device.owner.to_string(), device.device.into_owned(), registers, interrupt]
    });
    grid("Devices and interrupts", ["owner", "device", "registers", interrupt_number(plan)], rows, text);
}

/// Nothing where no zone has a device.
fn restart_rows(plan: &Plan, text: &mut String) {
    let rows: Vec<_> = plan
        .zones
        .iter()
        .flat_map(|zone| zone.devices.iter().map(move |device| (zone, device)))
        .map(|(zone, device)| [zone.name.clone(), device.path.clone(), device.restart.text().to_owned()])
        .collect();
    if !rows.is_empty() {
        let head = ["zone", "device", "before the zone starts again"];
        grid("Devices at a restart of their zone", head, rows.into_iter(), text);
    }
}

fn delivery_rows(plan: &Plan, text: &mut String) {
    let rows = plan.zones.iter().map(|zone| {
        let delivery = &zone.delivery;
        [zone.name.clone(), delivery.name().to_owned(), delivery.why.to_owned()]
    });
    grid("Delivery of interrupts", ["zone", "chosen", "why"], rows, text);
}

/// Nothing where every zone is kept in.
fn hole_rows(plan: &Plan, text: &mut String) {
    let rows: Vec<_> = holes(plan).map(|row| [row.0, row.1, row.2].map(str::to_owned)).collect();
    if !rows.is_empty() {
        grid("Holes in the isolation", ["zone", "device", "what it opens"], rows.into_iter(), text);
    }
}

fn size(bytes: u64) -> String {
    if bytes == 0 { "-".into() } else { human(bytes) }
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
