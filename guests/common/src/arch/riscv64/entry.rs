//! The first instructions: Image header, self-relocation, stacks (Linux riscv boot protocol: a0 = hart, a1 =
//! device tree, satp = 0). tp holds the vCPU's number from here on: no register tells it later.

use crate::start::{GUEST_STACKS, STACK_SIZE};
use core::arch::global_asm;

/// sstatus.FS and VS = Initial: floating point and vectors are means of access too.
const SSTATUS: u64 = 1 << 13 | 1 << 9;

global_asm!(
    r#"
    .pushsection .text.head, "ax"
    .option push
    .option norvc
    .global guest_head
guest_head:
    j       1f
    .long   0
    .quad   0x200000                    // bytes from the start of RAM, where firmware may lie
    .quad   __image_end - guest_head    // bytes of memory that the image takes
    .quad   0                           // little-endian
    .long   2, 0                        // version 0.2 of the header
    .quad   0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .long   0

1:  csrw    sie, zero
    mv      s0, a1
    mv      tp, a0

    // The image is linked at 0: add where it really lies to every absolute address in it.
    lla     s1, guest_head
    lla     t0, __relocations_start
    lla     t1, __relocations_end
2:  bgeu    t0, t1, 3f
    ld      t2, 0(t0)                   // offset; then the type, always R_RISCV_RELATIVE
    ld      t3, 16(t0)                  // addend
    add     t2, t2, s1
    add     t3, t3, s1
    sd      t3, 0(t2)
    addi    t0, t0, 24
    j       2b

3:  lla     t0, __bss_start
    lla     t1, __bss_end
4:  bgeu    t0, t1, 5f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       4b

5:  mv      a0, s0
    lla     t2, guest_start_first
    j       6f

    // vCPUs that hart_start starts: a0 = hart, a1 = what was passed as opaque.
    .global guest_secondary
guest_secondary:
    csrw    sie, zero
    mv      tp, a0
    mv      a0, a1
    lla     t2, guest_start_secondary

6:  lla     sp, {stacks}
    addi    t0, tp, 1
    slli    t0, t0, {stack_shift}
    add     sp, sp, t0
    lla     t0, guest_vector
    csrw    stvec, t0
    li      t0, {sstatus}
    csrw    sstatus, t0
    mv      s0, zero
    jalr    t2
    j       .
    .option pop
    .popsection
    "#,
    stacks = sym GUEST_STACKS,
    stack_shift = const STACK_SIZE.trailing_zeros(),
    sstatus = const SSTATUS,
);
