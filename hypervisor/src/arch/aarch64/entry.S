// From the boot loader (Linux arm64 boot protocol: MMU off, x0 = device tree) or from PSCI CPU_ON to Rust at
// the linked address with the MMU on. Everything here runs at an unknown physical address until `mmu_on`.

// ---- the first 64 bytes: Linux arm64 Image header (Documentation/arch/arm64/booting.rst) ----------------
    .section .head, "ax"
    .global _head
_head:
    b       primary_start
    .long   0
    .quad   0                           // text_offset: none beyond 2 MiB alignment
    .quad   IMAGE_SIZE                  // all that the hypervisor uses, the pool included
    .quad   0b1010                      // little-endian, 4 KiB pages, anywhere in memory
    .quad   0
    .quad   0
    .quad   0
    .ascii  "ARM\x64"
    .long   0

    .section .text.entry, "ax"
primary_start:
    mrs     x22, cntpct_el0             // for the boot time measurement
    mov     x21, x0
    mov     x23, #0                     // context: none, the primary CPU
    bl      prepare_el2
    adrp    x19, _head                  // the image's physical address

    // Page tables are written around the caches: stale lines must not come back over them.
    adrp    x0, __boot_tables
    adrp    x1, __boot_tables_end
1:  dc      ivac, x0
    stp     xzr, xzr, [x0]
    stp     xzr, xzr, [x0, #16]
    stp     xzr, xzr, [x0, #32]
    stp     xzr, xzr, [x0, #48]
    add     x0, x0, #64
    cmp     x0, x1
    b.lo    1b

    adrp    x0, __boot_tables           // level 0
    add     x1, x0, #4096               // image: level 1
    add     x2, x1, #4096               // image: level 2
    add     x3, x2, #4096               // image: level 3
    add     x4, x3, #4096               // trampoline at its physical address: level 1
    add     x5, x4, #4096               // level 2
    add     x6, x5, #4096               // level 3

    // The last 512 GiB: the image, page by page, each with the permission of its section.
    orr     x7, x1, #3
    str     x7, [x0, #(511 * 8)]
    orr     x7, x2, #3
    str     x7, [x1]
    orr     x7, x3, #3
    str     x7, [x2]
    ldr     x8, =__text_size
    ldr     x9, =__rodata_size
    ldr     x10, =__guard_offset
    ldr     x11, ={PAGE_RX}
    ldr     x12, ={PAGE_RO}
    ldr     x13, ={PAGE_RW}
    mov     x14, #0
2:  cmp     x14, x9
    csel    x15, x12, x13, lo
    cmp     x14, x8
    csel    x15, x11, x15, lo
    add     x16, x19, x14
    orr     x15, x15, x16
    cmp     x14, x10
    csel    x15, xzr, x15, eq           // the guard page
    str     x15, [x3], #8
    add     x14, x14, #4096
    cmp     x14, #{IMAGE_SIZE}
    b.lo    2b

    // The trampoline's page at its physical address, which must not lie in the image's own 512 GiB.
    adrp    x7, __trampoline
    lsr     x8, x7, #39
    cmp     x8, #511
    b.hs    park
    orr     x9, x4, #3
    str     x9, [x0, x8, lsl #3]
    ubfx    x8, x7, #30, #9
    orr     x9, x5, #3
    str     x9, [x4, x8, lsl #3]
    ubfx    x8, x7, #21, #9
    orr     x9, x6, #3
    str     x9, [x5, x8, lsl #3]
    ubfx    x8, x7, #12, #9
    orr     x9, x7, x11
    str     x9, [x6, x8, lsl #3]
    dsb     sy

    adrp    x0, __boot_tables
    adrp    x1, __boot_tables_end
3:  dc      ivac, x0
    add     x0, x0, #64
    cmp     x0, x1
    b.lo    3b
    dsb     sy

    ldr     x24, =primary_virtual
    b       mmu_on

// PSCI CPU_ON: x0 = context id, the virtual address of this CPU's record.
    .global secondary_start
secondary_start:
    mov     x23, x0
    bl      prepare_el2
    ldr     x24, =secondary_virtual
    b       mmu_on

// A known state of EL2 whatever the boot loader left: E2H off, MMU and caches off, exceptions masked.
prepare_el2:
    msr     daifset, #0xf
    mrs     x0, CurrentEL
    cmp     x0, #(2 << 2)
    b.ne    park
    msr     spsel, #1
    mov     x0, #(1 << 31)              // HCR_EL2.RW alone
    msr     hcr_el2, x0
    ldr     x0, =0x30c50830             // SCTLR_EL2: RES1 bits alone
    msr     sctlr_el2, x0
    isb
    ret

// Not at EL2, or at an address the map has no room for: nothing can be said without a console.
park:
    wfe
    b       park

// x24: where to go on. Clobbers x0-x3.
    .section .text.trampoline, "ax"
mmu_on:
    ldr     x0, ={MAIR}
    msr     mair_el2, x0
    ldr     x0, ={TCR}
    mrs     x1, id_aa64mmfr0_el1
    ubfx    x1, x1, #0, #4
    cmp     x1, #5                      // 48 bits: the most that 4 KiB pages reach without LPA2
    mov     x2, #5
    csel    x1, x1, x2, lo
    bfi     x0, x1, #16, #3             // TCR_EL2.PS
    msr     tcr_el2, x0
    adrp    x0, __boot_tables
    msr     ttbr0_el2, x0
    dsb     sy
    isb
    tlbi    alle2
    ic      iallu
    dsb     sy
    isb
    ldr     x0, ={SCTLR}
    msr     sctlr_el2, x0
    isb
    br      x24
    .ltorg

    .section .text.entry, "ax"
primary_virtual:
    ldr     x0, =__boot_stack_top
    mov     sp, x0
    ldr     x0, =__bss_start
    ldr     x1, =__bss_end
4:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    4b
    ldr     x0, =vectors
    msr     vbar_el2, x0
    msr     tpidr_el2, xzr
    isb
    mov     x0, x21
    mov     x1, x19
    mov     x2, x22
    mov     x29, xzr
    mov     x30, xzr
    b       primary_entry

secondary_virtual:
    msr     tpidr_el2, x23
    ldr     x0, [x23, #{STACK_TOP}]
    sub     sp, x0, #{FRAME_SIZE}       // the guest's registers have their place above
    ldr     x0, =vectors
    msr     vbar_el2, x0
    isb
    mov     x0, x23
    mov     x29, xzr
    mov     x30, xzr
    b       cpu_entry

// extern "C" fn run_on_own_stack(cpu: *const PerCpu) -> !: the primary leaves the boot stack.
    .global run_on_own_stack
run_on_own_stack:
    msr     tpidr_el2, x0
    ldr     x1, [x0, #{STACK_TOP}]
    sub     sp, x1, #{FRAME_SIZE}       // the guest's registers have their place above
    mov     x29, xzr
    mov     x30, xzr
    b       cpu_entry
    .ltorg
