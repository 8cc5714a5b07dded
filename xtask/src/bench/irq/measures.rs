//! What is measured, and how much of it is good enough.

/// The most instructions that a measure may take in a zone that has its interrupts direct: so many more than without a
/// hypervisor, or so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direct {
    None,
    OverBare(u32),
    Most(u32),
}

/// A measure, of the guest `meter` but for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Its name, that in the guest's line.
    pub(super) name: &'static str,
    /// What it measures, for the reader.
    pub(super) about: &'static str,
    /// The bar of a zone whose interrupts come through list registers, on its median.
    pub(super) through_list_registers: Option<u32>,
    /// The bar of a zone that has them direct.
    pub(super) direct: Direct,
    /// Whether it is one of the few in the picture.
    pub(super) pictured: bool,
}

/// The worst of all repetitions may be so many times the median, where that has a bar.
pub(super) const WORST_OF_MEDIAN: f64 = 1.5;

/// The most for a call, for reads and for writes of the GIC, for an SGI to oneself and for an SPI.
const CALL: Option<u32> = Some(96);
const READ: Option<u32> = Some(130);
const WRITE: Option<u32> = Some(160);
const SGI: Option<u32> = Some(300);
const SPI: Option<u32> = Some(400);

const fn measure(name: &'static str, about: &'static str, through_list_registers: Option<u32>) -> Measure {
    Measure { name, about, through_list_registers, direct: Direct::None, pictured: false }
}

impl Measure {
    const fn direct(self, direct: Direct) -> Self {
        Self { direct, ..self }
    }

    const fn pictured(self) -> Self {
        Self { pictured: true, ..self }
    }
}

/// The one measure that is not the guest's own.
pub(super) const LINUX_BOOT: &str = "linux_boot_to_init";

/// All of them, in the order of the table.
pub(super) const MEASURES: [Measure; 27] = [
    measure("hypercall", "empty hypercall", CALL).pictured(),
    measure("gicd_typer_read", "GICD_TYPER read", READ).pictured(),
    measure("gicd_isenabler_read", "GICD_ISENABLER read", READ).pictured(),
    measure("gicd_ispendr_read", "GICD_ISPENDR read", READ),
    measure("gicd_isactiver_read", "GICD_ISACTIVER read", READ),
    measure("gicd_ipriorityr_read", "GICD_IPRIORITYR read", READ),
    measure("gicd_irouter_read", "GICD_IROUTER read", READ),
    measure("gicr_typer_read", "GICR_TYPER read", READ),
    measure("gicr_isenabler_read", "GICR_ISENABLER0 read", READ),
    measure("gicd_isenabler_write", "GICD_ISENABLER write", WRITE).pictured(),
    measure("gicd_icenabler_write", "GICD_ICENABLER write", WRITE),
    measure("gicd_icpendr_write", "GICD_ICPENDR write", WRITE),
    measure("gicd_ipriorityr_write", "GICD_IPRIORITYR write", WRITE),
    measure("gicd_icfgr_write", "GICD_ICFGR write", WRITE),
    measure("gicd_irouter_write", "GICD_IROUTER write", WRITE),
    measure("gicr_isenabler_write", "GICR_ISENABLER0 write", WRITE),
    measure("gicr_ipriorityr_write", "GICR_IPRIORITYR write", WRITE),
    measure("sgi_to_handler", "SGI to itself, to the handler", SGI).direct(Direct::Most(60)).pictured(),
    measure("sgi_to_end", "SGI to itself, to its end", None),
    measure("ipi_to_handler", "SGI to another vCPU, to the handler", None).pictured(),
    measure("timer_to_handler", "virtual timer, to the handler", CALL).direct(Direct::OverBare(2)).pictured(),
    measure("timer_to_end", "virtual timer, to its end", None),
    measure("spi_to_handler", "SPI by software, to the handler", SPI).pictured(),
    measure("device_spi_to_handler", "SPI of a device by software, to the handler", SPI),
    measure("device_to_handler", "SPI of a device, to the handler", SPI)
        .direct(Direct::OverBare(2))
        .pictured(),
    measure("spi_storm_of_32", "32 SPIs at once, to the end of the last", None).pictured(),
    measure(LINUX_BOOT, "Linux 6.12, boot to init", None),
];
