//! Function identifiers (DEN0022, 5 and DEN0028, 7) and the codes that calls return (DEN0022, 5.2.2).

/// Identifiers of calls that always get the same answer.
pub(crate) const SMCCC_VERSION: u32 = 0x8000_0000;
pub(crate) const PSCI_VERSION: u32 = 0x8400_0000;
pub(crate) const MIGRATE_INFO_TYPE: u32 = 0x8400_0006;

/// A call that this service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    SmcccVersion,
    SmcccArchFeatures,
    PsciVersion,
    CpuSuspend,
    CpuOff,
    CpuOn,
    AffinityInfo,
    MigrateInfoType,
    SystemOff,
    SystemReset,
    PsciFeatures,
    SystemReset2,
}

/// Whether arguments and result are 32 or 64 bits wide (DEN0028: bit 30 of the identifier).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    Smc32,
    Smc64,
}

impl Function {
    /// The function with this identifier; `None` for anything that is not supported.
    pub(crate) const fn decode(identifier: u32) -> Option<(Self, Convention)> {
        use Convention::{Smc32, Smc64};
        Some(match identifier {
            SMCCC_VERSION => (Self::SmcccVersion, Smc32),
            0x8000_0001 => (Self::SmcccArchFeatures, Smc32),
            PSCI_VERSION => (Self::PsciVersion, Smc32),
            0x8400_0001 => (Self::CpuSuspend, Smc32),
            0xc400_0001 => (Self::CpuSuspend, Smc64),
            0x8400_0002 => (Self::CpuOff, Smc32),
            0x8400_0003 => (Self::CpuOn, Smc32),
            0xc400_0003 => (Self::CpuOn, Smc64),
            0x8400_0004 => (Self::AffinityInfo, Smc32),
            0xc400_0004 => (Self::AffinityInfo, Smc64),
            MIGRATE_INFO_TYPE => (Self::MigrateInfoType, Smc32),
            0x8400_0008 => (Self::SystemOff, Smc32),
            0x8400_0009 => (Self::SystemReset, Smc32),
            0x8400_000a => (Self::PsciFeatures, Smc32),
            0x8400_0012 => (Self::SystemReset2, Smc32),
            0xc400_0012 => (Self::SystemReset2, Smc64),
            _ => return None,
        })
    }

    /// Whether PSCI_FEATURES knows the function: those of PSCI, and SMCCC_VERSION, by whose presence a guest
    /// learns that it may use SMCCC 1.1 at all.
    pub(crate) const fn is_psci_feature(self) -> bool {
        !matches!(self, Self::SmcccArchFeatures)
    }

    /// Whether SMCCC_ARCH_FEATURES knows the function. The workarounds for speculation attacks are not among
    /// them: whether a CPU needs one only its firmware knows, which no guest reaches.
    pub(crate) const fn is_smccc_feature(self) -> bool {
        matches!(self, Self::SmcccVersion | Self::SmcccArchFeatures)
    }
}

impl Convention {
    /// The part of an argument register that belongs to the call.
    pub(crate) const fn argument(self, register: u64) -> u64 {
        match self {
            Self::Smc32 => register & 0xffff_ffff,
            Self::Smc64 => register,
        }
    }
}

/// What a call returns other than a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum Status {
    Success = 0,
    NotSupported = -1,
    InvalidParameters = -2,
    AlreadyOn = -4,
    OnPending = -5,
    InvalidAddress = -9,
}

impl Status {
    /// X0 with this status. It is sign-extended to 64 bits under both conventions: of a 32-bit call, a guest
    /// that reads W0 and one that reads X0 see the same number.
    pub(crate) const fn register(self) -> u64 {
        self as i64 as u64
    }
}
