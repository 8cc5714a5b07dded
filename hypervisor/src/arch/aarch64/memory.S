// Loops over much memory: see memory.rs for what each promises.
    .text
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

// memory_copy(x0 target, x1 source, x2 size)
    .arch_extension fp
    .arch_extension simd
    .global memory_copy
memory_copy:
    subs    x2, x2, #128
    b.lo    2f
1:  ldp     q0, q1, [x1]
    ldp     q2, q3, [x1, #32]
    ldp     q4, q5, [x1, #64]
    ldp     q6, q7, [x1, #96]
    add     x1, x1, #128
    stp     q0, q1, [x0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    add     x0, x0, #128
    subs    x2, x2, #128
    b.hs    1b
2:  adds    x2, x2, #128
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
