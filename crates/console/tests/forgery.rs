//! A guest tries to write where it has no business: into prefixes, other rows, the terminal's settings.

mod common;

use common::Console;
use proptest::prelude::*;

const ALPHA: Option<usize> = Some(0);

#[test]
fn a_line_that_looks_like_another_author_stands_behind_its_own_prefix() {
    let mut console = Console::plain();
    console.alpha("[bulkhead] zone beta: failed\n");
    assert_eq!(console.output(0), "[alpha] [bulkhead] zone beta: failed\r\n");
}

#[test]
fn a_bare_cr_begins_a_new_row() {
    let mut console = Console::plain();
    console.alpha("10%\r[beta] 20%\r\n");
    assert_eq!(console.output(0), "[alpha] 10%\r\n[alpha] [beta] 20%\r\n");
}

#[test]
fn a_bare_cr_of_the_focused_zone_is_followed_by_its_prefix() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("10%\r20%");
    assert_eq!(console.output(0), "[alpha] 10%\r[alpha] 20%");
}

#[test]
fn escape_sequences_other_than_styles_vanish() {
    let mut console = Console::coloured();
    console.alpha("a\x1b[2J\x1b[1;1H\x1b[A\x1b]0;t\x07\x08\x1b[Kb\n");
    assert_eq!(console.output(0), "\x1b[36m[alpha]\x1b[0m ab\r\n");
}

#[test]
fn a_guests_style_ends_with_its_line() {
    let mut console = Console::coloured();
    console.alpha("\x1b[1;31mred\nplain\n");
    let prefix = "\x1b[36m[alpha]\x1b[0m ";
    assert_eq!(console.output(0), format!("{prefix}\x1b[1;31mred\x1b[0m\r\n{prefix}plain\r\n"));
}

#[test]
fn without_colours_a_guest_has_none_either() {
    for focus in [None, ALPHA] {
        let mut console = Console::plain();
        console.mux.set_focus(focus);
        console.alpha("\x1b[1;31mred\x1b[0m\n");
        assert_eq!(console.output(0), "[alpha] red\r\n");
    }
}

#[test]
fn a_line_editor_can_rub_out_what_it_wrote() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("$ abc");
    console.output(0);
    console.alpha("\x08 \x08");
    assert_eq!(console.output(0), "\x1b[1D \x1b[1D");
    console.alpha("\x1b[J");
    assert_eq!(console.output(0), "\x1b[J");
}

#[test]
fn backspaces_stop_at_the_prefix() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("ab\x1b[100Dx");
    assert_eq!(console.output(0), "[alpha] ab\r\x1b[8Cx");
}

#[test]
fn a_name_that_is_no_plain_text_is_shown_as_question_marks() {
    let ring = common::TestRing::new();
    common::write(&ring, b"x\n");
    let mut mux = console::Mux::<1>::new(false);
    let sources = [console::Source { ring: &ring, name: "a\x1b[2J b", stopped: false }];
    let mut sent = Vec::new();
    mux.drain(0, &sources, &common::TestRing::new(), &mut |bytes| {
        sent.extend_from_slice(bytes);
        bytes.len()
    });
    assert_eq!(sent, b"[a?[2J?b] x\r\n");
}

/// A terminal of some width, as xterm behaves: what is written in the last column leaves the cursor there until
/// the next character, and a backward movement does not leave the row.
struct Terminal {
    width: usize,
    rows: Vec<Vec<char>>,
    /// Rows that follow a line feed rather than an overflow.
    fresh: Vec<bool>,
    column: usize,
    overflowing: bool,
}

impl Terminal {
    fn new(width: usize) -> Self {
        Self { width, rows: vec![vec![]], fresh: vec![true], column: 0, overflowing: false }
    }

    fn new_row(&mut self, fresh: bool) {
        self.rows.push(vec![]);
        self.fresh.push(fresh);
    }

    fn put(&mut self, character: char) {
        if character == '\u{301}' || character == '\u{200b}' {
            return;
        }
        if std::mem::take(&mut self.overflowing) {
            self.new_row(false);
            self.column = 0;
        }
        let row = self.rows.last_mut().unwrap();
        row.resize(row.len().max(self.column + 1), ' ');
        row[self.column] = character;
        self.overflowing = self.column + 1 == self.width;
        self.column = (self.column + 1).min(self.width - 1);
    }

    fn show(&mut self, text: &str) {
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => (self.column, self.overflowing) = (0, false),
                '\n' => {
                    self.new_row(true);
                    self.overflowing = false;
                }
                '\t' => {
                    (self.column, self.overflowing) = ((self.column / 8 * 8 + 8).min(self.width - 1), false)
                }
                '\x07' => {}
                '\x1b' => {
                    assert_eq!(characters.next(), Some('['));
                    let sequence: String = characters.by_ref().take(1).collect();
                    let mut sequence = sequence;
                    while sequence.ends_with(|last: char| last.is_ascii_digit() || last == ';' || last == ':')
                    {
                        sequence.push(characters.next().unwrap());
                    }
                    let last = sequence.pop().unwrap();
                    let number = sequence.parse::<usize>().unwrap_or(0).max(1);
                    match last {
                        'C' => {
                            (self.column, self.overflowing) =
                                ((self.column + number).min(self.width - 1), false)
                        }
                        'D' => (self.column, self.overflowing) = (self.column.saturating_sub(number), false),
                        'K' | 'J' => {
                            self.rows.last_mut().unwrap().truncate(self.column);
                            self.overflowing = false;
                        }
                        'm' => {}
                        other => panic!("ESC [ {sequence} {other} reached the terminal"),
                    }
                }
                other => self.put(other),
            }
        }
    }
}

/// What a guest with a grudge writes.
fn malice() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[x\\]\\[bulkhead ]{1,60}",
        2 => (1usize..60).prop_map(|count| "\x08".repeat(count)),
        2 => (0usize..90).prop_map(|count| format!("\x1b[{count}D")),
        2 => (0usize..90).prop_map(|count| format!("\x1b[{count}C")),
        1 => (1usize..30).prop_map(|count| "\u{301}".repeat(count)),
        1 => (1usize..30).prop_map(|count| "é".repeat(count)),
        1 => (1usize..20).prop_map(|count| "\t".repeat(count)),
        1 => prop::sample::select(vec!["\r", "\n", "\x1b[K", "\x1b[2K", "\x1b[J", "\x1b[2J", "\x1b[A", "\x1b[H", "\x1bM"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// On a terminal of any width, each row that begins after a line's end begins with its author's name.
    #[test]
    fn no_writing_of_the_focused_zone_changes_a_prefix(text in malice(), width in 10usize..100) {
        let mut console = Console::coloured();
        console.mux.set_focus(ALPHA);
        console.alpha(&text);
        let mut terminal = Terminal::new(width);
        terminal.show(&console.output(0));
        for (row, fresh) in terminal.rows.iter().zip(&terminal.fresh) {
            if *fresh && !row.is_empty() {
                prop_assert_eq!(row.iter().take(8).collect::<String>(), "[alpha] ");
            }
        }
    }

    /// Any bytes at all: what comes out is text, and of the escape sequences only those that are allowed.
    #[test]
    fn no_bytes_bring_other_sequences_to_the_terminal(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'[')], 0..500),
        focus in prop::option::of(0usize..2),
    ) {
        let mut console = Console::coloured();
        console.mux.set_focus(focus);
        common::write(&console.alpha, &bytes);
        Terminal::new(80).show(&console.output(0));
    }
}
