//! A value that boot finds out and everybody reads from then on.

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

const EMPTY: u8 = 0;
const BEING_WRITTEN: u8 = 1;
const SET: u8 = 2;

/// A place for a value that is written at most once and never dropped.
pub struct Once<T> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value is written by one CPU, which may hand it to others (Send), before any has a reference to it, and is
// then shared by all (Sync).
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Once<T> {
    /// A place without its value.
    pub const fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Puts a value there, unless somebody was first.
    pub fn set(&self, value: T) {
        if self.state.compare_exchange(EMPTY, BEING_WRITTEN, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            // SAFETY: `value` is a place for a T. Nobody else writes it, as the exchange succeeds only once, and nobody
            // reads it before the state is SET.
            unsafe { self.value.get().write(MaybeUninit::new(value)) };
            self.state.store(SET, Ordering::Release);
        }
    }

    /// The value, if it is there.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if self.state.load(Ordering::Acquire) != SET {
            return None;
        }
        // SAFETY: the value is there, as the state says.
        Some(unsafe { self.get_unchecked() })
    }

    /// The value, without a look whether it is there.
    ///
    /// # Safety
    ///
    /// It was put there before, as far as this CPU can tell.
    #[inline]
    pub unsafe fn get_unchecked(&self) -> &T {
        // SAFETY: a pointer to a live place, which nobody writes any more once the value is there.
        let place = unsafe { &*self.value.get() };
        // SAFETY: the value is there, which the caller answers for.
        unsafe { place.assume_init_ref() }
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Once").field(&self.get()).finish()
    }
}

/// A place for a reference, in a word: to look whether it is there takes an instruction less.
#[derive(Debug)]
pub struct OnceRef<T: Sync + 'static>(AtomicPtr<T>);

impl<T: Sync + 'static> OnceRef<T> {
    /// A place without its reference.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Puts a reference there, unless somebody was first.
    pub fn set(&self, reference: &'static T) {
        let pointer = ptr::from_ref(reference).cast_mut();
        let _ = self.0.compare_exchange(ptr::null_mut(), pointer, Ordering::Release, Ordering::Relaxed);
    }

    /// The reference, if it is there.
    #[inline(always)]
    pub fn get(&self) -> Option<&'static T> {
        // SAFETY: null, or a pointer that `set` made from a reference that lives for ever and can be shared.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

impl<T: Sync + 'static> Default for OnceRef<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Once, OnceRef};

    #[test]
    fn the_first_reference_stays() {
        let once = OnceRef::new();
        assert_eq!(once.get(), None);
        once.set(&1);
        once.set(&2);
        assert_eq!(once.get(), Some(&1));
    }

    #[test]
    fn the_first_value_stays() {
        let once = Once::new();
        assert_eq!(once.get(), None);
        once.set(1);
        once.set(2);
        assert_eq!(once.get(), Some(&1));
    }

    #[test]
    fn whoever_sees_a_value_sees_all_of_it() {
        static ONCE: Once<[u64; 64]> = Once::new();
        std::thread::scope(|scope| {
            for value in 1..=4 {
                scope.spawn(move || ONCE.set([value; 64]));
            }
            for _ in 0..4 {
                scope.spawn(|| {
                    if let Some(values) = ONCE.get() {
                        assert!(values.iter().all(|value| *value == values[0] && *value != 0));
                    }
                });
            }
        });
        assert!(ONCE.get().is_some());
    }
}
