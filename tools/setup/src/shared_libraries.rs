//! The shared libraries of a program out of unpacked Debian packages.

use std::fs;
use std::path::{Path, PathBuf};

use object::elf::{DT_NEEDED, FileHeader64};
use object::endian::Endianness;
use object::read::elf::{FileHeader, SectionTable};

use crate::SetupError;
use crate::cache::{create, read, write};
use crate::progress::Step;

/// Copies the shared libraries that `program` needs, and those that they need, from the packages into `lib`; with
/// those that it only asks for while it runs, which nothing in the file tells.
pub(crate) fn gather(
    program: &Path,
    while_running: &[&str],
    unpacked: &Path,
    lib: &Path,
    step: &Step,
) -> Result<(), SetupError> {
    create(lib)?;
    let mut files = vec![program.to_path_buf()];
    let mut more: Vec<_> = while_running.iter().map(|name| String::from(*name)).collect();
    while let Some(file) = files.pop() {
        let program = read(&file)?;
        let names = needed(&program)
            .map_err(|error| SetupError::new(format!("read {}", file.display())).because(error))?;
        for name in names.into_iter().chain(more.drain(..)) {
            let copy = lib.join(&name);
            if copy.exists() {
                continue;
            }
            step.alive(&name);
            let found = find(&unpacked.join("usr/lib"), &name).ok_or_else(|| {
                SetupError::new(format!("find the library {name}")).because("no package has brought it")
            })?;
            write(&copy, &read(&found)?)?;
            files.push(copy);
        }
    }
    Ok(())
}

/// The names of the shared libraries that an ELF file asks for.
fn needed(program: &[u8]) -> object::Result<Vec<String>> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    let sections: SectionTable<'_, FileHeader64<Endianness>> = header.sections(endian, program)?;
    let dynamic = sections.dynamic_table(endian, program)?;
    let names = dynamic
        .iter()
        .filter(|entry| entry.tag == DT_NEEDED)
        .map(|entry| dynamic.string(entry).map(|name| String::from_utf8_lossy(name).into_owned()));
    names.collect()
}

/// A file (or what a link of this name leads to) somewhere below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let direct = folder.join(name);
    if direct.is_file() {
        return Some(direct);
    }
    let folders = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.into_iter().find_map(|entry| find(&entry.path(), name))
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn a_test_program_needs_the_c_library() {
        let program = std::fs::read("/proc/self/exe").expect("this program");
        let names = needed(&program).expect("an ELF file");
        assert!(names.iter().any(|name| name.starts_with("libc.so")), "{names:?}");
    }
}
