//! Channels: memory that zones share, where each of them sees it, and the interrupt that rings each of them.

mod addresses;
mod interrupts;
mod wanted;

use std::collections::BTreeMap;

use addr::{GuestPhys, HostPhys, Range as AddressRange};
use board::InterruptController;
use manifest::{ChannelSpec, Interrupt, PeerSpec, Region, Trigger, ZoneIndex};

use crate::devices::PlannedDevice;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

use addresses::{Place, Request, Taken};
pub(crate) use interrupts::{choose, fixed};
pub(crate) use wanted::{Wanted, read};

/// A channel with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct PlannedChannel {
    pub(crate) name: String,
    /// Bytes of the section that all peers write.
    pub(crate) rw_size: u64,
    /// Bytes of each peer's output section.
    pub(crate) out_size: u64,
    pub(crate) memory: AddressRange<HostPhys>,
    pub(crate) peers: Vec<PlannedPeer>,
}

/// A zone's end of it.
#[derive(Clone, Debug)]
pub(crate) struct PlannedPeer {
    /// The zone's place in zones.toml.
    pub(crate) zone: usize,
    /// INTID or source.
    pub(crate) interrupt: u32,
    /// Whether the board's controller can raise it: a PLIC has no register for that.
    pub(crate) has_line: bool,
    pub(crate) control: AddressRange<GuestPhys>,
    pub(crate) shared: AddressRange<GuestPhys>,
}

impl PlannedPeer {
    /// Its interrupt as one that the zone owns.
    pub(crate) fn bound(&self) -> Option<Interrupt> {
        let number = self.interrupt;
        let bound = Interrupt { virtual_number: number, physical_number: number, trigger: Trigger::Edge };
        self.has_line.then_some(bound)
    }
}

impl PlannedChannel {
    pub(crate) fn spec(&self) -> ChannelSpec {
        let peer = |peer: &PlannedPeer| {
            Some(PeerSpec {
                zone: ZoneIndex(u8::try_from(peer.zone).ok()?),
                interrupt: peer.interrupt,
                physical_interrupt: peer.has_line.then_some(peer.interrupt),
                control: peer.control.start(),
                shared: peer.shared.start(),
            })
        };
        ChannelSpec {
            name: self.name.clone(),
            hpa: self.memory.start(),
            rw_size: self.rw_size,
            out_size: self.out_size,
            peers: self.peers.iter().filter_map(peer).collect(),
        }
    }
}

/// The channels of a zone, with its end of each.
pub(crate) fn of_zone(
    channels: &[PlannedChannel],
    zone: usize,
) -> impl Iterator<Item = (&PlannedChannel, &PlannedPeer)> {
    channels.iter().filter_map(move |channel| {
        let peer = channel.peers.iter().find(|peer| peer.zone == zone)?;
        Some((channel, peer))
    })
}

/// Finds a place for everything in the zones' address spaces. `memory` is that of each channel, and `regions` and
/// `devices` are those of each zone. What has no memory or no interrupt is left out: that was reported.
pub(crate) fn place(
    wanted: &[Wanted<'_>],
    memory: &[Option<AddressRange<HostPhys>>],
    regions: &[Vec<Region>],
    devices: &[Vec<PlannedDevice>],
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PlannedChannel> {
    let has_line = !matches!(facts.board.interrupt_controller, InterruptController::Plic(_));
    let with_memory: Vec<_> =
        wanted.iter().zip(memory).filter_map(|(wanted, memory)| Some((wanted, (*memory)?))).collect();
    let mut places = BTreeMap::new();
    for (zone, (regions, devices)) in regions.iter().zip(devices).enumerate() {
        let requests: Vec<Request<'_>> = with_memory
            .iter()
            .filter_map(|(channel, memory)| {
                let peer = channel.peers.iter().find(|peer| peer.zone == zone)?;
                Some(Request { channel: channel.name, memory: *memory, peer })
            })
            .collect();
        let found = Taken::new(regions, devices, facts).find(&requests, diagnostics);
        places.extend(requests.iter().zip(found).map(|(request, place)| ((request.channel, zone), place)));
    }
    let channel = |(wanted, memory): &(&Wanted<'_>, AddressRange<HostPhys>)| {
        let peers = wanted.peers.iter().filter_map(|peer| {
            let Place { control, shared } = (*places.get(&(wanted.name, peer.zone))?)?;
            Some(PlannedPeer { zone: peer.zone, interrupt: peer.number?, has_line, control, shared })
        });
        PlannedChannel {
            name: wanted.name.to_owned(),
            rw_size: wanted.rw_size,
            out_size: wanted.out_size,
            memory: *memory,
            peers: peers.collect(),
        }
    };
    with_memory.iter().map(channel).collect()
}
