//! `bulkhead-ivc rights`: whether the driver maps what it should, and nothing else. Not for a channel in use: what is
//! written to could just be changed.

use ivc::Extent;

use crate::channel::Channel;
use crate::failure::Failure;
use crate::linux::{Access, Error, File, Kind, print, protect, unmap};
use crate::options::Options;

/// Not allowed (EACCES) and not possible (EINVAL).
const REFUSALS: [Error; 2] = [Error(13), Error(22)];

/// Tries everything.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let info = channel.info()?;
    let layout = info.layout().ok_or(Failure::Check("the driver describes no channel"))?;
    let own = layout.output(info.own()).ok_or(Failure::Check("the driver describes no channel"))?;
    let device = &channel.device;
    let whole = Extent { offset: 0, len: layout.total() };

    for (name, section) in [("common section", layout.common()), ("own section", own)] {
        if section.len > 0 {
            write_ends(device, section)?;
            expect(true, name, "is written")?;
        }
    }
    for peer in (0..info.peers()).filter(|&peer| peer != info.own()) {
        let Some(section) = layout.output(peer) else { continue };
        expect(
            is_mapped(device, section, Access::Read, Kind::Shared)?,
            "foreign section",
            "is mapped for reading",
        )?;
        expect(
            !is_mapped(device, section, Access::Write, Kind::Shared)?,
            "foreign section",
            "is not mapped for writing",
        )?;
        expect(stays_readable(device, section)?, "foreign section", "does not become writable")?;
    }
    expect(is_mapped(device, whole, Access::Read, Kind::Shared)?, "whole memory", "is mapped for reading")?;
    expect(
        !is_mapped(device, whole, Access::Write, Kind::Shared)?,
        "whole memory",
        "is not mapped for writing",
    )?;
    expect(
        !is_mapped(device, own, Access::Execute, Kind::Shared)?,
        "own section",
        "is not mapped for execution",
    )?;
    expect(!is_mapped(device, own, Access::Write, Kind::Private)?, "own section", "is not mapped privately")?;
    let too_long = Extent { len: whole.len + ivc::PAGE_SIZE, ..whole };
    let beyond = Extent { offset: whole.len, len: ivc::PAGE_SIZE };
    let far_beyond = Extent { offset: 1 << 51, ..beyond };
    for outside in [too_long, beyond, far_beyond] {
        expect(
            !is_mapped(device, outside, Access::Read, Kind::Shared)?,
            "what lies beyond",
            "is not mapped",
        )?;
    }
    Ok(())
}

fn expect(held: bool, what: &str, rule: &str) -> Result<(), Failure> {
    let word = if held { "holds" } else { "DOES NOT HOLD" };
    print(format_args!("rights: {what} {rule}: {word}\n"));
    if held { Ok(()) } else { Err(Failure::Check("the driver does not keep to the rights")) }
}

/// Whether a range can be mapped so.
fn is_mapped(device: &File, range: Extent, access: Access, kind: Kind) -> Result<bool, Failure> {
    match device.map_as(range.offset, range.len as usize, access, kind) {
        Ok(start) => {
            // SAFETY: just mapped, and used by nobody.
            unsafe { unmap(start, range.len as usize) };
            Ok(true)
        }
        Err(error) if REFUSALS.contains(&error) => Ok(false),
        Err(error) => Err(Failure::Kernel("map the channel's memory", error)),
    }
}

/// Whether a mapping for reading stays one.
fn stays_readable(device: &File, range: Extent) -> Result<bool, Failure> {
    let failed = |error| Failure::Kernel("map the channel's memory", error);
    let start = device.map(range.offset, range.len as usize, Access::Read).map_err(failed)?;
    // SAFETY: just mapped, and used by nobody.
    let change = unsafe { protect(start, range.len as usize, Access::Write) };
    // SAFETY: as above.
    unsafe { unmap(start, range.len as usize) };
    Ok(change.is_err())
}

/// Writes the first and the last byte of a range, with what they hold: a hypervisor of another mind ends the program.
fn write_ends(device: &File, range: Extent) -> Result<(), Failure> {
    let failed = |error| Failure::Kernel("map the channel's memory", error);
    let start = device.map(range.offset, range.len as usize, Access::Write).map_err(failed)?;
    for byte in [start, start.wrapping_add(range.len as usize - 1)] {
        // SAFETY: within the mapping; volatile, for other zones use the memory too.
        let value = unsafe { byte.read_volatile() };
        // SAFETY: as above.
        unsafe { byte.write_volatile(value) };
    }
    // SAFETY: mapped above, and used by nobody any more.
    unsafe { unmap(start, range.len as usize) };
    Ok(())
}
