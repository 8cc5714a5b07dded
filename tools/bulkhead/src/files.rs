//! The files that a partition names: paths relative to its zones.toml, and `guest:NAME` payloads.

use std::fs;
use std::path::Path;

use setup::{Arch, Setup};

/// Finds a partition's files.
pub(crate) struct Files<'a> {
    setup: &'a Setup,
    arch: &'static Arch,
    folder: &'a Path,
}

impl<'a> Files<'a> {
    /// Payloads are for `arch`; relative paths are looked for in `folder`.
    pub(crate) fn new(setup: &'a Setup, arch: &'static Arch, folder: &'a Path) -> Self {
        Self { setup, arch, folder }
    }
}

impl plan::FileProvider for Files<'_> {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = match name.strip_prefix("guest:") {
            Some(payload) => {
                self.setup.payload(self.arch, payload).map_err(|error| match error.way_out() {
                    Some(way_out) => format!("{error} ({way_out})"),
                    None => error.to_string(),
                })?
            }
            None => self.folder.join(name),
        };
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}
