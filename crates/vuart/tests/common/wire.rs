//! A wire with a limited outgoing buffer.

use std::collections::VecDeque;

use vuart::Wire;

/// The outside world.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestWire {
    /// Bytes that the wire still takes.
    pub(crate) room: usize,
    /// Bytes that it took.
    pub(crate) sent: Vec<u8>,
    /// Bytes for the guest.
    pub(crate) incoming: VecDeque<u8>,
}

impl TestWire {
    /// A wire that takes everything.
    pub(crate) fn open() -> Self {
        Self { room: usize::MAX, ..Self::default() }
    }

    /// A wire that takes `room` bytes.
    pub(crate) fn with_room(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// A wire on which `bytes` arrive.
    pub(crate) fn receiving(bytes: impl IntoIterator<Item = u8>) -> Self {
        Self { incoming: bytes.into_iter().collect(), ..Self::open() }
    }
}

impl Wire for TestWire {
    fn send(&mut self, byte: u8) -> bool {
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.sent.push(byte);
        true
    }

    fn receive(&mut self) -> Option<u8> {
        self.incoming.pop_front()
    }
}
