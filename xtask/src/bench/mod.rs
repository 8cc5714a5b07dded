//! `cargo xtask bench`: figures with a bar that they must not exceed.

mod boot;
mod machine;
mod size;

use serde_json::{Map, Value};
use setup::{Setup, Verbosity};

use crate::{Problem, describe};

/// One measured figure.
pub(crate) struct Figure {
    /// Its name in the JSON object.
    pub(crate) name: &'static str,
    /// What it measures, for the reader.
    pub(crate) about: &'static str,
    /// The value.
    pub(crate) value: f64,
    /// What the value counts.
    pub(crate) unit: &'static str,
    /// The greatest value that is good enough, where there is one.
    pub(crate) bar: Option<f64>,
}

/// Measures everything and prints it; fails where a bar is exceeded.
pub(crate) fn run(json: bool) -> Result<(), Problem> {
    let setup = Setup::open(Verbosity::WorkOnly).map_err(describe)?;
    let mut figures = size::measure(&setup)?;
    figures.extend(boot::measure(&setup)?);
    if json {
        let object: Map<String, Value> =
            figures.iter().map(|figure| (figure.name.to_owned(), figure.value.into())).collect();
        println!("{}", Value::Object(object));
    } else {
        for Figure { about, value, unit, bar, .. } in &figures {
            let bar = bar.map(|bar| format!(" (bar {bar})")).unwrap_or_default();
            println!("{about:<56} {:>13} {unit}{bar}", readable(*value));
        }
    }
    let exceeded: Vec<_> = figures
        .iter()
        .filter(|figure| figure.bar.is_some_and(|bar| figure.value > bar))
        .map(|f| f.name)
        .collect();
    match exceeded.is_empty() {
        true => Ok(()),
        false => Err(format!("bar exceeded: {}", exceeded.join(", "))),
    }
}

/// A count without a fraction, a ratio with four digits of one.
fn readable(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.4}") }
}
