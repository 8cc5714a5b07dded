//! The CPU interface of the CPU that runs: system registers (IHI 0069, 12.2), or of a GICv2 registers in memory (IHI 0048B,
//! 4.4).

use super::kind::{has_whole_range, is_gicv2};
use common::machine::CPU_INTERFACE;
use core::arch::asm;

/// An interrupt group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Group {
    Zero,
    One,
}

/// The registers by which SGIs are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum SgiTo {
    /// ICC_SGI1R_EL1: group 1.
    Group1,
    /// ICC_ASGI1R_EL1: group 1 of the other security state. Where there is none, group 0.
    OtherGroup1,
    /// ICC_SGI0R_EL1: group 0.
    Group0,
}

macro_rules! registers {
    ($($(#[$doc:meta])* $name:ident $text:literal $encoding:literal $(at $offset:literal)?,)*) => {
        /// A register of the CPU interface, of a GICv2 where it has it; ISR_EL1, which shows what it signals; and the timers of the CPU.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(in super::super) enum Register { $($(#[$doc])* $name,)* }

        impl Register {
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name.
            pub(in super::super) fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Its offset in the CPU interface of a GICv2, if it is there.
            fn offset(self) -> Option<u64> {
                match self { $(Self::$name => [$($offset)?].first().copied(),)* }
            }

            fn read_system(self) -> u64 {
                let value;
                match self {
                    $(Self::$name => {
                        // SAFETY: a register of this CPU's own; interrupts stay masked.
                        unsafe {
                            asm!(concat!("mrs {}, ", $encoding), "dsb sy", "isb", out(reg) value, options(nostack));
                        }
                    })*
                }
                value
            }

            fn write_system(self, value: u64) {
                match self {
                    $(Self::$name => {
                        // SAFETY: as above.
                        unsafe {
                            asm!(concat!("msr ", $encoding, ", {}"), "dsb sy", "isb", in(reg) value, options(nostack));
                        }
                    })*
                }
            }
        }
    };
}

registers! {
    Pmr "pmr" "s3_0_c4_c6_0" at 0x04,
    Iar0 "iar0" "s3_0_c12_c8_0" at 0x0c,
    Eoir0 "eoir0" "s3_0_c12_c8_1" at 0x10,
    Hppir0 "hppir0" "s3_0_c12_c8_2" at 0x18,
    Bpr0 "bpr0" "s3_0_c12_c8_3" at 0x08,
    Ap0r0 "ap0r0" "s3_0_c12_c8_4",
    Ap1r0 "ap1r0" "s3_0_c12_c9_0",
    Dir "dir" "s3_0_c12_c11_1" at 0x1000,
    Rpr "rpr" "s3_0_c12_c11_3" at 0x14,
    Sgi1r "sgi1r" "s3_0_c12_c11_5",
    Asgi1r "asgi1r" "s3_0_c12_c11_6",
    Sgi0r "sgi0r" "s3_0_c12_c11_7",
    Iar1 "iar1" "s3_0_c12_c12_0",
    Eoir1 "eoir1" "s3_0_c12_c12_1",
    Hppir1 "hppir1" "s3_0_c12_c12_2",
    Bpr1 "bpr1" "s3_0_c12_c12_3" at 0x1c,
    Ctlr "ctlr" "s3_0_c12_c12_4" at 0x00,
    Sre "sre" "s3_0_c12_c12_5",
    Igrpen0 "igrpen0" "s3_0_c12_c12_6",
    Igrpen1 "igrpen1" "s3_0_c12_c12_7",
    Isr "isr" "s3_0_c12_c1_0",
    CntpCtl "cntp_ctl" "s3_3_c14_c2_1",
    CntpCval "cntp_cval" "s3_3_c14_c2_2",
    CntvCtl "cntv_ctl" "s3_3_c14_c3_1",
    CntvCval "cntv_cval" "s3_3_c14_c3_2",
}

/// Added to half a priority that the Non-secure view has.
const UPPER_HALF: u64 = 0x80;
/// ICC_RPR_EL1 while nothing is active, in both views.
const IDLE: u64 = 0xff;

impl Register {
    /// Where it is in memory, if there it is.
    fn in_memory(self) -> Option<u64> {
        self.offset().filter(|_| is_gicv2()).map(|offset| CPU_INTERFACE + offset)
    }

    /// Reads it on this CPU. What that did has had its effects on return.
    pub(in super::super) fn read(self) -> u64 {
        if let Some(at) = self.in_memory() {
            let value: u64;
            // SAFETY: a register of this CPU's own; interrupts stay masked.
            unsafe { asm!("ldr {:w}, [{}]", "dsb sy", "isb", out(reg) value, in(reg) at, options(nostack)) };
            return value;
        }
        match (self, self.read_system()) {
            (Self::Rpr, IDLE) => IDLE,
            (Self::Pmr | Self::Rpr, value) if has_whole_range() => value << 1 & 0xff,
            (_, value) => value,
        }
    }

    /// Writes it on this CPU. What that did has had its effects on return.
    pub(in super::super) fn write(self, value: u64) {
        match (self, self.in_memory()) {
            // SAFETY: as above.
            (_, Some(at)) => unsafe {
                asm!("str {:w}, [{}]", "dsb sy", "isb", in(reg) value, in(reg) at, options(nostack));
            },
            (Self::Pmr, _) if has_whole_range() => self.write_system(UPPER_HALF | (value & 0xff) >> 1),
            _ => self.write_system(value),
        }
    }

    /// The register with this number.
    pub(in super::super) fn numbered(number: u64) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// ICC_IAR of a group.
    pub(in super::super) fn acknowledge(group: Group) -> Self {
        if group == Group::One { Self::Iar1 } else { Self::Iar0 }
    }

    /// ICC_EOIR of a group.
    pub(in super::super) fn end(group: Group) -> Self {
        if group == Group::One { Self::Eoir1 } else { Self::Eoir0 }
    }

    /// ICC_IGRPEN of a group.
    pub(in super::super) fn enable(group: Group) -> Self {
        if group == Group::One { Self::Igrpen1 } else { Self::Igrpen0 }
    }

    /// The register by which an SGI is sent so.
    pub(in super::super) fn send(to: SgiTo) -> Self {
        match to {
            SgiTo::Group1 => Self::Sgi1r,
            SgiTo::OtherGroup1 => Self::Asgi1r,
            SgiTo::Group0 => Self::Sgi0r,
        }
    }
}
