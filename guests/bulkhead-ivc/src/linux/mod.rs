//! The kernel's calls that the command makes, as safe functions. Numbers and structures are those that arm64 and
//! riscv64 share (Linux, include/uapi/asm-generic/unistd.h).

mod call;

use core::ffi::{CStr, c_char};
use core::fmt::{self, Write};
use core::panic::PanicInfo;

use call::call;

const IOCTL: usize = 29;
const OPENAT: usize = 56;
const CLOSE: usize = 57;
const GETDENTS64: usize = 61;
const READ: usize = 63;
const WRITE: usize = 64;
const FCNTL: usize = 25;
const PPOLL: usize = 73;
const EXIT_GROUP: usize = 94;
const CLOCK_GETTIME: usize = 113;
const MUNMAP: usize = 215;
const MMAP: usize = 222;
const MPROTECT: usize = 226;

const AT_FDCWD: isize = -100;
const O_RDWR: usize = 2;
const O_NONBLOCK: usize = 0o4000;
const O_CLOEXEC: usize = 0o2_000_000;
const CLOCK_MONOTONIC: usize = 1;
const F_OFD_SETLK: usize = 37;
const F_WRLCK: i16 = 1;
const POLLIN: i16 = 1;

/// Try again: there is nothing now.
const EAGAIN: i32 = 11;

/// The number that the kernel gives for an error (errno(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Error(pub(crate) i32);

impl Error {
    /// Whether there was only nothing to read now.
    pub(crate) fn is_nothing_now(self) -> bool {
        self.0 == EAGAIN
    }
}

/// The words of the command line, the program's name left out.
#[derive(Clone, Copy)]
pub(crate) struct Arguments {
    rest: &'static [*const c_char],
}

impl Iterator for Arguments {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        // SAFETY: the kernel ends each argument with a zero, and nothing changes them while the program runs.
        let word = unsafe { CStr::from_ptr(*first) };
        Some(word.to_str().unwrap_or("?"))
    }
}

/// What `_start` jumps to: `stack` is the stack as the kernel has made it, with the arguments' number and addresses.
extern "C" fn begin(stack: *const usize) -> ! {
    // SAFETY: the number of arguments is the first word of the stack.
    let count = unsafe { stack.read() };
    // SAFETY: that many addresses follow it; nothing changes them while the program runs.
    let all = unsafe { core::slice::from_raw_parts(stack.wrapping_add(1).cast::<*const c_char>(), count) };
    match crate::run(Arguments { rest: all.get(1..).unwrap_or_default() }) {
        Ok(()) => exit(0),
        Err(failure) => {
            complain(format_args!("bulkhead-ivc: {failure}\n"));
            exit(1)
        }
    }
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    complain(format_args!("bulkhead-ivc: {info}\n"));
    exit(101)
}

fn exit(code: usize) -> ! {
    loop {
        // SAFETY: the call has no address among its arguments.
        unsafe { call(EXIT_GROUP, [code, 0, 0, 0, 0, 0]) };
    }
}

fn result(value: isize) -> Result<usize, Error> {
    // Errors are -4095 to -1, so the negation fits.
    usize::try_from(value).map_err(|_| Error(value.wrapping_neg() as i32))
}

/// Prints to the standard output.
pub(crate) fn print(text: fmt::Arguments<'_>) {
    // Who does not read has closed it; there is nobody to tell.
    let _ = Output(File(1)).write_fmt(text);
}

fn complain(text: fmt::Arguments<'_>) {
    let _ = Output(File(2)).write_fmt(text);
}

/// Collects a text's pieces, so that it leaves in one call unless it is long.
struct Output(File);

impl Write for Output {
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        let mut buffer = Buffer { file: &self.0, bytes: [0; 512], used: 0 };
        fmt::write(&mut buffer, text)?;
        buffer.flush()
    }

    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

struct Buffer<'a> {
    file: &'a File,
    bytes: [u8; 512],
    used: usize,
}

impl Buffer<'_> {
    fn flush(&mut self) -> fmt::Result {
        let used = core::mem::take(&mut self.used);
        self.file.write_all(&self.bytes[..used]).map_err(|_| fmt::Error)
    }
}

impl Write for Buffer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.used == self.bytes.len() {
                self.flush()?;
            }
            self.bytes[self.used] = byte;
            self.used += 1;
        }
        Ok(())
    }
}

/// An open file. It is closed only where that matters: with the program.
#[derive(Debug)]
pub(crate) struct File(i32);

impl File {
    /// The standard input.
    pub(crate) const INPUT: Self = Self(0);

    /// Opens a file for reading and writing, so that reading never waits.
    pub(crate) fn open(path: &CStr) -> Result<Self, Error> {
        Self::open_as(path, O_RDWR | O_NONBLOCK)
    }

    /// Opens a folder.
    pub(crate) fn folder(path: &CStr) -> Result<Self, Error> {
        Self::open_as(path, 0)
    }

    fn open_as(path: &CStr, flags: usize) -> Result<Self, Error> {
        let path = path.as_ptr() as usize;
        // SAFETY: the path lives through the call, which only reads it.
        let file = result(unsafe { call(OPENAT, [AT_FDCWD as usize, path, flags | O_CLOEXEC, 0, 0, 0]) })?;
        Ok(Self(file as i32))
    }

    /// Closes it.
    pub(crate) fn close(self) {
        // SAFETY: the call has no address among its arguments.
        unsafe { call(CLOSE, [self.0 as usize, 0, 0, 0, 0, 0]) };
    }

    /// Reads some bytes, and says how many.
    pub(crate) fn read(&self, into: &mut [u8]) -> Result<usize, Error> {
        self.fill(READ, into)
    }

    /// Reads some of a folder's entries.
    pub(crate) fn read_entries(&self, into: &mut [u8]) -> Result<usize, Error> {
        self.fill(GETDENTS64, into)
    }

    fn fill(&self, number: usize, into: &mut [u8]) -> Result<usize, Error> {
        let [address, length] = [into.as_mut_ptr() as usize, into.len()];
        // SAFETY: the kernel writes to no more than the bytes of `into`, which this caller borrows for itself.
        result(unsafe { call(number, [self.0 as usize, address, length, 0, 0, 0]) })
    }

    /// Writes bytes, and says how many.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, Error> {
        // SAFETY: the kernel only reads the bytes.
        result(unsafe { call(WRITE, [self.0 as usize, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]) })
    }

    /// Writes all bytes.
    pub(crate) fn write_all(&self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let written = self.write(bytes)?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// An ioctl(2) that reads and writes the words of a structure.
    ///
    /// # Safety
    /// The command's structure is not larger than the words.
    pub(crate) unsafe fn control(&self, command: usize, words: &mut [u32]) -> Result<(), Error> {
        // SAFETY: the kernel stays within the words, as the caller vouches; they are borrowed for this call alone.
        result(unsafe { call(IOCTL, [self.0 as usize, command, words.as_mut_ptr() as usize, 0, 0, 0]) })?;
        Ok(())
    }

    /// Keeps other open files from locking a byte of this one, or says that one of them has.
    pub(crate) fn lock(&self, byte: u64) -> Result<(), Error> {
        let lock = [F_WRLCK as u64, byte, 1, 0];
        // SAFETY: the kernel reads the structure, of which the first two bytes are the kind of lock, the next six zero.
        result(unsafe { call(FCNTL, [self.0 as usize, F_OFD_SETLK, lock.as_ptr() as usize, 0, 0, 0]) })?;
        Ok(())
    }

    /// Maps `length` bytes from `offset` on, for as long as the program runs. Others may change them at any time.
    pub(crate) fn map(&self, offset: u64, length: usize, access: Access) -> Result<*mut u8, Error> {
        self.map_as(offset, length, access, Kind::Shared)
    }

    /// The same, with or without others' seeing what is written.
    pub(crate) fn map_as(
        &self,
        offset: u64,
        length: usize,
        access: Access,
        kind: Kind,
    ) -> Result<*mut u8, Error> {
        let arguments = [0, length, access as usize, kind as usize, self.0 as usize, offset as usize];
        // SAFETY: the kernel takes addresses that the program does not use yet.
        result(unsafe { call(MMAP, arguments) }).map(|address| address as *mut u8)
    }
}

/// Removes a mapping that nobody uses any more.
///
/// # Safety
/// It is one, of this length.
pub(crate) unsafe fn unmap(start: *mut u8, length: usize) {
    // SAFETY: the caller vouches for it.
    unsafe { call(MUNMAP, [start as usize, length, 0, 0, 0, 0]) };
}

/// Changes what a mapping may be used for.
///
/// # Safety
/// It is one, of this length, and no reference leads into it.
pub(crate) unsafe fn protect(start: *mut u8, length: usize, access: Access) -> Result<(), Error> {
    // SAFETY: the caller vouches for it.
    result(unsafe { call(MPROTECT, [start as usize, length, access as usize, 0, 0, 0]) })?;
    Ok(())
}

/// Who sees what is written to a mapping (MAP_SHARED and MAP_PRIVATE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All who have the file.
    Shared = 1,
    /// This program.
    Private = 2,
}

/// What a mapping may be used for (PROT_READ, PROT_WRITE and PROT_EXEC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading.
    Read = 1,
    /// Reading and writing.
    Write = 3,
    /// Reading and executing.
    Execute = 5,
}

#[repr(C)]
struct PollEntry {
    file: i32,
    wanted: i16,
    found: i16,
}

/// Waits until one of the files has something to read.
pub(crate) fn wait(files: &[&File]) -> Result<(), Error> {
    let mut entries = [const { PollEntry { file: -1, wanted: 0, found: 0 } }; 4];
    for (entry, file) in entries.iter_mut().zip(files) {
        *entry = PollEntry { file: file.0, wanted: POLLIN, found: 0 };
    }
    let [address, count] = [entries.as_mut_ptr() as usize, entries.len()];
    // SAFETY: the kernel writes to the entries alone, which nobody else has.
    result(unsafe { call(PPOLL, [address, count, 0, 0, 0, 0]) })?;
    Ok(())
}

/// Nanoseconds of a clock that only goes forward.
pub(crate) fn nanoseconds() -> u64 {
    let mut time = [0u64; 2];
    // SAFETY: the kernel writes the two words, which nobody else has.
    unsafe { call(CLOCK_GETTIME, [CLOCK_MONOTONIC, time.as_mut_ptr() as usize, 0, 0, 0, 0]) };
    time[0].wrapping_mul(1_000_000_000).wrapping_add(time[1])
}
