//! What a zone's vGIC is made with, and why that can be refused.

use core::fmt;

use crate::ids::{MAX_VCPUS, MAX_VCPUS_V2, PhysicalIntid, VirtualIntid};

/// The most SPIs that a vGIC can have: INTIDs 32 to 991.
pub const MAX_SPIS: u16 = 960;

/// Which GIC the guest finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// GICv2 without Security Extensions (IHI 0048B): list registers are those of GICH.
    V2,
    /// GICv3 (IHI 0069).
    V3,
}

impl Version {
    const fn max_vcpus(self) -> usize {
        match self {
            Self::V2 => MAX_VCPUS_V2,
            Self::V3 => MAX_VCPUS,
        }
    }

    /// The priority bits that a virtual CPU interface can have. In `GICH_LR<n>` there is room for 5.
    fn allows_priority_bits(self, bits: u8) -> bool {
        match self {
            Self::V2 => bits == 5,
            Self::V3 => (5..=8).contains(&bits),
        }
    }
}

/// The kind and size of a vGIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Which GIC it is.
    pub version: Version,
    /// vCPUs: 1 to [`MAX_VCPUS`], with GICv2 to [`MAX_VCPUS_V2`].
    pub vcpus: u8,
    /// SPIs: a multiple of 32, at most [`MAX_SPIS`].
    pub spis: u16,
    /// Priority bits that the virtual CPU interface implements (ICH_VTR_EL2.PRIbits + 1): 5 to 8, with GICv2 5.
    /// The lower bits of every priority read as zero.
    pub priority_bits: u8,
}

impl Config {
    pub(crate) fn check(&self, redistributors: usize) -> Result<(), ConfigError> {
        if self.vcpus == 0 || usize::from(self.vcpus) > self.version.max_vcpus() {
            return Err(ConfigError::Vcpus { given: self.vcpus, most: self.version.max_vcpus() });
        }
        if redistributors < usize::from(self.vcpus) {
            return Err(ConfigError::Redistributors { given: redistributors, needed: self.vcpus });
        }
        if self.spis > MAX_SPIS || !self.spis.is_multiple_of(32) {
            return Err(ConfigError::Spis(self.spis));
        }
        if !self.version.allows_priority_bits(self.priority_bits) {
            return Err(ConfigError::PriorityBits(self.priority_bits));
        }
        Ok(())
    }
}

/// Why a vGIC cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// The number of vCPUs is zero or too large.
    Vcpus {
        /// So many were asked for.
        given: u8,
        /// So many there can be with this version.
        most: usize,
    },
    /// Fewer redistributors were given than there are vCPUs.
    Redistributors {
        /// So many were given.
        given: usize,
        /// So many are needed.
        needed: u8,
    },
    /// The number of SPIs is too large or not a multiple of 32.
    Spis(u16),
    /// No virtual CPU interface has so many priority bits.
    PriorityBits(u8),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vcpus { given, most } => write!(f, "{given} vCPUs: a zone with such a GIC has 1 to {most}"),
            Self::Redistributors { given, needed } => {
                write!(f, "{given} redistributors for {needed} vCPUs: one each is needed")
            }
            Self::Spis(spis) => write!(f, "{spis} SPIs: give a multiple of 32, at most {MAX_SPIS}"),
            Self::PriorityBits(bits) => {
                write!(f, "{bits} priority bits: for guests a GICv3 has 5 to 8, a GICv2 5")
            }
        }
    }
}

/// How an interrupt is signalled (GICD_ICFGR; IHI 0069, 12.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Pending as long as the line is up.
    Level,
    /// Pending from a rising edge until it is acknowledged.
    Edge,
}

/// Why a physical interrupt cannot be bound to a virtual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindError {
    /// The virtual interrupt is an SGI, or an SPI that this vGIC does not have.
    NotBindable(VirtualIntid),
    /// A private interrupt can only be bound to a private one, a shared one to a shared one.
    Mismatch(VirtualIntid, PhysicalIntid),
    /// The virtual interrupt is bound already, to this physical one.
    Bound(VirtualIntid, PhysicalIntid),
    /// The physical interrupt is bound already, to this virtual one.
    Taken(PhysicalIntid, VirtualIntid),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBindable(intid) => {
                write!(f, "virtual interrupt {} is not a PPI or SPI of this zone", intid.number())
            }
            Self::Mismatch(intid, physical) => write!(
                f,
                "virtual interrupt {} and physical interrupt {} are not both private or both shared",
                intid.number(),
                physical.number()
            ),
            Self::Bound(intid, physical) => write!(
                f,
                "virtual interrupt {} is already bound to physical interrupt {}",
                intid.number(),
                physical.number()
            ),
            Self::Taken(physical, intid) => write!(
                f,
                "physical interrupt {} is already bound to virtual interrupt {}",
                physical.number(),
                intid.number()
            ),
        }
    }
}
