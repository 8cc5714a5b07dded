//! The physical GIC CPU interface of this CPU, by system registers (GIC specification IHI 0069, 12.2), and the
//! hypervisor control of the virtual one (12.4). Where the machine has a GICv2 both are registers in memory.

use vgic::direct::cpu_interface::HIGHEST_PRIORITY;

use super::gicv2;
use super::registers::*;

/// The lowest INTID that is not an interrupt but a special answer of ICC_IAR1_EL1 (IHI 0069, 2.2.1).
const FIRST_SPECIAL: u32 = 1020;
const LAST_SPECIAL: u32 = 1023;

const SRE: u64 = 1 << 0;
const DISABLE_FIQ_BYPASS: u64 = 1 << 1;
const DISABLE_IRQ_BYPASS: u64 = 1 << 2;

const CTLR_EOIMODE: u64 = 1 << 1;

const HCR_ENABLE: u64 = 1 << 0;
/// ICH_HCR_EL2.TC: accesses to ICC_PMR_EL1, ICC_CTLR_EL1, ICC_RPR_EL1, ICC_DIR_EL1 and the SGI registers trap.
const HCR_TRAP_COMMON: u64 = 1 << 10;

/// What the virtual CPU interface offers, from ICH_VTR_EL2.
#[derive(Clone, Copy, Debug)]
pub struct VirtualInterface {
    /// List registers: 1 to 16.
    pub list_registers: u8,
    /// Implemented bits of a virtual priority: 5 to 8.
    pub priority_bits: u8,
    /// Implemented bits of preemption: 5 to 7.
    pub preemption_bits: u8,
}

/// What the hardware says of its virtual CPU interface; `None` where the values make no sense.
pub fn virtual_interface() -> Option<VirtualInterface> {
    let vtr = ich_vtr_el2();
    let found = VirtualInterface {
        list_registers: (vtr & 0x1f) as u8 + 1,
        priority_bits: (vtr >> 29 & 7) as u8 + 1,
        preemption_bits: (vtr >> 26 & 7) as u8 + 1,
    };
    (found.list_registers <= 16 && (5..=8).contains(&found.priority_bits) && found.preemption_bits <= 7)
        .then_some(found)
}

/// Prepares this CPU's interface: system registers, every priority admitted, priority drop split from
/// deactivation (EOI mode 1), group 1 on. A guest's access to ICC_SRE_EL1 traps.
///
/// Returns false where the firmware keeps system-register access from EL2.
pub fn init() -> bool {
    if gicv2::is_used() {
        return gicv2::init();
    }
    // SAFETY: selects the system-register interface for EL2 and keeps ICC_SRE_EL1 trapped (Enable = 0).
    unsafe { set_icc_sre_el2(SRE | DISABLE_FIQ_BYPASS | DISABLE_IRQ_BYPASS) };
    isb();
    if icc_sre_el2() & SRE == 0 {
        return false;
    }
    // SAFETY: the guest's interface is the system-register one, which the virtual CPU interface serves.
    unsafe { set_icc_sre_el1(SRE | DISABLE_FIQ_BYPASS | DISABLE_IRQ_BYPASS) };
    isb();
    // SAFETY: these registers choose which interrupts reach EL2, where they are taken as exits or polled.
    unsafe { set_icc_pmr_el1(0xff) };
    // SAFETY: as above.
    unsafe { set_icc_bpr1_el1(0) };
    // SAFETY: as above; deactivation is left to the guest's EOI or to `deactivate`.
    unsafe { set_icc_ctlr_el1(CTLR_EOIMODE) };
    // SAFETY: as above.
    unsafe { set_icc_igrpen1_el1(1) };
    isb();
    true
}

/// Changes this CPU's interface for a guest that takes group 1 itself: the hypervisor's interrupts are group 0, and the
/// rest is as [`reset_direct`] leaves it.
pub fn init_direct() {
    reset_direct();
    // SAFETY: group 0 is EL2's own; of all priorities in it each preempts each.
    unsafe { registers_of_group_0(0, 1) };
    isb();
}

/// Gives the guest of this CPU, which takes group 1 itself, its interface in the reset state: group 1 off, every
/// priority masked but EL2's, nothing active.
pub fn reset_direct() {
    // SAFETY: acts on the guest's group alone; EL2's priority passes the mask.
    unsafe { set_icc_igrpen1_el1(0) };
    // SAFETY: as above.
    unsafe { set_icc_pmr_el1(u64::from(HIGHEST_PRIORITY)) };
    // SAFETY: as above: ends drop the priority and deactivate.
    unsafe { set_icc_ctlr_el1(0) };
    // SAFETY: as above.
    unsafe { set_icc_bpr1_el1(0) };
    clear_physical_active_priorities();
    set_ich_hcr_el2(HCR_TRAP_COMMON);
    isb();
}

/// Sets ICC_BPR0_EL1 and ICC_IGRPEN0_EL1.
///
/// # Safety
///
/// Group 0 must be EL2's own.
unsafe fn registers_of_group_0(binary_point: u64, enable: u64) {
    // SAFETY: the caller's.
    unsafe {
        core::arch::asm!(
            "msr S3_0_C12_C8_3, {point}",
            "msr S3_0_C12_C12_6, {enable}",
            point = in(reg) binary_point,
            enable = in(reg) enable,
            options(nostack, preserves_flags)
        )
    };
}

/// Zeroes ICC_AP1Rn_EL1: what a guest that ended had acknowledged. As many of them exist as of the virtual ones.
fn clear_physical_active_priorities() {
    let preemption_bits = virtual_interface().map_or(5, |found| found.preemption_bits);
    // SAFETY: ICC_AP1R0_EL1 exists everywhere; no interrupt of group 1 is EL2's.
    unsafe { core::arch::asm!("msr S3_0_C12_C9_0, xzr", options(nostack, preserves_flags)) };
    if preemption_bits >= 6 {
        // SAFETY: ICC_AP1R1_EL1 exists from 6 bits of preemption on.
        unsafe { core::arch::asm!("msr S3_0_C12_C9_1, xzr", options(nostack, preserves_flags)) };
    }
    if preemption_bits >= 7 {
        // SAFETY: ICC_AP1R2_EL1 and ICC_AP1R3_EL1 exist with 7 bits of preemption.
        unsafe {
            core::arch::asm!(
                "msr S3_0_C12_C9_2, xzr",
                "msr S3_0_C12_C9_3, xzr",
                options(nostack, preserves_flags)
            )
        };
    }
}

/// Acknowledges the highest-priority pending interrupt of group 0, or `None` where there is none.
pub fn acknowledge_own() -> Option<u32> {
    let intid = icc_iar0_el1() as u32 & 0xff_ffff;
    if is_special(intid) { None } else { Some(intid) }
}

/// Ends an interrupt of group 0, in the EOI mode that the guest has chosen for this interface.
pub fn end_own(intid: u32) {
    // SAFETY: ends an interrupt that this CPU acknowledged.
    unsafe {
        core::arch::asm!("msr S3_0_C12_C8_1, {}", in(reg) u64::from(intid), options(nostack, preserves_flags))
    };
    if icc_ctlr_el1() & CTLR_EOIMODE != 0 {
        deactivate(intid);
    }
}

/// The interface of this CPU, for as long as an exit takes.
#[derive(Clone, Copy, Debug)]
pub struct PhysicalInterface {
    /// The machine has a GICv2.
    in_memory: bool,
}

impl PhysicalInterface {
    /// That of the CPU that runs this.
    #[inline(always)]
    pub fn of_this_cpu() -> Self {
        Self { in_memory: gicv2::is_used() }
    }

    /// Acknowledges the highest-priority pending interrupt, or `None` where there is none.
    #[inline(always)]
    pub fn acknowledge(self) -> Option<u32> {
        if self.in_memory {
            return gicv2::acknowledge();
        }
        let intid = acknowledge_any();
        if is_special(intid) { None } else { Some(intid) }
    }

    /// Drops the running priority after [`Self::acknowledge`]: other interrupts may come, this one stays active.
    #[inline(always)]
    pub fn drop_priority(self, intid: u32) {
        if self.in_memory {
            return gicv2::drop_priority(intid);
        }
        drop_priority(intid);
    }

    /// Deactivates an interrupt: it may be signalled again.
    #[inline(always)]
    pub fn deactivate(self, intid: u32) {
        if self.in_memory {
            return gicv2::deactivate(intid);
        }
        deactivate(intid);
    }
}

/// Acknowledges the highest-priority pending interrupt by ICC_IAR1_EL1; a special INTID where there is none.
#[inline(always)]
pub fn acknowledge_any() -> u32 {
    icc_iar1_el1() as u32 & 0xff_ffff
}

/// Whether an INTID is not an interrupt but a special answer.
#[inline(always)]
pub const fn is_special(intid: u32) -> bool {
    intid >= FIRST_SPECIAL && intid <= LAST_SPECIAL
}

/// Drops the running priority by ICC_EOIR1_EL1 after an acknowledge.
#[inline(always)]
pub fn drop_priority(intid: u32) {
    // SAFETY: ends an interrupt that this CPU acknowledged.
    unsafe {
        core::arch::asm!("msr S3_0_C12_C12_1, {}", in(reg) u64::from(intid), options(nostack, preserves_flags))
    };
}

/// Deactivates an interrupt by ICC_DIR_EL1: it may be signalled again.
#[inline(always)]
pub fn deactivate(intid: u32) {
    // SAFETY: changes the state of one interrupt that the hypervisor or the guest of this CPU owns.
    unsafe {
        core::arch::asm!("msr S3_0_C12_C11_1, {}", in(reg) u64::from(intid), options(nostack, preserves_flags))
    };
}

/// Sends software-generated interrupt `intid` (0..16) to the CPU with this affinity (ICC_SGI1R_EL1).
pub fn send_sgi(intid: u32, affinity: u64) {
    let aff0 = affinity & 0xff;
    let value = (affinity >> 32 & 0xff) << 48
        | (aff0 >> 4) << 44
        | (affinity >> 16 & 0xff) << 32
        | u64::from(intid & 0xf) << 24
        | (affinity >> 8 & 0xff) << 16
        | 1 << (aff0 & 0xf);
    // SAFETY: the barrier makes what the receiver is to see visible first; the write signals one CPU.
    unsafe {
        core::arch::asm!("dsb ishst", "msr S3_0_C12_C11_5, {}", "isb", in(reg) value, options(nostack, preserves_flags))
    };
}

/// Empties the virtual CPU interface and turns it on for a guest that starts.
pub fn reset_virtual() {
    if gicv2::is_used() {
        return gicv2::reset();
    }
    let list_registers = virtual_interface().map_or(1, |found| found.list_registers);
    for index in 0..usize::from(list_registers) {
        write_list_register(index, 0);
    }
    clear_active_priorities();
    set_ich_vmcr_el2(0);
    set_ich_hcr_el2(HCR_ENABLE);
    isb();
}

/// Turns the virtual CPU interface off: nothing is signalled, no maintenance interrupt comes.
pub fn disable_virtual() {
    if gicv2::is_used() {
        return gicv2::disable();
    }
    set_ich_hcr_el2(0);
    isb();
}

fn clear_active_priorities() {
    let preemption_bits = virtual_interface().map_or(5, |found| found.preemption_bits);
    // SAFETY: ICH_AP0R0_EL2 and ICH_AP1R0_EL2 exist everywhere; zero means that nothing is active.
    unsafe {
        core::arch::asm!(
            "msr S3_4_C12_C8_0, xzr",
            "msr S3_4_C12_C9_0, xzr",
            options(nostack, preserves_flags)
        )
    };
    if preemption_bits >= 6 {
        // SAFETY: ICH_AP<0,1>R1_EL2 exist from 6 bits of preemption on.
        unsafe {
            core::arch::asm!(
                "msr S3_4_C12_C8_1, xzr",
                "msr S3_4_C12_C9_1, xzr",
                options(nostack, preserves_flags)
            )
        };
    }
    if preemption_bits >= 7 {
        // SAFETY: ICH_AP<0,1>R<2,3>_EL2 exist with 7 bits of preemption.
        unsafe {
            core::arch::asm!(
                "msr S3_4_C12_C8_2, xzr",
                "msr S3_4_C12_C9_2, xzr",
                "msr S3_4_C12_C8_3, xzr",
                "msr S3_4_C12_C9_3, xzr",
                options(nostack, preserves_flags)
            )
        };
    }
}

macro_rules! list_registers {
    ($($index:literal $encoding:literal)*) => {
        /// Reads ICH_LR`index`_EL2; zero where there is no such register.
        #[inline]
        pub fn read_list_register(index: usize) -> u64 {
            match index {
                $($index => {
                    let value: u64;
                    // SAFETY: reading a list register changes nothing.
                    unsafe {
                        core::arch::asm!(concat!("mrs {}, ", $encoding), out(reg) value, options(nostack, preserves_flags))
                    };
                    value
                })*
                _ => 0,
            }
        }

        /// Writes ICH_LR`index`_EL2; ignored where there is no such register.
        #[inline(always)]
        pub fn write_list_register(index: usize, value: u64) {
            match index {
                $($index => {
                    // SAFETY: a list register signals virtual interrupts to the guest of this CPU alone.
                    unsafe {
                        core::arch::asm!(concat!("msr ", $encoding, ", {}"), in(reg) value, options(nostack, preserves_flags))
                    }
                })*
                _ => {}
            }
        }
    };
}

list_registers! {
    0 "S3_4_C12_C12_0" 1 "S3_4_C12_C12_1" 2 "S3_4_C12_C12_2" 3 "S3_4_C12_C12_3"
    4 "S3_4_C12_C12_4" 5 "S3_4_C12_C12_5" 6 "S3_4_C12_C12_6" 7 "S3_4_C12_C12_7"
    8 "S3_4_C12_C13_0" 9 "S3_4_C12_C13_1" 10 "S3_4_C12_C13_2" 11 "S3_4_C12_C13_3"
    12 "S3_4_C12_C13_4" 13 "S3_4_C12_C13_5" 14 "S3_4_C12_C13_6" 15 "S3_4_C12_C13_7"
}
