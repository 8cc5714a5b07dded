// Loops over much memory: see memory.rs for what each promises.
    .section .text.asm, "ax"
// memory_clear(x0 start, x1 size, x2 DC ZVA block size or 0). The size is a multiple of 4 KiB, and a block at
// most 2 KiB, so that two blocks at a time never go too far.
    .global memory_clear
memory_clear:
    add     x1, x0, x1
    cbz     x2, 2f
    add     x3, x0, x2
    lsl     x2, x2, #1
1:  cmp     x0, x1
    b.hs    3f
    dc      zva, x0
    dc      zva, x3
    add     x0, x0, x2
    add     x3, x3, x2
    b       1b
2:  cmp     x0, x1
    b.hs    3f
    stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    b       2b
3:  ret

// memory_clean(x0 start, x1 size, x2 cache line size): clean and invalidate to the point of coherency. Start
// and size are multiples of 4 KiB, and a line at most 2 KiB.
    .global memory_clean
memory_clean:
    add     x1, x0, x1
    add     x3, x0, x2
    lsl     x2, x2, #1
    dsb     ish
1:  cmp     x0, x1
    b.hs    2f
    dc      civac, x0
    dc      civac, x3
    add     x0, x0, x2
    add     x3, x3, x2
    b       1b
2:  dsb     sy
    ret

// memory_copy(x0 target, x1 source, x2 size): 512 bytes a turn through all vector registers
    .arch_extension fp
    .arch_extension simd
    .global memory_copy
memory_copy:
    subs    x2, x2, #512
    b.lo    2f
1:
    ldp     q0, q1, [x1, #0]
    ldp     q2, q3, [x1, #32]
    ldp     q4, q5, [x1, #64]
    ldp     q6, q7, [x1, #96]
    ldp     q8, q9, [x1, #128]
    ldp     q10, q11, [x1, #160]
    ldp     q12, q13, [x1, #192]
    ldp     q14, q15, [x1, #224]
    ldp     q16, q17, [x1, #256]
    ldp     q18, q19, [x1, #288]
    ldp     q20, q21, [x1, #320]
    ldp     q22, q23, [x1, #352]
    ldp     q24, q25, [x1, #384]
    ldp     q26, q27, [x1, #416]
    ldp     q28, q29, [x1, #448]
    ldp     q30, q31, [x1, #480]
    add     x1, x1, #512
    stp     q0, q1, [x0, #0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    stp     q8, q9, [x0, #128]
    stp     q10, q11, [x0, #160]
    stp     q12, q13, [x0, #192]
    stp     q14, q15, [x0, #224]
    stp     q16, q17, [x0, #256]
    stp     q18, q19, [x0, #288]
    stp     q20, q21, [x0, #320]
    stp     q22, q23, [x0, #352]
    stp     q24, q25, [x0, #384]
    stp     q26, q27, [x0, #416]
    stp     q28, q29, [x0, #448]
    stp     q30, q31, [x0, #480]
    add     x0, x0, #512
    subs    x2, x2, #512
    b.hs    1b
2:  adds    x2, x2, #512
    b.eq    4f
3:  ldrb    w3, [x1], #1
    strb    w3, [x0], #1
    subs    x2, x2, #1
    b.ne    3b
4:  ret

// The same with FEAT_MOPS.
    .arch_extension mops
    .global memory_copy_mops
memory_copy_mops:
    cpyfp   [x0]!, [x1]!, x2!
    cpyfm   [x0]!, [x1]!, x2!
    cpyfe   [x0]!, [x1]!, x2!
    ret

// What the compiler calls to move and set a few words. Those of its own library are ten times as long: they do not count
// on the MMU for words that are not aligned.
    .global memcpy
memcpy:                                 // memcpy(x0 target, x1 source, x2 size), which returns x0
    mov     x3, x0
    b       2f
1:  ldp     x4, x5, [x1], #16
    stp     x4, x5, [x3], #16
2:  subs    x2, x2, #16
    b.hs    1b
    tbz     x2, #3, 3f                  // too small by 16: the low bits are those of what is left
    ldr     x4, [x1], #8
    str     x4, [x3], #8
3:  ands    x2, x2, #7
    b.eq    5f
4:  ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    subs    x2, x2, #1
    b.ne    4b
5:  ret

    .global memset
memset:                                 // memset(x0 target, w1 byte, x2 size), which returns x0
    mov     x3, x0
    and     x1, x1, #0xff
    mov     x4, #0x0101010101010101
    mul     x1, x1, x4
    b       2f
1:  stp     x1, x1, [x3], #16
2:  subs    x2, x2, #16
    b.hs    1b
    ands    x2, x2, #15
    b.eq    4f
3:  strb    w1, [x3], #1
    subs    x2, x2, #1
    b.ne    3b
4:  ret
