//! The console device: `/chosen/stdout-path`, followed through `/aliases` (Devicetree Specification 3.3, 3.6).

use addr::{HostPhys, Range};

use crate::cpus::{self, Arch};
use crate::tree::{Located, Top};
use crate::{BoardError, interrupts, tree};

/// The board's serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uart {
    /// Its register frame.
    pub frame: Range<HostPhys>,
    /// Its interrupt: at a GIC the INTID, at an APLIC or PLIC the source.
    pub interrupt: u32,
    /// What it is.
    pub kind: UartKind,
}

/// A UART that a driver exists for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UartKind {
    /// A PL011 (Linux binding serial/pl011.yaml).
    Pl011,
    /// An NS16550A (Linux binding serial/8250.yaml).
    Ns16550 {
        /// Registers lie `1 << reg_shift` bytes apart; at most 3.
        reg_shift: u8,
        /// Bytes of an access to a register: 1, 2 or 4.
        reg_io_width: u8,
        /// Hz of the clock that the line rate is divided from, where the board says so.
        clock_frequency: Option<u32>,
    },
}

pub(crate) fn read(top: &Top<'_>, arch: Arch) -> Result<Uart, BoardError> {
    let located = find(top, arch)?;
    let bad = BoardError::BadProperty("console interrupts");
    let interrupt = match arch {
        Arch::Arm64 if Arch::Arm64.is_read() => {
            let specifier = interrupts::gic::specifier(&located.node);
            specifier.filter(|interrupt| interrupt.intid >= 32).ok_or(bad)?.intid
        }
        Arch::Riscv64 if Arch::Riscv64.is_read() => interrupts::first_source(&located.node).ok_or(bad)?,
        _ => return Err(BoardError::OtherArch),
    };
    Ok(Uart { frame: located.reg(0)?, interrupt, kind: kind(&located, arch)? })
}

/// The phandle of the controller that takes the console's interrupt.
pub(crate) fn interrupt_parent(top: &Top<'_>) -> Result<Option<u32>, BoardError> {
    Ok(find(top, cpus::arch(top))?.interrupt_parent())
}

pub(crate) fn frame_and_kind(top: &Top<'_>) -> Result<(Range<HostPhys>, UartKind), BoardError> {
    let arch = cpus::arch(top);
    let located = find(top, arch)?;
    Ok((located.reg(0)?, kind(&located, arch)?))
}

fn kind(located: &Located<'_>, arch: Arch) -> Result<UartKind, BoardError> {
    match arch {
        Arch::Arm64 => Ok(UartKind::Pl011),
        Arch::Riscv64 if Arch::Riscv64.is_read() => ns16550(located),
        Arch::Riscv64 => Err(BoardError::OtherArch),
    }
}

fn ns16550(located: &Located<'_>) -> Result<UartKind, BoardError> {
    let node = &located.node;
    let number = |name: &'static str, default: u8, allowed: &[u8]| {
        let value = if node.property(name).is_some() { node.cell(name) } else { Some(default.into()) };
        let value = value.and_then(|value| u8::try_from(value).ok());
        value.filter(|value| allowed.contains(value)).ok_or(BoardError::BadProperty(name))
    };
    Ok(UartKind::Ns16550 {
        reg_shift: number("reg-shift", 0, &[0, 1, 2, 3])?,
        reg_io_width: number("reg-io-width", 1, &[1, 2, 4])?,
        clock_frequency: node.cell("clock-frequency"),
    })
}

fn find<'a>(top: &Top<'a>, arch: Arch) -> Result<Located<'a>, BoardError> {
    let known = match arch {
        Arch::Arm64 => "arm,pl011",
        Arch::Riscv64 => "ns16550a",
    };
    let none = BoardError::NoConsole(known);
    let chosen = top.chosen.ok_or(none)?;
    let stdout = tree::string(&chosen, "stdout-path").ok_or(none)?;
    // What follows a colon are line options, such as "115200n8".
    let name = stdout.split(|byte| *byte == b':').next().unwrap_or(stdout);
    let path = if name.starts_with(b"/") {
        name
    } else {
        let alias = core::str::from_utf8(name).map_err(|_| none)?;
        top.aliases.and_then(|aliases| tree::string(&aliases, alias)).ok_or(none)?
    };
    tree::at_path(&top.root, path)?
        .filter(|located| tree::compatible(&located.node, &[known]) && tree::usable(&located.node))
        .ok_or(none)
}
