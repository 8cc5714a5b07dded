//! The counts for readers: a row for each measure, in Markdown.

use super::measures::{Direct, MEASURES, Measure};
use super::versions::Versions;
use super::{Outcome, verdict};
use crate::bench::table::markdown;

/// The table, what is missing and why, and the versions.
pub(super) fn text(outcomes: &[Outcome], versions: &Versions) -> String {
    let mut rows = vec![head(outcomes)];
    rows.extend(MEASURES.iter().map(|measure| row(measure, outcomes)));
    let mut text = markdown(&rows);
    text += "\nInstructions: median, and the worst behind a slash where it differs; * is above its bar.\n";
    for outcome in outcomes {
        if let Err(reason) = &outcome.counts {
            text += &format!("{} is missing: {}\n", outcome.column.name, in_short(reason));
        }
    }
    for (name, version) in versions {
        text += &format!("{name}: {version}\n");
    }
    text
}

/// The line of a report that says most: that of its last error, if it is one with several.
fn in_short(reason: &str) -> &str {
    let mut errors = reason.lines().filter_map(|line| line.trim_start().strip_prefix("× "));
    errors.next_back().unwrap_or(reason).trim()
}

fn head(outcomes: &[Outcome]) -> Vec<String> {
    let heads = outcomes.iter().map(|outcome| outcome.column.head.to_owned());
    ["".to_owned(), "bar: virtual".to_owned(), "direct".to_owned()].into_iter().chain(heads).collect()
}

fn row(measure: &Measure, outcomes: &[Outcome]) -> Vec<String> {
    let through_list_registers = measure.through_list_registers.map_or(String::new(), |bar| bar.to_string());
    let direct = match measure.direct {
        Direct::None => String::new(),
        Direct::Most(bar) => bar.to_string(),
        Direct::OverBare(more) => format!("bare + {more}"),
    };
    let cells = outcomes.iter().map(|outcome| cell(measure, outcome, outcomes));
    [measure.about.to_owned(), through_list_registers, direct].into_iter().chain(cells).collect()
}

fn cell(measure: &Measure, outcome: &Outcome, all: &[Outcome]) -> String {
    let Some(count) = outcome.count(measure.name) else { return "–".to_owned() };
    let mut cell = count.median.to_string();
    if count.worst != count.median {
        cell += &format!("/{}", count.worst);
    }
    if verdict::bar(outcome, measure, all).is_some_and(|bar| verdict::exceeds(count, bar)) {
        cell += "*";
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::super::column::COLUMNS;
    use super::super::counts::Count;
    use super::*;

    #[test]
    fn a_count_above_its_bar_is_marked_and_a_missing_one_is_a_dash() {
        let [virtual_, direct] = ["virtual", "direct"]
            .map(|name| COLUMNS.into_iter().find(|column| column.name == name).expect("a column"));
        let outcomes = [
            Outcome {
                column: virtual_,
                counts: Ok([("hypercall".to_owned(), Count { median: 97, worst: 98 })].into()),
            },
            Outcome { column: direct, counts: Err("refused".to_owned()) },
        ];
        let text = text(&outcomes, &Vec::new());
        let row = text.lines().find(|line| line.contains("empty hypercall")).expect("a row");
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "empty hypercall", "96", "", "97/98*", "–", ""]);
        assert!(text.contains("direct is missing: refused"), "{text}");
    }

    #[test]
    fn of_a_report_the_last_error_is_shown() {
        let report = "× no partition that can be\n  │ booted\n\nError: unknown-key\n\n  × `a` is no key\n    ╭─[1:1]\n";
        assert_eq!(in_short(report), "`a` is no key");
        assert_eq!(in_short("no network\n"), "no network");
    }
}
