//! MSR: modem lines, and which of them changed.

use super::registers::{modem_control, modem_status};

/// The lines outside of loopback, where nothing ever changes them.
const CONNECTED: u8 = modem_status::DCD | modem_status::DSR | modem_status::CTS;

/// Which line each output is in loopback (PC16550D, "Modem Control Register", bit 4).
const LOOPBACK: [(u8, u8); 4] = [
    (modem_control::DTR, modem_status::DSR),
    (modem_control::RTS, modem_status::CTS),
    (modem_control::OUT1, modem_status::RI),
    (modem_control::OUT2, modem_status::DCD),
];

/// MSR.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModemStatus(u8);

impl ModemStatus {
    /// The lines as outside of loopback, nothing changed.
    pub(crate) const fn new() -> Self {
        Self(CONNECTED)
    }

    /// The lines as MCR makes them.
    pub(crate) fn follow(&mut self, control: u8) {
        let lines = if control & modem_control::LOOPBACK == 0 {
            CONNECTED
        } else {
            LOOPBACK
                .into_iter()
                .filter(|(output, _)| control & output != 0)
                .fold(0, |lines, (_, line)| lines | line)
        };
        let before = self.0 & modem_status::LINES;
        // A ring is told when it ends.
        let changed = (lines ^ before) & !(lines & modem_status::RI);
        self.0 = lines | self.0 & !modem_status::LINES | changed >> modem_status::LINES_SHIFT;
    }

    /// Whether some change was not read yet.
    pub(crate) const fn changed(self) -> bool {
        self.0 & !modem_status::LINES != 0
    }

    /// MSR as a read finds it. The changes are told once.
    pub(crate) fn read(&mut self) -> u8 {
        let value = self.0;
        self.0 &= modem_status::LINES;
        value
    }
}
