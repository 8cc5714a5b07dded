//! What is told of each figure, its bar, and how all of them are printed.

use serde_json::{Map, Value};

use super::Column;
use crate::Problem;
use crate::bench::table::markdown;

/// What is good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bar {
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Bar {
    fn is_missed_by(self, value: f64) -> bool {
        match self {
            Self::None => false,
            Self::AtMost(bar) => value > bar,
            Self::AtLeast(bar) => value < bar,
        }
    }

    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtMost(bar) => format!("≤ {bar}"),
            Self::AtLeast(bar) => format!("≥ {bar}"),
        }
    }
}

/// A row of the table.
struct Figure {
    /// Its name, behind `device_` and in front of that what is the machine's.
    name: &'static str,
    about: &'static str,
    bar: Bar,
}

const fn figure(name: &'static str, about: &'static str, bar: Bar) -> Figure {
    Figure { name, about, bar }
}

/// No exit, or nothing of the hypervisor's.
const NOTHING: Bar = Bar::AtMost(0.0);
/// The least that work may come to, relative to the same without a hypervisor.
const MAPPED: Bar = Bar::AtLeast(0.95);
const MEDIATED: Bar = Bar::AtLeast(0.5);

const FIGURES: [Figure; 29] = [
    figure("interrupt_exits", "interrupt: exits", Bar::None),
    figure("interrupt_to_handler", "interrupt: instructions of the hypervisor, to the handler", Bar::None),
    figure("interrupt", "interrupt: instructions of the hypervisor, to its end", Bar::None),
    figure("mapped_exits", "access to a mapped register: exits", NOTHING),
    figure("mapped_read_8", "load of 8 bits, mapped: instructions of the hypervisor", NOTHING),
    figure("mapped_read_16", "load of 16 bits, mapped", NOTHING),
    figure("mapped_read_32", "load of 32 bits, mapped", NOTHING),
    figure("mapped_write_8", "store of 8 bits, mapped", NOTHING),
    figure("mapped_write_16", "store of 16 bits, mapped", NOTHING),
    figure("mapped_write_32", "store of 32 bits, mapped", NOTHING),
    figure("mediated_exits", "access to a mediated register: exits", Bar::AtMost(1.0)),
    figure("mediated_read_8", "load of 8 bits, mediated: instructions of the hypervisor", Bar::None),
    figure("mediated_read_16", "load of 16 bits, mediated", Bar::None),
    figure("mediated_read_32", "load of 32 bits, mediated", Bar::None),
    figure("mediated_write_8", "store of 8 bits, mediated", Bar::None),
    figure("mediated_write_16", "store of 16 bits, mediated", Bar::None),
    figure("mediated_write_32", "store of 32 bits, mediated", Bar::None),
    figure("mapped_write_4k_ratio", "disk, 4 KiB writes: time bare / in a zone, mapped", MAPPED),
    figure("mapped_read_4k_ratio", "disk, 4 KiB reads, mapped", MAPPED),
    figure("mapped_write_256k_ratio", "disk, 256 KiB writes, mapped", MAPPED),
    figure("mapped_read_256k_ratio", "disk, 256 KiB reads, mapped", MAPPED),
    figure("mapped_ping_56_ratio", "network, ping of 56 bytes, mapped", MAPPED),
    figure("mapped_ping_65000_ratio", "network, ping of 65,000 bytes, mapped", MAPPED),
    figure("mediated_write_4k_ratio", "disk, 4 KiB writes: time bare / in a zone, mediated", MEDIATED),
    figure("mediated_read_4k_ratio", "disk, 4 KiB reads, mediated", MEDIATED),
    figure("mediated_write_256k_ratio", "disk, 256 KiB writes, mediated", MEDIATED),
    figure("mediated_read_256k_ratio", "disk, 256 KiB reads, mediated", MEDIATED),
    figure("mediated_ping_56_ratio", "network, ping of 56 bytes, mediated", MEDIATED),
    figure("mediated_ping_65000_ratio", "network, ping of 65,000 bytes, mediated", MEDIATED),
];

/// One JSON object of name: value.
pub(super) fn json(columns: &[Column]) -> Value {
    let pairs = figures(columns).map(|(name, value, _)| (name, value.into()));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// A row for each figure, a column for each machine; * misses its bar.
pub(super) fn table(columns: &[Column]) -> String {
    let heads = columns.iter().map(|(board, _)| board.head.to_owned());
    let mut rows: Vec<Vec<String>> =
        vec![["".to_owned(), "bar".to_owned()].into_iter().chain(heads).collect()];
    for Figure { name, about, bar } in FIGURES {
        let cell = |(_, values): &Column| {
            let Some(value) = values.get(name) else { return "–".to_owned() };
            let missed = if bar.is_missed_by(value) { "*" } else { "" };
            format!("{}{missed}", readable(value))
        };
        rows.push([about.to_owned(), bar.text()].into_iter().chain(columns.iter().map(cell)).collect());
    }
    markdown(&rows)
}

/// A count without a fraction, a ratio with three digits of one.
fn readable(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.3}") }
}

/// Names those that miss their bars.
pub(super) fn verdict(columns: &[Column]) -> Result<(), Problem> {
    let missed: Vec<_> =
        figures(columns).filter(|(_, value, bar)| bar.is_missed_by(*value)).map(|(name, ..)| name).collect();
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("bar missed: {}", missed.join(", "))),
    }
}

/// Name, value and bar of each figure of each machine.
fn figures(columns: &[Column]) -> impl Iterator<Item = (String, f64, Bar)> {
    columns.iter().flat_map(|(board, values)| {
        FIGURES.iter().filter_map(|figure| {
            Some((format!("{}device_{}", board.prefix, figure.name), values.get(figure.name)?, figure.bar))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::Values;
    use super::super::board::BOARDS;
    use super::*;

    fn columns(name: &str, values: [f64; 4]) -> Vec<Column> {
        let column = |(board, value)| {
            let mut values = Values::default();
            values.put(name, value);
            (board, values)
        };
        BOARDS.into_iter().zip(values).map(column).collect()
    }

    #[test]
    fn a_ratio_misses_its_bar_below_it() {
        let problem =
            verdict(&columns("mapped_read_4k_ratio", [1.0, 0.95, 0.9, 0.96])).expect_err("one is low");
        assert_eq!(problem, "bar missed: riscv64_device_mapped_read_4k_ratio");
    }

    #[test]
    fn a_count_misses_its_bar_above_it() {
        let problem = verdict(&columns("mapped_exits", [0.0, 0.0, 0.0, 1.0])).expect_err("one is high");
        assert_eq!(problem, "bar missed: riscv64_plic_device_mapped_exits");
    }

    #[test]
    fn the_table_marks_what_misses_its_bar() {
        let table = table(&columns("mediated_read_4k_ratio", [0.4, 0.5, 0.75, 1.0]));
        let row = table.lines().find(|line| line.contains("4 KiB reads, mediated")).expect("a row");
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "disk, 4 KiB reads, mediated", "≥ 0.5", "0.400*", "0.500", "0.750", "1", ""]);
    }

    #[test]
    fn each_value_that_is_measured_has_its_name_in_the_json() {
        let json = json(&columns("interrupt", [1.0, 2.0, 3.0, 4.0]));
        assert_eq!(json["gicv2_device_interrupt"], 2.0);
        assert_eq!(json.as_object().map(Map::len), Some(4));
    }
}
