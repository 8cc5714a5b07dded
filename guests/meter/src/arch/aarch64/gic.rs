//! As much of a GICv3 (IHI 0069) or GICv2 (IHI 0048) as the measures need.

use super::access::{read, write, write_double};
use common::Options;
use common::machine::{self, REDISTRIBUTOR_SIZE};
use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// The SGI that vCPUs send, and the PPI of the virtual timer.
pub(super) const SGI: u32 = 5;
pub(super) const TIMER: u32 = 27;
/// The bank of shared interrupts that every machine has. Those of devices are in it, which are quiet.
pub(super) const BANK: u64 = 1;
/// The bit of one in it that is no device's.
pub(super) const SPI: u32 = 1 << 8;

/// Registers of the distributor.
const CTLR: u64 = 0;
const TYPER: u64 = 0x4;
pub(super) const IGROUPR: u64 = 0x80;
pub(super) const ISENABLER: u64 = 0x100;
pub(super) const ICENABLER: u64 = 0x180;
pub(super) const ISPENDR: u64 = 0x200;
pub(super) const ICPENDR: u64 = 0x280;
pub(super) const ISACTIVER: u64 = 0x300;
const ICACTIVER: u64 = 0x380;
pub(super) const IPRIORITYR: u64 = 0x400;
const ITARGETSR: u64 = 0x800;
pub(super) const ICFGR: u64 = 0xc00;
const SGIR: u64 = 0xf00;
pub(super) const IROUTER: u64 = 0x6000;

/// GICD_CTLR of a GICv3: EnableGrp1 and ARE. Of a GICv2: Enable.
const ENABLE_GROUP1_ARE: u32 = 1 << 1 | 1 << 4;
const ENABLE: u32 = 1;
/// GICD_CTLR.RWP.
const WRITE_PENDING: u32 = 1 << 31;
/// GICR_WAKER: ProcessorSleep, ChildrenAsleep.
const WAKER: u64 = 0x14;
const PROCESSOR_SLEEP: u32 = 1 << 1;
const CHILDREN_ASLEEP: u32 = 1 << 2;
/// The SGI frame of a redistributor.
const SGI_FRAME: u64 = 0x1_0000;
/// Registers of a GICv2's CPU interface.
const GICC_PMR: u64 = 0x4;
const GICC_IAR: u64 = 0xc;
const GICC_EOIR: u64 = 0x10;

/// Bytes of a group of priorities, four equal ones.
const PRIORITIES: u32 = 0xa0a0_a0a0;
/// GICD_ICFGR: all edge-triggered.
pub(super) const ALL_EDGES: u32 = 0xaaaa_aaaa;

/// What the device tree calls a GICv3, and a GICv2.
const V3: &str = "arm,gic-v3";
const V2: [&str; 3] = ["arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a7-gic"];

/// The GIC that was found, for other vCPUs and for handlers: its distributor, and the first redistributor or GICC.
static DISTRIBUTOR: AtomicU64 = AtomicU64::new(0);
pub(super) static SECOND: AtomicU64 = AtomicU64::new(0);
static IS_V3: AtomicBool = AtomicBool::new(false);

/// Where the GIC is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gic {
    pub(super) is_v3: bool,
    pub(super) distributor: u64,
    /// The first redistributor, or GICC.
    second: u64,
}

/// The GIC of the device tree.
pub(super) fn find(options: &Options<'_>) -> Option<Gic> {
    let frames = |kind| {
        let mut frames =
            options.devices().filter(move |device| device.kind == kind).map(|device| device.start);
        Some((frames.next()?, frames.next()?))
    };
    let (is_v3, (distributor, second)) = match frames(V3) {
        Some(frames) => (true, frames),
        None => (false, V2.into_iter().find_map(frames)?),
    };
    DISTRIBUTOR.store(distributor, SeqCst);
    SECOND.store(second, SeqCst);
    IS_V3.store(is_v3, SeqCst);
    Some(found())
}

/// What [`find`] has found, for another vCPU.
pub(super) fn found() -> Gic {
    Gic { is_v3: IS_V3.load(SeqCst), distributor: DISTRIBUTOR.load(SeqCst), second: SECOND.load(SeqCst) }
}

impl Gic {
    /// This vCPU's redistributor, of a GICv3.
    pub(super) fn redistributor(self) -> u64 {
        self.second + machine::vcpu() as u64 * REDISTRIBUTOR_SIZE
    }

    /// The frame with the registers of this vCPU's private interrupts: the same offsets as in the distributor.
    pub(super) fn private(self) -> u64 {
        if self.is_v3 { self.redistributor() + SGI_FRAME } else { self.distributor }
    }

    /// Whether there is a bank of shared interrupts (GICD_TYPER.ITLinesNumber).
    pub(super) fn has_spis(self) -> bool {
        read(self.distributor + TYPER) & 0x1f >= BANK as u32
    }

    /// Makes this vCPU ready to take interrupts: none is enabled yet.
    pub(super) fn initialise(self) {
        write(self.distributor + CTLR, if self.is_v3 { ENABLE_GROUP1_ARE } else { ENABLE });
        self.wait();
        if self.is_v3 {
            let waker = self.redistributor() + WAKER;
            write(waker, read(waker) & !PROCESSOR_SLEEP);
            while read(waker) & CHILDREN_ASLEEP != 0 {}
        }
        self.initialise_bank(self.private(), 0);
        if self.is_v3 {
            // SAFETY: ICC_SRE_EL1.SRE, ICC_PMR_EL1 all priorities, ICC_IGRPEN1_EL1; interrupts stay masked in DAIF.
            unsafe {
                asm!(
                    "msr s3_0_c12_c12_5, {one}",
                    "isb",
                    "msr s3_0_c4_c6_0, {all}",
                    "msr s3_0_c12_c12_7, {one}",
                    "isb",
                    one = in(reg) 1u64,
                    all = in(reg) 0xffu64,
                    options(nostack),
                );
            }
        } else {
            write(self.second + GICC_PMR, 0xff);
            write(self.second, ENABLE);
        }
    }

    /// Sets up the bank of shared interrupts: edges, to this vCPU; none is enabled yet.
    pub(super) fn initialise_spis(self) {
        self.initialise_bank(self.distributor, BANK);
        for register in 0..2 {
            write(self.distributor + ICFGR + BANK * 8 + register * 4, ALL_EDGES);
        }
        for spi in 0..32 {
            if self.is_v3 {
                write_double(self.distributor + IROUTER + (BANK * 32 + spi) * 8, machine::vcpu() as u64);
            } else if spi % 4 == 0 {
                write(self.distributor + ITARGETSR + BANK * 32 + spi, 0x0101_0101 << machine::vcpu());
            }
        }
    }

    /// Lets a shared interrupt of the bank in, as a level: that of a device.
    pub(super) fn enable_level(self, interrupt: u32) {
        let register = self.distributor + ICFGR + u64::from(interrupt / 16 * 4);
        write(register, read(register) & !(0b10 << (interrupt % 16 * 2)));
        write(self.distributor + ISENABLER + BANK * 4, 1 << (interrupt % 32));
    }

    fn initialise_bank(self, frame: u64, bank: u64) {
        let offset = bank * 4;
        for clear in [ICENABLER, ICPENDR, ICACTIVER] {
            write(frame + clear + offset, !0);
        }
        if self.is_v3 {
            write(frame + IGROUPR + offset, !0);
        }
        for register in 0..8 {
            write(frame + IPRIORITYR + bank * 32 + register * 4, PRIORITIES);
        }
        self.wait();
    }

    /// Lets a private interrupt in.
    pub(super) fn enable_private(self, interrupt: u32) {
        write(self.private() + ISENABLER, 1 << interrupt);
    }

    /// Waits until the distributor's writes have taken effect.
    fn wait(self) {
        while self.is_v3 && read(self.distributor + CTLR) & WRITE_PENDING != 0 {}
    }

    /// What to write to send [`SGI`] to a vCPU: to ICC_SGI1R_EL1 or GICD_SGIR.
    pub(super) fn sgi_to(self, vcpu: usize) -> u64 {
        match self.is_v3 {
            true => u64::from(SGI) << 24 | 1 << vcpu,
            false => 1 << (16 + vcpu) | u64::from(SGI),
        }
    }

    /// Acknowledges and ends a pending interrupt without a handler; false where there is none.
    pub(super) fn take_pending(self) -> bool {
        let interrupt: u64;
        if self.is_v3 {
            // SAFETY: ICC_IAR1_EL1, and ICC_EOIR1_EL1 with what was acknowledged; nobody else ends it.
            unsafe {
                asm!(
                    "mrs {0}, s3_0_c12_c12_0",
                    "dsb sy",
                    "msr s3_0_c12_c12_1, {0}",
                    "isb",
                    out(reg) interrupt,
                    options(nostack),
                );
            }
        } else {
            interrupt = u64::from(read(self.second + GICC_IAR));
            write(self.second + GICC_EOIR, interrupt as u32);
        }
        interrupt & 0x3ff < 1020
    }

    /// GICD_SGIR of a GICv2.
    pub(super) fn sgir(self) -> u64 {
        self.distributor + SGIR
    }
}
