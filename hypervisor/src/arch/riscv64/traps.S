// HS-mode's trap vector. In a guest, sscratch holds the address of its frame at the top of this hart's stack; in
// the hypervisor it is zero. The frame keeps register n at 8 * n, x0's place being zero, and behind
// them the address of this hart's record.
//
// Calls, interrupts and most accesses to devices leave the callee-saved registers where they are, for Rust code
// preserves them. What may read or write any register of the guest saves all. The handlers return what is next.

    .macro  CALLER_SAVED op
    \op     x1, 8(sp)
    \op     x3, 24(sp)
    \op     x4, 32(sp)
    \op     x5, 40(sp)
    \op     x6, 48(sp)
    \op     x7, 56(sp)
    \op     x10, 80(sp)
    \op     x11, 88(sp)
    \op     x12, 96(sp)
    \op     x13, 104(sp)
    \op     x14, 112(sp)
    \op     x15, 120(sp)
    \op     x16, 128(sp)
    \op     x17, 136(sp)
    \op     x28, 224(sp)
    \op     x29, 232(sp)
    \op     x30, 240(sp)
    \op     x31, 248(sp)
    .endm

    .macro  CALLEE_SAVED op
    \op     x8, 64(sp)
    \op     x9, 72(sp)
    \op     x18, 144(sp)
    \op     x19, 152(sp)
    \op     x20, 160(sp)
    \op     x21, 168(sp)
    \op     x22, 176(sp)
    \op     x23, 184(sp)
    \op     x24, 192(sp)
    \op     x25, 200(sp)
    \op     x26, 208(sp)
    \op     x27, 216(sp)
    .endm

    // An access by the register at bit `field` of the instruction, where htinst tells that.
    .macro  DEVICE_ACCESS handler, field
    csrr    a2, htinst
    srli    t0, a2, \field
    li      a1, {CALLEE_SAVED}
    srlw    a1, a1, t0
    andi    a1, a1, 1                   // that register is one that functions preserve
    bnez    a1, 10f
11: call    \handler
    beqz    a0, light_return
    li      t0, {RESTORE}
    beq     a0, t0, guest_return
    mv      a0, sp                      // once more, with all registers
    csrr    a2, htinst
    li      a1, 1
10: CALLEE_SAVED sd
    j       11b
    .endm

    .text
    .balign 4
    .global trap_vector
trap_vector:
    csrrw   sp, sscratch, sp
    beqz    sp, self_trap
    CALLER_SAVED sd
    csrrw   t0, sscratch, zero
    sd      t0, 16(sp)
    ld      tp, {FRAME_CPU}(sp)
    csrr    a1, scause
    mv      a0, sp
    bltz    a1, 1f
    li      t0, {ECALL_FROM_VS}
    bne     a1, t0, 2f
    call    exit_call
    beqz    a0, light_return
    j       guest_return
1:  call    exit_interrupt
    beqz    a0, light_return
    j       guest_return
2:  li      t0, {STORE_GUEST_PAGE_FAULT}
    beq     a1, t0, 4f
    li      t0, {LOAD_GUEST_PAGE_FAULT}
    bne     a1, t0, 3f
    DEVICE_ACCESS exit_load, 7
4:  DEVICE_ACCESS exit_store, 20
3:  CALLEE_SAVED sd
    call    exit_trap
    j       guest_return

// extern "C" fn enter_guest(frame: *const Registers) -> !: the frame lies at the top of the stack.
    .global enter_guest
enter_guest:
    mv      sp, a0
guest_return:
    CALLEE_SAVED ld
light_return:
    csrw    sscratch, sp
    CALLER_SAVED ld
    ld      sp, 16(sp)
    sret

// A trap of the hypervisor itself: always a bug of it. The stack may be what is broken, so the report runs on this
// hart's emergency stack.
self_trap:
    beqz    tp, 1f
    ld      sp, {EMERGENCY_TOP}(tp)
    j       2f
1:  lla     sp, __boot_stack_top        // before the first hart has its record
2:  addi    sp, sp, -{FRAME_SIZE}
    sd      zero, 0(sp)
    CALLER_SAVED sd
    CALLEE_SAVED sd
    csrrw   t0, sscratch, zero
    sd      t0, 16(sp)
    mv      a0, sp
    j       self_report

// extern "C" fn guest_fetch(address: u64) -> i64: two bytes of an instruction at a guest-virtual address, with the
// guest's own permissions, or -1 where the guest itself would fault. The fault comes here and is forgotten.
    .option push
    .option arch, +h
    .balign 4
    .global guest_fetch
guest_fetch:
    csrr    t1, sepc
    csrr    t2, sstatus
    csrr    t3, hstatus
    lla     t0, guest_access_failed
    csrrw   t0, stvec, t0
    hlvx.hu a0, (a0)
    csrw    stvec, t0
    ret

// extern "C" fn guest_load(address: u64, value: *mut u64) -> i64: eight bytes of data at a guest-virtual address;
// 0, or -1 where the guest itself would fault.
    .balign 4
    .global guest_load
guest_load:
    csrr    t1, sepc
    csrr    t2, sstatus
    csrr    t3, hstatus
    lla     t0, guest_access_failed
    csrrw   t0, stvec, t0
    hlv.d   a0, (a0)
    csrw    stvec, t0
    sd      a0, 0(a1)
    li      a0, 0
    ret

    .balign 4
guest_access_failed:
    csrw    stvec, t0
    csrw    sepc, t1
    csrw    sstatus, t2
    csrw    hstatus, t3
    li      a0, -1
    ret
    .option pop

// extern "C" fn reset_fp_registers(): zeroes the floating-point state that an earlier guest left. sstatus.FS is on.
    .option push
    .option arch, +d
    .global reset_fp_registers
reset_fp_registers:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fmv.d.x f\n, zero
    .endr
    csrw    fcsr, zero
    ret
    .option pop
