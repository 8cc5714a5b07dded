//! The drawing: nothing is missing, and no text lies over another or leaves the page.

use crate::support::{TestBoard, plan, plan_on, text, two_zones, zone};

/// A text's content and box: left, top, right, bottom, in the page's units. A letter is at most 0.6 of its
/// font's size wide.
type Placed = (String, [f64; 4]);

fn attribute(tag: &str, name: &str) -> Option<f64> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()?.parse().ok()
}

/// All texts of a drawing, by following its groups' translations.
fn texts(svg: &str) -> Vec<Placed> {
    let mut offsets = vec![(0.0, 0.0)];
    let mut texts = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, content) = part.split_once('>').unwrap_or((part, ""));
        let (x, y) = *offsets.last().expect("balanced groups");
        if tag.starts_with("/g") {
            offsets.pop();
        } else if tag.starts_with("g") {
            let moved = tag.split("translate(").nth(1).and_then(|rest| rest.split(')').next()).map(|pair| {
                let mut numbers = pair.split(' ').map(|number| number.parse::<f64>().expect("a number"));
                (numbers.next().expect("x"), numbers.next().expect("y"))
            });
            let (dx, dy) = moved.unwrap_or((0.0, 0.0));
            offsets.push((x + dx, y + dy));
        } else if tag.starts_with("text") {
            let content = content.trim().to_owned();
            let size = attribute(tag, "font-size").expect("a size");
            let left = x + attribute(tag, "x").expect("x");
            let baseline = y + attribute(tag, "y").expect("y");
            let width = content.chars().count() as f64 * size * 0.6;
            texts.push((content, [left, baseline - size * 0.8, left + width, baseline + size * 0.2]));
        }
    }
    texts
}

pub(crate) fn is_tidy(svg: &str) {
    let texts = texts(svg);
    let (width, height) =
        (attribute(svg, "width").expect("width"), attribute(svg, "height").expect("height"));
    for (index, (content, [left, top, right, bottom])) in texts.iter().enumerate() {
        assert!(
            *left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height,
            "{content} leaves the page"
        );
        for (other, [l, t, r, b]) in &texts[..index] {
            assert!(left >= r || l >= right || top >= b || t >= bottom, "{content:?} lies over {other:?}");
        }
    }
}

fn says(svg: &str, wanted: &str) -> bool {
    texts(svg).iter().any(|(content, _)| content.contains(wanted))
}

#[test]
fn every_owner_and_every_resource_is_in_it() {
    let svg = plan(&two_zones()).svg();
    for wanted in [
        "Partition of Test board",
        "2 zones on 4 CPUs and 2 GiB of RAM",
        "zone a vCPU 1",
        "not used",
        "zone b, 128 MiB",
        "the boot area, 134 MiB",
        "free, 1530 MiB",
        "kernel at 0x48600000",
        "virtual PL011",
        "0x9000000..0x9001000",
        "33",
    ] {
        assert!(says(&svg, wanted), "{wanted}");
    }
}

#[test]
fn no_text_lies_over_another() {
    is_tidy(&plan(&two_zones()).svg());
}

#[test]
fn many_zones_with_long_names_are_tidy_too() {
    let zones: Vec<_> = (0..12)
        .map(|number| {
            zone(&format!("a-very-long-name-of-a-zone-{number:02}"), &format!("[{number}]"), "\"64M\"", "")
        })
        .collect();
    let board = TestBoard {
        cpus: 16,
        ram: vec![(0x4000_0000, 0x4000_0000), (0x10_0000_0000, 0x4000_0000)],
        reserved: vec![(0x7000_0000, 0x1000), (0x7800_0000, 0x10_0000)],
        ..TestBoard::default()
    };
    is_tidy(&plan_on(&text(&zones), &board).svg());
}

#[test]
fn memory_that_the_guest_sees_elsewhere_says_where() {
    let memory = "[{ size = \"64M\", at = 0x8000_0000, ipa = 0x4000_0000 }]";
    assert!(says(&plan(&text(&[zone("a", "[0]", memory, "")])).svg(), "seen by the guest at 0x40000000"));
}

#[test]
fn the_same_plan_gives_the_same_drawing() {
    assert_eq!(plan(&two_zones()).svg(), plan(&two_zones()).svg());
}
