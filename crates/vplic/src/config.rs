//! What a zone's PLIC is made with, and why that or a binding can be refused.

use core::fmt;

use ids::{MAX_SOURCES, MAX_VCPUS, VcpuId};

/// Contexts that a PLIC has room for (PLIC 1.0, chapter 3).
const MAX_CONTEXTS: u32 = 15872;

/// Which contexts are those of the zone's vCPUs: context `first` + n × `step` is that of vCPU n. Others are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contexts {
    /// The context of vCPU 0.
    pub first: u16,
    /// From one vCPU to the next; at least 1.
    pub step: u16,
}

impl Contexts {
    /// One behind the other, from 0 on.
    pub const DENSE: Self = Self { first: 0, step: 1 };
    /// Each hart's M-mode context before its S-mode context, as QEMU's `virt` has them.
    pub const BEHIND_M_MODE: Self = Self { first: 1, step: 2 };

    /// The context of a vCPU.
    pub const fn of(self, vcpu: VcpuId) -> u32 {
        // At most 65535 + 63 × 65535.
        (self.step as u32).wrapping_mul(vcpu.index() as u32).wrapping_add(self.first as u32)
    }
}

/// The size of a PLIC, and its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The highest source (`riscv,ndev`): 1 to [`MAX_SOURCES`]. All from 1 on exist.
    pub sources: u16,
    /// vCPUs: 1 to [`MAX_VCPUS`].
    pub vcpus: u8,
    /// Their contexts.
    pub contexts: Contexts,
}

impl Config {
    /// The [`Bank`](crate::Bank)s that a PLIC with so many sources needs: one for every 32 sources, the absent source 0
    /// counted.
    pub const fn banks(sources: u16) -> usize {
        (sources as usize >> 5).wrapping_add(1)
    }

    pub(crate) fn check(&self, banks: usize, contexts: usize) -> Result<(), ConfigError> {
        if self.sources == 0 || self.sources > MAX_SOURCES {
            return Err(ConfigError::Sources(self.sources));
        }
        let last = self.vcpus.checked_sub(1).and_then(|last| VcpuId::new(last.into()));
        let last = last.ok_or(ConfigError::Vcpus(self.vcpus))?;
        if self.contexts.step == 0 || self.contexts.of(last) >= MAX_CONTEXTS {
            return Err(ConfigError::Contexts(self.contexts));
        }
        let needed = Self::banks(self.sources);
        if banks < needed {
            return Err(ConfigError::Banks { given: banks, needed });
        }
        let needed = usize::from(self.vcpus);
        if contexts < needed {
            return Err(ConfigError::ContextStates { given: contexts, needed });
        }
        Ok(())
    }

    /// The vCPU whose context has this number.
    pub(crate) fn vcpu(&self, context: u32) -> Option<VcpuId> {
        let behind_first = context.checked_sub(u32::from(self.contexts.first))?;
        let step = u32::from(self.contexts.step);
        if behind_first.checked_rem(step)? != 0 {
            return None;
        }
        let index = behind_first.checked_div(step)?;
        if index < u32::from(self.vcpus) { VcpuId::new(index as usize) } else { None }
    }
}

/// Why a PLIC cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// So many sources are too many, or none.
    Sources(u16),
    /// So many vCPUs are too many, or none.
    Vcpus(u8),
    /// The vCPUs do not have a context each, among those that a PLIC has.
    Contexts(Contexts),
    /// Fewer banks were given than the sources need.
    Banks {
        /// So many were given.
        given: usize,
        /// So many are needed.
        needed: usize,
    },
    /// Fewer [`Context`](crate::Context)s were given than there are vCPUs.
    ContextStates {
        /// So many were given.
        given: usize,
        /// So many are needed.
        needed: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sources(sources) => write!(f, "{sources} sources: a PLIC has 1 to {MAX_SOURCES}"),
            Self::Vcpus(vcpus) => write!(f, "{vcpus} vCPUs: a zone has 1 to {MAX_VCPUS}"),
            Self::Contexts(Contexts { first, step }) => write!(
                f,
                "contexts from {first} in steps of {step}: each vCPU needs its own below {MAX_CONTEXTS}"
            ),
            Self::Banks { given, needed } => {
                write!(f, "{given} banks for sources that need {needed}: one is for 32 sources")
            }
            Self::ContextStates { given, needed } => {
                write!(f, "{given} contexts for {needed} vCPUs: one each is needed")
            }
        }
    }
}
