//! A guest's bytes taken apart: characters, line ends, and the few control sequences that may matter. What is
//! none of these vanishes here (ECMA-48 for the grammar of control sequences).

use crate::Ring;
use crate::ring::is_printable;

/// Bytes of parameters that a control sequence may have; longer ones are dropped.
const MAX_PARAMETERS: usize = 24;

/// Bytes of the longest sequence that [`Item::Style`] stands for: ESC, `[`, parameters, `m`.
pub(crate) const MAX_SEQUENCE: usize = MAX_PARAMETERS + 3;

const ESC: u8 = 0x1b;

/// One thing that a guest wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Nothing that passes.
    Nothing,
    /// A visible ASCII character or a space.
    Printable(u8),
    /// A character beyond ASCII. How wide a terminal shows it is unknown.
    Character(char),
    /// A tab.
    Tab,
    /// The line's end.
    NewLine,
    /// A CR that is no part of a line's end.
    CarriageReturn,
    /// BEL.
    Bell,
    /// The cursor goes back by this many places.
    Back(usize),
    /// The cursor goes forward by this many places.
    Forward(usize),
    /// What follows the cursor in this line is erased.
    EraseLine,
    /// What follows the cursor on the screen is erased.
    EraseBelow,
    /// Colours and styles; the numbers are in [`Filter::parameters`].
    Style,
}

/// Where in the stream the last byte left off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// After CRs.
    CarriageReturn,
    /// After ESC, and perhaps intermediate bytes.
    Escape,
    /// After ESC `[`.
    Sequence,
    /// In a control sequence that will not pass, whatever its end.
    DroppedSequence,
    /// In a control string, such as a window title.
    String,
}

/// A guest's stream of bytes on its way to becoming items.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    state: State,
    /// A byte to look at once more.
    again: Option<u8>,
    /// The beginning of a character beyond ASCII.
    partial: [u8; 4],
    partial_len: usize,
    parameters: [u8; MAX_PARAMETERS],
    parameters_len: usize,
}

impl Filter {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Text,
            again: None,
            partial: [0; 4],
            partial_len: 0,
            parameters: [0; MAX_PARAMETERS],
            parameters_len: 0,
        }
    }

    /// The next item of `ring`; `None` once it is empty, or `budget` bytes have been taken out of it. One byte
    /// can end one item and begin another: a budget of items would run out before the ring does.
    pub(crate) fn next<const N: usize>(&mut self, ring: &Ring<N>, budget: &mut usize) -> Option<Item> {
        let byte = match self.again.take() {
            Some(byte) => byte,
            None => {
                *budget = budget.checked_sub(1)?;
                ring.pop()?
            }
        };
        Some(self.take(byte))
    }

    /// Moves what `ring` begins with to `target` as far as it consists of [`Item::Printable`], and returns how many
    /// there were: what most of a guest's output is, at once. None in the middle of anything else.
    pub(crate) fn printables<const N: usize>(
        &mut self,
        ring: &Ring<N>,
        budget: &mut usize,
        target: &mut [u8],
    ) -> usize {
        if self.state != State::Text || self.again.is_some() {
            return 0;
        }
        let room = target.len().min(*budget);
        let count = ring.pop_printable(target.get_mut(..room).unwrap_or_default());
        if count > 0 {
            // They end an unfinished character beyond ASCII.
            self.partial_len = 0;
            *budget = budget.saturating_sub(count);
        }
        count
    }

    /// Whether a byte that has left the ring is yet to be looked at.
    pub(crate) fn has_pending(&self) -> bool {
        self.again.is_some()
    }

    /// The numbers of the last [`Item::Style`]: digits, `;` and `:`.
    pub(crate) fn parameters(&self) -> &[u8] {
        self.parameters.get(..self.parameters_len).unwrap_or(&[])
    }

    fn take(&mut self, byte: u8) -> Item {
        if byte >= 0x80 {
            return self.beyond_ascii(byte);
        }
        self.partial_len = 0;
        match self.state {
            State::Text => self.text(byte),
            State::CarriageReturn => match byte {
                b'\r' => Item::Nothing,
                b'\n' => self.end(Item::NewLine),
                _ => {
                    self.again = Some(byte);
                    self.end(Item::CarriageReturn)
                }
            },
            // A control character ends whatever was begun.
            _ if byte < 0x20 => {
                self.state = State::Text;
                self.text(byte)
            }
            State::Escape => self.escape(byte),
            State::Sequence => self.sequence(byte),
            State::DroppedSequence if byte >= 0x40 => self.end(Item::Nothing),
            State::DroppedSequence | State::String => Item::Nothing,
        }
    }

    fn end(&mut self, item: Item) -> Item {
        self.state = State::Text;
        item
    }

    fn text(&mut self, byte: u8) -> Item {
        match byte {
            _ if is_printable(byte) => Item::Printable(byte),
            b'\n' => Item::NewLine,
            b'\t' => Item::Tab,
            0x07 => Item::Bell,
            0x08 => Item::Back(1),
            b'\r' => {
                self.state = State::CarriageReturn;
                Item::Nothing
            }
            ESC => {
                self.state = State::Escape;
                Item::Nothing
            }
            _ => Item::Nothing,
        }
    }

    fn escape(&mut self, byte: u8) -> Item {
        match byte {
            b'[' => {
                self.parameters_len = 0;
                self.state = State::Sequence;
            }
            // DCS, SOS, OSC, PM, APC: strings that end by a control character.
            b'P' | b'X' | b']' | b'^' | b'_' => self.state = State::String,
            // Intermediate bytes, as of a character set's designation: the final byte is yet to come.
            0x20..=0x2f => {}
            _ => self.state = State::Text,
        }
        Item::Nothing
    }

    fn sequence(&mut self, byte: u8) -> Item {
        match byte {
            b'0'..=b'9' | b';' | b':' => match self.parameters.get_mut(self.parameters_len) {
                Some(slot) => {
                    *slot = byte;
                    self.parameters_len = self.parameters_len.saturating_add(1);
                    Item::Nothing
                }
                None => self.drop_sequence(),
            },
            // Private parameters and intermediate bytes make it a sequence of another meaning.
            0x20..=0x3f => self.drop_sequence(),
            b'm' => self.end(Item::Style),
            b'C' => self.end(Item::Forward(self.number().max(1))),
            b'D' => self.end(Item::Back(self.number().max(1))),
            // What precedes the cursor is not erased: the prefix does.
            b'K' if matches!(self.parameters(), b"" | b"0" | b"2") => self.end(Item::EraseLine),
            b'J' if matches!(self.parameters(), b"" | b"0") => self.end(Item::EraseBelow),
            _ => self.end(Item::Nothing),
        }
    }

    fn drop_sequence(&mut self) -> Item {
        self.state = State::DroppedSequence;
        Item::Nothing
    }

    /// The sequence's only parameter; 0 where there is none, or more than one.
    fn number(&self) -> usize {
        self.parameters()
            .iter()
            .try_fold(0usize, |number, digit| {
                let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
                number.checked_mul(10)?.checked_add(digit.into())
            })
            .unwrap_or(0)
    }

    /// Bytes that are no ASCII pass as whole, well-formed characters: a lone byte of 0x80 to 0x9f, or the
    /// character of that number, is a control sequence's beginning to some terminals.
    fn beyond_ascii(&mut self, byte: u8) -> Item {
        match self.state {
            State::CarriageReturn => {
                self.again = Some(byte);
                return self.end(Item::CarriageReturn);
            }
            State::Text => {}
            _ => return Item::Nothing,
        }
        let Some(slot) = self.partial.get_mut(self.partial_len) else {
            self.partial_len = 0;
            return Item::Nothing;
        };
        *slot = byte;
        self.partial_len = self.partial_len.saturating_add(1);
        match core::str::from_utf8(self.partial.get(..self.partial_len).unwrap_or(&[])) {
            Ok(text) => {
                self.partial_len = 0;
                text.chars()
                    .next()
                    .filter(|character| passes(*character))
                    .map_or(Item::Nothing, Item::Character)
            }
            // Not all of it has come.
            Err(error) if error.error_len().is_none() => Item::Nothing,
            Err(_) => {
                // The byte that spoilt one character may begin another.
                let spoilt_another = self.partial_len > 1;
                self.partial_len = 0;
                self.again = spoilt_another.then_some(byte);
                Item::Nothing
            }
        }
    }
}

/// Whether a character beyond ASCII neither controls the terminal nor turns the order of what is written.
fn passes(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(bytes: &[u8]) -> Vec<Item> {
        let ring = Ring::<256>::new();
        bytes.iter().for_each(|byte| assert!(ring.push(*byte)));
        let (mut filter, mut budget) = (Filter::new(), usize::MAX);
        std::iter::from_fn(|| filter.next(&ring, &mut budget)).filter(|item| *item != Item::Nothing).collect()
    }

    #[test]
    fn crs_before_an_lf_are_part_of_the_line_end() {
        assert_eq!(items(b"\n"), [Item::NewLine]);
        assert_eq!(items(b"\r\n"), [Item::NewLine]);
        assert_eq!(items(b"\r\r\n"), [Item::NewLine]);
    }

    #[test]
    fn any_other_cr_is_a_carriage_return() {
        assert_eq!(items(b"\rA"), [Item::CarriageReturn, Item::Printable(b'A')]);
        assert_eq!(items("\ré".as_bytes()), [Item::CarriageReturn, Item::Character('é')]);
        assert_eq!(items(b"\r\x1b[m"), [Item::CarriageReturn, Item::Style]);
    }

    #[test]
    fn sequences_that_move_clear_or_query_vanish() {
        for bytes in [
            b"\x1b[A".as_slice(),
            b"\x1b[2J",
            b"\x1b[1K",
            b"\x1b[10;10H",
            b"\x1b[6n",
            b"\x1b[?1049h",
            b"\x1b[>4;1m",
            b"\x1b[ m",
            b"\x1bc",
            b"\x1b7",
            b"\x1b(0",
            b"\x0b\x0c\x0e\x05\x00\x7f",
            b"\x1b]0;title\x07",
            b"\x1bPq#\x1b\\",
            b"\x1b[1111111111111111111111111m",
        ] {
            assert!(items(bytes).iter().all(|item| *item == Item::Bell), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_budget_counts_the_bytes_that_leave_the_ring() {
        let ring = Ring::<16>::new();
        b"\rA\rB".iter().for_each(|byte| assert!(ring.push(*byte)));
        let (mut filter, mut budget) = (Filter::new(), 2);
        while filter.next(&ring, &mut budget).is_some() {}
        assert_eq!(ring.len(), 2);
    }

    #[test]
    fn styles_keep_their_numbers() {
        let ring = Ring::<16>::new();
        b"\x1b[1;31m".iter().for_each(|byte| assert!(ring.push(*byte)));
        let (mut filter, mut budget) = (Filter::new(), usize::MAX);
        while filter.next(&ring, &mut budget).is_some_and(|item| item != Item::Style) {}
        assert_eq!(filter.parameters(), b"1;31");
    }

    #[test]
    fn moves_within_the_line_have_their_distance() {
        assert_eq!(
            items(b"\x08\x1b[D\x1b[12D\x1b[C\x1b[3C"),
            [Item::Back(1), Item::Back(1), Item::Back(12), Item::Forward(1), Item::Forward(3)]
        );
    }

    #[test]
    fn characters_pass_whole_or_not_at_all() {
        assert_eq!(
            items("é€😀".as_bytes()),
            [Item::Character('é'), Item::Character('€'), Item::Character('😀')]
        );
        // Cut off by ASCII, by another character, and overlong.
        assert_eq!(items(b"\xe2\x82A"), [Item::Printable(b'A')]);
        assert_eq!(items(b"\xe2\xc3\xa9"), [Item::Character('é')]);
        assert_eq!(items(b"\xe0\x80\x9b[2J"), b"[2J".map(Item::Printable));
    }

    #[test]
    fn controls_and_direction_changes_beyond_ascii_vanish() {
        assert_eq!(items("\u{9b}\u{85}\u{202e}\u{2066}".as_bytes()), []);
        assert_eq!(items(b"\x9b\x85"), []);
    }

    #[test]
    fn a_control_character_ends_an_unfinished_sequence() {
        assert_eq!(items(b"\x1b]0;title\nA"), [Item::NewLine, Item::Printable(b'A')]);
        assert_eq!(items(b"\x1b[1;\nA"), [Item::NewLine, Item::Printable(b'A')]);
    }
}
