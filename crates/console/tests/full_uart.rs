//! A UART that is full at any byte delays the output and changes nothing else.

mod common;

use common::Console;
use console::Drained;
use proptest::prelude::*;

/// What zones write: text, line ends, and what the filter takes apart.
fn writing() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,30}",
        3 => Just("\r\n".to_owned()),
        1 => Just("\x1b[31m".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\x08".to_owned()),
        1 => Just("€".to_owned()),
        1 => "[a-z]{250,300}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn console(texts: &[String; 3], colour: bool, focus: Option<usize>) -> Console {
    let mut console = if colour { Console::coloured() } else { Console::plain() };
    console.mux.set_focus(focus);
    console.alpha(&texts[0]);
    console.beta(&texts[1]);
    console.hypervisor(&texts[2]);
    console
}

proptest! {
    #[test]
    fn the_output_does_not_depend_on_where_the_uart_was_full(
        texts in [writing(), writing(), writing()],
        colour: bool,
        focus in prop::option::of(0usize..2),
        rooms in prop::collection::vec(0usize..40, 1..50),
    ) {
        let expected = console(&texts, colour, focus).output(u64::MAX);
        let mut console = console(&texts, colour, focus);
        let mut sent = Vec::new();
        let mut drained = Drained::Full;
        for mut room in rooms.into_iter().chain(std::iter::repeat_n(7, expected.len())) {
            drained = console.drain_into(u64::MAX, &mut |byte| {
                if room == 0 {
                    return false;
                }
                room -= 1;
                sent.push(byte);
                true
            });
        }
        prop_assert_eq!(drained, Drained::Idle);
        prop_assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }

    /// Of plain text not a character is lost, and each author's comes in its order.
    #[test]
    fn every_authors_text_comes_out_whole(
        lines in prop::collection::vec((0usize..3, "[a-z ]{0,300}"), 0..40),
        focus in prop::option::of(0usize..2),
    ) {
        let mut texts = [const { String::new() }; 3];
        for (author, line) in &lines {
            texts[*author] += line;
            texts[*author].push('\n');
        }
        let output = console(&texts, false, focus).output(u64::MAX);
        for (author, prefix) in ["[alpha] ", "[beta] ", "[bulkhead] "].into_iter().enumerate() {
            let rows = output.split_terminator("\r\n").filter_map(|row| row.strip_prefix(prefix));
            prop_assert_eq!(rows.collect::<String>(), texts[author].replace('\n', ""));
        }
    }
}
