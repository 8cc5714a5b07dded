//! What is typed: bytes for a zone, or commands behind the escape key.

/// Ctrl-], which telnet has made the escape key of consoles.
const ESCAPE_KEY: u8 = 0x1d;

/// What a typed byte means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The byte goes to this zone (by index, from 0).
    ToZone(usize, u8),
    /// This zone (by index, from 0) has the keyboard from now on.
    Focus(usize),
    /// The user asks for the machine to power off.
    PowerOff,
    /// The user asks what the zones have cost so far.
    Status,
    /// The escape key was followed by something that it does not know: show what it does know.
    Help,
    /// Nothing yet.
    None,
}

/// The keyboard: Ctrl-] 1 to 9 chooses a zone, Ctrl-] s asks for the status, Ctrl-] q powers off, Ctrl-] Ctrl-] is one
/// Ctrl-].
#[derive(Clone, Debug)]
pub struct Input {
    zones: usize,
    focus: usize,
    escaped: bool,
}

impl Input {
    /// A keyboard for this many zones, of which the first has it.
    pub const fn new(zones: usize) -> Self {
        Self { zones, focus: 0, escaped: false }
    }

    /// The index of the zone that has the keyboard.
    pub const fn focus(&self) -> usize {
        self.focus
    }

    /// Takes a typed byte.
    pub fn take(&mut self, byte: u8) -> Event {
        let escaped = core::mem::take(&mut self.escaped);
        match byte {
            ESCAPE_KEY if !escaped => {
                self.escaped = true;
                Event::None
            }
            _ if !escaped => self.to_zone(byte),
            ESCAPE_KEY => self.to_zone(byte),
            b'q' => Event::PowerOff,
            b's' => Event::Status,
            b'1'..=b'9' => {
                let zone = usize::from(byte.wrapping_sub(b'1'));
                if zone >= self.zones {
                    return Event::Help;
                }
                self.focus = zone;
                Event::Focus(zone)
            }
            _ => Event::Help,
        }
    }

    fn to_zone(&self, byte: u8) -> Event {
        if self.focus < self.zones { Event::ToZone(self.focus, byte) } else { Event::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(input: &mut Input, bytes: &[u8]) -> Vec<Event> {
        bytes.iter().map(|byte| input.take(*byte)).filter(|event| *event != Event::None).collect()
    }

    #[test]
    fn the_first_zone_has_the_keyboard_at_first() {
        assert_eq!(type_in(&mut Input::new(2), b"a\x03"), [Event::ToZone(0, b'a'), Event::ToZone(0, 3)]);
    }

    #[test]
    fn a_digit_behind_the_escape_key_moves_the_keyboard() {
        let events = type_in(&mut Input::new(2), b"\x1d2x2");
        assert_eq!(events, [Event::Focus(1), Event::ToZone(1, b'x'), Event::ToZone(1, b'2')]);
    }

    #[test]
    fn a_zone_that_is_not_there_keeps_the_keyboard_where_it_is() {
        let events = type_in(&mut Input::new(2), b"\x1d3\x1d0x");
        assert_eq!(events, [Event::Help, Event::Help, Event::ToZone(0, b'x')]);
    }

    #[test]
    fn q_behind_the_escape_key_powers_off() {
        assert_eq!(type_in(&mut Input::new(1), b"q\x1dq"), [Event::ToZone(0, b'q'), Event::PowerOff]);
    }

    #[test]
    fn s_behind_the_escape_key_asks_for_the_status() {
        assert_eq!(type_in(&mut Input::new(1), b"\x1ds"), [Event::Status]);
    }

    #[test]
    fn the_escape_key_twice_is_one_for_the_zone() {
        let events = type_in(&mut Input::new(1), b"\x1d\x1d1");
        assert_eq!(events, [Event::ToZone(0, 0x1d), Event::ToZone(0, b'1')]);
    }

    #[test]
    fn without_zones_bytes_go_nowhere() {
        assert_eq!(type_in(&mut Input::new(0), b"ab\x1d1"), [Event::Help]);
    }
}
