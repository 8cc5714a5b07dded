//! The partition as a drawing for people who must agree with it: CPUs, memory, devices and interrupts, each
//! with its owner, on a light ground. Every text has its own place, whatever the names and numbers.

mod canvas;
mod cpus;
mod devices;
mod memory;

use dtoolkit::{Node, Property};
use svg::Document;
use svg::node::element::{Rectangle, Title};

use crate::memory::human;
use crate::ownership::{Owner, zones};
use crate::plan::Plan;
use canvas::{Canvas, Style};

/// Units from the page's edge to its contents.
const MARGIN: f64 = 32.0;
/// Units between two sections.
const GAP: f64 = 36.0;
/// Units between a heading's baseline and what it heads.
const HEADING: f64 = 16.0;

/// A piece of the drawing with its top left corner at (0, 0).
struct Section {
    canvas: Canvas,
    width: f64,
    height: f64,
}

/// Draws a plan.
pub(crate) fn svg(plan: &Plan) -> String {
    let (title, subtitle) = titles(plan);
    let memory = memory::section(plan);
    let devices = devices::section(plan);
    let columns = memory.width + GAP + devices.width;
    let text_width =
        Style::Title.width(title.chars().count()).max(Style::Muted.width(subtitle.chars().count()));
    let width = columns.max(text_width).max(600.0);
    let legend = legend(plan, width);
    let cpus = cpus::section(plan, width);

    let mut page = Canvas::new();
    let mut y = 26.0;
    page.text(0.0, y, Style::Title, &title);
    y += 24.0;
    page.text(0.0, y, Style::Muted, &subtitle);
    y += 18.0;
    let mut body = svg::node::element::Group::new();
    for section in [legend, cpus] {
        body = body.add(moved(section.canvas, 0.0, y));
        y += section.height + GAP;
    }
    body = body.add(moved(memory.canvas, 0.0, y)).add(moved(devices.canvas, memory.width + GAP, y));
    y += memory.height.max(devices.height);

    let (full_width, full_height) = (width + 2.0 * MARGIN, y + 2.0 * MARGIN);
    let ground = Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#fcfcfa");
    let contents = moved(page, MARGIN, MARGIN).add(body);
    Document::new()
        .set("viewBox", (0.0, 0.0, full_width.ceil(), full_height.ceil()))
        .set("width", full_width.ceil())
        .set("height", full_height.ceil())
        .set("font-family", "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace")
        .set("role", "img")
        .add(Title::new(title))
        .add(ground)
        .add(contents)
        .to_string()
}

fn moved(canvas: Canvas, x: f64, y: f64) -> svg::node::element::Group {
    canvas.0.set("transform", format!("translate({:.1} {:.1})", x, y))
}

fn titles(plan: &Plan) -> (String, String) {
    let root = &plan.facts.tree.root;
    let model = root.property("model").or_else(|| root.property("compatible"));
    let model =
        model.map(|model| String::from_utf8_lossy(model.value()).split('\0').next().unwrap_or("").to_owned());
    let board = model.filter(|model| !model.is_empty()).unwrap_or_else(|| "a board".into());
    let ram = plan.facts.board.ram.iter().map(|bank| bank.size()).sum();
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let zones = count(plan.zones.len(), "zone");
    let cpus = count(plan.facts.board.cpus.len(), "CPU");
    (format!("Partition of {board}"), format!("{zones} on {cpus} and {} of RAM", human(ram)))
}

/// One swatch for each owner.
fn legend(plan: &Plan, width: f64) -> Section {
    let mut owners: Vec<(Owner<'_>, String)> =
        zones(plan).map(|(owner, _)| (owner.clone(), owner.to_string())).collect();
    owners.extend(plan.channels.first().map(|channel| (Owner::Channel(channel), "shared by zones".into())));
    owners.push((Owner::Bulkhead, "hypervisor and boot loader".into()));
    if plan.reserved.iter().any(|claim| claim.owner != crate::memory::BOOT_AREA) {
        owners.push((Owner::Reserved(""), "reserved".into()));
    }
    owners.push((Owner::Free, "nobody".into()));

    let mut canvas = Canvas::new();
    let (mut x, mut y) = (0.0, 0.0);
    for (owner, name) in owners {
        let entry = 22.0 + Style::Plain.width(name.chars().count()) + 20.0;
        if x > 0.0 && x + entry > width {
            (x, y) = (0.0, y + 22.0);
        }
        canvas.owned(x, y, 14.0, 14.0, &owner);
        canvas.text(x + 22.0, y + 11.5, Style::Plain, &name);
        x += entry;
    }
    Section { canvas, width, height: y + 14.0 }
}
