//! The CPUs, each in its owner's colour.

use manifest::Arch;

use super::canvas::{Canvas, Style};
use super::{HEADING, Section};
use crate::ownership::{Owner, owner_of_cpu};
use crate::plan::Plan;

const HEIGHT: f64 = 66.0;
const BETWEEN: f64 = 10.0;
const PADDING: f64 = 10.0;

pub(super) fn section(plan: &Plan, width: f64) -> Section {
    let mut canvas = Canvas::new();
    canvas.text(0.0, 0.0, Style::Heading, "CPUs");
    let hardware_id = match plan.arch() {
        Arch::Arm64 => "MPIDR",
        Arch::Riscv64 => "hart",
    };
    let boxes: Vec<_> = plan
        .facts
        .board
        .cpus
        .iter()
        .enumerate()
        .map(|(index, cpu)| {
            let (owner, vcpu) =
                owner_of_cpu(plan, index).map_or((Owner::Free, "not used".to_owned()), |(owner, vcpu)| {
                    let text = format!("{owner} vCPU {vcpu}");
                    (owner, text)
                });
            (owner, [format!("CPU {index}"), format!("{hardware_id} {:#x}", cpu.hardware_id), vcpu])
        })
        .collect();
    let letters =
        boxes.iter().flat_map(|(_, lines)| lines).map(|line| line.chars().count()).max().unwrap_or(0);
    let box_width = Style::Strong.width(letters) + 2.0 * PADDING;
    let (mut x, mut y) = (0.0, HEADING);
    for (owner, [name, affinity, vcpu]) in &boxes {
        if x > 0.0 && x + box_width > width {
            (x, y) = (0.0, y + HEIGHT + BETWEEN);
        }
        canvas.owned(x, y, box_width, HEIGHT, owner);
        canvas.text(x + PADDING, y + 19.0, Style::Strong, name);
        canvas.text(x + PADDING, y + 37.0, Style::Muted, affinity);
        canvas.text(x + PADDING, y + 55.0, Style::Plain, vcpu);
        x += box_width + BETWEEN;
    }
    Section { canvas, width, height: y + HEIGHT }
}
