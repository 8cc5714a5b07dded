//! One set-up at a time per cache folder: two apt runs at once delete each other's downloads.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::SetupError;
use crate::progress::Progress;

/// Held while a step changes the cache; released on drop, and by the kernel if the process dies.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `cache`, creating the folder on first use.
    pub(crate) fn take(cache: &Path, progress: &Progress) -> Result<Self, SetupError> {
        let path = cache.join("lock");
        let failed = |error: std::io::Error| {
            SetupError::new(format!("lock {}", path.display()))
                .because(error)
                .remedy("make the folder writable, or set BULKHEAD_CACHE to one that is")
        };
        fs::create_dir_all(cache).map_err(failed)?;
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note("another Bulkhead set-up is running: waiting for it to finish");
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verbosity;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_second_holder_waits_until_the_first_lets_go() {
        let cache = tempfile::tempdir().expect("temporary folder");
        let released = AtomicBool::new(false);
        let progress = Progress::new(Verbosity::Silent);
        let first = Lock::take(cache.path(), &progress).expect("free lock");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let _second = Lock::take(cache.path(), &progress).expect("lock after waiting");
                assert!(released.load(Ordering::SeqCst), "two holders at once");
            });
            released.store(true, Ordering::SeqCst);
            drop(first);
            second.join().expect("second holder");
        });
    }
}
