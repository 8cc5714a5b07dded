//! What Bulkhead needs from the machine it is built and run on, and how that gets there.
//!
//! A fresh machine has a Rust toolchain and a network with package registries; everything else is fetched or
//! built here on first use: QEMU, `core` for the bare-metal target, the kernels and the busybox that serve as
//! guests, the hypervisor image, each for the architecture ([`Arch`]) that a partition is for. Every step
//!
//! - is skipped where its result is already there, and may be interrupted and repeated;
//! - says what it does and why, and shows that it is alive;
//! - on failure names the command that failed and the way out ([`SetupError`]);
//! - is safe against a second process doing the same (one lock per cache folder).
//!
//! ```no_run
//! let setup = setup::Setup::open(setup::Verbosity::WorkOnly)?;
//! let arch = setup::Arch::RISCV64;
//! setup.ensure(arch, &[setup::Need::Emulator, setup::Need::CoreLibraries])?;
//! let image = setup.hypervisor_image(arch)?;
//! let kernel = setup.payload(arch, "linux-6.12")?;
//! # Ok::<(), setup::SetupError>(())
//! ```
#![forbid(unsafe_code)]

mod apt;
mod arch;
mod c_compiler;
mod cache;
mod command;
mod core_libs;
mod cross_build;
mod error;
mod flat_image;
mod initramfs;
mod linux_driver;
mod lock;
mod natural_order;
mod payload;
mod peer;
mod progress;
mod qemu;
mod shared_libraries;

pub use arch::Arch;
pub use error::SetupError;
pub use flat_image::{FlatImageError, flatten};
pub use peer::Peer;
pub use progress::Verbosity;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use lock::Lock;
use progress::Progress;

/// One thing that [`Setup::ensure`] brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// QEMU's system emulator, at least [`Setup::OLDEST_EMULATOR`], with the firmware of its boards.
    Emulator,
    /// `core` and `alloc` compiled for the bare-metal target.
    CoreLibraries,
    /// Every guest payload of which a part is fetched; the others are built from this repository when they are needed.
    FetchedPayloads,
}

/// The set-up of one machine: where things are kept, and how to talk about it.
pub struct Setup {
    root: PathBuf,
    cache: PathBuf,
    progress: Progress,
}

impl Setup {
    /// The oldest QEMU (major, minor) that is good enough: the first whose arm64, riscv64 and loongarch64
    /// machines all have what Bulkhead needs.
    pub const OLDEST_EMULATOR: (u32, u32) = (10, 0);

    /// Looks at the environment; does no work yet.
    ///
    /// Downloads are cached in `$BULKHEAD_CACHE`, else `$XDG_CACHE_HOME/bulkhead`, else `~/.cache/bulkhead`.
    ///
    /// # Errors
    /// No cache folder can be derived, or the source tree that this tool was built from is gone.
    pub fn open(verbosity: Verbosity) -> Result<Self, SetupError> {
        let root = workspace_root()?;
        let cache = cache_folder()?;
        Ok(Self { root, cache, progress: Progress::new(verbosity) })
    }

    /// The folder of the source tree (the workspace).
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Brings about every need of the list for an architecture, in its order.
    ///
    /// # Errors
    /// The first step that fails; what was done before it stays.
    pub fn ensure(&self, arch: &Arch, needs: &[Need]) -> Result<(), SetupError> {
        for need in needs {
            match need {
                Need::Emulator => qemu::ensure(self, arch)?,
                Need::CoreLibraries => core_libs::ensure(self, arch)?,
                Need::FetchedPayloads => {
                    payload::fetched(arch).try_for_each(|name| self.payload(arch, name).map(drop))?;
                }
            }
        }
        Ok(())
    }

    /// The file of a guest payload, fetched or built if it is not there yet.
    ///
    /// Names: `linux-6.12` and, for arm64, `linux-6.1` (Debian kernels), `busybox` (an initramfs made here, see
    /// `initramfs/init.sh`), `hackbench` (the same with that program of Debian's rt-tests), `ivc` (the plain one with the
    /// driver and the command for channels), `devices` (the plain one with drivers of devices, and mke2fs), `iperf3` (that for
    /// channels with those drivers and iperf3), and the bare-metal guests of the `guests/` folder (`aplic-script`, `flooded`,
    /// `gic-script`, `hostile`, `interrupts`, `ivc-peer`, `meter`, `ticker`; for arm64 also `freertos`).
    ///
    /// # Errors
    /// There is no such payload for the architecture, or fetching or building it failed.
    pub fn payload(&self, arch: &Arch, name: &str) -> Result<PathBuf, SetupError> {
        payload::payload(self, arch, name)
    }

    /// The folder with the files of another hypervisor ([`Peer`]), fetched if they are not there yet; for arm64.
    ///
    /// # Errors
    /// Fetching failed.
    pub fn peer(&self, peer: Peer) -> Result<PathBuf, SetupError> {
        peer::folder(self, peer)
    }

    /// The initramfs [`Setup::payload`] calls `busybox`, with further programs in it, each with its path.
    ///
    /// # Errors
    /// The initramfs cannot be had, or the programs cannot be added to it.
    pub fn initramfs_with(&self, arch: &Arch, programs: &[(String, Vec<u8>)]) -> Result<Vec<u8>, SetupError> {
        let failed = |error| SetupError::new("make an initramfs with more programs").because(error);
        let archive = std::fs::read(self.payload(arch, "busybox")?).map_err(failed)?;
        initramfs::with_programs(archive, programs).map_err(failed)
    }

    /// Builds the hypervisor and flattens it to the image that boot loaders take (it begins with the
    /// architecture's Linux Image header).
    ///
    /// # Errors
    /// The build failed, or its result cannot be flattened.
    pub fn hypervisor_image(&self, arch: &Arch) -> Result<PathBuf, SetupError> {
        cross_build::hypervisor_image(self, arch)
    }

    /// Builds the hypervisor and returns the ELF file with its symbols.
    ///
    /// # Errors
    /// The build failed.
    pub fn hypervisor_elf(&self, arch: &Arch) -> Result<PathBuf, SetupError> {
        cross_build::hypervisor_elf(self, arch)
    }

    /// Lets a build of guests that are partly written in C find the compiler for an architecture, fetched if the
    /// machine has none.
    ///
    /// # Errors
    /// Fetching failed.
    pub fn provide_c_compiler(&self, arch: &Arch, build: &mut Command) -> Result<(), SetupError> {
        c_compiler::provide(self, arch, build)
    }

    /// Keeps other set-up processes out until the result is dropped.
    fn lock(&self) -> Result<Lock, SetupError> {
        Lock::take(&self.cache, &self.progress)
    }
}

/// The workspace that this crate was compiled from.
fn workspace_root() -> Result<PathBuf, SetupError> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match here.ancestors().nth(2) {
        Some(root) if root.join("rust-toolchain.toml").is_file() => Ok(root.to_path_buf()),
        _ => Err(SetupError::new("find the source tree that this tool was built from")
            .because(format!("{} is gone", here.display()))
            .remedy("rebuild the tool from a clone of the repository: `cargo run -- setup`")),
    }
}

fn cache_folder() -> Result<PathBuf, SetupError> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("BULKHEAD_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("bulkhead")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/bulkhead")));
    let folder = folder.ok_or_else(|| {
        SetupError::new("choose a cache folder")
            .because("neither BULKHEAD_CACHE, XDG_CACHE_HOME nor HOME is set")
            .remedy("set BULKHEAD_CACHE to a folder with 1 GB of room")
    })?;
    // Absolute, because steps run their commands from other folders.
    std::path::absolute(&folder)
        .map_err(|error| SetupError::new("choose a cache folder").because(error.to_string()))
}
