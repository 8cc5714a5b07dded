//! The supervisor-level interrupt file of this hart (AIA 1.0, 2.1 and 3.8): which messages have arrived.

use core::arch::asm;

/// Pairs of eip registers, 64 identities each: those that the files of QEMU's `virt` have, 0 to 255.
pub(super) const WORDS: usize = 4;
/// siselect of eip0; on RV64 the even ones exist.
const EIP0: usize = 0x80;

/// The pending identities, a bit each. They are not pending any more.
pub(super) fn take() -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (index, word) in words.iter_mut().enumerate() {
        // SAFETY: siselect (0x150) and sireg (0x151) of this hart's own file; its external interrupts stay disabled.
        unsafe {
            asm!(
                "csrw 0x150, {select}",
                "csrrw {word}, 0x151, zero",
                select = in(reg) EIP0 + 2 * index,
                word = out(reg) *word,
                options(nostack),
            );
        }
    }
    words
}
