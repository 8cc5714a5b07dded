//! The hypervisor's image for another place in memory than QEMU's own choice.

use std::io;

/// How QEMU is told where the image of a board goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// By `text_offset` in the Linux Image header, which counts from here.
    ImageHeader {
        /// The start of RAM.
        from: u64,
    },
    /// By the program header of an ELF file; QEMU passes over the Image header's `text_offset`.
    ProgramHeader {
        /// The ELF file's machine (`e_machine`).
        machine: u16,
    },
}

impl Place {
    /// The file that QEMU loads `image` from to `address`.
    ///
    /// # Errors
    /// The image is shorter than its header.
    pub fn file(self, image: Vec<u8>, address: u64) -> io::Result<Vec<u8>> {
        match self {
            Self::ImageHeader { from } => with_text_offset(image, address - from),
            Self::ProgramHeader { machine } => Ok(elf_file(&image, machine, address)),
        }
    }
}

/// The image with another `text_offset` in its header.
fn with_text_offset(mut image: Vec<u8>, offset: u64) -> io::Result<Vec<u8>> {
    const TEXT_OFFSET: std::ops::Range<usize> = 8..16;
    let field = image.get_mut(TEXT_OFFSET).ok_or_else(|| io::Error::other("the image is too short"))?;
    field.copy_from_slice(&offset.to_le_bytes());
    Ok(image)
}

/// An ELF file that loads the image as one segment to `address` and is entered at its start (System V ABI,
/// chapters 4 and 5).
fn elf_file(image: &[u8], machine: u16, address: u64) -> Vec<u8> {
    const HEADER: u16 = 64;
    const PROGRAM_HEADER: u16 = 56;
    let start = u64::from(HEADER + PROGRAM_HEADER);
    let size = image.len() as u64;
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01");
    file.resize(16, 0);
    // Executable; the ABI's version is 1.
    file.extend([2_u16, machine].into_iter().flat_map(u16::to_le_bytes));
    file.extend(1_u32.to_le_bytes());
    // Entry; the program headers follow this one, and there are no sections.
    file.extend([address, u64::from(HEADER), 0].into_iter().flat_map(u64::to_le_bytes));
    file.extend(0_u32.to_le_bytes());
    file.extend([HEADER, PROGRAM_HEADER, 1, 0, 0, 0].into_iter().flat_map(u16::to_le_bytes));
    // A segment to load, readable, writable and executable.
    file.extend([1_u32, 7].into_iter().flat_map(u32::to_le_bytes));
    file.extend([start, address, address, size, size, 1].into_iter().flat_map(u64::to_le_bytes));
    file.extend_from_slice(image);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_header_is_told_the_distance() {
        let place = Place::ImageHeader { from: 0x4000_0000 };
        let file = place.file(vec![0xff; 64], 0x4640_0000).expect("long enough");
        assert_eq!(file[7..17], [0xff, 0, 0, 0x40, 6, 0, 0, 0, 0, 0xff]);
    }

    #[test]
    fn an_elf_file_holds_the_image_as_it_is() {
        let file =
            Place::ProgramHeader { machine: 243 }.file(b"image".to_vec(), 0x8640_0000).expect("any size");
        assert_eq!(setup::flatten(&file).expect("a sound ELF file"), b"image");
        assert_eq!(file[24..32], 0x8640_0000_u64.to_le_bytes(), "the entry is the image's start");
    }
}
