//! Devices and interrupts as a list.

use super::canvas::{Canvas, Style};
use super::{HEADING, Section};
use crate::ownership::{devices as owned_devices, holes, interrupt_number};
use crate::plan::Plan;

const ROW: f64 = 21.0;
const SWATCH: f64 = 24.0;
const BETWEEN: f64 = 18.0;

pub(super) fn section(plan: &Plan) -> Section {
    let devices = owned_devices(plan);
    let head = ["owner", "device", "registers", interrupt_number(plan)];
    let rows: Vec<[String; 4]> = devices
        .iter()
        .map(|device| {
            let registers =
                device.registers.map_or(String::new(), |(start, end)| format!("{start:#x}..{end:#x}"));
            let interrupt = device.interrupt_text().unwrap_or_default();
            [device.owner.to_string(), device.device.to_string(), registers, interrupt]
        })
        .collect();
    let mut starts = [SWATCH; 5];
    for column in 0..4 {
        let letters =
            rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max().unwrap_or(0);
        starts[column + 1] = starts[column] + Style::Plain.width(letters) + BETWEEN;
    }
    let width = starts[4] - BETWEEN;

    let mut canvas = Canvas::new();
    canvas.text(0.0, 0.0, Style::Heading, "Devices and interrupts");
    let mut y = HEADING;
    for (start, title) in starts.iter().zip(head) {
        canvas.text(*start, y + 14.0, Style::Muted, title);
    }
    y += ROW;
    for (device, row) in devices.iter().zip(&rows) {
        canvas.line((0.0, y), (width, y));
        canvas.owned(0.0, y + 4.0, 14.0, 14.0, &device.owner);
        for (start, cell) in starts.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            canvas.text(*start, y + 15.0, Style::Plain, cell);
        }
        y += ROW;
    }
    y += ROW;
    let mut notes = vec![
        "A zone's registers are guest-physical: they are emulated, or its own CPU's,".to_owned(),
        "or those of a device of the board, named by its path.".to_owned(),
        "The hypervisor's are physical, and mapped into no zone.".to_owned(),
    ];
    notes.extend(holes(plan).map(|(zone, device, hole)| format!("Hole: {device} of zone {zone} {hole}.")));
    for note in &notes {
        canvas.text(0.0, y, Style::Muted, note);
        y += 17.0;
    }
    let notes = Style::Muted.width(notes.iter().map(|note| note.chars().count()).max().unwrap_or(0));
    Section { canvas, width: width.max(notes), height: y }
}
