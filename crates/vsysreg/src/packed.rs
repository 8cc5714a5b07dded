//! The fields of `id_table` as the image holds them: a list of them all would take much of it.
#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "computed by the compiler")]

use crate::id_table::{FIELDS, Field, PLACES, Rule};

/// Of each register the fields that a guest sees as they are: bit n stands for bits 4n to 4n + 3. Most fields are of that
/// kind.
pub(crate) static KEPT: [u16; PLACES] = kept();

const fn kept() -> [u16; PLACES] {
    let mut kept = [0; PLACES];
    let mut next = 0;
    while next < FIELDS.len() {
        let (place, (low, rule)) = FIELDS[next];
        if matches!(rule, Rule::Keep) {
            kept[place as usize] |= 1 << (low / 4);
        }
        next += 1;
    }
    kept
}

/// The other fields, with the places of their registers.
pub(crate) static RULED: [(u8, Field); FIELDS.len() - kept_fields()] = ruled();

const fn kept_fields() -> usize {
    let mut count = 0;
    let mut place = 0;
    while place < PLACES {
        count += kept()[place].count_ones() as usize;
        place += 1;
    }
    count
}

const fn ruled<const COUNT: usize>() -> [(u8, Field); COUNT] {
    let mut ruled = [FIELDS[0]; COUNT];
    let (mut next, mut count) = (0, 0);
    while next < FIELDS.len() {
        if !matches!(FIELDS[next].1.1, Rule::Keep) {
            ruled[count] = FIELDS[next];
            count += 1;
        }
        next += 1;
    }
    ruled
}
