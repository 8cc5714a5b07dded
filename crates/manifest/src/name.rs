//! Names of zones and channels.

use core::fmt;

/// Bytes of a name at most.
const MAX: usize = 31;

/// The name of a zone, or of a channel: 1 to 31 of the characters a to z, 0 to 9, `_` and `-`, and not "bulkhead", which is the
/// hypervisor's own name on the console. A copy, so that an error can outlive the bundle.
#[derive(Clone, Copy, PartialEq, Eq)]
// Copied by words: where only aligned accesses are allowed it would else be copied by bytes.
#[repr(align(8))]
pub struct ZoneName {
    bytes: [u8; MAX],
    length: u8,
}

impl ZoneName {
    /// The name, or `None` where the rules forbid it.
    pub fn new(name: &str) -> Option<Self> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if name.is_empty() || name == "bulkhead" || !name.bytes().all(allowed) {
            return None;
        }
        let mut bytes = [0; MAX];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { bytes, length: u8::try_from(name.len()).ok()? })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|name| str::from_utf8(name).ok())
            .unwrap_or_default()
    }

    /// The name in a record's field, where zeros follow it.
    pub(crate) fn in_field(field: &[u8; 32]) -> Option<&str> {
        let end = field.iter().position(|byte| *byte == 0)?;
        let (name, padding) = field.split_at_checked(end)?;
        let name = str::from_utf8(name).ok()?;
        (padding.iter().all(|byte| *byte == 0) && Self::new(name).is_some()).then_some(name)
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ZoneName({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_31_characters_is_the_longest() {
        assert!(ZoneName::new(&"a234567890123456789012345678901"[..31]).is_some());
        assert!(ZoneName::new("a2345678901234567890123456789012").is_none());
    }

    #[test]
    fn the_hypervisors_own_name_is_not_for_zones() {
        assert!(ZoneName::new("bulkhead").is_none());
        assert!(ZoneName::new("bulkhead2").is_some());
    }

    #[test]
    fn letters_that_could_forge_a_console_line_are_refused() {
        for name in ["", "A", "a b", "a]", "a\n", "a\x1b[0m", "é"] {
            assert!(ZoneName::new(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn bytes_after_the_name_in_its_field_are_refused() {
        let mut field = [0; 32];
        field[..3].copy_from_slice(b"a\0b");
        assert_eq!(ZoneName::in_field(&field), None);
        field[2] = 0;
        assert_eq!(ZoneName::in_field(&field), Some("a"));
    }
}
