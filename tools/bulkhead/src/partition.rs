//! From zones.toml to something that boots: read, plan, bundle.

use std::fs;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, Severity, SourceCode};
use plan::Plan;
use setup::{Arch, Need, Setup};
use tempfile::TempDir;

use crate::Failure;
use crate::board::QemuBoard;
use crate::files::Files;

/// A planned partition.
pub struct Partition {
    arch: &'static Arch,
    plan: Plan,
    board: Option<QemuBoard>,
    text: NamedSource<String>,
}

/// What is to be said of a file, each remark with its place in it.
#[derive(Debug, thiserror::Error)]
#[error("{headline}")]
struct Remarks {
    headline: String,
    severity: Severity,
    text: NamedSource<String>,
    diagnostics: Vec<plan::Diagnostic>,
}

impl Diagnostic for Remarks {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.diagnostics.iter().map(|diagnostic| diagnostic as &dyn Diagnostic)))
    }
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
        let source = NamedSource::new(name, text.clone()).with_language("TOML");
        let wrong = |diagnostics| Remarks {
            headline: format!("{name} does not describe a partition that can be booted"),
            severity: Severity::Error,
            text: source.clone(),
            diagnostics,
        };
        let config = plan::config::parse(&text).map_err(wrong)?;
        let asked = config.board.arch.as_ref().map(|arch| match arch.get_ref() {
            plan::config::Arch::Arm64 => Arch::ARM64,
            plan::config::Arch::Riscv64 => Arch::RISCV64,
        });
        let emulated = |arch| {
            config.board.qemu.as_ref().map(|qemu| QemuBoard {
                arch,
                machine: qemu.machine.clone(),
                cpu: qemu.cpu.clone(),
                cpus: qemu.smp,
                memory: qemu.memory.clone(),
            })
        };
        let default = asked.unwrap_or(Arch::ARM64);
        let tree = match (dtb, &config.board.dtb, emulated(default)) {
            (Some(file), _, _) => read(file, "a board's device tree")?,
            (None, Some(file), _) => read(&folder.join(file), "the board's device tree")?,
            (None, None, Some(board)) => {
                setup.ensure(default, &[Need::Emulator]).map_err(Failure::from)?;
                board.device_tree()?
            }
            (None, None, None) => Vec::new(),
        };
        let arch = asked.or_else(|| architecture(&tree)).unwrap_or(default);
        let board = emulated(arch);
        let files = Files::new(setup, arch, folder);
        let plan = plan::resolve(&text, &tree, &files).map_err(wrong)?;
        Ok(Self { arch, plan, board, text: source })
    }

    /// The same partition with a console without colours: for pipes, logs and whoever asks for it.
    pub fn without_colour(mut self) -> Self {
        self.plan.set_colour(false);
        self
    }

    /// The architecture of the board.
    pub fn arch(&self) -> &'static Arch {
        self.arch
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is allowed but probably not meant, as a report for the user; none where nothing is.
    pub fn warnings(&self) -> Option<miette::Report> {
        let diagnostics = self.plan.warnings().to_vec();
        let headline = format!("{} can be booted, but", self.text.name());
        let remarks = Remarks { headline, severity: Severity::Warning, text: self.text.clone(), diagnostics };
        (!remarks.diagnostics.is_empty()).then(|| remarks.into())
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
        setup.ensure(self.arch, &[Need::Emulator])?;
        let image = setup.hypervisor_image(self.arch)?;
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

/// The architecture of the board that a device tree blob describes. What is wrong with a tree that does not say is
/// for the planner to report.
fn architecture(tree: &[u8]) -> Option<&'static Arch> {
    // A file may be longer than the tree in it.
    let size = u32::from_be_bytes(tree.get(4..8)?.try_into().ok()?);
    match board::Board::arch_of(tree.get(..usize::try_from(size).ok()?)?).ok()? {
        board::Arch::Arm64 => Some(Arch::ARM64),
        board::Arch::Riscv64 => Some(Arch::RISCV64),
    }
}

/// Reads a file that the user named; `what` says what it should be.
fn read(file: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| {
        Failure::new(format!("cannot read {}: {error}", file.display())).help(format!("name {what}"))
    })
}
