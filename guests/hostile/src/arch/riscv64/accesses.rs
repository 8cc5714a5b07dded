//! Every way in which one instruction reaches memory. Compressed ones, atomics, cache-block operations and those
//! of floating-point and vector registers are ones that the hypervisor's decoder need not know. What an extension
//! adds is an illegal instruction on harts without it.

use crate::accesses::accesses;

/// Wider accesses are made at multiples of their width. Those of whole vector registers would end QEMU 10.0 itself
/// where they cross a border of pages (an assertion in its probe_access_flags).
pub(crate) const WIDEST_MISALIGNED: u64 = 8;

accesses! {
    before ".option push\n.option arch, +a, +c, +f, +d, +v, +zcb, +zacas, +zicbom, +zicbop, +zicboz, +h"
    after ".option pop"
    Load 1 "lbu a1, 0(a0)"
    Load 2 "lhu a1, 0(a0)"
    Load 4 "lwu a1, 0(a0)"
    Load 8 "ld a1, 0(a0)"
    Store 1 "sb a1, 0(a0)"
    Store 2 "sh a1, 0(a0)"
    Store 4 "sw a1, 0(a0)"
    Store 8 "sd a1, 0(a0)"
    Load 1 "lb a1, 0(a0)"
    Load 2 "lh a1, 0(a0)"
    Load 4 "lw a1, 0(a0)"
    Load 8 "ld zero, 0(a0)"
    Load 4 "c.lw a1, 0(a0)"
    Load 8 "c.ld a1, 0(a0)"
    Load 1 "c.lbu a1, 0(a0)"
    Load 2 "c.lhu a1, 0(a0)"
    Load 2 "c.lh a1, 0(a0)"
    Load 4 "lr.w a1, (a0)"
    Load 8 "lr.d.aqrl a1, (a0)"
    Load 4 "flw ft0, 0(a0)"
    Load 8 "fld ft0, 0(a0)"
    Load 16 "vl1re8.v v0, (a0)"
    Load 64 "vl4re8.v v0, (a0)"
    Update 4 "amoswap.w a1, a1, (a0)"
    Update 8 "amoswap.d.aqrl a1, a1, (a0)"
    Update 4 "amoadd.w a1, a1, (a0)"
    Update 8 "amoor.d a1, a1, (a0)"
    Update 8 "amoand.d zero, zero, (a0)"
    Update 8 "amomaxu.d a1, a1, (a0)"
    Update 4 "amocas.w a1, a2, (a0)"
    Update 8 "amocas.d a1, a2, (a0)"
    Store 4 "c.sw a1, 0(a0)"
    Store 8 "c.sd a1, 0(a0)"
    Store 1 "c.sb a1, 0(a0)"
    Store 2 "c.sh a1, 0(a0)"
    Store 4 "fsw ft0, 0(a0)"
    Store 8 "fsd ft0, 0(a0)"
    Store 16 "vs1r.v v0, (a0)"
    Store 64 "cbo.zero (a0)"
    Update 1 "cbo.clean (a0)"
    Update 1 "cbo.flush (a0)"
    Update 1 "cbo.inval (a0)"
    Neutral 4 "sc.w a2, a1, (a0)"
    Neutral 8 "sc.d a2, a1, (a0)"
    Neutral 1 "prefetch.r 0(a0)"
    Neutral 1 "prefetch.w 0(a0)"
    Neutral 1 "prefetch.i 0(a0)"
}
