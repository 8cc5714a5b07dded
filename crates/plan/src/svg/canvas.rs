//! Shapes and texts in the drawing's style.

use svg::node::element::{Group, Line, Polygon, Rectangle, Text};

use crate::ownership::Owner;

/// Text that is widest: every letter of the fonts below takes at most this part of the font's size.
const LETTER: f64 = 0.61;
const INK: &str = "#1d2530";
const MUTED: &str = "#5b6675";
const EDGE: &str = "#3b4655";
/// Light fills that stay apart from each other for most colour-blind readers; a name is always beside them.
const ZONES: [&str; 16] = [
    "#9fd0f5", "#fbd18b", "#a8dfc0", "#f3b6cf", "#d5c8f2", "#f0e68c", "#f7b7a3", "#b5e2e6", "#c9d98f",
    "#dcb9e6", "#8fc1c9", "#e8c9a0", "#b9c6f0", "#f5cfe3", "#b4d3a4", "#d9d2c0",
];

/// How a text looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Title,
    Heading,
    Strong,
    Plain,
    Muted,
}

impl Style {
    fn size(self) -> f64 {
        match self {
            Self::Title => 24.0,
            Self::Heading => 16.0,
            Self::Strong | Self::Plain | Self::Muted => 12.0,
        }
    }

    /// The most that `letters` letters take.
    pub(super) fn width(self, letters: usize) -> f64 {
        letters as f64 * self.size() * LETTER
    }
}

/// A part of the drawing.
pub(super) struct Canvas(pub(super) Group);

impl Canvas {
    pub(super) fn new() -> Self {
        Self(Group::new())
    }

    fn add(&mut self, node: impl svg::Node) {
        // The builder takes and gives the group.
        let group = std::mem::take(&mut self.0);
        self.0 = group.add(node);
    }

    /// A text whose baseline begins at (x, y).
    pub(super) fn text(&mut self, x: f64, y: f64, style: Style, content: &str) {
        let weight =
            if matches!(style, Style::Title | Style::Heading | Style::Strong) { "bold" } else { "normal" };
        let text = Text::new(content)
            .set("x", round(x))
            .set("y", round(y))
            .set("font-size", style.size())
            .set("font-weight", weight)
            .set("fill", if style == Style::Muted { MUTED } else { INK });
        self.add(text);
    }

    /// A box in an owner's colour.
    pub(super) fn owned(&mut self, x: f64, y: f64, width: f64, height: f64, owner: &Owner<'_>) {
        let dashes = match owner {
            Owner::Free => "5 4",
            Owner::Channel(_) => "2 2",
            _ => "none",
        };
        let rectangle = Rectangle::new()
            .set("x", round(x))
            .set("y", round(y))
            .set("width", round(width))
            .set("height", round(height))
            .set("fill", colour(owner))
            .set("stroke", EDGE)
            .set("stroke-width", 1)
            .set("stroke-dasharray", dashes);
        self.add(rectangle);
    }

    /// A thin line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        let line = Line::new()
            .set("x1", round(from.0))
            .set("y1", round(from.1))
            .set("x2", round(to.0))
            .set("y2", round(to.1))
            .set("stroke", "#c3cad4")
            .set("stroke-width", 1);
        self.add(line);
    }

    /// The band that leads from a piece of the scale to its box.
    pub(super) fn band(&mut self, left: (f64, f64, f64), right: (f64, f64, f64), owner: &Owner<'_>) {
        let (x0, top0, bottom0) = left;
        let (x1, top1, bottom1) = right;
        let corners = [(x0, top0), (x1, top1), (x1, bottom1), (x0, bottom0)];
        let points: Vec<_> = corners.iter().map(|(x, y)| format!("{},{}", round(*x), round(*y))).collect();
        let fill = colour(owner);
        self.add(Polygon::new().set("points", points.join(" ")).set("fill", fill).set("fill-opacity", 0.35));
    }
}

/// The fill of what somebody owns.
fn colour(owner: &Owner<'_>) -> &'static str {
    match owner {
        Owner::BootArea | Owner::Bulkhead => "#c6ccd6",
        Owner::Reserved(_) => "#8e99a8",
        Owner::Zone { index, .. } => ZONES[index % ZONES.len()],
        Owner::Channel(_) => "#fff3c4",
        Owner::Free => "#ffffff",
    }
}

/// A tenth of a unit is finer than anybody sees.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
