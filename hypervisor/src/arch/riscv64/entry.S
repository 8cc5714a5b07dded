// From the boot loader (Linux riscv64 boot protocol: satp = 0, a0 = hart id, a1 = device tree) or from SBI
// hart_start to Rust at the linked address with the MMU on. Until `mmu_on` everything runs at an unknown physical
// address; the medium code model reaches symbols relative to the program counter.

// ---- the first 64 bytes: Linux riscv64 Image header (Documentation/arch/riscv/boot-image-header.rst) ------
    .section .head, "ax"
    .global _head
_head:
    .option push
    .option norvc
    j       primary_start
    .option pop
    .balign 8
    .quad   0x200000                    // text_offset: the first 2 MiB of RAM are firmware's
    .quad   {IMAGE_SIZE}                // all that the hypervisor uses, the pool included
    .quad   0                           // little-endian
    .long   2                           // header version 0.2
    .long   0
    .quad   0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .long   0

    .section .text.entry, "ax"
primary_start:
    csrw    sie, zero
    csrci   sstatus, 2                  // SIE
    rdtime  s4                          // for the boot time measurement
    mv      s1, a0                      // hart id
    mv      s2, a1                      // device tree

    // Firmware without SBI HSM lets all harts in at once: one goes on, the others stay here, and are missed when
    // the one asks firmware to start them.
    lla     t0, boot_lottery
    li      t1, 1
    .option push
    .option arch, +a
    amoadd.w.aqrl t1, t1, (t0)
    .option pop
    bnez    t1, park

    lla     s3, _head                   // the image's physical address

    lla     t0, __boot_tables
    lla     t1, __boot_tables_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b

    // Sv48's root, whose last entry leads to Sv39's root, which leads to the last GiB but one.
    lla     t0, __boot_tables
    li      t6, 4096
    add     t1, t0, t6                  // Sv39 root
    add     t2, t1, t6                  // the image's GiB
    add     t3, t2, t6                  // its first 2 MiB: the image
    srli    t4, t1, 2
    ori     t4, t4, 1                   // V: a pointer to the next table
    sd      t4, -8(t1)                  // the last entry of the page before
    srli    t4, t2, 2
    ori     t4, t4, 1
    sd      t4, -16(t2)                 // the last entry but one: the last GiB is left to stacks
    srli    t4, t3, 2
    ori     t4, t4, 1
    sd      t4, 0(t2)

    // The image page by page, each with the permission of its section.
    lla     a2, __text_end
    lla     a3, __rodata_end
    lla     a4, __boot_stack_guard
    li      a5, {IMAGE_SIZE}
    add     a5, s3, a5
    mv      a6, s3
2:  li      a7, {PAGE_RX}
    bltu    a6, a2, 3f
    li      a7, {PAGE_RO}
    bltu    a6, a3, 3f
    li      a7, {PAGE_RW}
3:  srli    t4, a6, 2
    or      t4, t4, a7
    bne     a6, a4, 4f
    mv      t4, zero                    // the guard page
4:  sd      t4, 0(t3)
    addi    t3, t3, 8
    add     a6, a6, t6
    bltu    a6, a5, 2b

    lla     a0, primary_virtual
    j       mmu_on

// SBI hart_start: a0 = hart id, a1 = the virtual address of this hart's record.
    .global secondary_start
secondary_start:
    csrw    sie, zero
    csrci   sstatus, 2
    mv      s1, a1
    lla     s3, _head
    lla     a0, secondary_virtual
    j       mmu_on

park:
    wfi
    j       park

// Goes on at the linked address of a0. An instruction fetch that the new tables do not translate traps to stvec,
// and the tables map no physical address: that fault is the jump. A mode that the hart does not have leaves satp as
// it is (privileged specification, 12.1.11 "satp").
mmu_on:
    sub     a0, a0, s3
    ld      t0, linked_base
    add     a0, a0, t0
    csrw    stvec, a0
    sfence.vma
    lla     t0, __boot_tables
    srli    t1, t0, 12
    li      t2, {SATP_SV48}
    or      t1, t1, t2
    csrw    satp, t1
    nop
    // Still here: no Sv48.
    li      t2, 4096
    add     t0, t0, t2
    srli    t1, t0, 12
    li      t2, {SATP_SV39}
    or      t1, t1, t2
    csrw    satp, t1
    nop
    j       park

    .balign 8
linked_base:
    .quad   __image_start

    .balign 4
primary_virtual:
    sfence.vma
    lla     sp, __boot_stack_top
    lla     t0, __bss_start
    lla     t1, __bss_end
5:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 5b
    lla     t0, trap_vector
    csrw    stvec, t0
    csrw    sscratch, zero
    mv      tp, zero
    mv      a0, s1
    mv      a1, s2
    mv      a2, s3
    mv      a3, s4
    mv      s0, zero
    mv      ra, zero
    j       primary_entry

    .balign 4
secondary_virtual:
    sfence.vma
    mv      tp, s1
    j       on_own_stack

// extern "C" fn run_on_own_stack(cpu: *const Cpu) -> !: the primary leaves the boot stack.
    .global run_on_own_stack
run_on_own_stack:
    mv      tp, a0
on_own_stack:
    lla     t0, trap_vector
    csrw    stvec, t0
    csrw    sscratch, zero
    ld      sp, {STACK_TOP}(tp)
    addi    sp, sp, -{FRAME_SIZE}       // the guest's registers have their place above
    mv      s0, zero
    mv      ra, zero
    j       cpu_entry

    .section .data.lottery, "aw"
    .balign 4
boot_lottery:
    .word   0
