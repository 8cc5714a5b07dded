//! Memory of a zone, filled when the zone starts. The ranges come from a checked manifest: RAM that belongs to
//! this zone alone and that boot has mapped for the hypervisor at virtual = physical.

use addr::{GuestPhys, HostPhys, HypVirt, Range};
use manifest::{RegionKind, Zone};

use crate::arch;

/// Zeroes all RAM of the zone, copies its loads in and makes the result visible to a guest that starts with
/// its caches off. Returns the ticks that zeroing and cleaning took.
///
/// Called on the CPU of the zone's first vCPU while none of its vCPUs runs.
pub fn fill(zone: &Zone<'_>) -> u64 {
    let started = arch::ticks();
    for range in ram(zone) {
        // SAFETY: the range is RAM of this zone, mapped for the hypervisor; no vCPU of the zone runs.
        unsafe { arch::memory::clear(identity(range.start()), range.size()) };
    }
    let cleared = arch::ticks();
    for load in zone.loads() {
        let size = load.data.len() as u64;
        if let Some(target) = host_address(zone, load.ipa, size) {
            // SAFETY: `host_address` found the target inside RAM of this zone; the source is the bundle, which
            // overlaps no zone.
            unsafe { arch::memory::copy(identity(target), load.data) };
        }
    }
    let loaded = arch::ticks();
    for range in ram(zone) {
        arch::memory::clean(identity(range.start()), range.size());
    }
    arch::memory::instructions_written();
    cleared.wrapping_sub(started).wrapping_add(arch::ticks().wrapping_sub(loaded))
}

/// Writes `bytes` at `ipa` for a zone that runs. False, and nothing is written, where that is not all RAM of the zone.
pub fn write(zone: &Zone<'_>, ipa: GuestPhys, bytes: &[u8]) -> bool {
    let Some(target) = host_address(zone, ipa, bytes.len() as u64) else { return false };
    for (offset, byte) in (0..).zip(bytes) {
        let address = identity(target).raw().wrapping_add(offset) as *mut u8;
        // SAFETY: `host_address` found all of the range inside RAM of this zone, mapped for the hypervisor; no Rust object
        // lies there.
        unsafe { address.write_volatile(*byte) };
    }
    true
}

/// The host-physical ranges of the zone's RAM.
pub fn ram<'a>(zone: &Zone<'a>) -> impl Iterator<Item = Range<HostPhys>> + 'a {
    zone.regions()
        .filter(|region| region.kind == RegionKind::Ram)
        .filter_map(|region| Range::<HostPhys>::new(region.hpa, region.size))
}

/// The registers of the zone's devices that the hypervisor itself reads and writes: those in pages with what is not
/// the zone's, and those by which devices are reset.
pub fn touched_registers<'a>(zone: &Zone<'a>) -> impl Iterator<Item = Range<HostPhys>> + 'a {
    let shared = zone.regions().filter(|region| region.kind == RegionKind::SharedPage);
    let resets = zone.resets().filter_map(|step| step.register());
    shared.filter_map(|region| region.host_range()).chain(resets)
}

/// Where `size` bytes at `ipa` lie, if all of them are in one RAM region of the zone.
pub fn host_address(zone: &Zone<'_>, ipa: GuestPhys, size: u64) -> Option<HostPhys> {
    zone.regions().filter(|region| region.kind == RegionKind::Ram).find_map(|region| {
        let offset = ipa.offset_from(region.ipa)?;
        if offset.checked_add(size)? > region.size {
            return None;
        }
        region.hpa.checked_add(offset)
    })
}

/// Where the hypervisor sees memory that it has mapped at virtual = physical.
pub fn identity(address: HostPhys) -> HypVirt {
    HypVirt::new(address.raw())
}
