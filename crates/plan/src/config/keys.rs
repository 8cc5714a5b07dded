//! Unknown keys: all of them, each with the key that was probably meant. What is known is read off the
//! schema, so that there is no second list to keep.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, nearest};

/// Removes the unknown keys from a file's table and reports each.
pub(super) fn remove_unknown(table: &mut DeTable<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    in_table(table, &crate::schema::inlined(), "the file", &mut diagnostics);
    diagnostics
}

fn in_table(table: &mut DeTable<'_>, schema: &Value, place: &str, diagnostics: &mut Vec<Diagnostic>) {
    let Some(Value::Object(known)) = keyword(schema, "properties") else { return };
    for (key, mut value) in std::mem::take(table) {
        let name = key.get_ref().as_ref();
        match known.get(name) {
            Some(schema) => {
                in_value(value.get_mut(), schema, &format!("`{name}`"), diagnostics);
                table.insert(key, value);
            }
            None => {
                let unknown = Diagnostic::error("unknown-key", format!("`{name}` is no key of {place}"))
                    .at(key.span(), "unknown key");
                let keys = known.keys().map(String::as_str);
                diagnostics.push(match nearest(name, keys.clone()) {
                    Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
                    None => unknown
                        .help(format!("the keys of {place} are: {}", keys.collect::<Vec<_>>().join(", "))),
                });
            }
        }
    }
}

fn in_value(value: &mut DeValue<'_>, schema: &Value, place: &str, diagnostics: &mut Vec<Diagnostic>) {
    match value {
        DeValue::Table(table) => in_table(table, schema, place, diagnostics),
        DeValue::Array(list) => {
            let Some(items) = keyword(schema, "items") else { return };
            for index in 0..list.len() {
                if let Some(item) = list.get_mut(index) {
                    in_value(item.get_mut(), items, place, diagnostics);
                }
            }
        }
        _ => {}
    }
}

/// A keyword of a schema or of one of its alternatives.
fn keyword<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    schema.get(name).or_else(|| {
        let alternatives = schema.get("anyOf")?.as_array()?;
        alternatives.iter().find_map(|alternative| keyword(alternative, name))
    })
}
