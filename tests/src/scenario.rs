//! What a system test is.

use crate::partition::Partition;
use crate::stage::{Miss, Stage};

/// A partition and what is to happen on it.
pub struct Scenario {
    /// Named for the behaviour that it proves.
    pub name: &'static str,
    /// Where the partition comes from.
    pub partition: Source,
    /// How the machine is to differ from what the partition was planned for.
    pub fault: Fault,
    /// Further arguments for QEMU.
    pub qemu: &'static [&'static str],
    /// Watches and operates the consoles.
    pub play: fn(&mut Stage) -> Result<(), Miss>,
}

/// Where a scenario's partition comes from.
pub enum Source {
    /// Made here.
    Made(fn() -> Partition),
    /// A file below the root of the repository.
    File(&'static str),
}

/// What is changed or broken on purpose before the machine starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// One bit of the bundle's manifest is flipped.
    DamagedManifest,
    /// The image's header asks for another 2 MiB-aligned place in memory.
    MovedImage,
}

impl Scenario {
    /// A scenario on an unbroken machine.
    pub const fn new(
        name: &'static str,
        partition: fn() -> Partition,
        play: fn(&mut Stage) -> Result<(), Miss>,
    ) -> Self {
        Self { name, partition: Source::Made(partition), fault: Fault::None, qemu: &[], play }
    }

    /// A scenario with a partition from a file of the repository.
    pub const fn of_file(
        name: &'static str,
        file: &'static str,
        play: fn(&mut Stage) -> Result<(), Miss>,
    ) -> Self {
        Self { name, partition: Source::File(file), fault: Fault::None, qemu: &[], play }
    }

    /// The same scenario with something broken.
    #[must_use]
    pub const fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// The same scenario with further arguments for QEMU.
    #[must_use]
    pub const fn with_qemu(mut self, arguments: &'static [&'static str]) -> Self {
        self.qemu = arguments;
        self
    }
}
