//! The line that an author is writing, until it is shown.

use crate::Ring;
use crate::filter::{Filter, Item, MAX_SEQUENCE};

/// Bytes of a line that are kept back at most; then they are shown as a line of their own.
pub(crate) const LINE: usize = 256;

/// A line of so many bytes is shown without waiting for more: the next item may not fit.
const MOST: usize = LINE - MAX_SEQUENCE + 1;

/// What one author has written of a line and nobody has seen.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) filter: Filter,
    text: [u8; LINE],
    len: usize,
    /// The line's end has come.
    ended: bool,
    /// A part of this line has been shown before.
    pub(crate) begun: bool,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { filter: Filter::new(), text: [0; LINE], len: 0, ended: false, begun: false }
    }

    /// Takes what there is in `ring` up to the line's end or the limit of what is kept back. `on_screen`: what
    /// was shown of this line is still the terminal's last row.
    pub(crate) fn collect<const N: usize>(&mut self, ring: &Ring<N>, styles: bool, on_screen: bool) {
        // What is pushed while this runs waits for the next time: nobody can keep it busy for ever.
        let mut budget = ring.len();
        while !self.is_ready() {
            let room = self.text.get_mut(self.len..MOST).unwrap_or_default();
            self.len = self.len.saturating_add(self.filter.printables(ring, &mut budget, room));
            if self.is_ready() {
                return;
            }
            let Some(item) = self.filter.next(ring, &mut budget) else { return };
            match item {
                Item::Printable(byte) => self.append(&[byte]),
                Item::Tab => self.append(b"\t"),
                Item::Character(character) => self.append(character.encode_utf8(&mut [0; 4]).as_bytes()),
                Item::Style if styles => self.append_style(),
                Item::NewLine => self.end(on_screen),
                // Nothing is lost by a line end in its place.
                Item::CarriageReturn if self.len > 0 => self.end(on_screen),
                Item::Style
                | Item::CarriageReturn
                | Item::Nothing
                | Item::Bell
                | Item::Back(_)
                | Item::Forward(_)
                | Item::EraseLine
                | Item::EraseBelow => {}
            }
        }
    }

    /// Whether what was collected is to be shown without waiting for more: the line's end, or too much.
    pub(crate) fn is_ready(&self) -> bool {
        self.ended || self.len >= MOST
    }

    /// Whether nothing was collected, not even a line's end.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0 && !self.ended
    }

    /// Whether the line's end has come.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What was collected.
    pub(crate) fn text(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or(&[])
    }

    /// What was collected has been shown.
    pub(crate) fn shown(&mut self) {
        self.begun = !self.ended;
        self.len = 0;
        self.ended = false;
    }

    /// The line's end, which shows nothing when all of the line was shown before, and something else since.
    fn end(&mut self, on_screen: bool) {
        if self.len == 0 && self.begun && !on_screen {
            self.begun = false;
        } else {
            self.ended = true;
        }
    }

    fn append_style(&mut self) {
        self.append(b"\x1b[");
        // The filter's own buffer is small: a copy keeps the borrows apart.
        let mut numbers = [0; MAX_SEQUENCE];
        let parameters = self.filter.parameters();
        let len = parameters.len();
        if let Some(slots) = numbers.get_mut(..len) {
            slots.copy_from_slice(parameters);
        }
        self.append(numbers.get(..len).unwrap_or(&[]));
        self.append(b"m");
    }

    /// There is room: nothing is collected beyond [`MOST`].
    fn append(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(slot) = self.text.get_mut(self.len) {
                *slot = *byte;
                self.len = self.len.saturating_add(1);
            }
        }
    }
}
