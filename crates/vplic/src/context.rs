//! What belongs to one context: the enable bits and the threshold.

/// Words of enable bits: for 1024 sources.
const WORDS: usize = 32;

/// The context of one vCPU: storage that is lent to [`Vplic::new`](crate::Vplic::new).
#[derive(Clone, Debug)]
pub struct Context {
    enabled: [u32; WORDS],
    /// 0 to 7.
    pub(crate) threshold: u8,
}

impl Context {
    /// A context that has enabled nothing.
    pub const fn new() -> Self {
        Self { enabled: [0; WORDS], threshold: 0 }
    }

    /// The enable bits of a bank.
    pub(crate) fn enabled(&self, bank: usize) -> u32 {
        self.enabled.get(bank).copied().unwrap_or(0)
    }

    pub(crate) fn set_enabled(&mut self, bank: usize, value: u32) {
        if let Some(word) = self.enabled.get_mut(bank) {
            *word = value;
        }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}
