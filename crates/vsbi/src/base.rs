//! The extension BASE (SBI 2.0, chapter "Base Extension"): what there is.

use sbi_spec::{base, dbcn, hsm, legacy, rfnc, spi, srst, time};

use crate::call::Sbi;
use crate::reply::{Error, Reply};

/// SBI 2.0: minor version in bits 23 to 0, major version above. Nothing that 3.0 adds is served.
const SPECIFICATION_VERSION: u64 = 2 << 24;

/// sbi_get_impl_id: "bulk" in ASCII. Assigned are small numbers in a row (0 to 11 by now), of which this is not one
/// and is not going to be; a guest must not take us for an implementation whose quirks it knows.
pub const IMPLEMENTATION_ID: u64 = 0x6275_6c6b;

/// sbi_get_impl_version: this crate's version, major in bits 31 to 16, minor below.
const IMPLEMENTATION_VERSION: u64 =
    number(env!("CARGO_PKG_VERSION_MAJOR")) << 16 | number(env!("CARGO_PKG_VERSION_MINOR"));

const fn number(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => 0,
    }
}

/// What BASE tells of the hart. 0 is legal for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// mvendorid.
    pub vendor: u64,
    /// marchid.
    pub architecture: u64,
    /// mimpid.
    pub implementation: u64,
}

impl Sbi {
    /// Any function of BASE. Inlined into the caller's trap handler: benchmarks of SBI measure this very path.
    #[inline]
    pub(crate) const fn base(&self, function: u64, extension: u64) -> Reply {
        Reply::value(match function as usize {
            base::GET_SBI_SPEC_VERSION => SPECIFICATION_VERSION,
            base::GET_SBI_IMPL_ID => IMPLEMENTATION_ID,
            base::GET_SBI_IMPL_VERSION => IMPLEMENTATION_VERSION,
            base::PROBE_EXTENSION => is_served(extension) as u64,
            base::GET_MVENDORID => self.identity.vendor,
            base::GET_MARCHID => self.identity.architecture,
            base::GET_MIMPID => self.identity.implementation,
            _ => return Reply::error(Error::NotSupported),
        })
    }
}

/// Whether the extension is served.
const fn is_served(extension: u64) -> bool {
    matches!(
        extension as usize,
        legacy::LEGACY_SET_TIMER
            ..=legacy::LEGACY_SHUTDOWN
                | base::EID_BASE
                | time::EID_TIME
                | spi::EID_SPI
                | rfnc::EID_RFNC
                | hsm::EID_HSM
                | srst::EID_SRST
                | dbcn::EID_DBCN
    )
}
