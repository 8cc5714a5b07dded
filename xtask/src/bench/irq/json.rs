//! The counts for programs.

use serde_json::{Map, Value, json};

use super::measures::MEASURES;
use super::versions::Versions;
use super::{Outcome, verdict};

/// `versions`, `columns` (each with why it is missing, if it is) and `measures`: of each measure, by column, the median,
/// the worst and the bar where there is one.
pub(super) fn value(outcomes: &[Outcome], versions: &Versions) -> Value {
    let versions: Map<String, Value> =
        versions.iter().map(|(name, version)| ((*name).to_owned(), version.as_str().into())).collect();
    let columns: Vec<Value> = outcomes
        .iter()
        .map(|outcome| json!({ "name": outcome.column.name, "missing": outcome.counts.as_ref().err() }))
        .collect();
    let mut measures = Map::new();
    for measure in &MEASURES {
        let mut counts = Map::new();
        for outcome in outcomes {
            if let Some(count) = outcome.count(measure.name) {
                let bar = verdict::bar(outcome, measure, outcomes);
                let value = json!({ "median": count.median, "worst": count.worst, "bar": bar });
                counts.insert(outcome.column.name.to_owned(), value);
            }
        }
        measures.insert(measure.name.to_owned(), counts.into());
    }
    json!({ "unit": "instructions", "versions": versions, "columns": columns, "measures": measures })
}
