//! What a call returns (SBI 2.0, chapter "Binary Encoding"; legacy calls: chapter "Legacy Extensions").

use sbi_spec::binary;

/// The registers that a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// a0: the error code; of a legacy call, whatever that call returns.
    pub a0: u64,
    /// a1: the value. `None`: the call is a legacy one, and a1 keeps what it held.
    pub a1: Option<u64>,
}

/// Why a call failed (SBI 2.0, table "Standard SBI Errors").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// For a reason that no other code tells.
    Failed,
    /// No such extension or function.
    NotSupported,
    /// A parameter that means nothing, among them hart ids that the zone has not.
    InvalidParam,
    /// An address outside of what it may be.
    InvalidAddress,
    /// The vCPU runs already, or is about to.
    AlreadyAvailable,
}

impl Error {
    /// a0 with this error.
    pub const fn register(self) -> u64 {
        let code = match self {
            Self::Failed => binary::RET_ERR_FAILED,
            Self::NotSupported => binary::RET_ERR_NOT_SUPPORTED,
            Self::InvalidParam => binary::RET_ERR_INVALID_PARAM,
            Self::InvalidAddress => binary::RET_ERR_INVALID_ADDRESS,
            Self::AlreadyAvailable => binary::RET_ERR_ALREADY_AVAILABLE,
        };
        // Sign-extended, should a host of 32 bits ever run the tests.
        code as isize as u64
    }
}

impl Reply {
    /// Success without a value.
    pub const SUCCESS: Self = Self::value(0);

    /// Success with `value`.
    #[inline]
    pub const fn value(value: u64) -> Self {
        Self { a0: binary::RET_SUCCESS as u64, a1: Some(value) }
    }

    /// Failure.
    pub const fn error(error: Error) -> Self {
        Self { a0: error.register(), a1: Some(0) }
    }

    /// `a0` as the result of a legacy call.
    pub const fn legacy(a0: u64) -> Self {
        Self { a0, a1: None }
    }

    /// The result of the legacy console_getchar: the byte, or -1 where none waits.
    pub const fn legacy_byte(byte: Option<u8>) -> Self {
        match byte {
            Some(byte) => Self::legacy(byte as u64),
            None => Self::legacy(u64::MAX),
        }
    }
}

/// Which registers a call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Convention {
    /// Error in a0, value in a1.
    Standard,
    /// a0 alone: 0 or a negative error code.
    Legacy,
}

impl Convention {
    pub(crate) const fn success(self) -> Reply {
        match self {
            Self::Standard => Reply::SUCCESS,
            Self::Legacy => Reply::legacy(0),
        }
    }

    pub(crate) const fn error(self, error: Error) -> Reply {
        match self {
            Self::Standard => Reply::error(error),
            Self::Legacy => Reply::legacy(error.register()),
        }
    }
}
