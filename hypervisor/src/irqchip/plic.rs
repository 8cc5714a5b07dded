//! PLIC host driver (RISC-V PLIC 1.0). The hypervisor takes every interrupt itself, by the supervisor context of the hart
//! that it concerns; guests have emulated PLICs.

use crate::mmio::{Frame, ReadWrite, Register};

/// Entry `n` is source `n`'s.
const PRIORITY: Register<u32, ReadWrite> = Register::at(0x0000);
const ENABLE: Register<u32, ReadWrite> = Register::at(0x2000);
/// Words of enable bits of one context.
const ENABLE_WORDS: u32 = 0x80 / 4;
const THRESHOLD: Register<u32, ReadWrite> = Register::at(0x20_0000);
const CLAIM: Register<u32, ReadWrite> = Register::at(0x20_0004);
/// Words of one context's threshold and claim registers.
const CONTEXT_WORDS: u32 = 0x1000 / 4;

/// The most sources that a PLIC can have.
const MAX_SOURCES: u32 = 1023;

/// The PLIC of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Plic {
    frame: Frame,
    sources: u32,
}

impl Plic {
    /// Takes the supervisor contexts over: nothing enabled, every source of priority 1.
    pub fn init(frame: Frame, sources: u32, contexts: impl Iterator<Item = u32>) -> Self {
        let this = Self { frame, sources: sources.min(MAX_SOURCES) };
        for source in 1..=this.sources {
            frame.write32(PRIORITY.index(source), 1);
        }
        for context in contexts {
            for word in 0..=this.sources / 32 {
                frame.write32(this.enable_word(context, word), 0);
            }
            this.open(context);
        }
        this
    }

    /// Lets every priority through to a context.
    pub fn open(&self, context: u32) {
        self.frame.write32(THRESHOLD.index(context.wrapping_mul(CONTEXT_WORDS)), 0);
    }

    /// How many sources there are: 1 up to this number.
    pub fn sources(&self) -> u32 {
        self.sources
    }

    /// Lets a source's interrupts through to a context, or stops them. The caller holds the lock of this word.
    pub fn set_enabled(&self, context: u32, source: u32, enabled: bool) {
        if (1..=self.sources).contains(&source) {
            let register = self.enable_word(context, source / 32);
            let word = self.frame.read32(register);
            let bit = 1 << (source % 32);
            self.frame.write32(register, if enabled { word | bit } else { word & !bit });
        }
    }

    /// The most urgent pending source of a context, which is now being served.
    pub fn claim(&self, context: u32) -> Option<u32> {
        let source = self.frame.read32(CLAIM.index(context.wrapping_mul(CONTEXT_WORDS)));
        (source != 0).then_some(source)
    }

    /// Lets a source interrupt again.
    pub fn complete(&self, context: u32, source: u32) {
        self.frame.write32(CLAIM.index(context.wrapping_mul(CONTEXT_WORDS)), source);
    }

    fn enable_word(&self, context: u32, word: u32) -> Register<u32, ReadWrite> {
        ENABLE.index(context.wrapping_mul(ENABLE_WORDS).wrapping_add(word))
    }
}
