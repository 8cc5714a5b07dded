//! The files that a partition names: paths relative to its zones.toml, and `guest:NAME` payloads.

use std::fs;
use std::path::Path;

use setup::Setup;

/// Finds a partition's files.
pub(crate) struct Files<'a> {
    setup: &'a Setup,
    folder: &'a Path,
}

impl<'a> Files<'a> {
    /// Relative paths are looked for in `folder`.
    pub(crate) fn new(setup: &'a Setup, folder: &'a Path) -> Self {
        Self { setup, folder }
    }
}

impl plan::FileProvider for Files<'_> {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = match name.strip_prefix("guest:") {
            Some(payload) => self.setup.payload(payload).map_err(|error| match error.way_out() {
                Some(way_out) => format!("{error} ({way_out})"),
                None => error.to_string(),
            })?,
            None => self.folder.join(name),
        };
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}
