//! The control table: one page of 32-bit registers for each peer of a channel, trapped by the hypervisor.
//!
//! Only aligned accesses of 32 bits are defined. All others, and those to offsets that are not listed here, read zero
//! and are ignored. Offsets are in bytes from the table's first.
//!
//! The first six registers are those that existing drivers know; ours lie above them.

/// The most peers that a channel has. Peer ids are 0 to 15.
pub const MAX_PEERS: u32 = 16;

/// Bytes that a control table takes in a guest's address space: one page.
pub const TABLE_SIZE: u32 = 0x1000;

/// Which channel this is: its position in zones.toml, from 0. Read-only.
pub const IVC_ID: u32 = 0x00;
/// The number of peers. Read-only.
pub const PEERS: u32 = 0x04;
/// Size of the section that all peers write, in bytes: a multiple of 4096, may be 0. Read-only.
pub const RW_SEC_SIZE: u32 = 0x08;
/// Size of one peer's output section, in bytes: a multiple of 4096. Read-only.
pub const OUT_SEC_SIZE: u32 = 0x0c;
/// The id of the peer that reads: its position in `peers` in zones.toml. Read-only.
pub const PEER_ID: u32 = 0x10;
/// Rings the peer with the id that is written. Who hears it sees what its ringer wrote to the shared memory before.
/// One's own id is allowed; an id that no peer has is ignored. Write-only.
pub const IPI_INVOKE: u32 = 0x14;

/// Reads [`MAGIC_VALUE`]: the registers below are there. Read-only.
pub const MAGIC: u32 = 0x20;
/// Reads [`VERSION_VALUE`]. Read-only.
pub const VERSION: u32 = 0x24;
/// Bit i: the zone of peer i runs now. Read-only.
pub const PRESENT: u32 = 0x28;
/// Bit i: peer i has rung since the last read. Reading clears it. Read-only.
pub const RANG: u32 = 0x2c;
/// Bit i: this peer rang peer i while that was absent. Reading clears it. Read-only.
pub const MISSED: u32 = 0x30;
/// Bit i set: doorbells of peer i set their bit in [`RANG`] and raise no interrupt. Clearing the bit while [`RANG`] has
/// it raises one. Read and write, 0 after reset.
pub const MASK: u32 = 0x34;
/// What else raises this peer's interrupt: [`NOTIFY_PRESENCE`]. Other bits are zero. Read and write, 0 after reset.
pub const NOTIFY: u32 = 0x38;
/// The first of 16 registers, one for each peer: how often its zone was started, 0 for never. Read-only.
pub const GENERATION: u32 = 0x40;
/// The first of 16 registers, one for each peer: the word of its last doorbell through [`RING_WITH`]. Read-only.
pub const PAYLOAD: u32 = 0x80;
/// The first of 16 registers, one for each peer: rings it with the word that is written. Write-only.
pub const RING_WITH: u32 = 0xc0;

/// What [`MAGIC`] reads: "BIVC" in ASCII, the first letter in the lowest byte.
pub const MAGIC_VALUE: u32 = 0x4356_4942;
/// What [`VERSION`] reads.
pub const VERSION_VALUE: u32 = 1;
/// In [`NOTIFY`]: the interrupt is raised also when another peer's zone starts or stops.
pub const NOTIFY_PRESENCE: u32 = 1 << 0;

/// The offset of `peer`'s register among the 16 that begin at `first`; none if `peer` is above 15.
#[must_use]
pub const fn of_peer(first: u32, peer: u32) -> Option<u32> {
    if peer < MAX_PEERS { first.checked_add(peer.wrapping_mul(4)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_of_peers_fill_the_room_up_to_the_next_group() {
        assert_eq!(of_peer(GENERATION, 0), Some(0x40));
        assert_eq!(of_peer(GENERATION, 15), Some(PAYLOAD - 4));
        assert_eq!(of_peer(PAYLOAD, 15), Some(RING_WITH - 4));
        assert_eq!(of_peer(RING_WITH, 16), None);
    }

    #[test]
    fn the_magic_reads_bivc_in_memory() {
        assert_eq!(&MAGIC_VALUE.to_le_bytes(), b"BIVC");
    }
}
