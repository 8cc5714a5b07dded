# extern "C" fn access_device(address: u64, kind: u64, value: u64) -> Answer: a load or store of a register of a zone's
# device, by the instruction of that kind. The device may refuse it (privileged specification, access faults): the trap
# goes to device_refused then.
    .section .text.access_device, "ax"
    .option push
    .option arch, +h
    .option norvc
    .balign 4
    .global access_device
access_device:
    csrr    t1, sepc                    # the guest's exit, which a trap here writes over
    csrr    t2, sstatus
    csrr    t3, hstatus
    csrr    t4, stval
    csrr    t5, htval
    csrr    t6, scause
    lla     t0, device_refused
    csrrw   t0, stvec, t0
    lla     a3, device_instructions
    slli    a1, a1, 3
    add     a3, a3, a1
    li      a1, 1
    jr      a3
device_instructions:
    lbu     a0, 0(a0)
    j       device_answered
    lhu     a0, 0(a0)
    j       device_answered
    lwu     a0, 0(a0)
    j       device_answered
    ld      a0, 0(a0)
    j       device_answered
    sb      a2, 0(a0)
    j       device_answered
    sh      a2, 0(a0)
    j       device_answered
    sw      a2, 0(a0)
    j       device_answered
    sd      a2, 0(a0)
device_answered:
    csrw    stvec, t0
    ret

    .balign 4
device_refused:
    csrw    sepc, t1
    csrw    sstatus, t2
    csrw    hstatus, t3
    csrw    stval, t4
    csrw    htval, t5
    csrw    scause, t6
    li      a1, 0
    j       device_answered
    .option pop
