//! Whose line comes when, byte for byte.

mod common;

use common::Console;
use console::{Drained, PATIENCE};

const ALPHA: Option<usize> = Some(0);
const BETA: Option<usize> = Some(1);

#[test]
fn each_line_has_its_authors_name_in_front() {
    let mut console = Console::plain();
    console.alpha("one\n");
    console.beta("two\r\n");
    console.hypervisor("three\r\n");
    assert_eq!(console.output(0), "[alpha] one\r\n[beta] two\r\n[bulkhead] three\r\n");
}

#[test]
fn authors_take_turns_line_by_line() {
    let mut console = Console::plain();
    console.alpha("a1\na2\na3\n");
    console.beta("b1\nb2\n");
    console.hypervisor("h1\n");
    let expected = "[alpha] a1\r\n[beta] b1\r\n[bulkhead] h1\r\n[alpha] a2\r\n[beta] b2\r\n[alpha] a3\r\n";
    assert_eq!(console.output(0), expected);
}

#[test]
fn colours_mark_the_author_and_end_before_the_text() {
    let mut console = Console::coloured();
    console.alpha("one\n");
    console.beta("two\n");
    console.hypervisor("three\n");
    let expected =
        "\x1b[36m[alpha]\x1b[0m one\r\n\x1b[33m[beta]\x1b[0m two\r\n\x1b[1m[bulkhead]\x1b[0m three\r\n";
    assert_eq!(console.output(0), expected);
}

#[test]
fn an_empty_line_is_a_prefix_alone() {
    let mut console = Console::plain();
    console.alpha("\n\n");
    assert_eq!(console.output(0), "[alpha] \r\n[alpha] \r\n");
}

#[test]
fn an_unfinished_line_of_an_unfocused_zone_waits_for_its_end() {
    let mut console = Console::plain();
    console.alpha("half");
    assert_eq!(console.output(u64::MAX), "");
    console.alpha(" and half\n");
    assert_eq!(console.output(0), "[alpha] half and half\r\n");
}

#[test]
fn a_line_too_long_to_keep_is_cut_and_loses_nothing() {
    let mut console = Console::plain();
    let line = "0123456789".repeat(50);
    console.alpha(&line);
    console.alpha("\n");
    let output = console.output(0);
    let rows: Vec<_> =
        output.split_terminator("\r\n").map(|row| row.strip_prefix("[alpha] ").unwrap()).collect();
    assert!(rows.len() > 1);
    assert_eq!(rows.concat(), line);
}

#[test]
fn a_stopped_zones_last_words_need_no_line_end() {
    let mut console = Console::plain();
    console.alpha("last words");
    console.stopped = true;
    assert_eq!(console.output(0), "[alpha] last words\r\n");
}

#[test]
fn the_focused_zones_prompt_is_seen_at_once() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("~ # ");
    assert_eq!(console.output(0), "[alpha] ~ # ");
    console.alpha("ls");
    assert_eq!(console.output(1), "ls");
    console.alpha("\r\nbin\r\n");
    assert_eq!(console.output(2), "\r\n[alpha] bin\r\n");
}

#[test]
fn a_line_in_the_making_is_not_interrupted() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("in the ");
    console.output(0);
    console.beta("other\n");
    assert_eq!(console.output(PATIENCE - 1), "");
    console.alpha("making\n");
    assert_eq!(console.output(PATIENCE - 1), "making\r\n[beta] other\r\n");
}

#[test]
fn a_prompt_that_stays_is_interrupted_and_goes_on_behind_its_prefix() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("~ # ");
    console.output(0);
    console.beta("other\n");
    assert_eq!(console.output(PATIENCE), "\r\n[beta] other\r\n");
    console.alpha("ls\n");
    assert_eq!(console.output(PATIENCE), "[alpha] ls\r\n");
}

#[test]
fn an_interrupted_line_that_was_all_shown_ends_without_an_empty_row() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("~ # ");
    console.output(0);
    console.beta("other\n");
    console.output(PATIENCE);
    console.alpha("\nnext\n");
    assert_eq!(console.output(PATIENCE), "[alpha] next\r\n");
}

#[test]
fn the_hypervisor_waits_for_an_unfinished_row_too() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("~ # ");
    console.output(0);
    console.hypervisor("zone beta: powered off\r\n");
    assert_eq!(console.drain_into(1, &mut |_| true), Drained::Later);
    assert_eq!(console.output(PATIENCE), "\r\n[bulkhead] zone beta: powered off\r\n");
}

#[test]
fn a_row_of_a_stopped_zone_is_interrupted_at_once() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("Power down");
    console.output(0);
    console.stopped = true;
    console.hypervisor("zone alpha: powered off\r\n");
    assert_eq!(console.output(0), "\r\n[bulkhead] zone alpha: powered off\r\n");
}

#[test]
fn a_focused_zone_that_never_ends_its_line_cannot_silence_the_others() {
    for flood in ["x", "\0", "\x07", "\r", "\x1b[K", "\x1b[1m"] {
        let mut console = Console::plain();
        console.mux.set_focus(ALPHA);
        console.beta("other\n");
        let seen = (0..64).any(|_| {
            console.alpha(&flood.repeat(1024 / flood.len()));
            let mut sent = Vec::new();
            console.drain_into(0, &mut |byte| {
                sent.push(byte);
                true
            });
            String::from_utf8(sent).unwrap().contains("[beta] other\r\n")
        });
        assert!(seen, "{}", flood.escape_debug());
    }
}

#[test]
fn a_new_focus_shows_what_that_zone_had_kept_back() {
    let mut console = Console::plain();
    console.beta("login: ");
    assert_eq!(console.output(0), "");
    console.mux.set_focus(BETA);
    assert_eq!(console.output(0), "[beta] login: ");
    console.beta("root\n");
    assert_eq!(console.output(0), "root\r\n");
}

#[test]
fn a_row_goes_on_in_place_after_its_zone_lost_the_focus() {
    let mut console = Console::plain();
    console.mux.set_focus(ALPHA);
    console.alpha("one ");
    console.output(0);
    console.mux.set_focus(BETA);
    console.alpha("line\n");
    assert_eq!(console.output(0), "line\r\n");
}

#[test]
fn a_uart_that_takes_everything_does_not_keep_the_cpu_for_ever() {
    let mut console = Console::plain();
    let mut drained = Drained::Idle;
    for _ in 0..100 {
        console.alpha("line\n");
    }
    let mut sent = 0;
    for _ in 0..2 {
        drained = console.drain_into(0, &mut |_| {
            sent += 1;
            true
        });
    }
    assert_eq!(drained, Drained::Later);
    assert!(sent < 100 * "[alpha] line\r\n".len());
}

#[test]
fn zones_beyond_the_multiplexers_number_are_left_alone() {
    let (first, second) = (common::TestRing::new(), common::TestRing::new());
    common::write(&second, b"nobody hears\n");
    let mut mux = console::Mux::<1>::new(false);
    let source = |ring, name| console::Source { ring, name, stopped: false };
    let sources = [source(&first, "first"), source(&second, "second")];
    let drained = mux.drain(0, &sources, &common::TestRing::new(), &mut |_| panic!("nothing to send"));
    assert_eq!(drained, Drained::Idle);
}

#[test]
fn lines_behind_carriage_returns_are_not_held_back() {
    let mut console = Console::plain();
    console.alpha("one\r\x1b[31m\rtwo\n");
    assert_eq!(console.output(0), "[alpha] one\r\n[alpha] two\r\n");
}
