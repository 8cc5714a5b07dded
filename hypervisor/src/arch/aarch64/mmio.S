// extern "C" fn access_device(address: u64, kind: u64, value: u64) -> Answer: a load or store of a register of a zone's
// device, by the instruction of that kind. The device may refuse it (Arm ARM, external aborts): the vector goes on at
// device_refused then.
    .section .text.access_device, "ax"
    .global access_device
access_device:
    mrs     x3, elr_el2                 // the guest's exit, which an exception here writes over
    mrs     x4, spsr_el2
    mrs     x5, esr_el2
    mrs     x6, far_el2
    mrs     x7, hpfar_el2
    adr     x8, device_instructions
    add     x8, x8, x1, lsl #3
    mov     x1, #1
    br      x8
    .global device_instructions
device_instructions:
    ldrb    w0, [x0]
    ret
    ldrh    w0, [x0]
    ret
    ldr     w0, [x0]
    ret
    ldr     x0, [x0]
    ret
    strb    w2, [x0]
    ret
    strh    w2, [x0]
    ret
    str     w2, [x0]
    ret
    str     x2, [x0]
    ret

    .global device_refused
device_refused:
    msr     elr_el2, x3
    msr     spsr_el2, x4
    msr     esr_el2, x5
    msr     far_el2, x6
    msr     hpfar_el2, x7
    mov     x1, #0
    ret
