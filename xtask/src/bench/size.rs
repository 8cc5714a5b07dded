//! How large the hypervisor is: what of its image is code and constants.

use std::fs;

use object::elf::{SHF_ALLOC, SHF_WRITE};
use object::{Object, ObjectSection, SectionFlags};
use setup::Setup;

use super::Figure;
use crate::{Problem, describe};

/// The most that code and constants may take (128 KiB).
const BAR: f64 = 131_072.0;

/// Measures the ELF file of the image.
pub(super) fn measure(setup: &Setup) -> Result<Vec<Figure>, Problem> {
    let elf = setup.hypervisor_elf().map_err(describe)?;
    let file = fs::read(&elf).map_err(|error| format!("{}: {error}", elf.display()))?;
    let value = read_only_bytes(&file)? as f64;
    let name = "hypervisor_text_rodata_bytes";
    Ok(vec![Figure { name, about: "hypervisor code and constants", value, unit: "bytes", bar: BAR }])
}

/// Bytes of the sections that are loaded and never written: text and rodata by whatever names.
fn read_only_bytes(elf: &[u8]) -> Result<u64, Problem> {
    let file = object::File::parse(elf).map_err(|error| format!("the hypervisor's ELF file: {error}"))?;
    let read_only = |flags| {
        matches!(flags, SectionFlags::Elf { sh_flags }
            if sh_flags & u64::from(SHF_ALLOC) != 0 && sh_flags & u64::from(SHF_WRITE) == 0)
    };
    Ok(file.sections().filter(|section| read_only(section.flags())).map(|section| section.size()).sum())
}
