//! ELF → flat binary: what lies in memory once the program is loaded, from its lowest load address on.
//!
//! Space that is only reserved (`.bss`) at the end is left off: the Linux Image header, which the program
//! brings in its own first 64 bytes, tells the boot loader of it.

use object::elf::{FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, elf};

/// The largest flat image that makes sense (64 MiB): load addresses further apart are a mistake of the linker
/// script, not an image.
const LIMIT: u64 = 64 << 20;

/// Why an ELF file has no flat form.
#[derive(Debug, thiserror::Error)]
pub enum FlatImageError {
    /// Not a 64-bit ELF file, or a damaged one.
    #[error("not a sound 64-bit ELF file: {0}")]
    Malformed(#[from] object::Error),
    /// No segment has bytes to load.
    #[error("the ELF file has nothing to load")]
    Empty,
    /// Load segments overlap or are more than 64 MiB apart.
    #[error("the load segment at {address:#x} overlaps another or lies too far from the first")]
    Scattered {
        /// Physical load address of the offending segment.
        address: u64,
    },
}

/// Flattens an ELF file's load segments by their physical addresses; gaps are zero.
///
/// # Errors
/// See [`FlatImageError`].
pub fn flatten(file: &[u8]) -> Result<Vec<u8>, FlatImageError> {
    let header: &FileHeader64<Endianness> = elf::FileHeader64::parse(file)?;
    let endian = header.endian()?;
    let mut segments = Vec::new();
    for segment in header.program_headers(endian, file)? {
        if segment.p_type(endian) != PT_LOAD {
            continue;
        }
        let unreadable = FlatImageError::Scattered { address: segment.p_paddr(endian) };
        let bytes = segment.data(endian, file).map_err(|()| unreadable)?;
        if !bytes.is_empty() {
            segments.push((segment.p_paddr(endian), bytes));
        }
    }
    segments.sort_by_key(|(address, _)| *address);
    let base = segments.first().map(|(address, _)| *address).ok_or(FlatImageError::Empty)?;
    let mut flat = Vec::new();
    for (address, bytes) in segments {
        let scattered = || FlatImageError::Scattered { address };
        let offset = address - base;
        let start = usize::try_from(offset).ok().filter(|_| offset <= LIMIT).ok_or_else(scattered)?;
        if start < flat.len() {
            return Err(scattered());
        }
        flat.resize(start, 0);
        flat.extend_from_slice(bytes);
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file with load segments (physical address, content, bytes in memory).
    fn elf_file(segments: &[(u64, &[u8], u64)]) -> Vec<u8> {
        let header_end = 64 + 56 * segments.len();
        let mut file = vec![0; header_end];
        file[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
        file[16..20].copy_from_slice(&[2, 0, 183, 0]);
        file[20] = 1;
        file[32..40].copy_from_slice(&64_u64.to_le_bytes());
        file[52] = 64;
        file[54] = 56;
        file[56] = u8::try_from(segments.len()).expect("few segments");
        for (index, (address, bytes, memory)) in segments.iter().enumerate() {
            let fields = [
                file.len() as u64,
                address + 0xffff_0000_0000,
                *address,
                bytes.len() as u64,
                *memory,
                0x1000,
            ];
            let at = 64 + 56 * index;
            file[at] = 1;
            for (field, value) in fields.iter().enumerate() {
                file[at + 8 + 8 * field..][..8].copy_from_slice(&value.to_le_bytes());
            }
            file.extend_from_slice(bytes);
        }
        file
    }

    #[test]
    fn segments_are_laid_out_by_physical_address_with_zeros_between() {
        let file = elf_file(&[(0x1004, b"data", 4), (0x1000, b"go", 2)]);
        assert_eq!(flatten(&file).expect("flat"), b"go\0\0data");
    }

    #[test]
    fn reserved_space_at_the_end_is_left_off() {
        let file = elf_file(&[(0x1000, b"code", 4), (0x2000, b"", 0x8000)]);
        assert_eq!(flatten(&file).expect("flat"), b"code");
    }

    #[test]
    fn overlapping_segments_are_refused() {
        let file = elf_file(&[(0x1000, b"code", 4), (0x1002, b"data", 4)]);
        assert!(matches!(flatten(&file), Err(FlatImageError::Scattered { address: 0x1002 })));
    }

    #[test]
    fn segments_far_apart_are_refused() {
        let file = elf_file(&[(0x1000, b"code", 4), (0x4000_0000, b"data", 4)]);
        assert!(matches!(flatten(&file), Err(FlatImageError::Scattered { .. })));
    }

    #[test]
    fn something_else_is_refused() {
        assert!(matches!(flatten(b"MZ\0\0"), Err(FlatImageError::Malformed(_))));
        assert!(matches!(flatten(&elf_file(&[])), Err(FlatImageError::Empty)));
    }
}
