//! The zone's own UART frame: every offset of its page in every plain width.

use crate::accesses::{self, Direction};
use crate::arch::UART_STORES_FROM;
use crate::tally::Tally;
use common::machine::{UART, UART_SIZE};

/// Loads everywhere, stores where no working register lies. Any outcome is defined, as long as the zone goes
/// on.
pub(crate) fn every_offset() -> Tally {
    let mut tally = Tally::new("uart");
    for offset in 0..UART_SIZE {
        for access in accesses::plain() {
            if access.direction == Direction::Load || offset >= UART_STORES_FROM {
                let _ = access.run(UART + offset, !0);
                tally.contained(1);
            }
        }
    }
    tally
}
