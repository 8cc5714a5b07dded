//! What runs in every column: the guest `meter`, and Debian's kernel to its init.

use std::path::PathBuf;

use setup::{Arch, Setup};

use super::counts;
use crate::{Problem, describe};

/// A guest by the names of its payloads.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) kernel: &'static str,
    pub(super) initrd: Option<&'static str>,
    pub(super) options: String,
    pub(super) cpus: usize,
    pub(super) mebibytes: u32,
    /// Whether a zone owns the device for it.
    pub(super) device: bool,
    /// The console has all that is wanted when it has these.
    pub(super) last_words: &'static str,
}

impl Guest {
    /// The guest that measures interrupts.
    pub(super) fn meter(options: &str) -> Self {
        Self {
            kernel: "meter",
            initrd: None,
            options: options.to_owned(),
            cpus: 2,
            mebibytes: 64,
            device: options.contains("device=yes"),
            last_words: counts::LAST,
        }
    }

    /// Debian's kernel, whose init tells the time and powers off.
    pub(super) fn linux() -> Self {
        Self {
            kernel: "linux-6.12",
            initrd: Some("busybox"),
            options: "console=ttyAMA0 panic=-1 cryptomgr.notests bulkhead.run=clock".to_owned(),
            cpus: 1,
            mebibytes: 256,
            device: false,
            last_words: "reboot: Power down",
        }
    }

    /// The file of its kernel.
    pub(super) fn kernel(&self, setup: &Setup) -> Result<PathBuf, Problem> {
        setup.payload(Arch::ARM64, self.kernel).map_err(describe)
    }

    /// The file of its initrd, if it has one.
    pub(super) fn initrd(&self, setup: &Setup) -> Result<Option<PathBuf>, Problem> {
        let file = |name| setup.payload(Arch::ARM64, name).map_err(describe);
        self.initrd.map(file).transpose()
    }
}
