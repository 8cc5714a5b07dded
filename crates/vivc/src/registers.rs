//! Which register an access is to.

use ids::Width;

use crate::peer::{MAX_PEERS, PeerId};

/// What `magic` reads: "BIVC", the lowest byte first.
pub const MAGIC: u32 = u32::from_le_bytes(*b"BIVC");
/// What `version` reads.
pub const VERSION: u32 = 1;

/// The register by which a peer is rung without a payload. It is looked for first.
pub(crate) const INVOKE: u32 = 0x14;

const GENERATION: u32 = 0x40;
const PAYLOAD: u32 = 0x80;
const RING_WITH: u32 = 0xc0;
/// Bytes of an array of registers with one for each peer.
const ARRAY: u32 = 4 * MAX_PEERS as u32;

/// A register of the control table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    Id,
    MaxPeers,
    RwSize,
    OutSize,
    PeerId,
    Invoke,
    Magic,
    Version,
    Present,
    Rang,
    Missed,
    Mask,
    Notify,
    Generation(PeerId),
    Payload(PeerId),
    RingWith(PeerId),
}

/// The register that an access is to; `None` where it is to none.
pub(crate) fn at(offset: u32, width: Width) -> Option<Register> {
    if width != Width::Word || offset & 3 != 0 {
        return None;
    }
    Some(match offset {
        0x00 => Register::Id,
        0x04 => Register::MaxPeers,
        0x08 => Register::RwSize,
        0x0c => Register::OutSize,
        0x10 => Register::PeerId,
        INVOKE => Register::Invoke,
        0x20 => Register::Magic,
        0x24 => Register::Version,
        0x28 => Register::Present,
        0x2c => Register::Rang,
        0x30 => Register::Missed,
        0x34 => Register::Mask,
        0x38 => Register::Notify,
        _ => {
            let peer = PeerId::new((offset % ARRAY / 4) as usize)?;
            match offset.wrapping_sub(offset % ARRAY) {
                GENERATION => Register::Generation(peer),
                PAYLOAD => Register::Payload(peer),
                RING_WITH => Register::RingWith(peer),
                _ => return None,
            }
        }
    })
}
