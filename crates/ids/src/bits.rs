//! Bits of a word that holds one bit for each of 32 interrupts.

/// The bit of interrupt `number` in its word (the number modulo 32).
pub const fn bit(number: u32) -> u32 {
    1u32.wrapping_shl(number)
}

/// The positions of the bits that are set, lowest first.
pub fn ones(mut word: u32) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        // Mostly there is none, and where no instruction counts zeroes, counting them takes long.
        if word == 0 {
            return None;
        }
        let lowest = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        Some(lowest)
    })
}

/// Sets the bits of `mask` in `word` to those of `value`.
pub const fn merge(word: &mut u32, mask: u32, value: u32) {
    *word = *word & !mask | value & mask;
}

/// Sets the bits of `mask` in `word`, or clears them.
pub const fn assign(word: &mut u32, mask: u32, value: bool) {
    merge(word, mask, if value { mask } else { 0 });
}
