//! Stage 2 of the zones (Arm ARM DDI 0487, D8.2): built once, when the zone is created.

use manifest::{Controller, Gic, GicVersion, RegionKind, Section, Zone};
use paging::MapError;
use paging::aarch64::{Stage2, Stage2Attributes, VmidWidth};

use super::bare::tables::{PoolTables, Translation};
use super::gicv2;
use super::registers::{self, id_register};
use super::stage1::physical_bits;
use crate::cpu::Cpu;
use crate::memory::pool::Pool;

/// What a zone needs of the hardware to be entered.
#[derive(Debug)]
pub struct ZoneData {
    vttbr: u64,
    vtcr: u64,
}

impl ZoneData {
    /// Builds the tables of a zone: its regions, the memory of its channels and, with a GICv2, its virtual CPU interface.
    ///
    /// # Errors
    ///
    /// [`MapError`] where the pool has no table left or a region is out of the hardware's reach.
    pub fn build(pool: &mut Pool, zone: &Zone<'_>, _: &[&Cpu]) -> Result<Self, MapError> {
        let mut tables = PoolTables { pool, translation: Translation::UnusedZone };
        let mut stage2 = Stage2::new(&mut tables, physical_bits())?;
        for region in zone.regions() {
            let attributes = match region.kind {
                RegionKind::Ram => Stage2Attributes::RAM,
                RegionKind::Device => Stage2Attributes::DEVICE,
                RegionKind::SharedPage => continue,
            };
            stage2.map(&mut tables, region.ipa, region.hpa, region.size, attributes)?;
        }
        for (channel, peer) in zone.channels() {
            for Section { ipa, hpa, size, writable } in channel.sections(&peer) {
                stage2.map(
                    &mut tables,
                    ipa,
                    hpa,
                    size,
                    Stage2Attributes::Ram { writable, executable: false },
                )?;
            }
        }
        if let Controller::Gic(Gic { version: GicVersion::V2 { cpu_interface }, .. }) = zone.controller()
            && let Some(page) = gicv2::guest_page()
        {
            // GICC_DIR, in the second page, is emulated.
            let (start, size) = (cpu_interface.start(), gicv2::GUEST_PAGE_SIZE);
            stage2.map(&mut tables, start, page, size, Stage2Attributes::DEVICE)?;
        }
        // VMID 0 is left to nobody: a VTTBR_EL2 that was never set must not match a zone's translations.
        let vmid = u16::from(zone.index().0).wrapping_add(1);
        Ok(Self { vttbr: stage2.vttbr(vmid), vtcr: stage2.vtcr(vmid_width()) })
    }

    /// Lets this CPU translate for the zone. Called before the first entry and at each start: earlier
    /// translations of this zone on this CPU are forgotten.
    pub fn activate(&self) {
        // SAFETY: the tables were built for this zone from regions that the manifest's checks gave to it alone.
        unsafe { registers::set_vtcr_el2(self.vtcr) };
        // SAFETY: as above.
        unsafe { registers::set_vttbr_el2(self.vttbr) };
        registers::isb();
        // SAFETY: forgetting cached translations is always allowed.
        unsafe { core::arch::asm!("tlbi vmalls12e1", "dsb nsh", "isb", options(nostack, preserves_flags)) };
    }
}

fn vmid_width() -> VmidWidth {
    if id_register!("S3_0_C0_C7_1") >> 4 & 0xf == 2 { VmidWidth::Bits16 } else { VmidWidth::Bits8 }
}
