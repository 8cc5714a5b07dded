//! What a system test is.

use crate::board::{Board, EACH_ARCHITECTURE};
use crate::partition::Partition;
use crate::stage::{Miss, Stage};

/// A partition and what is to happen on it.
pub struct Scenario {
    /// Named for the behaviour that it proves.
    pub name: &'static str,
    /// The boards that it runs on, a test each.
    pub boards: &'static [&'static Board],
    /// Where the partition comes from.
    pub partition: Source,
    /// How the machine is to differ from what the partition was planned for.
    pub fault: Fault,
    /// Further arguments for QEMU; `{disk}` in them is the file of a new disk, `{trace}` one to trace into.
    pub qemu: &'static [&'static str],
    /// Watches and operates the consoles.
    pub play: fn(&mut Stage) -> Result<(), Miss>,
}

/// Where a scenario's partition comes from.
pub enum Source {
    /// Made here.
    Made(fn() -> Partition),
    /// `examples/NAME-ARCH.toml`, the board's architecture in place of ARCH.
    Example(&'static str),
}

/// What is changed or broken on purpose before the machine starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// One bit of the bundle's manifest is flipped.
    DamagedManifest,
    /// The image is loaded to another 2 MiB-aligned place in memory: [`Board::elsewhere`].
    MovedImage,
    /// The machine has another interrupt controller: [`Board::other_interrupt_controller`].
    OtherInterruptController,
}

/// A scenario on one of its boards.
#[derive(Clone, Copy)]
pub struct Test<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The board.
    pub board: &'static Board,
}

impl Scenario {
    /// A scenario on an unbroken machine of each architecture.
    pub const fn new(
        name: &'static str,
        partition: fn() -> Partition,
        play: fn(&mut Stage) -> Result<(), Miss>,
    ) -> Self {
        Self::of(name, Source::Made(partition), play)
    }

    /// A scenario with the partition of the example `examples/EXAMPLE-ARCH.toml`.
    pub const fn of_example(
        name: &'static str,
        example: &'static str,
        play: fn(&mut Stage) -> Result<(), Miss>,
    ) -> Self {
        Self::of(name, Source::Example(example), play)
    }

    const fn of(name: &'static str, partition: Source, play: fn(&mut Stage) -> Result<(), Miss>) -> Self {
        Self { name, boards: EACH_ARCHITECTURE, partition, fault: Fault::None, qemu: &[], play }
    }

    /// The same scenario on these boards instead.
    #[must_use]
    pub const fn on(mut self, boards: &'static [&'static Board]) -> Self {
        self.boards = boards;
        self
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

    /// Its tests, one for each of its boards.
    pub fn tests(&self) -> impl Iterator<Item = Test<'_>> {
        self.boards.iter().map(|board| Test { scenario: self, board })
    }
}

impl Test<'_> {
    /// `BOARD/SCENARIO`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.board.name, self.scenario.name)
    }

    /// Whether `choice` means this test: its name, its scenario's (on every board), or its board's (everything on
    /// it).
    pub fn is_meant_by(&self, choice: &str) -> bool {
        choice == self.name() || choice == self.scenario.name || choice == self.board.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{ARM64, RISCV64, RISCV64_PLIC};

    fn scenario() -> Scenario {
        Scenario::new("it_works", || Partition::of([]), |_| Ok(()))
    }

    #[test]
    fn a_test_is_chosen_by_its_name_its_scenario_or_its_board() {
        let scenario = scenario();
        let test = Test { scenario: &scenario, board: RISCV64 };
        for choice in ["riscv64/it_works", "it_works", "riscv64"] {
            assert!(test.is_meant_by(choice), "{choice}");
        }
        for choice in ["arm64/it_works", "it", "riscv64/"] {
            assert!(!test.is_meant_by(choice), "{choice}");
        }
    }

    #[test]
    fn a_scenario_is_a_test_on_each_of_its_boards() {
        let names = |scenario: &Scenario| scenario.tests().map(|test| test.name()).collect::<Vec<_>>();
        assert_eq!(names(&scenario()), ["arm64/it_works", "riscv64/it_works"]);
        let scenario = scenario().on(&[ARM64, RISCV64_PLIC]);
        assert_eq!(names(&scenario), ["arm64/it_works", "riscv64-plic/it_works"]);
    }
}
