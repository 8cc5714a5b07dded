//! The one key sequence that the tool itself obeys: Ctrl-] q. All others are the hypervisor's, which
//! multiplexes the console; the tool must see this one too, because a hypervisor that hangs cannot obey.

/// Ctrl-], which introduces a command.
const INTRODUCER: u8 = 0x1d;

/// Watches the keys on their way to the hypervisor.
#[derive(Debug, Default)]
pub(crate) struct QuitWatch {
    introduced: bool,
}

impl QuitWatch {
    /// Whether these bytes complete the command to quit. All of them are to be passed on in any case.
    pub(crate) fn completes(&mut self, bytes: &[u8]) -> bool {
        let mut quit = false;
        for byte in bytes {
            quit |= self.introduced && *byte == b'q';
            // Ctrl-] Ctrl-] is a literal Ctrl-], which introduces nothing.
            self.introduced = *byte == INTRODUCER && !self.introduced;
        }
        quit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_counts_across_reads() {
        let mut watch = QuitWatch::default();
        assert!(!watch.completes(b"ls\n\x1d"));
        assert!(watch.completes(b"q"));
    }

    #[test]
    fn a_plain_q_is_text() {
        assert!(!QuitWatch::default().completes(b"quit\n"));
    }

    #[test]
    fn a_doubled_introducer_introduces_nothing() {
        assert!(!QuitWatch::default().completes(b"\x1d\x1dq"));
    }

    #[test]
    fn another_command_in_between_ends_the_sequence() {
        assert!(!QuitWatch::default().completes(b"\x1d1q"));
    }
}
