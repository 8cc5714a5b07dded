//! zones.toml: its types, and reading it with as many mistakes found at once as there are.

mod keys;
mod types;
mod values;

pub use types::{
    Arch, Area, Board, Channel, Config, Console, Delivery, DeviceTable, Dma, PeerTable, Piece, Qemu, Raw,
    Zone,
};
pub use values::{Bytes, Device, Memory, Peer, Several};

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::diagnostic::Diagnostic;

type Value<'i> = Spanned<DeValue<'i>>;

/// A file that is short and runs, for messages.
const EXAMPLE: &str = "a partition begins like this:\n\n  [board]\n  qemu = { machine = \
    \"virt,virtualization=on,gic-version=3\", cpu = \"max\", smp = 4, memory = \"2G\" }\n\n  [[zone]]\n  name = \
    \"linux\"\n  cpus = [0, 1]\n  memory = \"256M\"\n  kernel = \"guest:linux-6.12\"";

/// Reads the text of a zones.toml. What it says is not checked further: [`crate::resolve()`] does that.
///
/// # Errors
///
/// Every mistake in the text's form: syntax, unknown keys, missing keys, wrong types.
pub fn parse(text: &str) -> Result<Config, Vec<Diagnostic>> {
    let (config, diagnostics) = parse_parts(text);
    config.filter(|_| diagnostics.is_empty()).ok_or(diagnostics)
}

/// Reads as much as can be read: a configuration of the zones that are well-formed, and all mistakes.
pub(crate) fn parse_parts(text: &str) -> (Option<Config>, Vec<Diagnostic>) {
    let mut table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => return (None, vec![of_toml(&error, text.len())]),
    };
    if table.is_empty() {
        let empty = Diagnostic::error("empty-file", "the file is empty: it describes no partition");
        return (None, vec![empty.help(EXAMPLE)]);
    }
    let mut diagnostics = keys::remove_unknown(&mut table);
    let end = text.len();

    let board = match take(&mut table, "board") {
        Some(board) => read::<Board>(board, end, &mut diagnostics),
        None => {
            let missing =
                Diagnostic::error("no-board", "the file has no [board] table: which machine is it for?");
            diagnostics.push(missing.help(EXAMPLE));
            None
        }
    };
    let console = match take(&mut table, "console") {
        Some(console) => read(console, end, &mut diagnostics),
        None => Some(Console::default()),
    };
    let mut zones = Vec::new();
    match take(&mut table, "zone") {
        Some(list) => read_tables(list, "zone", end, &mut zones, &mut diagnostics),
        None => {
            diagnostics.push(Diagnostic::error("no-zones", "the file has no [[zone]] table").help(EXAMPLE));
        }
    }
    let mut channels = Vec::new();
    if let Some(list) = take(&mut table, "channel") {
        read_tables(list, "channel", end, &mut channels, &mut diagnostics);
    }
    let config = board.zip(console).map(|(board, console)| Config { board, console, zones, channels });
    (config, diagnostics)
}

fn read_tables<T: DeserializeOwned>(
    list: Value<'_>,
    what: &str,
    end: usize,
    tables: &mut Vec<T>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let span = list.span();
    match list.into_inner() {
        DeValue::Array(list) => {
            tables.extend(list.into_iter().filter_map(|table| read(table, end, diagnostics)));
        }
        _ => {
            let wrong = Diagnostic::error("wrong-type", format!("{what}s are a list of tables"));
            let help = format!("write [[{what}]] with two pairs of brackets");
            diagnostics.push(wrong.at(span, "not a list").help(help));
        }
    }
}

fn take<'i>(table: &mut DeTable<'i>, key: &'static str) -> Option<Value<'i>> {
    table.remove(&Spanned::new(0..0, Cow::Borrowed(key)))
}

fn read<T: DeserializeOwned>(value: Value<'_>, end: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(read) => Some(read),
        Err(error) => {
            diagnostics.push(of_toml(&error, end));
            None
        }
    }
}

/// A mistake that the TOML reader found.
fn of_toml(error: &toml::de::Error, end: usize) -> Diagnostic {
    let message = error.message().trim().replace('\n', "; ");
    let code = if message.contains("missing field") { "missing-key" } else { "not-readable" };
    let span = error.span().unwrap_or(0..end);
    let diagnostic = Diagnostic::error(code, message).at(span, "here");
    if code == "missing-key" {
        diagnostic.help("add the key; `bulkhead schema` lists all keys with what they mean")
    } else {
        diagnostic.help("correct the value; `bulkhead schema` lists all keys with their types")
    }
}
