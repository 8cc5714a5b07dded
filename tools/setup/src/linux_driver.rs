//! The Linux driver of channels (`drivers/linux/bulkhead_ivc`), compiled for a guest's kernel with Debian's headers of
//! that very kernel. The same source, kernel and compiler give the same bytes.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flate2::Crc;
use object::elf::ELFMAG;

use crate::apt;
use crate::arch::Kernel;
use crate::cache::{cached, create, read, remove, write};
use crate::command::run;
use crate::payload::{KernelFiles, kernel};
use crate::progress::Step;
use crate::{Arch, Setup, SetupError, c_compiler};

const BUILD_LIMIT: Duration = Duration::from_secs(300);

/// The driver's name.
pub(crate) const NAME: &str = "bulkhead_ivc";

/// Programs of the kernel's build that run on this machine, as folders of the package `linux-kbuild-*`.
const BUILD_PROGRAMS: [&str; 3] = ["basic", "genksyms", "mod"];

/// What the kernel's configuration says and a build elsewhere cannot or need not follow.
const CONFIGURATION: [&str; 3] = [
    // An option that compilers have only since the one Debian 13 builds its kernels with.
    "CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=",
    // Debug information would name folders of this machine.
    "CONFIG_DEBUG_INFO=",
    "CONFIG_DEBUG_INFO_BTF_MODULES=",
];

/// The driver as a module of a kernel.
pub(crate) fn module(setup: &Setup, arch: &Arch, series: &Kernel) -> Result<PathBuf, SetupError> {
    let kernel = kernel(setup, arch, series)?;
    let source = source(setup)?;
    let compiler = c_compiler::name(arch);
    let mut make = Command::new("make");
    c_compiler::provide(setup, arch, &mut make)?;
    let name = format!("{NAME}-{}", series.release);
    let file = format!("{}.ko", fingerprint(&kernel, &source));
    cached(setup, arch, &name, &file, "channels have a driver in Linux guests", |folder, step| {
        let unpacked = folder.join("package");
        let headers = headers(setup, arch, series, &kernel, &unpacked, step)?;
        let build = folder.join("build");
        create(&build)?;
        for (name, content) in &source {
            write(&build.join(name), content)?;
        }
        step.say("compiling");
        make.arg("-C").arg(&headers.of_kernel).arg("-f").arg(headers.common.join("Makefile"));
        make.arg(format!("M={}", build.display())).arg(format!("CROSS_COMPILE={}-", arch.gnu));
        make.arg(format!("CC={compiler}")).args(CONFIGURATION);
        // What the preprocessor puts into messages names no folder of this machine.
        make.arg(format!("KCFLAGS=-ffile-prefix-map={}=.", build.display())).arg("modules");
        run(&mut make, step, BUILD_LIMIT).map_err(|error| {
            SetupError::new(format!("compile {NAME} for Linux {}", kernel.release))
                .because(error)
                .remedy("correct the code that the compiler names; `make` must be installed")
        })?;
        let module = read(&build.join(format!("{NAME}.ko")))?;
        if names(&module, &setup.cache) {
            return Err(SetupError::new(format!("compile {NAME} for Linux {}", kernel.release))
                .because("the module names a folder of this machine, so it is not the same everywhere"));
        }
        write(&folder.join(&file), &module)?;
        remove(&build)?;
        remove(&unpacked)?;
        Ok(format!("for Linux {}", kernel.release))
    })
}

/// Whether a file has a folder's name in it.
fn names(file: &[u8], folder: &Path) -> bool {
    let name = folder.as_os_str().as_bytes();
    file.windows(name.len()).any(|window| window == name)
}

/// The driver's files, by their names.
fn source(setup: &Setup) -> Result<Vec<(String, Vec<u8>)>, SetupError> {
    let folder = setup.root().join("drivers/linux").join(NAME);
    let entries = fs::read_dir(&folder)
        .map_err(|error| SetupError::new(format!("read {}", folder.display())).because(error))?;
    let mut files = Vec::new();
    for entry in entries.flatten() {
        files.push((entry.file_name().to_string_lossy().into_owned(), read(&entry.path())?));
    }
    files.sort();
    Ok(files)
}

/// Changes whenever the module would, but for a new compiler.
fn fingerprint(kernel: &KernelFiles, source: &[(String, Vec<u8>)]) -> String {
    let mut sum = Crc::new();
    sum.update(kernel.release.as_bytes());
    sum.update(CONFIGURATION.join(" ").as_bytes());
    for (name, content) in source {
        sum.update(name.as_bytes());
        sum.update(content);
    }
    format!("{NAME}-{:08x}", sum.sum())
}

/// A kernel's headers: what its configuration made, and what all configurations share.
struct Headers {
    of_kernel: PathBuf,
    common: PathBuf,
}

/// Unpacks the headers of a kernel into `folder`, with programs of its build that run on this machine.
fn headers(
    setup: &Setup,
    arch: &Arch,
    series: &Kernel,
    kernel: &KernelFiles,
    folder: &Path,
    step: &Step,
) -> Result<Headers, SetupError> {
    let of_kernel = format!("linux-headers-{}", kernel.release);
    let remedy = || {
        let old = kernel.image.with_file_name("");
        format!("if the archive has gone on to a newer kernel, remove {} and repeat", old.display())
    };
    let foreign = apt::foreign(setup, arch, series.suite, step)?;
    let dependencies = foreign.dependencies(&of_kernel, step).map_err(|error| error.remedy(remedy()))?;
    let dependency = |prefix: &str| {
        dependencies.iter().find(|name| name.starts_with(prefix)).ok_or_else(|| {
            SetupError::new(format!("find {prefix}* among what {of_kernel} depends on")).remedy(remedy())
        })
    };
    let (common, programs) = (dependency("linux-headers-")?, dependency("linux-kbuild-")?);
    foreign.unpack(&of_kernel, folder, step)?;
    foreign.unpack(common, folder, step)?;

    let machine = apt::of_machine(setup, series.suite, step)?;
    machine.unpack(programs, folder, step)?;
    let libc = folder.join("libc");
    machine.unpack("libc6", &libc, step)?;
    run_with(&libc, &folder.join("usr/lib").join(programs).join("scripts"))?;
    let sources = folder.join("usr/src");
    Ok(Headers { of_kernel: sources.join(&of_kernel), common: sources.join(common) })
}

/// Lets the kernel's build programs run with the C library in a folder: the machine's own may be too old for them.
fn run_with(libc: &Path, scripts: &Path) -> Result<(), SetupError> {
    let loader = loader(libc).ok_or_else(|| {
        SetupError::new(format!("find the program loader in {}", libc.display()))
            .because("the package is laid out in a way set-up does not know")
    })?;
    let libraries = loader.with_file_name("");
    for folder in BUILD_PROGRAMS.map(|name| scripts.join(name)) {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let program = entry.path();
            let content = read(&program)?;
            if !content.starts_with(&ELFMAG) {
                continue;
            }
            let moved = program.with_file_name(format!("{}.elf", entry.file_name().to_string_lossy()));
            write(&moved, &content)?;
            // They start each other by the name that they were started by.
            let script = format!(
                "#!/bin/sh\nexec '{}' --argv0 \"$0\" --library-path '{}' '{}' \"$@\"\n",
                loader.display(),
                libraries.display(),
                moved.display()
            );
            write(&program, script.as_bytes())?;
            fs::set_permissions(&moved, fs::Permissions::from_mode(0o755)).map_err(|error| {
                SetupError::new(format!("make {} executable", moved.display())).because(error)
            })?;
        }
    }
    Ok(())
}

/// What loads programs, in an unpacked package of the C library.
fn loader(libc: &Path) -> Option<PathBuf> {
    // Before the merge of /lib into /usr/lib it was in /lib.
    let places = ["usr/lib", "lib"].map(|folder| fs::read_dir(libc.join(folder)));
    let folders = places.into_iter().flatten().flatten().flatten().map(|entry| entry.path());
    let mut files = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    files.find(|file| file.file_name().to_string_lossy().starts_with("ld-linux")).map(|file| file.path())
}

#[cfg(test)]
mod tests {
    use super::{loader, names};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_folder_that_a_file_names_is_found() {
        assert!(names(b"\0/cache/x.c\0", Path::new("/cache")));
        assert!(!names(b"\0./x.c\0", Path::new("/cache")));
    }

    #[test]
    fn the_program_loader_is_found_whichever_machine_it_is_for() {
        for place in
            ["usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"]
        {
            let libc = tempfile::tempdir().expect("temporary folder");
            let file = libc.path().join(place);
            fs::create_dir_all(file.parent().expect("a folder")).expect("created");
            fs::write(&file, "").expect("written");
            assert_eq!(loader(libc.path()), Some(file));
        }
    }
}
