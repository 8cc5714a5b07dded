//! From zones.toml to something that boots: read, plan, bundle.

use std::fs;
use std::path::{Path, PathBuf};

use miette::NamedSource;
use plan::Plan;
use setup::{Need, Setup};
use tempfile::TempDir;

use crate::Failure;
use crate::board::QemuBoard;
use crate::files::Files;

/// A planned partition.
pub struct Partition {
    plan: Plan,
    board: Option<QemuBoard>,
}

/// Everything that is wrong with a file, each with its place in it.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{name} does not describe a partition that can be booted")]
struct Wrong {
    name: String,
    #[source_code]
    text: NamedSource<String>,
    #[related]
    diagnostics: Vec<plan::Diagnostic>,
}

impl Partition {
    /// Reads and plans the partition of a file; `dtb` stands in for the board that the file names.
    ///
    /// # Errors
    /// The file cannot be read, or does not describe a partition: a report with every place that is wrong.
    pub fn of_file(setup: &Setup, file: &Path, dtb: Option<&Path>) -> miette::Result<Self> {
        let text = read(file, "zones.toml").map_err(miette::Report::from)?;
        let text = String::from_utf8(text)
            .map_err(|_| Failure::new(format!("{} is no text (UTF-8)", file.display())))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        Self::plan_text(setup, &file.display().to_string(), text, folder, dtb)
    }

    /// Plans the partition that `text` describes, called `name` in reports; its files are looked for in
    /// `folder`.
    ///
    /// # Errors
    /// As [`Partition::of_file`].
    pub fn of_text(setup: &Setup, name: &str, text: &str, folder: &Path) -> miette::Result<Self> {
        Self::plan_text(setup, name, text.to_owned(), folder, None)
    }

    fn plan_text(
        setup: &Setup,
        name: &str,
        text: String,
        folder: &Path,
        dtb: Option<&Path>,
    ) -> miette::Result<Self> {
        let wrong = |diagnostics, text: &str| Wrong {
            name: name.to_owned(),
            text: NamedSource::new(name, text.to_owned()).with_language("TOML"),
            diagnostics,
        };
        let config = plan::config::parse(&text).map_err(|diagnostics| wrong(diagnostics, &text))?;
        let board = config.board.qemu.as_ref().map(|qemu| QemuBoard {
            emulator: setup.arch().emulator.to_owned(),
            machine: qemu.machine.clone(),
            cpu: qemu.cpu.clone(),
            cpus: qemu.smp,
            memory: qemu.memory.clone(),
        });
        let tree = match (dtb, &config.board.dtb, &board) {
            (Some(file), _, _) => read(file, "a board's device tree")?,
            (None, Some(file), _) => read(&folder.join(file), "the board's device tree")?,
            (None, None, Some(board)) => {
                setup.ensure(&[Need::Emulator]).map_err(Failure::from)?;
                board.device_tree()?
            }
            (None, None, None) => Vec::new(),
        };
        let files = Files::new(setup, folder);
        let plan = plan::resolve(&text, &tree, &files).map_err(|diagnostics| wrong(diagnostics, &text))?;
        Ok(Self { plan, board })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Builds the hypervisor and writes the bundle, so that QEMU can boot the partition.
    ///
    /// # Errors
    /// The board is not one of QEMU's, or a set-up step failed.
    pub fn bootable(&self, setup: &Setup) -> Result<Bootable, Failure> {
        let board = self.board.clone().ok_or_else(|| {
            Failure::new("the file describes a real board, which cannot be run here").help(
                "boot it there with what `bulkhead bundle` writes, or name an emulated board: `qemu` in [board]",
            )
        })?;
        setup.ensure(&[Need::Emulator])?;
        let image = setup.hypervisor_image()?;
        let folder = tempfile::tempdir()?;
        let bundle = folder.path().join("zones.bundle");
        fs::write(&bundle, self.plan.bundle())?;
        let zones = self.plan.zone_names().map(str::to_owned).collect();
        Ok(Bootable { board, image, zones, bundle, _folder: folder })
    }
}

/// A partition with everything that booting it on QEMU takes.
pub struct Bootable {
    board: QemuBoard,
    image: PathBuf,
    zones: Vec<String>,
    bundle: PathBuf,
    /// Keeps the bundle until nobody needs it.
    _folder: TempDir,
}

impl Bootable {
    /// The board to boot on.
    pub fn board(&self) -> &QemuBoard {
        &self.board
    }

    /// The hypervisor's flat image.
    pub fn image(&self) -> &Path {
        &self.image
    }

    /// The bundle's file.
    pub fn bundle(&self) -> &Path {
        &self.bundle
    }

    /// The zones' names in the order of the file.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(String::as_str)
    }
}

/// Reads a file that the user named; `what` says what it should be.
fn read(file: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| {
        Failure::new(format!("cannot read {}: {error}", file.display())).help(format!("name {what}"))
    })
}
