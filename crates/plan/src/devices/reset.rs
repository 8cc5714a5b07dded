//! How devices go back to how they were when the machine started, by their manuals, before their zone starts again.

use addr::{HostPhys, Range};
use board::Device;
use dtoolkit::model::DeviceTreeNode;
use manifest::{Reset, ResetAction};

use super::{Hole, is_compatible};
use crate::facts::cells;

/// What becomes of a device when its zone starts again.
#[derive(Clone, Debug)]
pub(crate) enum Restart {
    /// It is reset, by these steps.
    Reset(Vec<Reset>),
    /// Nothing: how it is reset is not known, and all it can do is to raise its own interrupts.
    Left,
    /// How it is reset is not known, and what it was told to do it may still do to memory: the zone does not start again.
    Refused(HostPhys),
    /// Nothing: it has no registers.
    Nothing,
}

impl Restart {
    /// What is done, for the manifest.
    pub(crate) fn steps(&self) -> Vec<Reset> {
        match self {
            Self::Reset(steps) => steps.clone(),
            Self::Left | Self::Nothing => Vec::new(),
            Self::Refused(hpa) => vec![Reset { hpa: *hpa, action: ResetAction::Unknown }],
        }
    }

    /// The same in words.
    pub(crate) const fn text(&self) -> &'static str {
        match self {
            Self::Reset(_) => "is reset",
            Self::Left => "stays as it is: how it is reset is not known; it does no DMA",
            Self::Nothing => "has nothing to reset: no registers are its own",
            Self::Refused(_) => {
                "the zone does not start again: how it is reset is not known, and its DMA could go on"
            }
        }
    }
}

/// A write of 32 bits so far into a device's first registers.
const fn word(offset: u64, value: u32) -> (u64, ResetAction) {
    (offset, ResetAction::WriteWord(value))
}

/// Steps by what a device is compatible with.
const KNOWN: [(&str, &[(u64, ResetAction)]); 7] = [
    // Virtual I/O Device (VIRTIO) 1.2, 4.2.2: Status 0 resets; it reads as 0 when that is done, and with it all DMA.
    ("virtio,mmio", &[word(0x70, 0), (0x70, ResetAction::AwaitWord(0))]),
    // PL031 (DDI 0224): RTCIMSC, RTCICR.
    ("arm,pl031", &[word(0x10, 0), word(0x1c, 1)]),
    // PL061 (DDI 0190): GPIOIE, GPIOIS, GPIOIBE, GPIOIEV, GPIOAFSEL, GPIODIR, GPIOIC.
    (
        "arm,pl061",
        &[
            word(0x410, 0),
            word(0x404, 0),
            word(0x408, 0),
            word(0x40c, 0),
            word(0x420, 0),
            word(0x400, 0),
            word(0x41c, 0xff),
        ],
    ),
    // PL011 (DDI 0183): UARTIMSC, UARTDMACR, UARTCR, UARTICR.
    ("arm,pl011", &[word(0x38, 0), word(0x48, 0), word(0x30, 0x300), word(0x44, 0x7ff)]),
    // SP804 (DDI 0271): the control of each timer, and its TimerXIntClr.
    ("arm,sp804", &[word(0x08, 0x20), word(0x0c, 1), word(0x28, 0x20), word(0x2c, 1)]),
    // SP805 (DDI 0270): WdogLock, WdogControl, WdogIntClr, WdogLoad.
    ("arm,sp805", &[word(0xc00, 0x1acc_e551), word(0x08, 0), word(0x0c, 1), word(0x00, u32::MAX)]),
    // Goldfish RTC (Linux, timer-goldfish.h): TIMER_IRQ_ENABLED, TIMER_CLEAR_ALARM, TIMER_CLEAR_INTERRUPT.
    ("google,goldfish-rtc", &[word(0x10, 0), word(0x14, 1), word(0x1c, 1)]),
];

/// What becomes of a device whose owner gets `registers` of it.
pub(super) fn plan(
    node: &DeviceTreeNode,
    physical: &Device<'_>,
    registers: &[Range<HostPhys>],
    hole: Option<Hole>,
) -> Restart {
    let base = physical.readable_registers().next().map(|range| range.start());
    let steps = base.and_then(|base| steps(node, base));
    // Of a device that is given in part, the steps may be at what is not.
    let is_given = |step: &Reset| {
        step.register().is_some_and(|register| registers.iter().any(|range| range.contains_range(register)))
    };
    match (steps.filter(|steps| steps.iter().all(is_given)), hole, registers.first()) {
        (Some(steps), ..) => Restart::Reset(steps),
        (None, Some(Hole::Trusted), Some(first)) => Restart::Refused(first.start()),
        _ => Restart::Left,
    }
}

fn steps(node: &DeviceTreeNode, base: HostPhys) -> Option<Vec<Reset>> {
    let known = KNOWN.iter().find(|(kind, _)| is_compatible(node, &[kind])).map(|(_, steps)| steps.to_vec());
    let steps = known.or_else(|| is_compatible(node, &["ns16550a", "ns16550"]).then(|| ns16550(node))?);
    let step = |(offset, action)| Some(Reset { hpa: base.checked_add(offset)?, action });
    steps?.into_iter().map(step).collect()
}

/// An NS16550A (its data sheet, 8): LCR, IER, FCR, MCR, at distances that the node tells.
fn ns16550(node: &DeviceTreeNode) -> Option<Vec<(u64, ResetAction)>> {
    let number = |name| cells(node, name).first().copied();
    let (shift, width) = (number("reg-shift").unwrap_or(0), number("reg-io-width").unwrap_or(1));
    let write = |register: u64, value: u8| {
        let action = match width {
            1 => ResetAction::WriteByte(value),
            4 => ResetAction::WriteWord(value.into()),
            _ => return None,
        };
        Some((register.checked_shl(shift)?, action))
    };
    [write(3, 0), write(1, 0), write(2, 0), write(4, 0)].into_iter().collect()
}
