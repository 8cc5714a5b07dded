//! Taking the colours out of a stream of bytes, for files, pipes and users who want none.

/// The longest colour sequence that is recognised; a longer one is none.
const LONGEST: usize = 32;

/// Removes colour sequences (ECMA-48 SGR: `ESC [ digits-and-semicolons m`), wherever the stream is cut.
#[derive(Debug, Default)]
pub(crate) struct ColourFilter {
    /// The beginning of what may become a colour sequence.
    held: Vec<u8>,
}

impl ColourFilter {
    /// The bytes without colour sequences. The beginning of one at their end is held back.
    pub(crate) fn plain(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let continues = match self.held.len() {
                0 => *byte == 0x1b,
                1 => *byte == b'[',
                held => held < LONGEST && (byte.is_ascii_digit() || *byte == b';'),
            };
            if continues {
                self.held.push(*byte);
            } else if self.held.len() > 1 && *byte == b'm' {
                self.held.clear();
            } else {
                plain.append(&mut self.held);
                // Another sequence may begin where this one turned out to be none.
                if *byte == 0x1b { self.held.push(*byte) } else { plain.push(*byte) }
            }
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_wherever_the_stream_is_cut() {
        let stream = b"\x1b[1;36m[a]\x1b[0m text\x1b[m";
        for cut in 0..stream.len() {
            let mut filter = ColourFilter::default();
            let (first, second) = stream.split_at(cut);
            let plain = [filter.plain(first), filter.plain(second)].concat();
            assert_eq!(plain, b"[a] text", "cut at {cut}");
        }
    }

    #[test]
    fn other_sequences_stay() {
        let stream = b"\x1b[2J\x1b\x1b[1K\x1b]0;title\x07";
        assert_eq!(ColourFilter::default().plain(stream), stream);
    }

    #[test]
    fn what_is_held_back_stays_short() {
        let mut filter = ColourFilter::default();
        let stream = [b"\x1b[".as_slice(), &[b'1'; 1000]].concat();
        assert_eq!(filter.plain(&stream), stream);
    }
}
