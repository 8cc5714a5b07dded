//! The memory map twice: a narrow strip to scale, and beside it one box for each piece, tall enough for its
//! text, joined to its place on the strip.

use super::canvas::{Canvas, Style};
use super::{HEADING, Section};
use crate::memory::human;
use crate::ownership::{OwnedMemory, Owner, memory};
use crate::plan::Plan;

const STRIP: f64 = 34.0;
const BANDS: f64 = 56.0;
const PADDING: f64 = 10.0;
const LINE: f64 = 17.0;
const BETWEEN: f64 = 6.0;
/// Between two RAM banks that do not touch.
const BREAK: f64 = 14.0;

/// A box with its lines of text.
struct Piece<'p> {
    memory: OwnedMemory<'p>,
    lines: Vec<String>,
}

impl Piece<'_> {
    fn height(&self) -> f64 {
        self.lines.len() as f64 * LINE + 12.0
    }
}

pub(super) fn section(plan: &Plan) -> Section {
    let pieces: Vec<Piece<'_>> = memory(plan).into_iter().map(|memory| piece(plan, memory)).collect();
    let letters =
        pieces.iter().flat_map(|piece| &piece.lines).map(|line| line.chars().count()).max().unwrap_or(0);
    let box_width = Style::Strong.width(letters) + 2.0 * PADDING;
    let boxes: f64 = pieces.iter().map(|piece| piece.height() + BETWEEN).sum::<f64>() - BETWEEN;
    let strip = Strip::new(plan, boxes.max(240.0));

    let mut canvas = Canvas::new();
    canvas.text(0.0, 0.0, Style::Heading, "Physical memory");
    canvas.text(0.0, HEADING + 6.0, Style::Muted, "left: to scale; right: not to scale");
    let top = HEADING + 20.0;
    let left = STRIP + BANDS;
    let mut y = top;
    for piece in &pieces {
        let range = piece.memory.range;
        let (start, end) = (strip.place(range.start().raw()) + top, strip.place(range.end().raw()) + top);
        canvas.owned(0.0, start, STRIP, end - start, &piece.memory.owner);
        canvas.band((STRIP, start, end), (left, y, y + piece.height()), &piece.memory.owner);
        canvas.owned(left, y, box_width, piece.height(), &piece.memory.owner);
        let mut baseline = y + LINE;
        for (index, line) in piece.lines.iter().enumerate() {
            canvas.text(
                left + PADDING,
                baseline,
                if index == 0 { Style::Strong } else { Style::Plain },
                line,
            );
            baseline += LINE;
        }
        y += piece.height() + BETWEEN;
    }
    let note = Style::Muted.width(36);
    Section { canvas, width: (left + box_width).max(note), height: top + strip.height.max(boxes) }
}

/// What a box says: owner and size, where it is, and for a zone what is loaded into it.
fn piece<'p>(plan: &Plan, memory: OwnedMemory<'p>) -> Piece<'p> {
    let range = memory.range;
    let mut lines = vec![format!("{}, {}", memory.owner, human(range.size())), range.to_string()];
    if let (Owner::Zone { index, .. }, Some(guest)) = (&memory.owner, memory.guest) {
        if guest.start().raw() != range.start().raw() {
            lines.push(format!("seen by the guest at {}", guest.start()));
        }
        let loads = plan.zones.get(*index).map_or(&[][..], |zone| &zone.loads);
        let inside = loads.iter().filter(|load| guest.contains_range(load.range));
        lines.extend(inside.map(|load| format!("  {} at {}", load.what, load.range.start())));
    }
    if let Owner::Channel(channel) = memory.owner {
        if channel.rw_size != 0 {
            lines.push(format!("  {} for all", human(channel.rw_size)));
        }
        let outputs = channel.peers.iter().filter_map(|peer| plan.zones.get(peer.zone));
        lines.extend(outputs.map(|zone| format!("  {} from zone {}", human(channel.out_size), zone.name)));
    }
    Piece { memory, lines }
}

/// The banks one below the other, with a break where addresses are missing.
struct Strip {
    /// Start, end and place of each bank.
    banks: Vec<(u64, u64, f64)>,
    /// Units for each byte.
    scale: f64,
    height: f64,
}

impl Strip {
    fn new(plan: &Plan, height: f64) -> Self {
        let mut ram: Vec<_> =
            plan.facts.board.ram.iter().map(|bank| (bank.start().raw(), bank.end().raw())).collect();
        ram.sort();
        let bytes: u64 = ram.iter().map(|(start, end)| end - start).sum();
        let breaks = ram.windows(2).filter(|pair| pair[0].1 != pair[1].0).count();
        let scale = (height - breaks as f64 * BREAK).max(120.0) / bytes as f64;
        let mut banks: Vec<(u64, u64, f64)> = Vec::new();
        let mut y = 0.0;
        for (start, end) in ram {
            if banks.last().is_some_and(|(_, before, _)| *before != start) {
                y += BREAK;
            }
            banks.push((start, end, y));
            y += (end - start) as f64 * scale;
        }
        Self { banks, scale, height: y }
    }

    /// Where an address is; one between two banks is where the next begins.
    fn place(&self, address: u64) -> f64 {
        let bank = self.banks.iter().find(|(_, end, _)| address <= *end);
        bank.map_or(self.height, |(start, _, y)| y + address.saturating_sub(*start) as f64 * self.scale)
    }
}
