//! The first instructions: Image header, self-relocation, stacks (Linux arm64 boot protocol: MMU off, x0 = device
//! tree).

use crate::start::{GUEST_STACKS, STACK_SIZE};
use core::arch::global_asm;

global_asm!(
    r#"
    .pushsection .text.head, "ax"
    .global guest_head
guest_head:
    b       1f
    .long   0
    .quad   0                           // text offset
    .quad   __image_end - guest_head    // bytes of memory that the image takes
    .quad   0xa                         // little-endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

1:  msr     daifset, #15
    mov     x19, x0

    // The image is linked at 0: add where it really lies to every absolute address in it.
    adrp    x20, guest_head
    adrp    x1, __relocations_start
    add     x1, x1, :lo12:__relocations_start
    adrp    x2, __relocations_end
    add     x2, x2, :lo12:__relocations_end
2:  cmp     x1, x2
    b.hs    3f
    ldp     x3, x4, [x1], #16           // offset; type, always R_AARCH64_RELATIVE
    ldr     x4, [x1], #8                // addend
    add     x4, x4, x20
    str     x4, [x20, x3]
    b       2b

3:  adrp    x1, __bss_start
    adrp    x2, __bss_end
4:  cmp     x1, x2
    b.hs    5f
    stp     xzr, xzr, [x1], #16
    b       4b

5:  mov     x0, x19
    adr     x2, guest_start_first
    b       6f

    // vCPUs that CPU_ON starts: x0 = what was passed as context.
    .global guest_secondary
guest_secondary:
    msr     daifset, #15
    adr     x2, guest_start_secondary

6:  mrs     x1, mpidr_el1
    and     x1, x1, #0xf
    add     x1, x1, #1
    adrp    x3, {stacks}
    mov     x4, #{stack_size}
    madd    x3, x1, x4, x3
    msr     spsel, #1
    mov     sp, x3
    adrp    x3, guest_vectors
    add     x3, x3, :lo12:guest_vectors
    msr     vbar_el1, x3
    mov     x3, #(3 << 20)              // CPACR_EL1.FPEN: SIMD is a means of access too
    msr     cpacr_el1, x3
    isb
    mov     x29, xzr
    blr     x2
    b       .
    .popsection
    "#,
    stacks = sym GUEST_STACKS,
    stack_size = const STACK_SIZE,
);
