//! The vector table while interrupts are measured. The first instruction of its IRQ vector reads the counter into x27,
//! the next goes to where x28 points: one of the [`Handler`]s. They change x25 to x27 alone, so that what they interrupt
//! names these as its own. All other exceptions go where those of every guest go.

use core::arch::{asm, global_asm};

global_asm!(
    r#"
    .pushsection .text.meter_vectors, "ax"
    .global meter_vectors, meter_plain_v3, meter_plain_v2, meter_timer_v3, meter_timer_v2
    .global meter_device_v3, meter_device_v2, meter_storm_v3, meter_storm_v2
    .balign 2048
meter_vectors:
    .irp offset, 0x0, 0x80, 0x100, 0x180, 0x200
    .balign 128
    b       guest_vectors + \offset
    .endr
    .balign 128
    mrs     x27, cntvct_el0
    br      x28
    .irp offset, 0x300, 0x380, 0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
    .balign 128
    b       guest_vectors + \offset
    .endr

    // ICC_IAR1_EL1 and ICC_EOIR1_EL1; x26 = when it was done.
    .macro end_v3
    mrs     x26, s3_0_c12_c12_0
    msr     s3_0_c12_c12_1, x26
    mrs     x26, cntvct_el0
    .endm

    // GICC_IAR and GICC_EOIR.
    .macro end_v2
    adrp    x25, {interface}
    ldr     x25, [x25, :lo12:{interface}]
    ldr     w26, [x25, #0xc]
    str     w26, [x25, #0x10]
    mrs     x26, cntvct_el0
    .endm

    .irp version, v3, v2
meter_plain_\version:
    end_\version
    eret
meter_timer_\version:
    msr     cntv_ctl_el0, xzr
    isb
    end_\version
    eret
    // RTCICR of the PL031 at x24.
meter_device_\version:
    mov     w26, #1
    str     w26, [x24, #0x1c]
    end_\version
    eret
    .endr

    // One of many: x25 counts down those still to come.
meter_storm_v3:
    end_v3
    sub     x25, x25, #1
    eret
meter_storm_v2:
    // x25 holds the count here.
    mov     x26, x25
    adrp    x27, {interface}
    ldr     x27, [x27, :lo12:{interface}]
    ldr     w25, [x27, #0xc]
    str     w25, [x27, #0x10]
    sub     x25, x26, #1
    mrs     x26, cntvct_el0
    eret
    .popsection
    "#,
    interface = sym super::gic::SECOND,
);

unsafe extern "C" {
    safe fn meter_vectors();
    safe fn meter_plain_v3();
    safe fn meter_plain_v2();
    safe fn meter_timer_v3();
    safe fn meter_timer_v2();
    safe fn meter_device_v3();
    safe fn meter_device_v2();
    safe fn meter_storm_v3();
    safe fn meter_storm_v2();
}

/// What is done with an interrupt between its first instruction and the return from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handler {
    /// It is acknowledged and ended.
    Plain,
    /// The virtual timer is stopped before.
    Timer,
    /// The interrupt of the PL031 at x24 is taken back before.
    Device,
    /// x25 is counted down.
    Storm,
}

impl Handler {
    /// Its address, for x28.
    pub(super) fn address(self, is_v3: bool) -> u64 {
        let handler = match (self, is_v3) {
            (Self::Plain, true) => meter_plain_v3 as *const (),
            (Self::Plain, false) => meter_plain_v2 as *const (),
            (Self::Timer, true) => meter_timer_v3 as *const (),
            (Self::Timer, false) => meter_timer_v2 as *const (),
            (Self::Device, true) => meter_device_v3 as *const (),
            (Self::Device, false) => meter_device_v2 as *const (),
            (Self::Storm, true) => meter_storm_v3 as *const (),
            (Self::Storm, false) => meter_storm_v2 as *const (),
        };
        handler as u64
    }
}

/// Makes the table that of this vCPU.
pub(super) fn install() {
    let table = meter_vectors as *const () as u64;
    // SAFETY: a table of sixteen vectors; interrupts are masked until a measure names their handler.
    unsafe { asm!("msr vbar_el1, {}", "isb", in(reg) table, options(nostack)) };
}
