//! The root file system of Linux guests: one static busybox and [`INIT`], as a compressed cpio archive that
//! the kernel unpacks. The same input gives the same bytes.

use std::collections::BTreeSet;
use std::io::{self, Write};

use cpio::newc::{self, ModeFileType};
use flate2::{Compression, Crc, GzBuilder};

/// What runs as process 1.
pub(crate) const INIT: &str = include_str!("../initramfs/init.sh");

/// Major and minor number of `/dev/console` (Linux' devices.txt).
const CONSOLE: (u32, u32) = (5, 1);

/// The file name of the archive: changes whenever the content would.
pub(crate) fn file_name() -> String {
    let mut sum = Crc::new();
    sum.update(INIT.as_bytes());
    format!("initramfs-{:08x}.cpio.gz", sum.sum())
}

/// Makes the archive around a static busybox.
pub(crate) fn build(busybox: &[u8]) -> io::Result<Vec<u8>> {
    // No time stamp and no file name in the gzip header: the bytes depend on the content alone.
    let gzip = GzBuilder::new().write(Vec::new(), Compression::new(6));
    let mut archive = Archive { out: gzip, inode: 1 };
    archive.folder("bin")?;
    archive.folder("dev")?;
    // The kernel opens it before process 1 can mount anything on /dev.
    archive.device("dev/console", CONSOLE)?;
    archive.program("bin/busybox", busybox)?;
    archive.program("init", INIT.as_bytes())?;
    newc::trailer(archive.out)?.finish()
}

/// The archive with further programs in it, each with its path.
pub(crate) fn with_programs(archive: Vec<u8>, programs: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    Ok(joined(archive, &of_programs(programs)?))
}

/// An archive with another behind it, which the kernel unpacks over the first.
pub(crate) fn joined(mut archive: Vec<u8>, second: &[u8]) -> Vec<u8> {
    // The kernel looks for the next archive at a multiple of four bytes.
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(second);
    archive
}

/// Makes an archive of programs, each with its path, that the kernel unpacks over the one before it. It is not
/// compressed: an emulated kernel would take long to unpack much.
pub(crate) fn of_programs(programs: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut archive = Archive { out: Vec::new(), inode: 1 };
    let mut folders = BTreeSet::new();
    for (path, content) in programs {
        for (index, _) in path.match_indices('/') {
            if folders.insert(&path[..index]) {
                archive.folder(&path[..index])?;
            }
        }
        archive.program(path, content)?;
    }
    newc::trailer(archive.out)
}

struct Archive<W> {
    out: W,
    inode: u32,
}

impl<W: Write> Archive<W> {
    fn folder(&mut self, name: &str) -> io::Result<()> {
        self.entry(newc::Builder::new(name).mode(0o755).set_mode_file_type(ModeFileType::Directory), &[])
    }

    fn device(&mut self, name: &str, (major, minor): (u32, u32)) -> io::Result<()> {
        let node = newc::Builder::new(name).mode(0o600).set_mode_file_type(ModeFileType::Char);
        self.entry(node.rdev_major(major).rdev_minor(minor), &[])
    }

    fn program(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.entry(newc::Builder::new(name).mode(0o755).set_mode_file_type(ModeFileType::Regular), content)
    }

    fn entry(&mut self, entry: newc::Builder, content: &[u8]) -> io::Result<()> {
        let size = u32::try_from(content.len()).map_err(io::Error::other)?;
        let mut file = entry.ino(self.inode).write(&mut self.out, size);
        self.inode += 1;
        file.write_all(content)?;
        file.finish().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpio::newc::Reader;
    use flate2::read::GzDecoder;
    use std::io::Read;

    struct Found {
        name: String,
        mode: u32,
        device: (u32, u32),
        content: Vec<u8>,
    }

    fn entries(compressed: &[u8]) -> Vec<Found> {
        let mut archive = Vec::new();
        GzDecoder::new(compressed).read_to_end(&mut archive).expect("gzip");
        plain_entries(&archive)
    }

    fn plain_entries(mut rest: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        loop {
            let mut reader = Reader::new(rest).expect("entry");
            if reader.entry().is_trailer() {
                return found;
            }
            let mut content = Vec::new();
            reader.read_to_end(&mut content).expect("content");
            let entry = reader.entry();
            let device = (entry.rdev_major(), entry.rdev_minor());
            found.push(Found { name: entry.name().to_owned(), mode: entry.mode(), device, content });
            rest = reader.finish().expect("next entry");
        }
    }

    #[test]
    fn the_console_node_is_there_before_anything_runs() {
        let archive = entries(&build(b"busybox").expect("archive"));
        let console = archive.iter().find(|entry| entry.name == "dev/console").expect("console node");
        assert_eq!((console.mode & 0o170_000, console.device), (0o020_000, CONSOLE));
    }

    #[test]
    fn init_and_busybox_are_executable() {
        let archive = entries(&build(b"busybox").expect("archive"));
        for (name, content) in [("init", INIT.as_bytes()), ("bin/busybox", b"busybox")] {
            let entry = archive.iter().find(|entry| entry.name == name).expect(name);
            assert_eq!((entry.mode, entry.content.as_slice()), (0o100_755, content), "{name}");
        }
    }

    #[test]
    fn folders_come_before_the_programs_in_them_and_once() {
        let programs = [("a/b/one", "1"), ("a/two", "2")].map(|(path, text)| (path.to_owned(), text.into()));
        let found = plain_entries(&of_programs(&programs).expect("archive"));
        let names: Vec<_> = found.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a", "a/b", "a/b/one", "a/two"]);
        assert_eq!((found[3].mode, found[3].content.as_slice()), (0o100_755, "2".as_bytes()));
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        assert_eq!(build(b"busybox").expect("archive"), build(b"busybox").expect("archive"));
    }
}
