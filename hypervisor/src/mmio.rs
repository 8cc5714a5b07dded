//! Device registers: a frame with a base and a size, and registers as typed offsets in it, so that an access
//! of the wrong width or direction does not compile.

use core::marker::PhantomData;

use addr::HypVirt;

use crate::arch;

/// A readable register.
pub trait Readable {}
/// A writable register.
pub trait Writable {}
/// Read-only access.
pub struct ReadOnly;
/// Write-only access.
pub struct WriteOnly;
/// Access in both directions.
pub struct ReadWrite;
impl Readable for ReadOnly {}
impl Readable for ReadWrite {}
impl Writable for WriteOnly {}
impl Writable for ReadWrite {}

/// A register or an array of them: `T` is its width (u8, u32, u64), `A` its access.
pub struct Register<T, A> {
    offset: u32,
    kind: PhantomData<(T, A)>,
}

impl<T, A> Clone for Register<T, A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, A> Copy for Register<T, A> {}

impl<T, A> Register<T, A> {
    /// The register at `offset` bytes into its frame.
    pub const fn at(offset: u32) -> Self {
        Self { offset, kind: PhantomData }
    }

    /// Element `index` of an array of registers that starts here.
    pub const fn index(self, index: u32) -> Self {
        Self::at(self.offset.wrapping_add(index.wrapping_mul(size_of::<T>() as u32)))
    }
}

/// A mapped device frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    base: HypVirt,
    size: u64,
}

impl Frame {
    /// A frame of `size` bytes at `base`.
    ///
    /// # Safety
    ///
    /// The frame must be mapped as device memory for as long as the value lives, and belong to this driver.
    pub const unsafe fn new(base: HypVirt, size: u64) -> Self {
        Self { base, size }
    }

    /// The frame's size in bytes.
    pub const fn size(self) -> u64 {
        self.size
    }

    /// The part of this frame from `offset` on, or `None` where that leaves it.
    pub fn part(self, offset: u64, size: u64) -> Option<Self> {
        let end = offset.checked_add(size)?;
        (end <= self.size).then_some(Self { base: self.base.checked_add(offset)?, size })
    }

    /// The same where it is known to have so many bytes: what leaves it then is known without a look.
    pub fn fixed<const SIZE: u64>(self) -> Option<FixedFrame<SIZE>> {
        (SIZE <= self.size).then_some(FixedFrame { base: self.base })
    }

    #[inline(always)]
    fn address<T>(self, offset: u32) -> Option<HypVirt> {
        let end = u64::from(offset).checked_add(size_of::<T>() as u64)?;
        if end > self.size {
            return None;
        }
        // `Frame::new`'s caller promised all of the frame to be mapped: no part of it lies behind the last address.
        Some(HypVirt::new(self.base.raw().wrapping_add(u64::from(offset))))
    }
}

/// A mapped device frame of at least so many bytes.
#[derive(Clone, Copy, Debug)]
pub struct FixedFrame<const SIZE: u64> {
    base: HypVirt,
}

impl<const SIZE: u64> FixedFrame<SIZE> {
    /// The frame, of exactly these bytes.
    #[inline(always)]
    pub const fn frame(self) -> Frame {
        Frame { base: self.base, size: SIZE }
    }
}

macro_rules! width {
    ($width:ty, $read:ident, $write:ident) => {
        impl Frame {
            /// Reads a register; zero outside the frame.
            #[inline(always)]
            pub fn $read<A: Readable>(self, register: Register<$width, A>) -> $width {
                match self.address::<$width>(register.offset) {
                    // SAFETY: inside the frame, which `Frame::new`'s caller promised to be mapped and ours.
                    Some(address) => unsafe { arch::mmio::$read(address) },
                    None => 0,
                }
            }

            /// Writes a register; ignored outside the frame.
            #[inline(always)]
            pub fn $write<A: Writable>(self, register: Register<$width, A>, value: $width) {
                if let Some(address) = self.address::<$width>(register.offset) {
                    // SAFETY: as for reads.
                    unsafe { arch::mmio::$write(address, value) }
                }
            }
        }
    };
}
width!(u8, read8, write8);
width!(u32, read32, write32);
width!(u64, read64, write64);
