//! APLIC host driver: the supervisor-level domain that firmware delegated, in MSI delivery mode (AIA 1.0, chapter 4).
//! Registers of one source are changed only for the source's owner; words that several owners share are never
//! written, for every register that is shared has a form that names one source.

use spin::mutex::TicketMutex;

use crate::mmio::{FixedFrame, Frame, ReadOnly, ReadWrite, Register, WriteOnly};

const DOMAINCFG: Register<u32, ReadWrite> = Register::at(0x0000);
/// Entry `n - 1` is source `n`'s.
const SOURCECFG: Register<u32, ReadWrite> = Register::at(0x0004);
const SETIP: Register<u32, ReadOnly> = Register::at(0x1c00);
const SETIPNUM: Register<u32, WriteOnly> = Register::at(0x1cdc);
const IN_CLRIP: Register<u32, ReadWrite> = Register::at(0x1d00);
const CLRIPNUM: Register<u32, WriteOnly> = Register::at(0x1ddc);
const SETIENUM: Register<u32, WriteOnly> = Register::at(0x1edc);
const CLRIE: Register<u32, WriteOnly> = Register::at(0x1f00);
const CLRIENUM: Register<u32, WriteOnly> = Register::at(0x1fdc);
const GENMSI: Register<u32, ReadWrite> = Register::at(0x3000);
/// Entry `n - 1` is source `n`'s.
const TARGET: Register<u32, ReadWrite> = Register::at(0x3004);

/// Bytes of a domain's registers, without those of interrupt delivery control.
const DOMAIN_SIZE: u64 = 0x4000;

/// The high byte of domaincfg reads 0x80 (AIA 1.0, 4.5.1).
const DOMAINCFG_MARK: u32 = 0x80 << 24;
const DOMAINCFG_IE: u32 = 1 << 8;
const DOMAINCFG_DM: u32 = 1 << 2;

const GENMSI_BUSY: u32 = 1 << 12;
/// How often genmsi.Busy is read before the hardware is taken for idle.
const GENMSI_POLLS: u32 = 1_000_000;

/// One extempore message at a time; nothing but [`Aplic::synchronise`] sends any.
static GENMSI_LOCK: TicketMutex<()> = TicketMutex::new(());

/// The most sources that an APLIC can have.
const MAX_SOURCES: u32 = 1023;

/// Where a source's interrupts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The hart's index as the domain counts.
    pub hart: u16,
    /// Which interrupt file of the hart: 0 the supervisor's, else a guest's.
    pub guest_file: u8,
    /// The interrupt identity that the file sees.
    pub identity: u16,
}

/// Why an APLIC cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AplicError {
    /// domaincfg does not read as one.
    NotAnAplic,
    /// The domain cannot send MSIs.
    NoMsi,
}

impl AplicError {
    /// What is wrong, for the console.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotAnAplic => "the interrupt controller is not the APLIC that the device tree says",
            Self::NoMsi => "the APLIC's supervisor domain cannot deliver by MSI",
        }
    }
}

/// The supervisor-level domain of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Aplic {
    frame: FixedFrame<DOMAIN_SIZE>,
    sources: u32,
}

impl Aplic {
    /// Takes the domain over: every source inactive and disabled, delivery by MSI, forwarding on.
    ///
    /// # Errors
    ///
    /// [`AplicError`] where the hardware is not what the device tree says.
    pub fn init(frame: Frame, sources: u32) -> Result<Self, AplicError> {
        let fixed = frame.fixed().ok_or(AplicError::NotAnAplic)?;
        let this = Self { frame: fixed, sources: sources.min(MAX_SOURCES) };
        frame.write32(DOMAINCFG, DOMAINCFG_DM);
        let configuration = frame.read32(DOMAINCFG);
        if configuration & 0xff << 24 != DOMAINCFG_MARK {
            return Err(AplicError::NotAnAplic);
        }
        if configuration & DOMAINCFG_DM == 0 {
            return Err(AplicError::NoMsi);
        }
        for word in 0..=this.sources / 32 {
            frame.write32(CLRIE.index(word), u32::MAX);
        }
        for source in 1..=this.sources {
            frame.write32(SOURCECFG.index(source.wrapping_sub(1)), 0);
        }
        frame.write32(DOMAINCFG, DOMAINCFG_DM | DOMAINCFG_IE);
        Ok(this)
    }

    /// How many sources there are: 1 up to this number.
    pub fn sources(&self) -> u32 {
        self.sources
    }

    /// Sets how a source's input is read: the SM field of sourcecfg (AIA 1.0, 4.5.2).
    pub fn set_mode(&self, source: u32, mode: u8) {
        if self.exists(source) {
            self.frame.frame().write32(SOURCECFG.index(source.wrapping_sub(1)), u32::from(mode & 7));
        }
    }

    /// Chooses where a source's MSIs go.
    pub fn set_target(&self, source: u32, target: Target) {
        if self.exists(source) {
            let value = u32::from(target.hart & 0x3fff) << 18
                | u32::from(target.guest_file & 0x3f) << 12
                | u32::from(target.identity & 0x7ff);
            self.frame.frame().write32(TARGET.index(source.wrapping_sub(1)), value);
        }
    }

    /// Lets a source's interrupts through, or stops them.
    pub fn set_enabled(&self, source: u32, enabled: bool) {
        if self.exists(source) {
            self.frame.frame().write32(if enabled { SETIENUM } else { CLRIENUM }, source);
        }
    }

    /// Makes a source pending: a doorbell does.
    #[inline(always)]
    pub fn set_pending(&self, source: u32) {
        if self.exists(source) {
            self.frame.frame().write32(SETIPNUM, source);
        }
    }

    /// Makes a source not pending.
    pub fn clear_pending(&self, source: u32) {
        if self.exists(source) {
            self.frame.frame().write32(CLRIPNUM, source);
        }
    }

    /// Whether a source is pending.
    pub fn is_pending(&self, source: u32) -> bool {
        self.exists(source) && self.frame.frame().read32(SETIP.index(source / 32)) >> (source % 32) & 1 != 0
    }

    /// The rectified input of a source (AIA 1.0, 4.5.7).
    pub fn input(&self, source: u32) -> bool {
        self.exists(source)
            && self.frame.frame().read32(IN_CLRIP.index(source / 32)) >> (source % 32) & 1 != 0
    }

    /// Returns when every MSI that this domain has sent to a hart has arrived: an extempore message of identity 0,
    /// which every file ignores, comes after them (AIA 1.0, 4.9.3).
    pub fn synchronise(&self, hart: u16) {
        let _guard = GENMSI_LOCK.lock();
        self.frame.frame().write32(GENMSI, u32::from(hart & 0x3fff) << 18);
        for _ in 0..GENMSI_POLLS {
            if self.frame.frame().read32(GENMSI) & GENMSI_BUSY == 0 {
                return;
            }
        }
    }

    fn exists(&self, source: u32) -> bool {
        (1..=self.sources).contains(&source)
    }
}
