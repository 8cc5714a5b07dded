//! A UART whose two ends are queues that a test holds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The test's end.
#[derive(Debug, Default)]
pub struct Line {
    /// What was sent.
    pub sent: Vec<u8>,
    /// What is to be received.
    pub typed: VecDeque<u8>,
    /// How many more bytes the FIFO takes; `None` is without end.
    pub room: Option<usize>,
}

/// The console's end.
#[derive(Clone, Debug, Default)]
pub struct Uart {
    /// The shared line.
    pub line: Arc<Mutex<Line>>,
}

impl Uart {
    fn with<R>(&self, act: impl FnOnce(&mut Line) -> R) -> R {
        act(&mut self.line.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nothing to enable.
    pub fn enable_receive_interrupt(&mut self) {}

    /// Nothing to enable.
    pub fn set_transmit_interrupt(&mut self, _: bool) {}

    /// Sends the first bytes of these, and returns how many: as many as there is room for.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        self.with(|line| {
            let count = line.room.unwrap_or(usize::MAX).min(bytes.len());
            line.room = line.room.map(|room| room.saturating_sub(count));
            line.sent.extend(bytes.iter().take(count));
            count
        })
    }

    /// The next byte that was typed.
    pub fn receive(&mut self) -> Option<u8> {
        self.with(|line| line.typed.pop_front())
    }

    /// Nothing to acknowledge.
    pub fn acknowledge(&mut self) {}
}
