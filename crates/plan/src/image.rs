//! What a kernel file is: the header of an arm64 Image (Linux, Documentation/arch/arm64/booting.rst), or what
//! the file looks like when it is none.

/// What a boot loader needs to know of an arm64 Image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// Bytes from a multiple of 2 MiB to the start of the image.
    pub(crate) text_offset: u64,
    /// Bytes that it takes in memory, with what is not in the file.
    pub(crate) size: u64,
}

/// Why a file is no kernel that can be booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotAnImage {
    /// What the file is, with an article.
    pub(crate) looks_like: &'static str,
    /// What to do about it.
    pub(crate) remedy: &'static str,
}

const HEADER_SIZE: usize = 64;
const MAGIC_OFFSET: usize = 56;
const REBUILD: &str = "use the uncompressed Image (arch/arm64/boot/Image)";

/// How other files that are taken for kernels begin.
const OTHERS: [(usize, &[u8], &str, &str); 14] = [
    (0, b"\x1f\x8b", "gzip-compressed data", "unpack it first: gunzip"),
    (0, b"\x7fELF", "an ELF file (vmlinux?)", REBUILD),
    (4, b"zimg", "a compressed EFI image (EFI zboot)", "unpack the payload, or use the plain Image"),
    (MAGIC_OFFSET, b"RSC\x05", "a RISC-V Image", "use an arm64 kernel"),
    (0, b"\xfd7zXZ\0", "xz-compressed data", "unpack it first: unxz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd-compressed data", "unpack it first: unzstd"),
    (0, b"\x02\x21\x4c\x18", "lz4-compressed data", "unpack it first: unlz4"),
    (0, b"BZh", "bzip2-compressed data", "unpack it first: bunzip2"),
    (0, b"\xd0\x0d\xfe\xed", "a device tree or FIT image", "use the kernel inside it"),
    (0, b"\x27\x05\x19\x56", "a U-Boot legacy image", REBUILD),
    (0, b"070701", "a cpio archive (an initial RAM disk?)", "name it as `initrd`"),
    (514, b"HdrS", "an x86 bzImage", "use an arm64 kernel"),
    (0, b"MZ", "an EFI program", REBUILD),
    (0, b"#!", "a script", REBUILD),
];

impl Image {
    /// Reads the header of a kernel file.
    ///
    /// # Errors
    ///
    /// What the file is instead.
    pub(crate) fn read(file: &[u8]) -> Result<Self, NotAnImage> {
        let is_image = file.len() >= HEADER_SIZE && file[MAGIC_OFFSET..].starts_with(b"ARM\x64");
        if !is_image {
            let begins = |(offset, magic, ..): &&(usize, &[u8], _, _)| {
                file.get(*offset..).is_some_and(|rest| rest.starts_with(magic))
            };
            let (looks_like, remedy) = OTHERS.iter().find(begins).map_or(
                (
                    "data without the arm64 Image header",
                    "for a plain binary use `raw = { file, load, entry }`",
                ),
                |(_, _, looks_like, remedy)| (*looks_like, *remedy),
            );
            return Err(NotAnImage { looks_like, remedy });
        }
        let field =
            |at: usize| file[at..at + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let (text_offset, image_size, flags) = (field(8), field(16), field(24));
        if flags & 1 != 0 {
            let remedy = "build it with CONFIG_CPU_LITTLE_ENDIAN";
            return Err(NotAnImage { looks_like: "a big-endian arm64 Image", remedy });
        }
        // Before Linux 3.17 the size was left zero, and then text_offset counts as 0x80000.
        let text_offset = if image_size == 0 { 0x8_0000 } else { text_offset };
        Ok(Self { text_offset, size: image_size.max(file.len() as u64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text_offset: u64, image_size: u64, flags: u64) -> Vec<u8> {
        let mut file = vec![0; 4096];
        file[8..16].copy_from_slice(&text_offset.to_le_bytes());
        file[16..24].copy_from_slice(&image_size.to_le_bytes());
        file[24..32].copy_from_slice(&flags.to_le_bytes());
        file[56..60].copy_from_slice(b"ARM\x64");
        file
    }

    #[test]
    fn the_size_in_memory_includes_what_is_not_in_the_file() {
        assert_eq!(Image::read(&image(0, 0x10000, 0xa)), Ok(Image { text_offset: 0, size: 0x10000 }));
    }

    #[test]
    fn an_image_without_a_size_has_the_offset_of_its_time() {
        assert_eq!(Image::read(&image(0, 0, 0)), Ok(Image { text_offset: 0x8_0000, size: 4096 }));
    }

    #[test]
    fn an_efi_stub_does_not_hide_the_image() {
        let mut file = image(0, 0x10000, 0xa);
        file[..2].copy_from_slice(b"MZ");
        assert!(Image::read(&file).is_ok());
    }

    #[test]
    fn a_big_endian_image_is_refused() {
        assert_eq!(Image::read(&image(0, 0x10000, 1)).unwrap_err().looks_like, "a big-endian arm64 Image");
    }

    #[test]
    fn files_that_are_taken_for_kernels_are_recognised() {
        for (start, expected) in [
            (&b"\x1f\x8b\x08"[..], "gzip-compressed data"),
            (b"\x7fELF\x02", "an ELF file (vmlinux?)"),
            (b"MZ\0\0zimg", "a compressed EFI image (EFI zboot)"),
            (b"MZ\0\0\0\0", "an EFI program"),
            (b"hello", "data without the arm64 Image header"),
            (b"", "data without the arm64 Image header"),
        ] {
            assert_eq!(Image::read(start).unwrap_err().looks_like, expected);
        }
    }
}
