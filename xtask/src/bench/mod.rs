//! `cargo xtask bench`: figures with a bar that they must not exceed.

mod boot;
pub(crate) mod devices;
mod exits;
pub(crate) mod irq;
mod ivc;
mod machine;
mod meter;
mod size;
mod table;

use serde_json::{Map, Value};
use setup::{Arch, Setup, Verbosity};

use crate::{Problem, describe};

/// One measured figure.
pub(crate) struct Figure {
    /// Its name in the JSON object; those of riscv64 begin with `riscv64_`.
    pub(crate) name: String,
    /// The architecture that it was measured on.
    pub(crate) arch: &'static Arch,
    /// What it measures, for the reader.
    pub(crate) about: String,
    /// The value.
    pub(crate) value: f64,
    /// What the value counts.
    pub(crate) unit: &'static str,
    /// The greatest value that is good enough, where there is one.
    pub(crate) bar: Option<f64>,
}

impl Figure {
    /// A figure by its name on arm64; others have their architecture's in front.
    fn new(
        arch: &'static Arch,
        name: &str,
        about: impl Into<String>,
        (value, unit): (f64, &'static str),
        bar: Option<f64>,
    ) -> Self {
        let name =
            if arch.name == Arch::ARM64.name { name.to_owned() } else { format!("{}_{name}", arch.name) };
        Self { name, arch, about: about.into(), value, unit, bar }
    }
}

/// Measures everything and prints it; fails where a bar is exceeded.
pub(crate) fn run(json: bool) -> Result<(), Problem> {
    let setup = Setup::open(Verbosity::WorkOnly).map_err(describe)?;
    let mut figures = Vec::new();
    for arch in Arch::ALL {
        figures.extend(size::measure(&setup, arch)?);
        figures.extend(boot::measure(&setup, arch)?);
    }
    figures.extend(meter::measure(&setup)?);
    figures.extend(ivc::measure(&setup)?);
    figures.extend(exits::measure(&setup)?);
    if json {
        let object: Map<String, Value> =
            figures.iter().map(|figure| (figure.name.to_owned(), figure.value.into())).collect();
        println!("{}", Value::Object(object));
    } else {
        for Figure { arch, about, value, unit, bar, .. } in &figures {
            let bar = bar.map(|bar| format!(" (bar {bar})")).unwrap_or_default();
            println!("{:<8} {about:<60} {:>13} {unit}{bar}", arch.name, readable(*value));
        }
    }
    let exceeded: Vec<_> = figures
        .iter()
        .filter(|figure| figure.bar.is_some_and(|bar| figure.value > bar))
        .map(|figure| figure.name.as_str())
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
