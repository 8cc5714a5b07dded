//! The files that a partition names.

use std::collections::HashMap;
use std::sync::Arc;

use toml::Spanned;

use crate::diagnostic::Diagnostic;

/// Where the bytes of kernels, initial RAM disks and other files come from.
pub trait FileProvider {
    /// The contents of a file: `name` is a path relative to zones.toml, or `guest:NAME` for a payload that
    /// set-up fetches.
    ///
    /// # Errors
    ///
    /// A phrase that says why there are none.
    fn read(&self, name: &str) -> Result<Vec<u8>, String>;
}

/// The contents of a file, shared by all zones that name it.
pub(crate) type Contents = Arc<Vec<u8>>;

/// Reads each file once.
pub(crate) struct Files<'p> {
    provider: &'p dyn FileProvider,
    read: HashMap<String, Result<Contents, String>>,
}

impl<'p> Files<'p> {
    pub(crate) fn new(provider: &'p dyn FileProvider) -> Self {
        Self { provider, read: HashMap::new() }
    }

    /// The contents of the file that a key names; `what` says what it is for.
    pub(crate) fn get(
        &mut self,
        name: &Spanned<String>,
        what: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Contents> {
        let provider = self.provider;
        let path = name.get_ref().as_str();
        let contents = self.read.entry(path.to_owned()).or_insert_with(|| provider.read(path).map(Arc::new));
        match contents {
            Ok(contents) if contents.is_empty() => {
                let empty = Diagnostic::error("file-empty", format!("{what} is an empty file: {path}"));
                diagnostics.push(empty.at(name.span(), "empty").help("build or copy the file again"));
                None
            }
            Ok(contents) => Some(Arc::clone(contents)),
            Err(reason) => {
                let missing = Diagnostic::error("file-missing", format!("{what} cannot be read: {reason}"));
                let help =
                    "paths are relative to the folder of zones.toml; guest:NAME is a payload of set-up";
                diagnostics.push(missing.at(name.span(), "this file").help(help));
                None
            }
        }
    }

    /// Bytes that the files read so far take in a bundle.
    pub(crate) fn bundled_size(&self) -> u64 {
        self.read.values().flatten().map(|contents| (contents.len() as u64).next_multiple_of(4096)).sum()
    }
}
