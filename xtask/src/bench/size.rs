//! How large the hypervisor is: what of its image is code and constants.

use std::fs;

use object::elf::{SHF_ALLOC, SHF_WRITE};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags};
use setup::{Arch, Setup};

use super::Figure;
use crate::{Problem, describe};

/// The most that code and constants may take (128 KiB).
const BAR: f64 = 131_072.0;

/// The most memory that the hypervisor may keep for itself on a board with 4 CPUs (2 MiB).
const RESERVED_BAR: f64 = 2_097_152.0;

/// In the mangled names of functions of core that panic, and in that of what they call at last.
const PANIC: [&str; 2] = ["9panicking", "rust_begin_unwind"];

/// Where every Linux Image header says how much memory the image takes.
const IMAGE_SIZE: std::ops::Range<usize> = 16..24;

/// Measures the ELF file of the image.
pub(super) fn measure(setup: &Setup, arch: &'static Arch) -> Result<Vec<Figure>, Problem> {
    let elf = setup.hypervisor_elf(arch).map_err(describe)?;
    let file = fs::read(&elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let value = read_only_bytes(&file)? as f64;
    let figure = |name, about, value, bar| Figure::new(arch, name, about, (value, "bytes"), Some(bar));
    let size = figure("hypervisor_text_rodata_bytes", "hypervisor code and constants", value, BAR);
    let image = setup.hypervisor_image(arch).map_err(describe)?;
    let image = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    let reserved = figure(
        "hypervisor_reserved_bytes",
        "memory that the hypervisor keeps, page tables of zones included",
        reserved_bytes(arch, &image)? as f64,
        RESERVED_BAR,
    );
    let panics = figure(
        "hypervisor_functions_that_panic",
        "functions in the hypervisor that panic",
        functions_that_panic(&file)? as f64,
        0.0,
    );
    let panics = Figure { unit: "functions", ..panics };
    Ok(vec![size, reserved, panics])
}

/// How many functions there are to panic by: none, where the compiler found no way to any.
fn functions_that_panic(elf: &[u8]) -> Result<usize, Problem> {
    let file = parse(elf)?;
    let panics = |name: &str| PANIC.iter().any(|part| name.contains(part));
    Ok(file.symbols().filter(|symbol| symbol.name().is_ok_and(panics)).count())
}

fn parse(elf: &[u8]) -> Result<object::File<'_>, Problem> {
    object::File::parse(elf).map_err(|error| format!("the hypervisor's ELF file: {error}"))
}

/// All memory that the hypervisor ever writes for itself: code, data, stacks, tables and every record of CPUs
/// and zones lie in the memory that its Image header claims.
fn reserved_bytes(arch: &Arch, image: &[u8]) -> Result<u64, Problem> {
    let (offset, magic) = arch.image_magic;
    let is_image = image.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let size = image.get(IMAGE_SIZE).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    size.filter(|_| is_image).ok_or_else(|| format!("the image has no Linux {} Image header", arch.name))
}

/// Bytes of the sections that are loaded and never written: text and rodata by whatever names.
fn read_only_bytes(elf: &[u8]) -> Result<u64, Problem> {
    let file = parse(elf)?;
    let read_only = |flags| {
        matches!(flags, SectionFlags::Elf { sh_flags }
            if sh_flags & u64::from(SHF_ALLOC) != 0 && sh_flags & u64::from(SHF_WRITE) == 0)
    };
    Ok(file.sections().filter(|section| read_only(section.flags())).map(|section| section.size()).sum())
}
