//! Exits as the hypervisor's status tells them.

/// How often the guest of one vCPU was left since boot, by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exits {
    /// Calls to firmware.
    pub calls: u64,
    /// Accesses that the second stage does not map.
    pub accesses: u64,
    /// Interrupts for the hypervisor.
    pub interrupts: u64,
    /// Trapped instructions and registers.
    pub traps: u64,
}

impl Exits {
    /// The counts in a line of the status: `… exits: 1 calls 2 accesses 3 interrupts 4 traps`.
    pub fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_once("exits:")?.1.split_whitespace().collect();
        let count = |name: &str| {
            let place = words.iter().position(|word| *word == name)?;
            words.get(place.checked_sub(1)?)?.parse().ok()
        };
        Some(Self {
            calls: count("calls")?,
            accesses: count("accesses")?,
            interrupts: count("interrupts")?,
            traps: count("traps")?,
        })
    }

    /// What was added since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            calls: self.calls.wrapping_sub(before.calls),
            accesses: self.accesses.wrapping_sub(before.accesses),
            interrupts: self.interrupts.wrapping_sub(before.interrupts),
            traps: self.traps.wrapping_sub(before.traps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_status_line_are_read_by_their_names() {
        let line = "zone a: vCPU 0: exits: 1 calls 22 accesses 333 interrupts 4 traps";
        let expected = Exits { calls: 1, accesses: 22, interrupts: 333, traps: 4 };
        assert_eq!(Exits::read(line), Some(expected));
        assert_eq!(Exits::read("zone a: vCPU 0: exits: 1 calls"), None);
    }
}
