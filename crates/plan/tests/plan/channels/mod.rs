//! Channels: what is derived for them, and every way in which one cannot be had.

mod derived;
mod refused;

use crate::support::{text, zone};

/// Three zones and what follows them.
pub(crate) fn with(channels: &str) -> String {
    let zones = [
        zone("a", "[0, 1]", "\"256M\"", ""),
        zone("b", "[2]", "\"128M\"", ""),
        zone("c", "[3]", "\"64M\"", "uart = false"),
    ];
    format!("{}\n{channels}", text(&zones))
}

/// A channel between two zones and one of all three.
pub(crate) const TWO_CHANNELS: &str = "\
[[channel]]
name = \"pair\"
peers = [\"b\", \"a\"]
rw = \"64K\"
out = \"16K\"

[[channel]]
name = \"all\"
peers = [\"a\", \"b\", \"c\"]
out = \"1M\"
";
