//! Who has sent the SGIs of a GICv2: each is pending once for each sender, and tells its sender when it is
//! acknowledged (IHI 0048B, 3.1.1 and 4.3.15).

use ids::bits::{bit, ones};

/// The senders of one vCPU's SGIs. A vCPU is named by its number, as GICC_IAR.CPUID does.
#[derive(Clone, Debug)]
pub(crate) struct Senders {
    /// A bit for each sender, for each SGI. What a list register carries is not among them.
    pending: [u8; 16],
    /// Who sent the one that is active.
    active: [u8; 16],
}

impl Senders {
    pub(crate) const fn new() -> Self {
        Self { pending: [0; 16], active: [0; 16] }
    }

    /// The vCPUs whose SGI `sgi` is pending, a bit each.
    pub(crate) fn pending(&self, sgi: u32) -> u8 {
        self.pending.get(sgi as usize).copied().unwrap_or(0)
    }

    /// The sender whose SGI comes first: the one with the lowest number (the architecture leaves the order to the
    /// implementation). Without any it is 0.
    pub(crate) fn first(&self, sgi: u32) -> u8 {
        ones(u32::from(self.pending(sgi))).next().unwrap_or(0) as u8
    }

    /// Returns whether any of them is new.
    pub(crate) fn add(&mut self, sgi: u32, senders: u8) -> bool {
        match self.pending.get_mut(sgi as usize) {
            Some(pending) => {
                let new = senders & !*pending != 0;
                *pending |= senders;
                new
            }
            None => false,
        }
    }

    /// Returns whether any is left.
    pub(crate) fn remove(&mut self, sgi: u32, senders: u8) -> bool {
        match self.pending.get_mut(sgi as usize) {
            Some(pending) => {
                *pending &= !senders;
                *pending != 0
            }
            None => false,
        }
    }

    pub(crate) fn active(&self, sgi: u32) -> u8 {
        self.active.get(sgi as usize).copied().unwrap_or(0)
    }

    pub(crate) fn set_active(&mut self, sgi: u32, sender: u8) {
        if let Some(active) = self.active.get_mut(sgi as usize) {
            *active = sender;
        }
    }
}

/// The bit of a sender, 0 to 7.
pub(crate) const fn sender_bit(sender: u8) -> u8 {
    bit(sender as u32) as u8
}
