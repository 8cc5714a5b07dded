//! The name in front of a line.

/// Bytes of a name that are shown.
const MAX_NAME: usize = 32;

/// Colours of zones (SGR numbers): readable on dark and on light, red left to errors; two digits each.
const PALETTE: [&[u8]; 8] = [b"36", b"33", b"32", b"35", b"94", b"96", b"93", b"95"];

/// Bold, for the hypervisor's own lines.
const HYPERVISOR_STYLE: &[u8] = b"1";

/// The style that begins with every prefix's end.
pub(crate) const RESET: &[u8] = b"\x1b[0m";

/// Columns of a prefix around the name.
const BRACKETS_AND_SPACE: usize = 3;

/// Bytes around the number of a style: ESC, `[`, `m`.
const STYLE_FRAME: usize = 3;

/// Bytes of the longest prefix: ESC `[36m`, the name and what is around it, reset.
pub(crate) const MAX_PREFIX: usize = 5 + MAX_NAME + BRACKETS_AND_SPACE + RESET.len();

/// Whose lines these are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix<'a> {
    name: &'a str,
    style: Option<&'static [u8]>,
}

impl<'a> Prefix<'a> {
    /// In front of a line of zone number `index`.
    pub(crate) fn zone(index: usize, name: &'a str, colour: bool) -> Self {
        let style = PALETTE.iter().cycle().nth(index).copied();
        Self { name, style: style.filter(|_| colour) }
    }

    /// In front of a line of the hypervisor.
    pub(crate) fn hypervisor(colour: bool) -> Self {
        Self { name: "bulkhead", style: colour.then_some(HYPERVISOR_STYLE) }
    }

    /// Columns that the prefix takes on the terminal.
    pub(crate) fn width(self) -> usize {
        self.name.len().min(MAX_NAME).saturating_add(BRACKETS_AND_SPACE)
    }

    /// Bytes of the prefix.
    pub(crate) fn len(self) -> usize {
        let styles =
            self.style.map_or(0, |style| style.len().saturating_add(STYLE_FRAME).saturating_add(RESET.len()));
        self.width().saturating_add(styles)
    }

    /// Gives every byte of the prefix to `out`. Bytes of the name that are no visible ASCII are shown as `?`.
    pub(crate) fn write(self, mut out: impl FnMut(u8)) {
        let mut all = |bytes: &[u8]| bytes.iter().for_each(|byte| out(*byte));
        if let Some(style) = self.style {
            all(b"\x1b[");
            all(style);
            all(b"m");
        }
        all(b"[");
        for byte in self.name.bytes().take(MAX_NAME) {
            all(&[if byte.is_ascii_graphic() { byte } else { b'?' }]);
        }
        all(b"]");
        if self.style.is_some() {
            all(RESET);
        }
        all(b" ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_what_is_written() {
        let long = "x".repeat(100);
        let zones = [("", false), ("a", true), ("é", true), (long.as_str(), true)];
        let prefixes = zones.map(|(name, colour)| Prefix::zone(3, name, colour));
        for prefix in prefixes.into_iter().chain([Prefix::hypervisor(false), Prefix::hypervisor(true)]) {
            let mut written = 0;
            prefix.write(|_| written += 1);
            assert_eq!(prefix.len(), written, "{prefix:?}");
        }
    }
}
