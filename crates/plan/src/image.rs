//! What a kernel file is: the header of an Image (Linux, Documentation/arch/arm64/booting.rst and
//! Documentation/arch/riscv/boot-image-header.rst), or what the file looks like when it is none.

use manifest::Arch;

use crate::place::BLOCK;

/// What a boot loader needs to know of an Image.
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
    pub(crate) looks_like: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

const HEADER_SIZE: usize = 64;
const MAGIC_OFFSET: usize = 56;

/// What the two architectures' headers share: they differ in the magic number, and in where its sources are.
struct Header {
    magic: &'static [u8],
    folder: &'static str,
}

fn header(arch: Arch) -> Header {
    match arch {
        Arch::Arm64 => Header { magic: b"ARM\x64", folder: "arm64" },
        Arch::Riscv64 => Header { magic: b"RSC\x05", folder: "riscv" },
    }
}

/// What to do about a file that is no Image.
#[derive(Clone, Copy)]
enum Remedy {
    /// Build or take the plain Image.
    Rebuild,
    /// Take a kernel of the board's architecture.
    OtherKernel,
    /// As it says.
    Text(&'static str),
}

use Remedy::{OtherKernel, Rebuild, Text};

/// How other files that are taken for kernels begin.
const OTHERS: [(usize, &[u8], &str, Remedy); 15] = [
    (0, b"\x1f\x8b", "gzip-compressed data", Text("unpack it first: gunzip")),
    (0, b"\x7fELF", "an ELF file (vmlinux?)", Rebuild),
    (4, b"zimg", "a compressed EFI image (EFI zboot)", Text("unpack the payload, or use the plain Image")),
    (MAGIC_OFFSET, b"RSC\x05", "a RISC-V Image", OtherKernel),
    (MAGIC_OFFSET, b"ARM\x64", "an arm64 Image", OtherKernel),
    (0, b"\xfd7zXZ\0", "xz-compressed data", Text("unpack it first: unxz")),
    (0, b"\x28\xb5\x2f\xfd", "zstd-compressed data", Text("unpack it first: unzstd")),
    (0, b"\x02\x21\x4c\x18", "lz4-compressed data", Text("unpack it first: unlz4")),
    (0, b"BZh", "bzip2-compressed data", Text("unpack it first: bunzip2")),
    (0, b"\xd0\x0d\xfe\xed", "a device tree or FIT image", Text("use the kernel inside it")),
    (0, b"\x27\x05\x19\x56", "a U-Boot legacy image", Rebuild),
    (0, b"070701", "a cpio archive (an initial RAM disk?)", Text("name it as `initrd`")),
    (514, b"HdrS", "an x86 bzImage", OtherKernel),
    (0, b"MZ", "an EFI program", Rebuild),
    (0, b"#!", "a script", Rebuild),
];

impl Image {
    /// Reads the header of a kernel file.
    ///
    /// # Errors
    ///
    /// What the file is instead.
    pub(crate) fn read(file: &[u8], arch: Arch) -> Result<Self, NotAnImage> {
        let Header { magic, folder } = header(arch);
        if file.len() < HEADER_SIZE || !file[MAGIC_OFFSET..].starts_with(magic) {
            return Err(something_else(file, arch, folder));
        }
        let field =
            |at: usize| file[at..at + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let (text_offset, image_size, flags) = (field(8), field(16), field(24));
        if flags & 1 != 0 {
            let remedy = "build it with CONFIG_CPU_LITTLE_ENDIAN".to_owned();
            return Err(NotAnImage { looks_like: format!("a big-endian {arch} Image"), remedy });
        }
        let text_offset = match arch {
            // Before Linux 3.17 the size was left zero, and then text_offset counts as 0x80000.
            Arch::Arm64 if image_size == 0 => 0x8_0000,
            Arch::Arm64 => text_offset,
            // Whole blocks of it leave room for firmware at the start of RAM, which a zone has none of.
            Arch::Riscv64 => text_offset % BLOCK,
        };
        let size = image_size.max(file.len() as u64);
        let size = match arch {
            Arch::Arm64 => size,
            // Linux keeps all of the last 2 MiB page that it maps itself with, and drops an initrd in it.
            Arch::Riscv64 => text_offset
                .checked_add(size)
                .and_then(|end| end.checked_next_multiple_of(BLOCK))
                .map_or(size, |end| end - text_offset),
        };
        Ok(Self { text_offset, size })
    }
}

fn something_else(file: &[u8], arch: Arch, folder: &str) -> NotAnImage {
    let begins = |(offset, magic, ..): &&(usize, &[u8], _, _)| {
        file.get(*offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    let Some((_, _, looks_like, remedy)) = OTHERS.iter().find(begins) else {
        return NotAnImage {
            looks_like: format!("data without the {arch} Image header"),
            remedy: "for a plain binary use `raw = { file, load, entry }`".to_owned(),
        };
    };
    let remedy = match remedy {
        Rebuild => format!("use the uncompressed Image (arch/{folder}/boot/Image)"),
        OtherKernel => format!("use {} kernel", with_article(arch)),
        Text(text) => (*text).to_owned(),
    };
    NotAnImage { looks_like: (*looks_like).to_owned(), remedy }
}

/// "an arm64" or "a riscv64".
pub(crate) fn with_article(arch: Arch) -> String {
    let article = match arch {
        Arch::Arm64 => "an",
        Arch::Riscv64 => "a",
    };
    format!("{article} {arch}")
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
        assert_eq!(
            Image::read(&image(0, 0x10000, 0xa), Arch::Arm64),
            Ok(Image { text_offset: 0, size: 0x10000 })
        );
    }

    #[test]
    fn an_image_without_a_size_has_the_offset_of_its_time() {
        assert_eq!(
            Image::read(&image(0, 0, 0), Arch::Arm64),
            Ok(Image { text_offset: 0x8_0000, size: 4096 })
        );
    }

    #[test]
    fn an_efi_stub_does_not_hide_the_image() {
        let mut file = image(0, 0x10000, 0xa);
        file[..2].copy_from_slice(b"MZ");
        assert!(Image::read(&file, Arch::Arm64).is_ok());
    }

    #[test]
    fn a_big_endian_image_is_refused() {
        assert_eq!(
            Image::read(&image(0, 0x10000, 1), Arch::Arm64).unwrap_err().looks_like,
            "a big-endian arm64 Image"
        );
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
            assert_eq!(Image::read(start, Arch::Arm64).unwrap_err().looks_like, expected);
        }
    }

    /// The same file with the header of the other architecture.
    fn riscv64_image(text_offset: u64, image_size: u64, flags: u64) -> Vec<u8> {
        let mut file = image(text_offset, image_size, flags);
        file[48..60].copy_from_slice(b"RISCV\0\0\0RSC\x05");
        file
    }

    #[test]
    fn a_riscv64_image_needs_no_room_for_firmware_below_it() {
        let read = |text_offset| Image::read(&riscv64_image(text_offset, 0x10000, 0), Arch::Riscv64);
        assert_eq!(read(0x20_0000), Ok(Image { text_offset: 0, size: 0x20_0000 }));
        assert_eq!(read(0x21_0000), Ok(Image { text_offset: 0x1_0000, size: 0x1f_0000 }));
    }

    #[test]
    fn an_image_of_the_other_architecture_is_told_what_is_needed() {
        let arm64 = Image::read(&image(0, 0x10000, 0xa), Arch::Riscv64).unwrap_err();
        assert_eq!(
            (arm64.looks_like.as_str(), arm64.remedy.as_str()),
            ("an arm64 Image", "use a riscv64 kernel")
        );
        let riscv64 = Image::read(&riscv64_image(0, 0x10000, 0), Arch::Arm64).unwrap_err();
        assert_eq!(
            (riscv64.looks_like.as_str(), riscv64.remedy.as_str()),
            ("a RISC-V Image", "use an arm64 kernel")
        );
    }
}
