//! PLIC (RISC-V PLIC 1.0). Context n is vCPU n's; only that of vCPU 0 is used.

use super::mmio::{load, store};

/// Priority of source n at n words; enable bits, threshold and claim of context 0.
const PRIORITY: u64 = 0;
const ENABLE: u64 = 0x2000;
const THRESHOLD: u64 = 0x20_0000;
const CLAIM: u64 = 0x20_0004;

/// Lets every priority through.
pub fn open(plic: u64) {
    store(plic + THRESHOLD, 0);
}

/// Lets a source interrupt, or stops it.
pub fn set_enabled(plic: u64, source: u32, enabled: bool) {
    store(plic + PRIORITY + u64::from(source) * 4, 1);
    let word = plic + ENABLE + u64::from(source / 32) * 4;
    let bit = 1 << (source % 32);
    store(word, if enabled { load(word) | bit } else { load(word) & !bit });
}

/// The source that is to be served.
pub fn claim(plic: u64) -> Option<u32> {
    let source = load(plic + CLAIM);
    (source != 0).then_some(source)
}

/// It has been.
pub fn complete(plic: u64, source: u32) {
    store(plic + CLAIM, source);
}
