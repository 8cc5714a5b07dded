//! How often a duration was how long, in a fixed amount of memory.

use crate::linux::print;

/// Parts that each power of two is divided into.
const PARTS: u64 = 8;
const BUCKETS: usize = 64 * PARTS as usize;
/// The longest bar, in characters.
const WIDTH: u64 = 50;

/// Durations in nanoseconds, each known to an eighth.
pub(crate) struct Histogram {
    counts: [u32; BUCKETS],
    total: u64,
    least: u64,
    most: u64,
}

impl Histogram {
    /// One without durations.
    pub(crate) fn new() -> Self {
        Self { counts: [0; BUCKETS], total: 0, least: u64::MAX, most: 0 }
    }

    /// Adds a duration.
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        let count = &mut self.counts[bucket(nanoseconds)];
        *count = count.saturating_add(1);
        self.total += 1;
        self.least = self.least.min(nanoseconds);
        self.most = self.most.max(nanoseconds);
    }

    /// Prints a line with the extremes and two percentiles, then a bar for each power of two.
    pub(crate) fn show(&self, what: &str) {
        let (count, least, most) = (self.total, self.least, self.most);
        let (median, high) = (self.percentile(50), self.percentile(99));
        print(format_args!(
            "bench: {what} count={count} min_ns={least} median_ns={median} p99_ns={high} max_ns={most}\n"
        ));
        for (power, counts) in self.counts.chunks(PARTS as usize).enumerate() {
            let count: u64 = counts.iter().map(|&count| u64::from(count)).sum();
            if count > 0 {
                let bar = (count * WIDTH).div_ceil(self.total.max(1)) as usize;
                print(format_args!("bench: {:>12} ns {count:>8} {:#<bar$}\n", 1u64 << power, ""));
            }
        }
    }

    /// The duration that this many of a hundred do not exceed.
    fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.total * percent).div_ceil(100);
        let mut seen = 0;
        let found = self.counts.iter().position(|&count| {
            seen += u64::from(count);
            seen >= wanted
        });
        found.map_or(self.most, |bucket| end(bucket).min(self.most))
    }
}

/// The bucket of a duration: its power of two, and which part of that.
fn bucket(nanoseconds: u64) -> usize {
    let power = u64::from(nanoseconds.max(1).ilog2());
    let part = (nanoseconds << 3 >> power) % PARTS;
    (power * PARTS + part) as usize
}

/// The longest duration of a bucket.
fn end(bucket: usize) -> u64 {
    let (power, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    let width = 1u64 << power;
    width + (width * (part + 1)).div_ceil(PARTS) - 1
}
