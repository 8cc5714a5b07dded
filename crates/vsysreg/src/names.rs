//! The registers that the tables of this crate name (DDI 0487, D24; GIC ones from IHI 0069, 12.2).

use crate::SysReg;

macro_rules! registers {
    ($($name:ident = ($op0:literal, $op1:literal, $crn:literal, $crm:literal, $op2:literal);)*) => {
        $(
            #[doc = concat!(stringify!($name), ".")]
            pub const $name: SysReg = SysReg::new($op0, $op1, $crn, $crm, $op2);
        )*
    };
}

registers! {
    // GIC CPU interface
    ICC_SGI1R_EL1       = (3, 0, 12, 11, 5);
    ICC_ASGI1R_EL1      = (3, 0, 12, 11, 6);
    ICC_SGI0R_EL1       = (3, 0, 12, 11, 7);
    ICC_PMR_EL1         = (3, 0, 4, 6, 0);
    ICC_DIR_EL1         = (3, 0, 12, 11, 1);
    ICC_RPR_EL1         = (3, 0, 12, 11, 3);
    ICC_CTLR_EL1        = (3, 0, 12, 12, 4);
    ICC_SRE_EL1         = (3, 0, 12, 12, 5);

    // External and self-hosted debug
    OSDTRRX_EL1         = (2, 0, 0, 0, 2);
    DBGBVR0_EL1         = (2, 0, 0, 0, 4);
    DBGBCR0_EL1         = (2, 0, 0, 0, 5);
    DBGWVR0_EL1         = (2, 0, 0, 0, 6);
    DBGWCR0_EL1         = (2, 0, 0, 0, 7);
    DBGBVR1_EL1         = (2, 0, 0, 1, 4);
    DBGBCR1_EL1         = (2, 0, 0, 1, 5);
    DBGWVR1_EL1         = (2, 0, 0, 1, 6);
    DBGWCR1_EL1         = (2, 0, 0, 1, 7);
    MDCCINT_EL1         = (2, 0, 0, 2, 0);
    MDSCR_EL1           = (2, 0, 0, 2, 2);
    OSDTRTX_EL1         = (2, 0, 0, 3, 2);
    OSECCR_EL1          = (2, 0, 0, 6, 2);
    MDRAR_EL1           = (2, 0, 1, 0, 0);
    OSLAR_EL1           = (2, 0, 1, 0, 4);
    OSLSR_EL1           = (2, 0, 1, 1, 4);
    OSDLR_EL1           = (2, 0, 1, 3, 4);
    DBGPRCR_EL1         = (2, 0, 1, 4, 4);
    DBGCLAIMSET_EL1     = (2, 0, 7, 8, 6);
    DBGCLAIMCLR_EL1     = (2, 0, 7, 9, 6);
    DBGAUTHSTATUS_EL1   = (2, 0, 7, 14, 6);
    MDCCSR_EL0          = (2, 3, 0, 1, 0);
    DBGDTR_EL0          = (2, 3, 0, 4, 0);
    DBGDTRTX_EL0        = (2, 3, 0, 5, 0);

    // Control
    ACTLR_EL1           = (3, 0, 1, 0, 1);
}
