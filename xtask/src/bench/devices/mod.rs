//! `cargo xtask bench devices`: what devices that a zone owns take, mapped and in pages with others: exits and
//! instructions of interrupts and accesses, and the work of Linux as a ratio of that without a hypervisor.

mod board;
mod exits;
mod figures;
mod linux;

use std::collections::HashMap;

use setup::{Need, Setup, Verbosity};

use crate::{Problem, describe};
use board::{BOARDS, Board};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only on these boards
    #[arg(value_name = "BOARD", value_parser = BOARDS.map(|board| board.name))]
    only: Vec<String>,
    /// Print one JSON object of name: value
    #[arg(long)]
    json: bool,
}

/// Figures of one machine by their names.
#[derive(Debug, Default)]
struct Values(HashMap<String, f64>);

/// A machine with its figures.
type Column = (Board, Values);

impl Values {
    fn put(&mut self, name: &str, value: f64) {
        self.0.insert(name.to_owned(), value);
    }

    fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// Measures everything on each machine and prints it; fails where a bar is missed.
pub(crate) fn run(options: &Options, json: bool) -> Result<(), Problem> {
    let setup = Setup::open(Verbosity::WorkOnly).map_err(describe)?;
    let mut columns = Vec::new();
    let wanted =
        |board: &Board| options.only.is_empty() || options.only.iter().any(|name| name == board.name);
    for board in BOARDS.into_iter().filter(wanted) {
        setup.ensure(board.arch, &[Need::Emulator]).map_err(describe)?;
        eprintln!("measuring {} ...", board.name);
        let mut values = Values::default();
        exits::measure(&setup, &board, &mut values)?;
        linux::measure(&setup, &board, &mut values)?;
        columns.push((board, values));
    }
    match options.json || json {
        true => println!("{}", figures::json(&columns)),
        false => print!("{}", figures::table(&columns)),
    }
    figures::verdict(&columns)
}
