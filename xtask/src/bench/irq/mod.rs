//! `cargo xtask bench irq`: what calls, accesses to the GIC and interrupts take on arm64, by one guest on bare QEMU, on
//! Bulkhead, on Xen and on KVM; as a table, a picture and JSON.

mod column;
mod counts;
mod guest;
mod json;
mod kvm;
mod measures;
mod picture;
mod table;
mod verdict;
mod versions;
mod xen;

use std::fs;
use std::path::{Path, PathBuf};

use setup::{Arch, Need, Setup, Verbosity};

use crate::cargo::root;
use crate::{Problem, describe};
use column::{COLUMNS, Column, Host};
use counts::{Count, Counts};
use guest::Guest;
use measures::LINUX_BOOT;

use super::boot::instructions_to_init;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these columns, as they are named in the JSON
    #[arg(value_name = "COLUMN", value_parser = COLUMNS.map(|column| column.name))]
    only: Vec<String>,
    /// Where irq.svg and irq.json go [default: target/bench]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What came of a column.
struct Outcome {
    column: Column,
    /// The counts, or why there are none.
    counts: Result<Counts, Problem>,
}

impl Outcome {
    fn count(&self, measure: &str) -> Option<Count> {
        self.counts.as_ref().ok()?.get(measure).copied()
    }
}

/// Measures every column, prints the table and writes the files; fails where a bar is exceeded or a column of Bulkhead
/// is missing.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let setup = Setup::open(Verbosity::WorkOnly).map_err(describe)?;
    setup.ensure(Arch::ARM64, &[Need::Emulator]).map_err(describe)?;
    let wanted =
        |column: &Column| options.only.is_empty() || options.only.iter().any(|name| name == column.name);
    let outcomes: Vec<_> = COLUMNS.into_iter().filter(wanted).map(|column| outcome(&setup, column)).collect();
    let versions = versions::of(&setup, &outcomes)?;
    print!("{}", table::text(&outcomes, &versions));

    let folder = options.out.clone().unwrap_or_else(|| root().join("target/bench"));
    let files = [
        ("irq.svg", picture::svg(&outcomes)),
        ("irq.json", format!("{:#}\n", json::value(&outcomes, &versions))),
    ];
    write(&folder, &files)?;
    verdict::of(&outcomes)
}

fn outcome(setup: &Setup, column: Column) -> Outcome {
    eprintln!("measuring {} ...", column.name);
    Outcome { column, counts: counts_of(setup, column) }
}

fn counts_of(setup: &Setup, column: Column) -> Result<Counts, Problem> {
    let mut counts = counts::read(&column.console(setup, &Guest::meter(column.meter_options()))?)?;
    if let Some(console) = column.linux_console(setup) {
        counts.insert(LINUX_BOOT.to_owned(), Count::once(instructions_to_init(&console?)?));
    }
    Ok(counts)
}

fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, text) in files {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

/// Whether a column is one of Bulkhead's, which must not be missing.
fn is_ours(column: &Column) -> bool {
    matches!(column.host, Host::Bulkhead { .. })
}
