//! Which register an access is to.

use ids::Width;
use ivc::registers as table;

use crate::peer::{MAX_PEERS, PeerId};

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
    if width != Width::Word || !offset.is_multiple_of(4) {
        return None;
    }
    Some(match offset {
        table::IVC_ID => Register::Id,
        table::PEERS => Register::MaxPeers,
        table::RW_SEC_SIZE => Register::RwSize,
        table::OUT_SEC_SIZE => Register::OutSize,
        table::PEER_ID => Register::PeerId,
        table::IPI_INVOKE => Register::Invoke,
        table::MAGIC => Register::Magic,
        table::VERSION => Register::Version,
        table::PRESENT => Register::Present,
        table::RANG => Register::Rang,
        table::MISSED => Register::Missed,
        table::MASK => Register::Mask,
        table::NOTIFY => Register::Notify,
        _ => {
            let within = offset % ARRAY;
            let peer = PeerId::new((within / 4) as usize)?;
            match offset.wrapping_sub(within) {
                table::GENERATION => Register::Generation(peer),
                table::PAYLOAD => Register::Payload(peer),
                table::RING_WITH => Register::RingWith(peer),
                _ => return None,
            }
        }
    })
}
