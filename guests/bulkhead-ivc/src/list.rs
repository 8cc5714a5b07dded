//! `bulkhead-ivc list`.

use crate::channel::{Channel, PREFIX};
use crate::failure::Failure;
use crate::linux::{File, print};

/// Where the name begins in an entry of a folder (struct linux_dirent64).
const NAME: usize = 19;

/// Prints every channel.
pub(crate) fn run() -> Result<(), Failure> {
    let failed = |error| Failure::Kernel("read /dev", error);
    let folder = File::folder(c"/dev").map_err(failed)?;
    let mut entries = [0; 4096];
    let mut found = false;
    loop {
        let read = folder.read_entries(&mut entries).map_err(failed)?;
        if read == 0 {
            break;
        }
        let mut rest = entries.get(..read).unwrap_or_default();
        while let Some((entry, others)) = split_entry(rest) {
            rest = others;
            if let Some(name) = channel_name(entry) {
                found = true;
                show(name)?;
            }
        }
    }
    if found { Ok(()) } else { Err(Failure::Check("this zone has no channel, or its driver is not loaded")) }
}

/// The first of the entries, and those after it.
fn split_entry(entries: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = entries.get(16..18)?;
    let length = u16::from_le_bytes([length[0], length[1]]);
    entries.split_at_checked(length.into()).filter(|(entry, _)| !entry.is_empty())
}

/// The channel's name, if the entry is one's device.
fn channel_name(entry: &[u8]) -> Option<&str> {
    let name = core::ffi::CStr::from_bytes_until_nul(entry.get(NAME..)?).ok()?;
    name.to_str().ok()?.strip_prefix(PREFIX.strip_prefix("/dev/")?)
}

fn show(name: &str) -> Result<(), Failure> {
    let channel = Channel::open(name)?;
    let info = channel.info()?;
    let (id, own, peers) = (info.id(), info.own(), info.peers());
    let (common, output) = (info.common_size(), info.output_size());
    print(format_args!("{name}: channel={id} peer={own} peers={peers} rw={common} out={output}\n"));
    for peer in 0..peers {
        let state = if info.is_present(peer) { "running" } else { "absent" };
        let (generation, payload) = (info.generation(peer), info.payload(peer));
        print(format_args!("  peer {peer}: {state} generation={generation} payload={payload:#x}\n"));
    }
    channel.close();
    Ok(())
}
