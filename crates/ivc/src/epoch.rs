//! The word by which the two ends of a lane tell one life of the other from the next.

/// How many lower bits count the openings since the zone was started.
const OPENINGS: u32 = 12;
const OPENINGS_MASK: u32 = (1 << OPENINGS) - 1;

/// The epoch of an end that is opened in a zone that was started `generation` times, where `before` is the epoch that
/// its section still has from the opening before, or 0.
///
/// Never 0, and another than `before`. An epoch comes back after 4095 openings without a restart of the zone, or 2^20
/// restarts; the other end would have to sleep through all of them to be deceived.
pub(crate) const fn next(generation: u32, before: u32) -> u32 {
    let life = generation.wrapping_shl(OPENINGS);
    let opened = if before & !OPENINGS_MASK == life { before & OPENINGS_MASK } else { 0 };
    let opening = if opened == OPENINGS_MASK { 1 } else { opened.wrapping_add(1) };
    life | opening
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_opening_after_a_start_begins_a_new_count() {
        assert_eq!(next(1, 0), 0x1001);
        assert_eq!(next(2, 0x1005), 0x2001);
    }

    #[test]
    fn each_opening_has_another_epoch() {
        assert_eq!(next(1, 0x1001), 0x1002);
        assert_eq!(next(1, 0x1fff), 0x1001);
    }

    #[test]
    fn no_epoch_is_zero() {
        assert_eq!(next(0, 0), 1);
        assert_eq!(next(0, 0xfff), 1);
        assert_eq!(next(1 << 20, 0), 1);
    }
}
