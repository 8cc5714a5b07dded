//! docs/zones.schema.json: the JSON schema of zones.toml, generated from the types that read it.

use std::fs;
use std::path::PathBuf;

use crate::Problem;
use crate::cargo::{capture, cargo, root};

fn file() -> PathBuf {
    root().join("docs/zones.schema.json")
}

fn generated() -> Result<Vec<u8>, Problem> {
    capture(&mut cargo("run --quiet --package bulkhead -- schema"))
}

/// Writes the file.
pub(crate) fn write() -> Result<(), Problem> {
    let file = file();
    let schema = generated()?;
    let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(&file, schema)).map_err(|error| format!("{}: {error}", file.display()))
}

/// Checks that the file is what would be written.
pub(crate) fn check() -> Result<(), Problem> {
    let schema = generated()?;
    match fs::read(file()) {
        Ok(present) if present == schema => Ok(()),
        _ => Err("docs/zones.schema.json is out of date: run `cargo xtask schema`".to_owned()),
    }
}
