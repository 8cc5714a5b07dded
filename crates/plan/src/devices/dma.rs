//! Devices that reach memory by themselves. No IOMMU is programmed in this version, so such a device reaches all of
//! it: whoever drives it is not isolated.

use dtoolkit::{Node, Property};

use super::{Request, is_compatible};
use crate::config::Dma;
use crate::diagnostic::Diagnostic;

/// What the owner of a device could do to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// Reach all memory: zones.toml trusts it not to.
    Trusted,
    /// Nothing if zones.toml is right that the device does no DMA.
    Vouched,
}

impl Hole {
    /// The hole in words for whoever judges the partition.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Trusted => {
                "can reach all memory of the board by DMA, the hypervisor's too: no IOMMU stops it"
            }
            Self::Vouched => "does no DMA, says zones.toml: nothing else makes sure of it",
        }
    }
}

/// Devices that do DMA though no property of theirs says so: virtio's queues lie in memory.
const MASTERS: [&str; 1] = ["virtio,mmio"];

/// Properties that only devices which do DMA have.
const SIGNS: [&str; 3] = ["dma-coherent", "dma-noncoherent", "dma-ranges"];

/// Devices that do none, by their manuals.
const HARMLESS: [&str; 9] = [
    "arm,pl011",
    "arm,pl031",
    "arm,pl061",
    "arm,sp804",
    "arm,sp805",
    "cfi-flash",
    "google,goldfish-rtc",
    "ns16550",
    "ns16550a",
];

/// What giving the device opens.
pub(super) fn hole(request: &Request<'_>) -> Result<Option<Hole>, Diagnostic> {
    let Request { path, zone, node, .. } = request;
    let stated = request.table.dma;
    let is_master = is_compatible(node, &MASTERS) || SIGNS.iter().any(|name| node.property(name).is_some());
    // What the zone's own tree is matched to need not have an entry there yet.
    let place = if request.asked.is_some() { " into `devices`" } else { "" };
    let trusted = format!("{{ path = \"{path}\", dma = \"trusted\" }}{place}");
    match stated {
        Some(Dma::Trusted) => Ok(Some(Hole::Trusted)),
        _ if is_master => {
            let message = format!(
                "{path} reaches memory by itself (DMA), and no IOMMU keeps it to that of zone {zone}"
            );
            let help = format!(
                "leave it out; or, if all that runs in zone {zone} may reach all memory of the board, write {trusted}"
            );
            Err(request.refuse("device-dma", message, "a DMA master").help(help))
        }
        _ if is_compatible(node, &HARMLESS) => Ok(None),
        Some(Dma::None) => Ok(Some(Hole::Vouched)),
        None => {
            let compatible = node
                .property("compatible")
                .map(|list| String::from_utf8_lossy(list.value()).replace('\0', " "));
            let message = format!(
                "whether {path} ({}) reaches memory by itself (DMA) is not known",
                compatible.as_deref().map_or("without `compatible`", str::trim)
            );
            let help = format!(
                "write {{ path = \"{path}\", dma = \"none\" }}{place} if its manual says that it does not; {trusted} opens all memory of the board to zone {zone}"
            );
            Err(request.refuse("device-dma-unknown", message, "perhaps a DMA master").help(help))
        }
    }
}
