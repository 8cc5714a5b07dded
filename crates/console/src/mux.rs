//! The multiplexer: who writes the next row.

use crate::Ring;
use crate::filter::Item;
use crate::line::Line;
use crate::prefix::Prefix;
use crate::screen::{Author, Screen};

/// Milliseconds for which an unfinished line on the screen keeps others waiting after its last byte. An author
/// in the middle of writing a line is soon done; one that has shown a prompt is not.
pub const PATIENCE: u64 = 250;

/// Rows, or parts of one, that one [`Mux::drain`] shows at most: a UART that takes everything must not keep the
/// CPU that serves it for as long as some zone writes.
const MAX_ROWS: usize = 32;

/// A zone's side of the multiplexer.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a, const N: usize> {
    /// What the zone writes.
    pub ring: &'a Ring<N>,
    /// Its name; 32 bytes of it are shown, and visible ASCII only.
    pub name: &'a str,
    /// It writes no more: the line it left unfinished is as good as finished.
    pub stopped: bool,
}

/// How [`Mux::drain`] left things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that may be shown now has been sent. What is left are unfinished lines.
    Idle,
    /// The UART took no more: call again when it does.
    Full,
    /// More is there to be shown: call again within [`PATIENCE`].
    Later,
}

/// Merges the lines of up to `ZONES` zones and the hypervisor into one stream. Each row begins with its author's
/// name, as the crate's documentation says; authors take turns line by line.
///
/// The output of the zone with the focus is seen as it comes, unfinished lines included: prompts and echoes.
/// Everybody else's lines are seen once they are whole (or too long to keep), and interrupt an unfinished row
/// only when nothing was added to that for [`PATIENCE`]. Its rest then goes on in a row of its own.
#[derive(Clone, Debug)]
pub struct Mux<const ZONES: usize> {
    colour: bool,
    focus: Option<usize>,
    screen: Screen,
    zones: [Line; ZONES],
    hypervisor: Line,
    /// Whose turn it is: a zone's index, or the number of zones for the hypervisor.
    turn: usize,
    /// When something was last added to an unfinished row, in milliseconds.
    touched: u64,
}

impl<const ZONES: usize> Mux<ZONES> {
    /// A multiplexer in front of an empty terminal, no zone having the focus. Without `colour` neither prefixes
    /// nor guests have colours: the output is plain text.
    pub const fn new(colour: bool) -> Self {
        Self {
            colour,
            focus: None,
            screen: Screen::new(),
            zones: [const { Line::new() }; ZONES],
            hypervisor: Line::new(),
            turn: 0,
            touched: 0,
        }
    }

    /// From now on the output of this zone (by index), if any, is seen as it comes.
    pub fn set_focus(&mut self, zone: Option<usize>) {
        self.focus = zone;
    }

    /// Moves what the zones and the hypervisor have written to `out`, which returns how many bytes it
    /// took: fewer than it was given when the UART is full. `now` is the time in milliseconds; `u64::MAX` is beyond anyone's patience. Zones
    /// from number `ZONES` on are not served.
    pub fn drain<const N: usize, const H: usize>(
        &mut self,
        now: u64,
        zones: &[Source<'_, N>],
        hypervisor: &Ring<H>,
        out: &mut dyn FnMut(&[u8]) -> usize,
    ) -> Drained {
        let zones = zones.get(..ZONES).unwrap_or(zones);
        for _ in 0..MAX_ROWS {
            if !self.screen.flush(out) {
                return Drained::Full;
            }
            self.collect(zones, hypervisor);
            match self.next_author(now, zones) {
                Next::Show(author) => self.show(now, zones, author),
                Next::Nobody => return Drained::Idle,
                Next::NotYet => return Drained::Later,
            }
        }
        if self.screen.flush(out) { Drained::Later } else { Drained::Full }
    }

    /// Takes what everybody has written, up to the ends of their lines. What the zone with the focus writes
    /// stays in its ring: it is shown item by item.
    fn collect<const N: usize, const H: usize>(&mut self, zones: &[Source<'_, N>], hypervisor: &Ring<H>) {
        for (index, (line, source)) in self.zones.iter_mut().zip(zones).enumerate() {
            if self.focus != Some(index) {
                let on_screen = self.screen.author() == Some(Author::Zone(index));
                line.collect(source.ring, self.colour, on_screen);
            }
        }
        self.hypervisor.collect(hypervisor, true, false);
    }

    /// Who writes next.
    fn next_author<const N: usize>(&mut self, now: u64, zones: &[Source<'_, N>]) -> Next {
        let current = self.screen.author();
        if let Some(author) = current
            && !self.screen.is_long()
            && self.has_something(zones, author)
        {
            return Next::Show(author);
        }
        // One after the other, the one whose turn it is first; the author of a long row last.
        let others = zones.len().saturating_add(1);
        let first = self.turn.checked_rem(others).unwrap_or(0);
        let mut candidates = (first..others).chain(0..first).map(|turn| author_of(turn, zones.len()));
        let next = candidates.find(|author| Some(*author) != current && self.has_something(zones, *author));
        match (current, next) {
            (None, Some(next)) => Next::Show(next),
            (Some(current), Some(next)) => {
                if self.may_interrupt(now, zones, current) {
                    self.screen.end_row();
                    Next::Show(next)
                } else {
                    Next::NotYet
                }
            }
            (Some(current), None) if self.has_something(zones, current) => Next::Show(current),
            (_, None) => Next::Nobody,
        }
    }

    /// Whether the author has something that may be shown.
    fn has_something<const N: usize>(&self, zones: &[Source<'_, N>], author: Author) -> bool {
        match author {
            Author::Hypervisor => self.hypervisor.is_ready(),
            Author::Zone(index) => {
                let (Some(line), Some(source)) = (self.zones.get(index), zones.get(index)) else {
                    return false;
                };
                if self.focus == Some(index) {
                    return !line.is_empty() || line.filter.has_pending() || !source.ring.is_empty();
                }
                line.is_ready() || (source.stopped && source.ring.is_empty() && !line.is_empty())
            }
        }
    }

    /// Whether the author's unfinished row has been there for long enough to be left as it is.
    fn may_interrupt<const N: usize>(&self, now: u64, zones: &[Source<'_, N>], author: Author) -> bool {
        let stopped = match author {
            Author::Zone(index) => zones.get(index).is_none_or(|source| source.stopped),
            Author::Hypervisor => true,
        };
        // A clock that went back has no patience either: nothing may wait for a time that does not come.
        let waited = now.checked_sub(self.touched).unwrap_or(PATIENCE);
        stopped || self.screen.is_long() || waited >= PATIENCE || now == u64::MAX
    }

    /// Stages what the author has to show, and passes the turn on with the line's end.
    fn show<const N: usize>(&mut self, now: u64, zones: &[Source<'_, N>], author: Author) {
        self.touched = now;
        let (prefix, line, next_turn) = match author {
            Author::Hypervisor => (Prefix::hypervisor(self.colour), &mut self.hypervisor, 0),
            Author::Zone(index) => {
                let (Some(line), Some(source)) = (self.zones.get_mut(index), zones.get(index)) else {
                    return;
                };
                let prefix = Prefix::zone(index, source.name, self.colour);
                let next_turn = index.saturating_add(1);
                if self.focus == Some(index) && line.is_empty() {
                    show_live(&mut self.screen, author, prefix, line, source.ring, self.colour);
                    if self.screen.author() != Some(author) {
                        self.turn = next_turn;
                    }
                    return;
                }
                (prefix, line, next_turn)
            }
        };
        self.screen.write(author, prefix, line.text());
        // Only the zone with the focus keeps an unfinished row; others' go on in a row of their own.
        let stays = !line.has_ended() && author_has_focus(author, self.focus);
        line.shown();
        if !stays {
            self.screen.end_row();
            self.turn = next_turn;
        }
    }
}

/// Shows what the zone with the focus writes up to its line's end.
fn show_live<const N: usize>(
    screen: &mut Screen,
    author: Author,
    prefix: Prefix<'_>,
    line: &mut Line,
    ring: &Ring<N>,
    styles: bool,
) {
    // What is pushed while this runs waits for the next time.
    let mut budget = ring.len();
    while screen.has_room() {
        let filter = &mut line.filter;
        if screen.show_printables(author, prefix, |room| filter.printables(ring, &mut budget, room)) {
            line.begun = true;
            continue;
        }
        match line.filter.next(ring, &mut budget) {
            None => break,
            Some(Item::NewLine) => {
                let interrupted = core::mem::take(&mut line.begun) && screen.author() != Some(author);
                // All of it has been seen, and something else since: its end shows nothing.
                if !interrupted {
                    screen.open(author, prefix);
                    screen.end_row();
                }
                return;
            }
            Some(Item::Style) if !styles => {}
            Some(item) => {
                screen.show(author, prefix, item, line.filter.parameters());
                line.begun |= screen.author() == Some(author);
            }
        }
    }
}

enum Next {
    /// This author.
    Show(Author),
    /// Nobody has anything.
    Nobody,
    /// Somebody has, but the unfinished row may yet go on.
    NotYet,
}

fn author_of(turn: usize, zones: usize) -> Author {
    if turn < zones { Author::Zone(turn) } else { Author::Hypervisor }
}

fn author_has_focus(author: Author, focus: Option<usize>) -> bool {
    matches!((author, focus), (Author::Zone(index), Some(focus)) if index == focus)
}
