//! The console device: `/chosen/stdout-path`, followed through `/aliases` (Devicetree Specification 3.3, 3.6).

use crate::tree::{Located, Top};
use crate::{BoardError, interrupts, tree};
use addr::{HostPhys, Range};

/// A PL011 (Linux binding serial/pl011.yaml).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uart {
    /// Its register frame.
    pub frame: Range<HostPhys>,
    /// Its interrupt at the GIC.
    pub intid: u32,
}

pub(crate) fn read(top: &Top<'_>) -> Result<Uart, BoardError> {
    let located = find(top)?;
    let intid = interrupts::specifier(&located.node)
        .filter(|interrupt| interrupt.intid >= 32)
        .ok_or(BoardError::BadProperty("console interrupts"))?
        .intid;
    Ok(Uart { frame: located.reg(0)?, intid })
}

pub(crate) fn frame(top: &Top<'_>) -> Result<Range<HostPhys>, BoardError> {
    find(top)?.reg(0)
}

fn find<'a>(top: &Top<'a>) -> Result<Located<'a>, BoardError> {
    let chosen = top.chosen.ok_or(BoardError::NoConsole)?;
    let stdout = tree::string(&chosen, "stdout-path").ok_or(BoardError::NoConsole)?;
    // What follows a colon are line options, such as "115200n8".
    let name = stdout.split(':').next().unwrap_or(stdout);
    let path = if name.starts_with('/') {
        name
    } else {
        top.aliases.and_then(|aliases| tree::string(&aliases, name)).ok_or(BoardError::NoConsole)?
    };
    tree::at_path(&top.root, path)?
        .filter(|located| tree::compatible(&located.node, &["arm,pl011"]) && tree::usable(&located.node))
        .ok_or(BoardError::NoConsole)
}
