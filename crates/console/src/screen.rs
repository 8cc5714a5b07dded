//! The terminal as far as it matters: whose row the last one is, and what is on its way there.

use crate::filter::{Item, MAX_SEQUENCE};
use crate::line::LINE;
use crate::prefix::{MAX_PREFIX, Prefix, RESET};

const ESC: u8 = 0x1b;

/// Bytes that one item can need: a prefix and a sequence, or a carriage return with its prefix.
const MAX_ITEM: usize = MAX_PREFIX + MAX_SEQUENCE + RESET.len() + 2;

/// Bytes on their way: a row's end, a whole line with its prefix and its end, and one item more.
const STAGED: usize = RESET.len() + 2 + LINE + 2 * MAX_ITEM;

/// Who writes into a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// The zone with this index.
    Zone(usize),
    /// The hypervisor.
    Hypervisor,
}

/// The last row of the terminal, and a buffer in front of the UART.
///
/// Everything goes through the buffer, and nothing new enters it before it is empty: a UART that is full at any
/// byte delays the output and changes nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    staged: [u8; STAGED],
    staged_len: usize,
    sent: usize,
    /// Whose unfinished line is the last row; none when the cursor is at its beginning.
    author: Option<Author>,
    /// The row has a style that is not the terminal's own.
    styled: bool,
    /// Columns between the prefix and the cursor, as far as can be told without knowing the terminal's width.
    column: usize,
    /// Columns after the prefix that have been written to.
    extent: usize,
    /// By how much `column` may be too high: a character can be of no width, and at the terminal's edge the
    /// cursor stands still once.
    slack: usize,
    /// The last thing shown was an ASCII character: should the cursor have stood still at the edge, the next
    /// one begins a new row of the terminal, where there is no prefix.
    in_run: bool,
    /// What the author has cost since the row began: items, and bytes sent for them.
    spent: usize,
}

impl Screen {
    pub(crate) const fn new() -> Self {
        Self {
            staged: [0; STAGED],
            staged_len: 0,
            sent: 0,
            author: None,
            styled: false,
            column: 0,
            extent: 0,
            slack: 0,
            in_run: false,
            spent: 0,
        }
    }

    /// Sends what is staged; false when `out`, which returns how many bytes it took, did not take all.
    pub(crate) fn flush(&mut self, out: &mut dyn FnMut(&[u8]) -> usize) -> bool {
        let waiting = self.staged.get(self.sent..self.staged_len).unwrap_or(&[]);
        if !waiting.is_empty() {
            self.sent = self.sent.saturating_add(out(waiting));
            if self.sent < self.staged_len {
                return false;
            }
        }
        self.staged_len = 0;
        self.sent = 0;
        true
    }

    /// Whether another item has room.
    pub(crate) fn has_room(&self) -> bool {
        STAGED.saturating_sub(self.staged_len) >= MAX_ITEM
    }

    /// Whose unfinished line is the last row.
    pub(crate) fn author(&self) -> Option<Author> {
        self.author
    }

    /// Whether so much went into the last row that its author has had his turn.
    pub(crate) fn is_long(&self) -> bool {
        self.spent >= LINE
    }

    /// Adds text that needs no more care.
    pub(crate) fn write(&mut self, author: Author, prefix: Prefix<'_>, text: &[u8]) {
        self.open(author, prefix);
        self.styled |= text.contains(&ESC);
        self.push_all(text);
    }

    /// Shows what `fill` writes into the buffer: visible ASCII, of which it returns the number. False where that is
    /// none; the row is not made the author's then.
    pub(crate) fn show_printables(
        &mut self,
        author: Author,
        prefix: Prefix<'_>,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) -> bool {
        // Where the text goes when the row has to begin with the prefix.
        let before = if self.author == Some(author) { 0 } else { prefix.len() };
        let first = self.staged_len.saturating_add(before);
        let count = fill(self.staged.get_mut(first..STAGED - MAX_ITEM).unwrap_or_default());
        if count == 0 {
            return false;
        }
        self.open(author, prefix);
        self.staged_len = self.staged_len.saturating_add(count);
        // As many items, and as many bytes.
        self.spent = self.spent.saturating_add(count).saturating_add(count);
        let in_run = core::mem::replace(&mut self.in_run, true);
        self.advance(count, usize::from(!in_run));
        true
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self) {
        self.end_style();
        self.push_all(b"\r\n");
        self.author = None;
    }

    /// Shows an item of a zone whose output is seen as it comes; `styles` are the numbers of [`Item::Style`].
    /// The line's end is [`Self::end_row`].
    pub(crate) fn show(&mut self, author: Author, prefix: Prefix<'_>, item: Item, styles: &[u8]) {
        let here = self.author == Some(author);
        self.spent = self.spent.saturating_add(1);
        let in_run = core::mem::replace(&mut self.in_run, matches!(item, Item::Printable(_)));
        match item {
            Item::Printable(byte) => {
                self.write(author, prefix, &[byte]);
                self.advance(1, usize::from(!in_run));
            }
            Item::Character(character) => {
                self.write(author, prefix, character.encode_utf8(&mut [0; 4]).as_bytes());
                self.advance(1, 1);
            }
            Item::Tab => self.write(author, prefix, b"\t"),
            Item::Bell => self.push(0x07),
            Item::Style => {
                self.write(author, prefix, b"\x1b[");
                self.push_all(styles);
                self.push(b'm');
            }
            // At the beginning of a row there is nothing to go back to, to go over or to erase.
            Item::CarriageReturn if here => {
                self.end_style();
                self.push(b'\r');
                self.start_row(prefix);
            }
            Item::Back(distance) if here => self.back(distance, prefix),
            Item::Forward(distance) if here => self.forward(distance),
            Item::EraseLine if here => self.push_all(b"\x1b[K"),
            Item::EraseBelow if here => self.push_all(b"\x1b[J"),
            Item::Nothing
            | Item::NewLine
            | Item::CarriageReturn
            | Item::Back(_)
            | Item::Forward(_)
            | Item::EraseLine
            | Item::EraseBelow => {}
        }
    }

    /// Makes the last row the author's.
    pub(crate) fn open(&mut self, author: Author, prefix: Prefix<'_>) {
        if self.author != Some(author) {
            self.start_row(prefix);
            self.author = Some(author);
            self.spent = 0;
        }
    }

    /// Writes the prefix, just behind which the cursor then stands.
    fn start_row(&mut self, prefix: Prefix<'_>) {
        prefix.write(|byte| self.push(byte));
        self.column = 0;
        self.extent = 0;
        self.slack = 0;
    }

    /// Characters were written, by which the cursor came so many columns further, or `doubt` columns less.
    fn advance(&mut self, columns: usize, doubt: usize) {
        self.column = self.column.saturating_add(columns);
        self.extent = self.extent.max(self.column);
        self.slack = self.slack.saturating_add(doubt);
    }

    /// Goes back within what was written. Where the distance is so long that the cursor might end up in the
    /// prefix, it is counted from the row's beginning instead, which the terminal knows better.
    fn back(&mut self, distance: usize, prefix: Prefix<'_>) {
        let distance = distance.min(self.column);
        self.column = self.column.saturating_sub(distance);
        if self.column >= self.slack {
            self.move_by(distance, b'D');
        } else {
            self.push(b'\r');
            self.move_by(prefix.width().saturating_add(self.column), b'C');
            // A terminal narrower than that stops at its edge.
            self.slack = self.column;
        }
    }

    /// Goes forward over what was written.
    fn forward(&mut self, distance: usize) {
        let distance = distance.min(self.extent.saturating_sub(self.column));
        self.column = self.column.saturating_add(distance);
        // At the terminal's edge it stands still, however far it was to go.
        self.slack = self.slack.saturating_add(distance);
        self.move_by(distance, b'C');
    }

    /// Moves the cursor within the row: `C` forward, `D` back.
    fn move_by(&mut self, distance: usize, direction: u8) {
        if distance == 0 {
            return;
        }
        self.push_all(b"\x1b[");
        self.push_number(distance);
        self.push(direction);
    }

    /// A number in decimal digits.
    fn push_number(&mut self, number: usize) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = number;
        for (index, slot) in digits.iter_mut().enumerate().rev() {
            *slot = b'0'.wrapping_add((rest % 10) as u8);
            first = index;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.push_all(digits.get(first..).unwrap_or(&[]));
    }

    fn end_style(&mut self) {
        if core::mem::take(&mut self.styled) {
            self.push_all(RESET);
        }
    }

    /// There is room: see [`Self::push`].
    fn push_all(&mut self, bytes: &[u8]) {
        let end = self.staged_len.saturating_add(bytes.len());
        debug_assert!(end <= STAGED, "a line or an item is longer than reckoned");
        if let Some(room) = self.staged.get_mut(self.staged_len..end) {
            // Of the same length, which copy_from_slice would ask about, and panic.
            for (slot, byte) in room.iter_mut().zip(bytes) {
                *slot = *byte;
            }
            self.staged_len = end;
            self.spent = self.spent.saturating_add(bytes.len());
        }
    }

    /// There is room: callers ask [`Self::has_room`] before an item, and a line goes into an empty buffer.
    fn push(&mut self, byte: u8) {
        debug_assert!(self.staged_len < STAGED, "a line or an item is longer than reckoned");
        if let Some(slot) = self.staged.get_mut(self.staged_len) {
            *slot = byte;
            self.staged_len = self.staged_len.saturating_add(1);
            self.spent = self.spent.saturating_add(1);
        }
    }
}
