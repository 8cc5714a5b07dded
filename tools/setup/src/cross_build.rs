//! Building the hypervisor and the bare-metal guests with plain `cargo build`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::command::{display, run};
use crate::flat_image::flatten;
use crate::{Arch, Need, Setup, SetupError, c_compiler};

const BUILD_LIMIT: Duration = Duration::from_secs(1800);

/// A package that is built for a bare-metal target.
struct Program<'a> {
    package: &'a str,
    profile: &'a str,
    workspace: PathBuf,
    /// Where the build goes; the workspace's own place unless given.
    target_folder: Option<PathBuf>,
    /// Whether a part of it is written in C.
    in_c: bool,
}

/// The hypervisor's flat image, next to its ELF file.
pub(crate) fn hypervisor_image(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    flatten_file(&hypervisor_elf(setup, arch)?)
}

/// The hypervisor's ELF file.
pub(crate) fn hypervisor_elf(setup: &Setup, arch: &Arch) -> Result<PathBuf, SetupError> {
    let workspace = setup.root().to_path_buf();
    let program =
        Program { package: "hypervisor", profile: "image", workspace, target_folder: None, in_c: false };
    build(setup, arch, &program)
}

/// A guest of the `guests/` folder; its own linker script makes it flat.
pub(crate) fn guest(setup: &Setup, arch: &Arch, package: &str) -> Result<PathBuf, SetupError> {
    build(setup, arch, &of_guests(setup, package))
}

/// The same for one that is partly written in C.
pub(crate) fn guest_in_c(setup: &Setup, arch: &Arch, package: &str) -> Result<PathBuf, SetupError> {
    build(setup, arch, &Program { in_c: true, ..of_guests(setup, package) })
}

fn of_guests<'a>(setup: &Setup, package: &'a str) -> Program<'a> {
    let workspace = setup.root().join("guests");
    let target_folder = Some(setup.root().join("target/guests"));
    Program { package, profile: "release", workspace, target_folder, in_c: false }
}

/// Builds the program and returns its executable, wherever cargo put it.
fn build(setup: &Setup, arch: &Arch, program: &Program<'_>) -> Result<PathBuf, SetupError> {
    setup.ensure(arch, &[Need::CoreLibraries])?;
    let package = program.package;
    let attempt = || SetupError::new(format!("build {package}"));
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", package, "--profile", program.profile]);
    cargo.args(["--target", arch.rust_target, "--message-format", "json-render-diagnostics"]);
    if let Some(folder) = &program.target_folder {
        cargo.arg("--target-dir").arg(folder);
    }
    cargo.current_dir(&program.workspace);
    if program.in_c {
        c_compiler::provide(setup, arch, &mut cargo)?;
    }
    let step = setup.progress.watch();
    let messages = run(&mut cargo, &step, BUILD_LIMIT)
        .map_err(|error| attempt().because(error).remedy("correct the code that the compiler names"))?;
    executable(&messages, package)
        .ok_or_else(|| attempt().because(format!("`{}` reported no program of this name", display(&cargo))))
}

/// The executable of the package's binary among cargo's JSON messages (one a line).
fn executable(messages: &str, package: &str) -> Option<PathBuf> {
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_package = |message: &Value| message["target"]["name"].as_str() == Some(package);
    let executable = |message: Value| Some(PathBuf::from(message["executable"].as_str()?));
    artifacts.filter(of_package).find_map(executable)
}

/// Writes the flat form of `elf` beside it as `NAME.img`.
fn flatten_file(elf: &Path) -> Result<PathBuf, SetupError> {
    let attempt = || SetupError::new(format!("flatten {}", elf.display()));
    let file = fs::read(elf).map_err(|error| attempt().because(error))?;
    let flat = flatten(&file)
        .map_err(|error| attempt().because(error).remedy("correct the program's linker script"))?;
    let image = elf.with_extension("img");
    write_whole(&image, &flat)
        .map_err(|error| attempt().because(error).remedy("check the room on the disk"))?;
    Ok(image)
}

/// Writes a file that others may be reading or writing: they see the old one or the new one, never a half.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A name of its own: system tests build from several threads of one process.
    let mut partial = tempfile::NamedTempFile::new_in(folder)?;
    partial.write_all(bytes)?;
    partial.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{executable, write_whole};
    use std::fs;
    use std::path::PathBuf;

    #[test]
    fn the_packages_own_executable_is_picked() {
        let messages = "note: not json\n\
            {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"build-script-build\"},\"executable\":\"/t/b\"}\n\
            {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"hypervisor\"},\"executable\":\"/t/hypervisor\"}\n";
        assert_eq!(executable(messages, "hypervisor"), Some(PathBuf::from("/t/hypervisor")));
        assert_eq!(executable(messages, "ticker"), None);
    }

    #[test]
    fn several_threads_may_write_one_file_and_none_sees_a_half() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("image");
        let contents = [1u8, 2, 3, 4].map(|byte| vec![byte; 100_000]);
        std::thread::scope(|scope| {
            for bytes in &contents {
                scope.spawn(|| {
                    for _ in 0..50 {
                        write_whole(&path, bytes).expect("written");
                        assert!(contents.contains(&fs::read(&path).expect("read")));
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1, "nothing is left behind");
    }
}
