//! Which registers there are: name, offset, extent, access widths and kind.
//!
//! A register that is not listed, or is accessed with a width or alignment that its row does not allow, reads as
//! zero and ignores writes. (The architecture leaves both to the implementation: IHI 0069, 12.1.)

use ids::bits::bit;

use crate::bank::BankId;
use crate::ids::{VcpuId, VirtualIntid, Width};

/// A register frame of the vGIC: one of the first two with GICv3, the last with GICv2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The distributor: 64 KiB.
    Distributor,
    /// The redistributor of a vCPU: 128 KiB, RD_base and then SGI_base. One beyond the zone's vCPUs reads as
    /// zero and ignores writes.
    Redistributor(VcpuId),
    /// The distributor of a GICv2: 4 KiB. The vCPU is the one that accesses it, and finds its own SGIs and PPIs in
    /// the registers of INTIDs 0 to 31.
    Banked(VcpuId),
}

/// An access of a guest to a register frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The frame.
    pub frame: Frame,
    /// Bytes from the frame's start.
    pub offset: u32,
    /// How wide it is.
    pub width: Width,
}

/// What a register is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads as zero, ignores writes: a part of the architecture that this GIC does not have.
    Zero,
    DistributorControl,
    DistributorType,
    RedistributorType,
    Implementer,
    Waker,
    Identification,
    Group,
    SetEnable,
    ClearEnable,
    SetPending,
    ClearPending,
    SetActive,
    ClearActive,
    Priority,
    Config,
    Route,
    /// GICD_ITARGETSR.
    Targets,
    /// GICD_SGIR.
    SendSgi,
    /// GICD_SPENDSGIR.
    SetSenders,
    /// GICD_CPENDSGIR.
    ClearSenders,
}

/// The widths that a register can be accessed with.
#[derive(Clone, Copy)]
pub(crate) struct Widths(u8);

const W32: Widths = Widths(4);
const W16_32: Widths = Widths(2 | 4);
const W8_32: Widths = Widths(1 | 4);
const W32_64: Widths = Widths(4 | 8);

/// A register, or an array of registers one behind the other.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    #[cfg(test)]
    pub(crate) name: &'static str,
    /// The offset in words.
    first: u16,
    /// The one behind it.
    end: u16,
    widths: Widths,
    pub(crate) kind: Kind,
}

#[cfg_attr(not(test), expect(unused_variables, reason = "names are for readers and tests"))]
const fn row(name: &'static str, first: u32, end: u32, widths: Widths, kind: Kind) -> Row {
    Row {
        #[cfg(test)]
        name,
        first: (first >> 2) as u16,
        end: (end >> 2) as u16,
        widths,
        kind,
    }
}

/// The distributor of a GICv3 (IHI 0069, 12.8). Affinity routing is always on and there is one security state.
pub(crate) const DISTRIBUTOR: &[Row] = &[
    row("GICD_ISENABLER", 0x0100, 0x0180, W32, Kind::SetEnable),
    row("GICD_ICENABLER", 0x0180, 0x0200, W32, Kind::ClearEnable),
    row("GICD_ISPENDR", 0x0200, 0x0280, W32, Kind::SetPending),
    row("GICD_ICPENDR", 0x0280, 0x0300, W32, Kind::ClearPending),
    row("GICD_ISACTIVER", 0x0300, 0x0380, W32, Kind::SetActive),
    row("GICD_ICACTIVER", 0x0380, 0x0400, W32, Kind::ClearActive),
    row("GICD_IPRIORITYR", 0x0400, 0x0800, W8_32, Kind::Priority),
    row("GICD_IROUTER", 0x6000, 0x8000, W32_64, Kind::Route),
    row("GICD_ICFGR", 0x0c00, 0x0d00, W32, Kind::Config),
    row("GICD_IGROUPR", 0x0080, 0x0100, W32, Kind::Group),
    row("GICD_CTLR", 0x0000, 0x0004, W32, Kind::DistributorControl),
    row("GICD_TYPER", 0x0004, 0x0008, W32, Kind::DistributorType),
    row("GICD_IIDR", 0x0008, 0x000c, W32, Kind::Implementer),
    // No NMIs, no vPEs.
    row("GICD_TYPER2", 0x000c, 0x0010, W32, Kind::Zero),
    // No reports of bad accesses.
    row("GICD_STATUSR", 0x0010, 0x0014, W32, Kind::Zero),
    // No message-based SPIs (GICD_TYPER.MBIS).
    row("GICD_SETSPI_NSR", 0x0040, 0x0044, W16_32, Kind::Zero),
    row("GICD_CLRSPI_NSR", 0x0048, 0x004c, W16_32, Kind::Zero),
    row("GICD_SETSPI_SR", 0x0050, 0x0054, W16_32, Kind::Zero),
    row("GICD_CLRSPI_SR", 0x0058, 0x005c, W16_32, Kind::Zero),
    // Only without affinity routing.
    row("GICD_ITARGETSR", 0x0800, 0x0c00, W8_32, Kind::Zero),
    row("GICD_SGIR", 0x0f00, 0x0f04, W32, Kind::Zero),
    row("GICD_CPENDSGIR", 0x0f10, 0x0f20, W8_32, Kind::Zero),
    row("GICD_SPENDSGIR", 0x0f20, 0x0f30, W8_32, Kind::Zero),
    // Only with two security states.
    row("GICD_IGRPMODR", 0x0d00, 0x0d80, W32, Kind::Zero),
    row("GICD_NSACR", 0x0e00, 0x0f00, W32, Kind::Zero),
    row("GICD_PIDR, GICD_CIDR", 0xffd0, 0x1_0000, W32, Kind::Identification),
];

/// The redistributor (IHI 0069, 12.10): RD_base, then SGI_base from 0x10000 on.
pub(crate) const REDISTRIBUTOR: &[Row] = &[
    row("GICR_ISENABLER0", 0x1_0100, 0x1_0104, W32, Kind::SetEnable),
    row("GICR_ICENABLER0", 0x1_0180, 0x1_0184, W32, Kind::ClearEnable),
    row("GICR_ISPENDR0", 0x1_0200, 0x1_0204, W32, Kind::SetPending),
    row("GICR_ICPENDR0", 0x1_0280, 0x1_0284, W32, Kind::ClearPending),
    row("GICR_ISACTIVER0", 0x1_0300, 0x1_0304, W32, Kind::SetActive),
    row("GICR_ICACTIVER0", 0x1_0380, 0x1_0384, W32, Kind::ClearActive),
    row("GICR_IPRIORITYR", 0x1_0400, 0x1_0420, W8_32, Kind::Priority),
    row("GICR_ICFGR", 0x1_0c00, 0x1_0c08, W32, Kind::Config),
    row("GICR_IGROUPR0", 0x1_0080, 0x1_0084, W32, Kind::Group),
    // No LPIs, no choice for 1-of-N delivery: nothing to control.
    row("GICR_CTLR", 0x0000, 0x0004, W32, Kind::Zero),
    row("GICR_IIDR", 0x0004, 0x0008, W32, Kind::Implementer),
    row("GICR_TYPER", 0x0008, 0x0010, W32_64, Kind::RedistributorType),
    row("GICR_STATUSR", 0x0010, 0x0014, W32, Kind::Zero),
    row("GICR_WAKER", 0x0014, 0x0018, W32, Kind::Waker),
    // No memory partitioning.
    row("GICR_MPAMIDR", 0x0018, 0x001c, W32, Kind::Zero),
    row("GICR_PARTIDR", 0x001c, 0x0020, W32, Kind::Zero),
    // Only with LPIs.
    row("GICR_SETLPIR", 0x0040, 0x0048, W32_64, Kind::Zero),
    row("GICR_CLRLPIR", 0x0048, 0x0050, W32_64, Kind::Zero),
    row("GICR_PROPBASER", 0x0070, 0x0078, W32_64, Kind::Zero),
    row("GICR_PENDBASER", 0x0078, 0x0080, W32_64, Kind::Zero),
    row("GICR_INVLPIR", 0x00a0, 0x00a8, W32_64, Kind::Zero),
    row("GICR_INVALLR", 0x00b0, 0x00b8, W32_64, Kind::Zero),
    row("GICR_SYNCR", 0x00c0, 0x00c4, W32, Kind::Zero),
    // Only with two security states.
    row("GICR_IGRPMODR0", 0x1_0d00, 0x1_0d04, W32, Kind::Zero),
    row("GICR_NSACR", 0x1_0e00, 0x1_0e04, W32, Kind::Zero),
    row("GICR_PIDR, GICR_CIDR", 0xffd0, 0x1_0000, W32, Kind::Identification),
];

/// The distributor of a GICv2 (IHI 0048B, 4.1.2) without Security Extensions.
pub(crate) const BANKED: &[Row] = &[
    row("GICD_ISENABLER", 0x100, 0x180, W32, Kind::SetEnable),
    row("GICD_ICENABLER", 0x180, 0x200, W32, Kind::ClearEnable),
    row("GICD_ISPENDR", 0x200, 0x280, W32, Kind::SetPending),
    row("GICD_ICPENDR", 0x280, 0x300, W32, Kind::ClearPending),
    row("GICD_ISACTIVER", 0x300, 0x380, W32, Kind::SetActive),
    row("GICD_ICACTIVER", 0x380, 0x400, W32, Kind::ClearActive),
    row("GICD_IPRIORITYR", 0x400, 0x800, W8_32, Kind::Priority),
    row("GICD_ITARGETSR", 0x800, 0xc00, W8_32, Kind::Targets),
    row("GICD_ICFGR", 0xc00, 0xd00, W32, Kind::Config),
    row("GICD_SGIR", 0xf00, 0xf04, W32, Kind::SendSgi),
    row("GICD_IGROUPR", 0x080, 0x100, W32, Kind::Group),
    row("GICD_CTLR", 0x000, 0x004, W32, Kind::DistributorControl),
    row("GICD_TYPER", 0x004, 0x008, W32, Kind::DistributorType),
    row("GICD_IIDR", 0x008, 0x00c, W32, Kind::Implementer),
    // Only with the Security Extensions.
    row("GICD_NSACR", 0xe00, 0xf00, W32, Kind::Zero),
    row("GICD_CPENDSGIR", 0xf10, 0xf20, W8_32, Kind::ClearSenders),
    row("GICD_SPENDSGIR", 0xf20, 0xf30, W8_32, Kind::SetSenders),
    row("GICD_PIDR, GICD_CIDR", 0xfd0, 0x1000, W32, Kind::Identification),
];

/// A register that an access names, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    /// Bytes from the start of the row.
    pub(crate) offset: u32,
    pub(crate) width: Width,
}

/// A table of registers, and where in it to look for an offset.
struct Registers {
    rows: &'static [Row],
    /// For each [`slot`], the row that registers there are of; [`SEVERAL`] where that takes a search.
    by_slot: [u8; SLOTS],
}

const SLOTS: usize = 98;
const NO_ROW: u8 = 0xff;
const SEVERAL: u8 = 0xfe;

/// Parts of a frame in which there are hardly ever registers of two rows: words of the first 128 bytes, then blocks of
/// 128 bytes, those of SGI_base, and what is far behind.
const fn slot(offset: u32) -> usize {
    (match offset {
        0..0x80 => offset >> 2,
        0x80..0x1000 => 32 | offset >> 7,
        0x1_0000..0x1_1000 => 64 | offset >> 7 & 31,
        0x6000..0x8000 => 96,
        _ => 97,
    }) as usize
}

impl Registers {
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "computed by the compiler")]
    const fn new(rows: &'static [Row]) -> Self {
        let mut by_slot = [NO_ROW; SLOTS];
        let mut index = 0;
        while index < rows.len() {
            let mut word = rows[index].first;
            while word < rows[index].end {
                let entry = &mut by_slot[slot((word as u32) << 2)];
                *entry = if *entry == NO_ROW || *entry == index as u8 { index as u8 } else { SEVERAL };
                word += 1;
            }
            index += 1;
        }
        Self { rows, by_slot }
    }

    #[inline]
    fn row(&self, offset: u32) -> Option<&'static Row> {
        match self.by_slot.get(slot(offset)).copied() {
            Some(SEVERAL) => self.rows.iter().find(|row| row.holds(offset)),
            index => self.rows.get(usize::from(index?)).filter(|row| row.holds(offset)),
        }
    }
}

impl Row {
    #[inline]
    const fn holds(&self, offset: u32) -> bool {
        let word = offset >> 2;
        self.first as u32 <= word && word < self.end as u32
    }
}

static DISTRIBUTOR_REGISTERS: Registers = Registers::new(DISTRIBUTOR);
static REDISTRIBUTOR_REGISTERS: Registers = Registers::new(REDISTRIBUTOR);
static BANKED_REGISTERS: Registers = Registers::new(BANKED);

impl Access {
    /// The register that is accessed, if there is one that allows it.
    #[inline]
    pub(crate) fn place(&self) -> Option<Place> {
        let registers = match self.frame {
            Frame::Distributor => &DISTRIBUTOR_REGISTERS,
            Frame::Redistributor(_) => &REDISTRIBUTOR_REGISTERS,
            Frame::Banked(_) => &BANKED_REGISTERS,
        };
        let row = registers.row(self.offset)?;
        let bytes = self.width.bytes();
        let allowed = u32::from(row.widths.0) & bytes != 0 && self.offset & bytes.wrapping_sub(1) == 0;
        allowed.then_some(Place {
            kind: row.kind,
            offset: self.offset.wrapping_sub(u32::from(row.first) << 2),
            width: self.width,
        })
    }
}

/// The interrupts whose state a register access shows or changes: `count` of them, from `first` on, in a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interrupts {
    pub(crate) bank: BankId,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Interrupts {
    /// A bit for each of them.
    pub(crate) fn mask(self) -> u32 {
        let ones = if self.count >= u32::BITS { u32::MAX } else { bit(self.count).wrapping_sub(1) };
        ones.wrapping_shl(self.first)
    }
}

impl Kind {
    /// The binary logarithm of the bits that each interrupt has in the register, for registers that are arrays
    /// by interrupt.
    const fn bits_log(self) -> Option<u32> {
        match self {
            Self::Group
            | Self::SetEnable
            | Self::ClearEnable
            | Self::SetPending
            | Self::ClearPending
            | Self::SetActive
            | Self::ClearActive => Some(0),
            Self::Config => Some(1),
            Self::Priority | Self::Targets | Self::SetSenders | Self::ClearSenders => Some(3),
            Self::Route => Some(6),
            _ => None,
        }
    }
}

impl Place {
    /// The interrupts that the access is about; `None` where the register is not about interrupts, or where they
    /// are the private ones in the distributor's frame, which affinity routing leaves to the redistributors.
    #[inline]
    pub(crate) fn interrupts(self, frame: Frame) -> Option<Interrupts> {
        let bits_log = self.kind.bits_log()?;
        let first = self.offset.wrapping_shl(3) >> bits_log;
        let count = (self.width.bytes().wrapping_shl(3) >> bits_log).max(1);
        let bank = match frame {
            Frame::Redistributor(vcpu) => BankId::Private(vcpu),
            Frame::Distributor => BankId::Shared((first >> 5).checked_sub(1)? as u8),
            Frame::Banked(by) => BankId::of(by, VirtualIntid(first as u16)),
        };
        Some(Interrupts { bank, first: first & 31, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_registers_overlap() {
        for rows in [DISTRIBUTOR, REDISTRIBUTOR, BANKED] {
            for row in rows {
                let shared = rows.iter().filter(|other| other.first < row.end && row.first < other.end);
                let names: std::vec::Vec<_> = shared.map(|other| other.name).collect();
                assert_eq!(names, [row.name]);
            }
        }
    }

    #[test]
    fn an_access_finds_the_interrupts_that_its_bits_belong_to() {
        let about = |offset, width| {
            let access = Access { frame: Frame::Distributor, offset, width };
            access.place().and_then(|place| place.interrupts(access.frame))
        };
        let bank = BankId::Shared(1);
        assert_eq!(about(0x108, Width::Word), Some(Interrupts { bank, first: 0, count: 32 }));
        assert_eq!(about(0x445, Width::Byte), Some(Interrupts { bank, first: 5, count: 1 }));
        assert_eq!(about(0xc14, Width::Word), Some(Interrupts { bank, first: 16, count: 16 }));
        assert_eq!(about(0x6000 + 65 * 8 + 4, Width::Word), Some(Interrupts { bank, first: 1, count: 1 }));
    }

    #[test]
    fn the_distributor_has_no_private_interrupts() {
        let access = Access { frame: Frame::Distributor, offset: 0x100, width: Width::Word };
        assert_eq!(access.place().and_then(|place| place.interrupts(access.frame)), None);
    }

    #[test]
    fn the_banked_distributor_has_those_of_the_accessing_vcpu() {
        let by = VcpuId::new(3).unwrap();
        let about = |offset| {
            let access = Access { frame: Frame::Banked(by), offset, width: Width::Word };
            access.place().and_then(|place| place.interrupts(access.frame))
        };
        assert_eq!(about(0x100), Some(Interrupts { bank: BankId::Private(by), first: 0, count: 32 }));
        assert_eq!(about(0x104), Some(Interrupts { bank: BankId::Shared(0), first: 0, count: 32 }));
        assert_eq!(about(0xf24), Some(Interrupts { bank: BankId::Private(by), first: 4, count: 4 }));
    }
}
