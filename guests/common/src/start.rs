//! The first instructions: Image header, self-relocation, stacks, MMU (Linux arm64 boot protocol).

use crate::{Options, calls, machine, mmu, println};
use core::arch::global_asm;

/// Bytes of stack for each vCPU.
const STACK_SIZE: usize = 16 << 10;

#[repr(C, align(4096))]
struct Stacks([[u8; STACK_SIZE]; machine::MAX_VCPUS]);

#[unsafe(no_mangle)]
static mut GUEST_STACKS: Stacks = Stacks([[0; STACK_SIZE]; machine::MAX_VCPUS]);

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

unsafe extern "Rust" {
    safe fn guest_main(options: &Options<'_>);
}

unsafe extern "C" {
    safe fn guest_head();
    safe fn guest_secondary();
}

/// The address of the image's first byte.
pub(crate) fn image_start() -> u64 {
    guest_head as *const () as u64
}

/// The entry point for [`calls::cpu_on`].
pub(crate) fn secondary_entry() -> u64 {
    guest_secondary as *const () as u64
}

#[unsafe(no_mangle)]
extern "C" fn guest_start_first(device_tree: u64) -> ! {
    mmu::enable();
    match Options::read(device_tree) {
        Some(options) => guest_main(&options),
        None => println!("guest: x0 = {device_tree:#x} is no device tree"),
    }
    calls::system_off()
}

#[unsafe(no_mangle)]
extern "C" fn guest_start_secondary(context: u64) -> ! {
    mmu::enable();
    // SAFETY: only `machine::start` passes a context, and it passes a function of this type.
    let body: fn() = unsafe { core::mem::transmute::<u64, fn()>(context) };
    body();
    calls::cpu_off()
}
