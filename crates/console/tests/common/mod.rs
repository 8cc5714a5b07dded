//! A multiplexer with two zones, alpha and beta, and what it sends.
#![allow(dead_code, reason = "each test file uses its own part")]

use console::{Drained, Mux, Ring, Source};

/// Enough for any test, so that nothing is refused.
pub(crate) type TestRing = Ring<8192>;

/// A multiplexer and its rings.
pub(crate) struct Console {
    pub(crate) mux: Mux<2>,
    pub(crate) alpha: TestRing,
    pub(crate) beta: TestRing,
    pub(crate) hypervisor: TestRing,
    pub(crate) stopped: bool,
}

impl Console {
    /// Without colours.
    pub(crate) fn plain() -> Self {
        Self::new(Mux::new(false))
    }

    /// With colours.
    pub(crate) fn coloured() -> Self {
        Self::new(Mux::new(true))
    }

    fn new(mux: Mux<2>) -> Self {
        let (alpha, beta, hypervisor) = (TestRing::new(), TestRing::new(), TestRing::new());
        Self { mux, alpha, beta, hypervisor, stopped: false }
    }

    /// Drains into a UART that takes what `out` takes.
    pub(crate) fn drain_into(&mut self, now: u64, out: &mut impl FnMut(u8) -> bool) -> Drained {
        let sources = [
            Source { ring: &self.alpha, name: "alpha", stopped: self.stopped },
            Source { ring: &self.beta, name: "beta", stopped: self.stopped },
        ];
        self.mux.drain(now, &sources, &self.hypervisor, &mut bytewise(out))
    }

    /// All that comes out at this time.
    pub(crate) fn output(&mut self, now: u64) -> String {
        let mut sent = Vec::new();
        let mut last = None;
        loop {
            let drained = self.drain_into(now, &mut |byte| {
                sent.push(byte);
                true
            });
            // Held back by patience: another try at the same time brings nothing.
            if drained == Drained::Idle || last == Some(sent.len()) {
                return String::from_utf8(sent).unwrap();
            }
            last = Some(sent.len());
        }
    }

    pub(crate) fn alpha(&self, text: &str) {
        write(&self.alpha, text.as_bytes());
    }

    pub(crate) fn beta(&self, text: &str) {
        write(&self.beta, text.as_bytes());
    }

    pub(crate) fn hypervisor(&self, text: &str) {
        write(&self.hypervisor, text.as_bytes());
    }
}

/// Puts all of `bytes` into `ring`.
pub(crate) fn write(ring: &TestRing, bytes: &[u8]) {
    bytes.iter().for_each(|byte| assert!(ring.push(*byte)));
}

/// A UART that is asked for each byte.
pub(crate) fn bytewise(mut out: impl FnMut(u8) -> bool) -> impl FnMut(&[u8]) -> usize {
    move |bytes| bytes.iter().take_while(|byte| out(**byte)).count()
}
