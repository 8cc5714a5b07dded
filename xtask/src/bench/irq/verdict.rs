//! Which counts are too many.

use super::column::Bars;
use super::measures::{Direct, MEASURES, Measure, WORST_OF_MEDIAN};
use super::{Count, Outcome, is_ours};
use crate::Problem;

/// The most that the median of a measure may be in a column, where there is a bar.
pub(super) fn bar(outcome: &Outcome, measure: &Measure, all: &[Outcome]) -> Option<u32> {
    let of = |column: &str| {
        let outcome = all.iter().find(|outcome| outcome.column.name == column)?;
        Some(outcome.count(measure.name)?.median)
    };
    match outcome.column.bars {
        Bars::None => None,
        Bars::ThroughListRegisters => measure.through_list_registers,
        Bars::Direct => match measure.direct {
            Direct::None => None,
            Direct::Most(most) => Some(most),
            Direct::OverBare(more) => Some(of("bare")?.saturating_add(more)),
        },
        Bars::SameAs(column) => of(column),
    }
}

/// Whether a count exceeds the bar by its median, or its worst is too far from it.
pub(super) fn exceeds(count: Count, bar: u32) -> bool {
    count.median > bar || f64::from(count.worst) > f64::from(count.median) * WORST_OF_MEDIAN
}

/// An error that names, by column, every measure above its bar, and every column of Bulkhead that is missing.
pub(super) fn of(outcomes: &[Outcome]) -> Result<(), Problem> {
    let complaints: Vec<_> = outcomes.iter().filter_map(|outcome| complaint(outcome, outcomes)).collect();
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(format!("bars exceeded\n{}", complaints.join("\n"))),
    }
}

fn complaint(outcome: &Outcome, all: &[Outcome]) -> Option<String> {
    let column = outcome.column.name;
    if outcome.counts.is_err() && is_ours(&outcome.column) {
        return Some(format!("  {column} is missing"));
    }
    let exceeded = MEASURES.iter().filter(|measure| {
        let bar = bar(outcome, measure, all);
        outcome.count(measure.name).zip(bar).is_some_and(|(count, bar)| exceeds(count, bar))
    });
    let names: Vec<_> = exceeded.map(|measure| measure.name).collect();
    (!names.is_empty()).then(|| format!("  {column}: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::column::COLUMNS;
    use super::*;

    fn outcome(column: &str, measure: &str, median: u32, worst: u32) -> Outcome {
        let column = COLUMNS.into_iter().find(|known| known.name == column).expect("a column");
        Outcome { column, counts: Ok([(measure.to_owned(), Count { median, worst })].into()) }
    }

    #[test]
    fn a_median_at_its_bar_is_good_enough() {
        assert_eq!(of(&[outcome("virtual", "hypercall", 96, 96)]), Ok(()));
        assert!(of(&[outcome("virtual", "hypercall", 97, 97)]).is_err());
    }

    #[test]
    fn a_worst_above_one_and_a_half_times_the_median_is_too_much() {
        assert_eq!(of(&[outcome("virtual", "hypercall", 60, 90)]), Ok(()));
        assert!(of(&[outcome("virtual", "hypercall", 60, 91)]).is_err());
    }

    #[test]
    fn direct_interrupts_are_compared_with_those_of_the_bare_machine() {
        let bare = || outcome("bare", "timer_to_handler", 1, 1);
        assert_eq!(of(&[bare(), outcome("direct", "timer_to_handler", 3, 3)]), Ok(()));
        assert!(of(&[bare(), outcome("direct", "timer_to_handler", 4, 4)]).is_err());
    }

    #[test]
    fn more_zones_may_not_cost_one_instruction() {
        let one = || outcome("one-zone", "hypercall", 90, 90);
        assert_eq!(of(&[one(), outcome("eight-zones", "hypercall", 90, 90)]), Ok(()));
        assert!(of(&[one(), outcome("eight-zones", "hypercall", 91, 91)]).is_err());
    }

    #[test]
    fn a_peer_has_no_bar_and_may_be_missing() {
        let [mut xen, peer] = ["xen", "kvm-vhe"].map(|column| outcome(column, "hypercall", 1000, 9000));
        xen.counts = Err("no network".to_owned());
        assert_eq!(of(&[xen, peer]), Ok(()));
    }

    #[test]
    fn a_column_of_our_own_must_not_be_missing() {
        let mut direct = outcome("direct", "hypercall", 1, 1);
        direct.counts = Err("refused".to_owned());
        assert!(of(&[direct]).is_err());
    }
}
