//! The counts at a glance: bars of the medians on a logarithmic scale, grouped by measure.

use super::measures::{MEASURES, Measure};
use super::{Outcome, is_ours};

/// Places, in the picture's units.
const LABELS: f64 = 250.0;
const BARS: f64 = 560.0;
const MARGIN: f64 = 16.0;
const BAR: f64 = 13.0;
const GAP: f64 = 22.0;
const TOP: f64 = 56.0;
/// Room for a number behind its bar.
const NUMBER: f64 = 60.0;
/// The longest bar: so many instructions.
const MOST: f64 = 100_000.0;

/// A colour for each column, told apart by those who see few colours too.
const COLOURS: [&str; 6] = ["#9aa5b1", "#0b6e4f", "#38b089", "#d98032", "#3c64a8", "#8aa6d6"];

/// The columns in the picture, in its order.
const PICTURED: [&str; 6] = ["bare", "direct", "virtual", "xen", "kvm-vhe", "kvm-nvhe"];

/// The picture as SVG.
pub(super) fn svg(outcomes: &[Outcome]) -> String {
    let columns: Vec<(&Outcome, &str)> = PICTURED
        .iter()
        .zip(COLOURS)
        .filter_map(|(name, colour)| {
            Some((outcomes.iter().find(|outcome| outcome.column.name == *name)?, colour))
        })
        .filter(|(outcome, _)| outcome.counts.is_ok())
        .collect();
    let mut body = legend(&columns);
    let mut y = TOP;
    for measure in MEASURES.iter().filter(|measure| measure.pictured) {
        let group = group(measure, &columns, y);
        if group.is_empty() {
            continue;
        }
        y += group.len() as f64 * BAR + GAP;
        body.extend(group);
    }
    let (width, height) = (MARGIN + LABELS + BARS + NUMBER + MARGIN, y);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>Executed instructions on arm64, median of 1000, logarithmic</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{}\n</svg>\n",
        body.join("\n")
    )
}

fn legend(columns: &[(&Outcome, &str)]) -> Vec<String> {
    let title = text(MARGIN, 20.0, "start", "Executed instructions, median of 1000 (logarithmic scale)");
    let mut parts = vec![title];
    for (place, (outcome, colour)) in columns.iter().enumerate() {
        let x = MARGIN + place as f64 * 130.0;
        parts.push(rectangle(x, 32.0, 10.0, colour));
        parts.push(text(x + 16.0, 42.0, "start", &name(outcome)));
    }
    parts
}

/// Its head in the table, where all around is Bulkhead's, is not enough here.
fn name(outcome: &Outcome) -> String {
    let head = outcome.column.head;
    if is_ours(&outcome.column) { format!("Bulkhead, {head}") } else { head.to_owned() }
}

/// The bars of one measure, one below the other from `y` on; the first brings the label with it.
fn group(measure: &Measure, columns: &[(&Outcome, &str)], y: f64) -> Vec<String> {
    let counts =
        columns.iter().filter_map(|(outcome, colour)| Some((outcome.count(measure.name)?.median, colour)));
    let bars = counts.enumerate().map(|(place, (median, colour))| {
        let y = y + place as f64 * BAR;
        let length = length(median);
        let x = MARGIN + LABELS;
        let label = if place == 0 { text(x - 8.0, y + 10.0, "end", measure.about) } else { String::new() };
        let number = text(x + length + 5.0, y + 10.0, "start", &median.to_string());
        format!("{label}{}{number}", rectangle(x, y, length, colour))
    });
    bars.collect()
}

/// A bar that can be seen for one instruction, and BARS for [`MOST`].
fn length(instructions: u32) -> f64 {
    let share = (1.0 + f64::from(instructions)).ln() / (1.0 + MOST).ln();
    (share.min(1.0) * BARS * 10.0).round() / 10.0
}

fn rectangle(x: f64, y: f64, width: f64, colour: &str) -> String {
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"11\" fill=\"{colour}\"/>")
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>")
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn more_instructions_are_a_longer_bar_up_to_the_edge() {
        assert!(length(1) > 0.0 && length(2) > length(1));
        assert_eq!(length(100_000), 560.0);
        assert_eq!(length(1_000_000), 560.0);
    }
}
