//! The G-stage of the zones: built once, when the zone is created.

use addr::PAGE_SIZE;
use manifest::{Controller, RegionKind, Section, Zone};
use paging::MapError;
use paging::riscv64::{GStage, GStageAttributes, Mode};

use super::bare::tables::{PoolTables, Translation};
use super::{csr, stage1};
use crate::cpu::Cpu;
use crate::memory::pool::Pool;

const MODE_SHIFT: u32 = 60;
const VMID_SHIFT: u32 = 44;
const VMID_BITS: u8 = 14;
const VMID: u64 = 0x3fff << VMID_SHIFT;

/// What a zone needs of the hardware to be entered.
#[derive(Debug)]
pub struct ZoneData {
    hgatp: u64,
}

impl ZoneData {
    /// Builds the tables of a zone: its regions, the memory of its channels, the interrupt files of its vCPUs, and
    /// nothing else.
    ///
    /// # Errors
    ///
    /// [`MapError`] where the pool has no table left or a region is out of the hardware's reach.
    pub fn build(pool: &mut Pool, zone: &Zone<'_>, cpus: &[&Cpu]) -> Result<Self, MapError> {
        let mut tables = PoolTables { pool, translation: Translation::UnusedZone };
        let mut stage = GStage::new(&mut tables, mode(), stage1::memory_types())?;
        for region in zone.regions() {
            let attributes = match region.kind {
                RegionKind::Ram => GStageAttributes::RAM,
                RegionKind::Device => GStageAttributes::Device,
                RegionKind::SharedPage => continue,
            };
            stage.map(&mut tables, region.ipa, region.hpa, region.size, attributes)?;
        }
        for (channel, peer) in zone.channels() {
            for Section { ipa, hpa, size, writable } in channel.sections(&peer) {
                stage.map(
                    &mut tables,
                    ipa,
                    hpa,
                    size,
                    GStageAttributes::Ram { writable, executable: false },
                )?;
            }
        }
        if let Controller::Aia(aia) = zone.controller() {
            // Where the guest expects the supervisor-level file of hart i, it finds the guest file of its vCPU i.
            for (cpu, offset) in cpus.iter().zip((0u64..).step_by(PAGE_SIZE as usize)) {
                // The manifest's checks make the region as large as the zone has vCPUs, and a machine's harts all
                // have files or none.
                let at = aia.imsic.start().checked_add(offset).unwrap_or(aia.imsic.start());
                let Some(file) = cpu.arch.guest_file else { continue };
                stage.map(&mut tables, at, file.page, PAGE_SIZE, GStageAttributes::Device)?;
            }
        }
        // A hart serves one zone for ever: VMIDs that repeat, where there are few, confuse nothing. VMID 0 is left to
        // nobody where there are more.
        let vmid = u16::from(zone.index().0).wrapping_add(1) & last_vmid();
        let refused = MapError::InputOutOfRange { start: u64::from(vmid), size: 1, bits: VMID_BITS };
        Ok(Self { hgatp: stage.hgatp(vmid).ok_or(refused)? })
    }

    /// Lets this hart translate for the zone. Called before the first entry and at each start: earlier translations
    /// on this hart are forgotten, of instructions too.
    pub fn activate(&self) {
        // SAFETY: the tables were built for this zone from regions that the manifest's checks gave to it alone.
        unsafe { csr::set_hgatp(self.hgatp) };
        csr::forget_guest_translations();
        // SAFETY: fetches what was written.
        unsafe { core::arch::asm!("fence.i", options(nostack)) };
    }
}

/// The deepest G-stage that this hart has; all harts have the same.
fn mode() -> Mode {
    let deep = 9 << MODE_SHIFT;
    // SAFETY: no guest runs on this hart yet, and `activate` sets the register before one does.
    unsafe { csr::set_hgatp(deep) };
    if csr::hgatp() >> MODE_SHIFT == 9 { Mode::Sv48 } else { Mode::Sv39 }
}

/// The highest VMID that this hart has, all of whose lower bits are ones; 0 where it has none (privileged
/// specification, "hgatp", VMIDLEN).
fn last_vmid() -> u16 {
    // SAFETY: no guest runs on this hart yet, and `activate` sets the register before one does.
    unsafe { csr::set_hgatp(8 << MODE_SHIFT | VMID) };
    ((csr::hgatp() & VMID) >> VMID_SHIFT) as u16
}
