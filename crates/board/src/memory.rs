//! RAM banks and what firmware keeps of them (Devicetree Specification 3.4, 3.5, 5.3).

use addr::{HostPhys, Range};
use heapless::Vec;

use crate::fdt::{Fdt, Node};
use crate::tree::Top;
use crate::{BoardError, MAX_RAM, MAX_RESERVED, tree};

type Banks = Vec<Range<HostPhys>, MAX_RAM>;
type Reserved = Vec<Range<HostPhys>, MAX_RESERVED>;

pub(crate) fn ram(top: &Top<'_>) -> Result<Banks, BoardError> {
    let mut ram = Banks::new();
    for node in &top.memory {
        if tree::says(node, "device_type", "memory") && tree::usable(node) {
            for range in ranges(*node, "memory/reg")? {
                ram.push(range?).map_err(|_| BoardError::TooMany("RAM banks"))?;
            }
        }
    }
    if ram.is_empty() { Err(BoardError::MissingNode("memory")) } else { Ok(ram) }
}

pub(crate) fn reserved(fdt: &Fdt<'_>, top: &Top<'_>) -> Result<Reserved, BoardError> {
    let mut reserved = Reserved::new();
    let full = BoardError::TooMany("reserved memory ranges");
    for [start, size] in fdt.reservations() {
        if let Some(range) = Range::<HostPhys>::new(HostPhys::new(start), size) {
            reserved.push(range).map_err(|_| full)?;
        }
    }
    if let Some(parent) = &top.reserved_memory {
        for node in parent.children().filter(tree::usable) {
            // A node with only `size` asks the operating system to choose: nothing is taken yet.
            if node.property("reg").is_some() {
                for range in ranges(node, "reserved-memory/reg")? {
                    reserved.push(range?).map_err(|_| full)?;
                }
            }
        }
    }
    Ok(reserved)
}

fn ranges<'a>(
    node: Node<'a>,
    name: &'static str,
) -> Result<impl Iterator<Item = Result<Range<HostPhys>, BoardError>> + 'a, BoardError> {
    let bad = BoardError::BadProperty(name);
    Ok(node.reg().ok_or(bad)?.map(move |reg| {
        let [start, size] = reg.ok_or(bad)?;
        Range::<HostPhys>::new(HostPhys::new(start), size).ok_or(bad)
    }))
}
