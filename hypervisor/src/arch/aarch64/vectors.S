// EL2's exception vectors. An exit from a guest saves the general-purpose registers at the top of this CPU's
// stack, calls Rust with a pointer to them, restores them and returns. EL2 uses no floating-point register.

    .macro  SAVE_SCRATCH                // what a function may change
    sub     sp, sp, #{FRAME_SIZE}
    stp     x0, x1, [sp, #16 * 0]
    stp     x2, x3, [sp, #16 * 1]
    stp     x4, x5, [sp, #16 * 2]
    stp     x6, x7, [sp, #16 * 3]
    stp     x8, x9, [sp, #16 * 4]
    stp     x10, x11, [sp, #16 * 5]
    stp     x12, x13, [sp, #16 * 6]
    stp     x14, x15, [sp, #16 * 7]
    stp     x16, x17, [sp, #16 * 8]
    stp     x18, x19, [sp, #16 * 9]
    stp     x30, xzr, [sp, #16 * 15]    // register 31 is the zero register
    .endm

    .macro  SAVE_THE_REST
    stp     x20, x21, [sp, #16 * 10]
    stp     x22, x23, [sp, #16 * 11]
    stp     x24, x25, [sp, #16 * 12]
    stp     x26, x27, [sp, #16 * 13]
    stp     x28, x29, [sp, #16 * 14]
    .endm

    .macro  RESTORE_SCRATCH_AND_RETURN
    ldp     x2, x3, [sp, #16 * 1]
    ldp     x4, x5, [sp, #16 * 2]
    ldp     x6, x7, [sp, #16 * 3]
    ldp     x8, x9, [sp, #16 * 4]
    ldp     x10, x11, [sp, #16 * 5]
    ldp     x12, x13, [sp, #16 * 6]
    ldp     x14, x15, [sp, #16 * 7]
    ldp     x16, x17, [sp, #16 * 8]
    ldp     x18, x19, [sp, #16 * 9]
    ldr     x30, [sp, #16 * 15]
    ldp     x0, x1, [sp], #{FRAME_SIZE}
    eret
    // No speculation past the return (Arm ARM, Straight-line speculation).
    dsb     nsh
    isb
    .endm

    .macro  SAVE_GUEST
    SAVE_SCRATCH
    SAVE_THE_REST
    mov     x0, sp
    .endm

    .macro  FROM_GUEST handler
    .balign 0x80
    SAVE_GUEST
    bl      \handler
    b       guest_return
    .endm

// Most exits are answered by a function that leaves the other registers as the guest had them, so that only those
// are saved and restored that a function may change. It returns 0 when it is done; else \otherwise goes on.
    .macro  QUICKLY_FROM_GUEST handler, otherwise
    .balign 0x80
    SAVE_SCRATCH
    mov     x0, sp
    bl      \handler
    cbnz    w0, \otherwise
    RESTORE_SCRATCH_AND_RETURN
    .endm

    .macro  SYNCHRONOUS_FROM_GUEST
    QUICKLY_FROM_GUEST exit_quickly, synchronous_in_full
    .endm

// From EL2 itself: always a bug of the hypervisor. The stack may be what is broken, so the report runs on
// this CPU's emergency stack; the guest's registers used as scratch are never returned to.
    .macro  FROM_SELF kind
    .balign 0x80
    msr     sp_el0, x0
    msr     tpidr_el0, x1
    mov     x1, \kind
    b       self_exception
    .endm

// The same, unless it is a zone's device that refuses an access (mmio.S). A report lacks x16 and x17.
    .macro  SYNCHRONOUS_FROM_SELF
    .balign 0x80
    mrs     x16, elr_el2
    adr     x17, device_instructions
    sub     x16, x16, x17
    cmp     x16, #64                    // all of its instructions
    b.lo    device_refused
    msr     sp_el0, x0
    msr     tpidr_el0, x1
    mov     x1, #0
    b       self_exception
    .endm

    .macro  SYNCHRONOUS_FROM_DIRECT     // the guest takes physical interrupts itself
    .balign 0x80
    SAVE_GUEST
    b       synchronous_from_direct
    .endm

    .macro  VECTORS synchronous
    FROM_SELF 0                         // current EL with SP_EL0: synchronous, IRQ, FIQ, SError
    FROM_SELF 1
    FROM_SELF 2
    FROM_SELF 3
    SYNCHRONOUS_FROM_SELF               // current EL with SP_EL2
    FROM_SELF 1
    FROM_SELF 2
    FROM_SELF 3
    \synchronous                        // lower EL, AArch64
    QUICKLY_FROM_GUEST exit_interrupt_quickly, interrupt_in_full
    FROM_GUEST exit_fiq
    FROM_GUEST exit_serror
    FROM_GUEST exit_synchronous         // lower EL, AArch32 (only EL0 can be)
    QUICKLY_FROM_GUEST exit_interrupt_quickly, interrupt_in_full
    FROM_GUEST exit_fiq
    FROM_GUEST exit_serror
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global vectors
    .global vectors_direct
vectors:
    VECTORS SYNCHRONOUS_FROM_GUEST
    .balign 2048
vectors_direct:
    VECTORS SYNCHRONOUS_FROM_DIRECT

    .section .text.asm, "ax"
// A write of ICC_SGI1R_EL1 to vCPUs of the guest's own zone, by far the most frequent exit of such a guest, is sent on.
// Requests of other CPUs need no look: they interrupt the guest.
synchronous_from_direct:
    mrs     x1, esr_el2
    and     x2, x1, #~(0x1f << 5)       // without the register's number
    movz    w3, #0x3016
    movk    w3, #0x623a, lsl #16        // a trapped write of ICC_SGI1R_EL1
    cmp     x2, x3
    b.ne    1f
    ubfx    x1, x1, #5, #5
    ldr     x1, [sp, x1, lsl #3]
    mrs     x2, tpidr_el2
    ldp     x3, x4, [x2, #{SGIS}]
    bics    xzr, x1, x3                 // another affinity, or a vCPU that is not there
    b.ne    1f
    ldr     x5, [x2, #{SGIS} + 16]
    and     x3, x1, #0xffff
    and     x1, x1, #0xf000000
    lsl     x3, x3, x5
    orr     x1, x1, x4
    orr     x1, x1, x3
    dsb     ishst                       // what the receiver is to see
    msr     S3_0_C12_C11_5, x1          // ICC_SGI1R_EL1
    ldr     x3, [x2, #{TRAPS}]
    add     x3, x3, #1
    str     x3, [x2, #{TRAPS}]
    mrs     x3, elr_el2
    add     x3, x3, #4
    msr     elr_el2, x3
    ldp     x4, x5, [sp, #16 * 2]
    ldp     x2, x3, [sp, #16 * 1]
    ldp     x0, x1, [sp], #{FRAME_SIZE}
    eret
    dsb     nsh
    isb
1:  bl      exit_quickly
    cbz     w0, guest_return
    mov     x0, sp
    bl      exit_synchronous
    b       guest_return

synchronous_in_full:
    SAVE_THE_REST
    mov     x0, sp
    bl      exit_synchronous
    b       guest_return

interrupt_in_full:                      // w0: what is left to do
    SAVE_THE_REST
    bl      exit_interrupt
    b       guest_return

    .section .text.asm, "ax"
// extern "C" fn enter_guest(frame: *const Registers) -> !: the frame lies at the top of the stack.
    .global enter_guest
enter_guest:
    mov     sp, x0
guest_return:
    ldp     x20, x21, [sp, #16 * 10]
    ldp     x22, x23, [sp, #16 * 11]
    ldp     x24, x25, [sp, #16 * 12]
    ldp     x26, x27, [sp, #16 * 13]
    ldp     x28, x29, [sp, #16 * 14]
    RESTORE_SCRATCH_AND_RETURN

self_exception:
    mrs     x0, tpidr_el2
    cbz     x0, 1f
    ldr     x0, [x0, #{EMERGENCY_TOP}]
    b       2f
1:  ldr     x0, =__boot_stack_top       // before the first CPU has its record
2:  sub     x0, x0, #{SELF_FRAME_SIZE}
    stp     x2, x3, [x0, #16 * 1]
    stp     x4, x5, [x0, #16 * 2]
    stp     x6, x7, [x0, #16 * 3]
    stp     x8, x9, [x0, #16 * 4]
    stp     x10, x11, [x0, #16 * 5]
    stp     x12, x13, [x0, #16 * 6]
    stp     x14, x15, [x0, #16 * 7]
    stp     x16, x17, [x0, #16 * 8]
    stp     x18, x19, [x0, #16 * 9]
    stp     x20, x21, [x0, #16 * 10]
    stp     x22, x23, [x0, #16 * 11]
    stp     x24, x25, [x0, #16 * 12]
    stp     x26, x27, [x0, #16 * 13]
    stp     x28, x29, [x0, #16 * 14]
    mrs     x2, sp_el0
    mrs     x3, tpidr_el0
    stp     x2, x3, [x0, #16 * 0]
    mov     x2, sp
    stp     x30, x2, [x0, #16 * 15]
    mov     sp, x0
    b       self_report

// extern "C" fn reset_fp_registers(): zeroes the floating-point state that a previous guest left.
    .arch_extension fp
    .global reset_fp_registers
reset_fp_registers:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fmov    d\n, xzr                    // writes 128 bits: the upper half becomes zero
    .endr
    msr     fpcr, xzr
    msr     fpsr, xzr
    ret
