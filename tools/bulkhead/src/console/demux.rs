//! Bytes of the shared console → lines with their source.

/// The longest line that is kept whole (64 KiB); a longer one is cut into lines of this size, so that a
/// console that never sends a line feed cannot eat the host's memory.
const LONGEST: usize = 64 << 10;

/// One line of the console, without its end and without colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What stands between the brackets of the prefix; none for a line without one (firmware, QEMU).
    pub source: Option<String>,
    /// The text after the prefix.
    pub text: String,
}

impl Line {
    /// The source of the hypervisor's own lines.
    pub const HYPERVISOR: &str = "bulkhead";

    /// Takes a raw console line apart.
    pub fn parse(raw: &[u8]) -> Self {
        let text = strip_colours(&String::from_utf8_lossy(raw));
        let text = text.trim_end_matches('\r');
        let prefixed = text.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        // A prompt's prefix may have nothing behind it yet; the blank is part of the prefix all the same.
        match prefixed {
            Some((source, text)) if is_name(source) => {
                Self { source: Some(source.to_owned()), text: text.to_owned() }
            }
            _ => Self { source: None, text: text.to_owned() },
        }
    }

    /// Whether the hypervisor itself said it.
    pub fn is_hypervisors(&self) -> bool {
        self.source.as_deref() == Some(Self::HYPERVISOR)
    }
}

/// Cuts the byte stream into lines.
#[derive(Debug, Default)]
pub struct Demux {
    line: Vec<u8>,
}

impl Demux {
    /// Takes the next bytes and hands over every line that they complete.
    pub fn feed(&mut self, bytes: &[u8], mut complete: impl FnMut(Line)) {
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
            }
            if *byte == b'\n' || self.line.len() == LONGEST {
                complete(Line::parse(&self.line));
                self.line.clear();
            }
        }
    }

    /// The line that has begun but not ended, such as a shell's prompt.
    pub fn begun(&self) -> Option<Line> {
        (!self.line.is_empty()).then(|| Line::parse(&self.line))
    }
}

/// Whether `text` can be a zone's name (as the manifest restricts them) or the hypervisor's.
fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=31).contains(&text.len()) && text.chars().all(allowed)
}

/// Removes colour sequences (ECMA-48 SGR: `ESC [ digits-and-semicolons m`); other sequences stay visible.
fn strip_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(at);
        plain.push_str(before);
        let parameters = sequence[2..].trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match parameters.strip_prefix('m') {
            Some(after) => rest = after,
            None => {
                plain.push_str(&sequence[..2]);
                rest = &sequence[2..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(source: &str, text: &str) -> Line {
        Line { source: Some(source.into()), text: text.into() }
    }

    #[test]
    fn a_prefix_at_column_0_names_the_source() {
        assert_eq!(
            Line::parse(b"[linux-a] hello [linux-b] there\r"),
            line("linux-a", "hello [linux-b] there")
        );
    }

    #[test]
    fn a_prefix_further_right_names_nobody() {
        let found = Line::parse(b" [bulkhead] zone a: started");
        assert_eq!(found, Line { source: None, text: " [bulkhead] zone a: started".into() });
    }

    #[test]
    fn a_kernels_time_stamp_is_no_prefix() {
        assert_eq!(Line::parse(b"[    0.000000] Booting Linux").source, None);
    }

    #[test]
    fn colours_do_not_hide_the_prefix() {
        assert_eq!(Line::parse(b"\x1b[1;36m[linux-a] \x1b[0mhello\r"), line("linux-a", "hello"));
    }

    #[test]
    fn other_escape_sequences_stay_visible() {
        assert_eq!(Line::parse(b"[a] \x1b[2Jx"), line("a", "\x1b[2Jx"));
    }

    #[test]
    fn lines_come_out_whole_wherever_the_stream_is_cut() {
        let stream = b"[a] one\r\n[bulkhead] two\r\n[a] thr";
        for cut in 0..stream.len() {
            let mut demux = Demux::default();
            let mut lines = Vec::new();
            let (first, second) = stream.split_at(cut);
            demux.feed(first, |line| lines.push(line));
            demux.feed(second, |line| lines.push(line));
            assert_eq!(lines, [line("a", "one"), line("bulkhead", "two")], "cut at {cut}");
            assert_eq!(demux.begun(), Some(line("a", "thr")));
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut demux = Demux::default();
        let mut lines = 0;
        demux.feed(&vec![b'x'; 3 * LONGEST], |_| lines += 1);
        assert_eq!((lines, demux.begun()), (3, None));
    }
}
