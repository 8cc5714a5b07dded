//! The registers that say what this GIC is: GICD_TYPER (IHI 0069, 12.9; IHI 0048B, 4.3.2), GICR_TYPER (12.11),
//! GICD_IIDR and GICR_IIDR, and the identification registers at the end of each frame (12.1; IHI 0048B, 4.3.18).

use super::table::{Frame, Kind, Place};
use crate::ids::{VcpuId, Width, affinity};
use crate::vgic::Vgic;

/// Arm's JEP106 code with a product of our own, so that no guest applies a workaround for another GIC.
const IMPLEMENTER: u32 = 0x4200_043b;

/// Interrupt identifiers have 10 bits: there are no LPIs (GICD_TYPER.IDbits holds one less).
const ID_BITS: u32 = 9 << 19;
/// Aff3 may be other than zero (GICD_TYPER.A3V).
const AFFINITY_3_VALID: u32 = 1 << 24;
/// No 1-of-N delivery (GICD_TYPER.No1N).
const NO_ONE_OF_N: u32 = 1 << 25;

/// GICD_TYPER.CPUNumber of a GICv2: the number of vCPUs less one (IHI 0048B, 4.3.2).
const CPU_NUMBER_SHIFT: u32 = 5;

/// GICR_TYPER.Last.
const LAST: u64 = 1 << 4;

/// From 0xffd0 on: PIDR4 to PIDR7, PIDR0 to PIDR3, CIDR0 to CIDR3. PIDR2 tells GICv3; the part number (PIDR0) is
/// Arm's for a distributor, and one more for a redistributor.
const IDENTIFICATION: [u8; 12] =
    [0x44, 0x00, 0x00, 0x00, DISTRIBUTOR_PART, 0xb4, 0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const DISTRIBUTOR_PART: u8 = 0x92;
const REDISTRIBUTOR_PART: u8 = 0x93;
const PIDR0: u32 = 4;
/// Those of a GICv2: PIDR2 tells so, PIDR4 that the frame has 4 KiB.
const IDENTIFICATION_V2: [u8; 12] = [0x04, 0x00, 0x00, 0x00, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

impl Vgic<'_> {
    /// Reads a register that is not about certain interrupts.
    pub(super) fn read_identity(&self, frame: Frame, place: Place) -> u64 {
        if let Frame::Redistributor(vcpu) = frame
            && vcpu.index() >= usize::from(self.config.vcpus)
        {
            return 0;
        }
        match place.kind {
            Kind::DistributorControl => u64::from(self.read_distributor_control(frame)),
            Kind::DistributorType => u64::from(self.distributor_type),
            Kind::Waker => u64::from(self.read_waker(frame)),
            _ => {
                let gic = Gic { vcpus: usize::from(self.config.vcpus), spis: self.config.spis };
                read(gic, frame, place)
            }
        }
    }
}

/// The size of a zone's GIC.
#[derive(Clone, Copy)]
pub(crate) struct Gic {
    pub(crate) vcpus: usize,
    pub(crate) spis: u16,
}

/// Reads a register that never changes.
pub(crate) fn read(gic: Gic, frame: Frame, place: Place) -> u64 {
    match place.kind {
        Kind::DistributorType => u64::from(distributor_type(gic, matches!(frame, Frame::Banked(_)))),
        Kind::RedistributorType => redistributor_type(gic, frame, place),
        Kind::Implementer => u64::from(IMPLEMENTER),
        Kind::Identification => u64::from(identification(frame, place.offset >> 2)),
        _ => 0,
    }
}

/// GICD_TYPER, of a GICv2 or a GICv3.
pub(crate) fn distributor_type(gic: Gic, version_2: bool) -> u32 {
    let lines = u32::from(gic.spis >> 5);
    if version_2 {
        (gic.vcpus as u32).wrapping_sub(1) << CPU_NUMBER_SHIFT | lines
    } else {
        NO_ONE_OF_N | AFFINITY_3_VALID | ID_BITS | lines
    }
}

/// GICR_TYPER of one of so many vCPUs.
#[inline(always)]
pub(crate) const fn type_of(vcpus: usize, vcpu: VcpuId) -> u64 {
    let last = if vcpu.index().wrapping_add(1) == vcpus { LAST } else { 0 };
    (affinity(vcpu) as u64) << 32 | (vcpu.index() as u64) << 8 | last
}

fn redistributor_type(gic: Gic, frame: Frame, place: Place) -> u64 {
    let Frame::Redistributor(vcpu) = frame else { return 0 };
    let value = type_of(gic.vcpus, vcpu);
    match place.width {
        Width::Double => value,
        _ if place.offset & 4 != 0 => value >> 32,
        _ => value & u64::from(u32::MAX),
    }
}

fn identification(frame: Frame, index: u32) -> u8 {
    match frame {
        Frame::Redistributor(_) if index == PIDR0 => REDISTRIBUTOR_PART,
        Frame::Banked(_) => IDENTIFICATION_V2.get(index as usize).copied().unwrap_or(0),
        _ => IDENTIFICATION.get(index as usize).copied().unwrap_or(0),
    }
}
