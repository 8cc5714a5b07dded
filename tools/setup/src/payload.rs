//! Guest payloads: what a zone may name as `guest:NAME` instead of a file.

mod debian;

use std::path::PathBuf;

use crate::{Setup, SetupError, cross_build};

/// How a payload comes about.
enum Recipe {
    /// A Debian kernel image.
    Kernel(debian::Kernel),
    /// Debian's static busybox in an initramfs made here.
    Initramfs,
    /// A program of the `guests/` folder, as a flat binary.
    BareMetal,
}

/// Every payload by name.
const PAYLOADS: [(&str, Recipe); 5] = [
    ("linux-6.12", Recipe::Kernel(debian::Kernel { release: "6.12", suite: "trixie" })),
    ("linux-6.1", Recipe::Kernel(debian::Kernel { release: "6.1", suite: "bookworm" })),
    ("busybox", Recipe::Initramfs),
    ("hostile", Recipe::BareMetal),
    ("ticker", Recipe::BareMetal),
];

/// The names of the table.
pub(crate) fn names() -> Vec<&'static str> {
    PAYLOADS.iter().map(|(name, _)| *name).collect()
}

/// The payload's file, fetched or built if need be.
pub(crate) fn payload(setup: &Setup, name: &str) -> Result<PathBuf, SetupError> {
    match PAYLOADS.iter().find(|(known, _)| *known == name) {
        Some((_, Recipe::Kernel(kernel))) => debian::kernel(setup, name, kernel),
        Some((_, Recipe::Initramfs)) => debian::initramfs(setup),
        Some((_, Recipe::BareMetal)) => cross_build::guest(setup, name),
        None => Err(SetupError::new(format!("find the payload guest:{name}"))
            .because("there is none of this name")
            .remedy(format!("choose one of {}", names().join(", ")))),
    }
}
