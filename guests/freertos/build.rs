//! Compiles FreeRTOS and what is written in C for it, and links the guest as one flat, self-relocating file.

use std::env;
use std::path::PathBuf;

/// The kernel's sources that this guest needs.
const KERNEL: [&str; 3] = ["list.c", "queue.c", "tasks.c"];
/// Its port to EL1 with the system registers of a GICv3.
const PORT: &str = "portable/GCC/ARM_AARCH64_SRE";
const PORT_SOURCES: [&str; 2] = ["port.c", "portASM.S"];
/// What is our own.
const OWN: [&str; 2] = ["periods.c", "vectors.S"];

fn main() {
    link_flat();
    // The crate freertos-next tells its dependents where the kernel's sources are.
    println!("cargo:rerun-if-env-changed=DEP_FREERTOS_KERNEL");
    let kernel =
        PathBuf::from(env::var("DEP_FREERTOS_KERNEL").expect("freertos-next says where the kernel is"));
    let port = kernel.join(PORT);
    println!("cargo:rerun-if-changed=c");
    let mut build = cc::Build::new();
    build
        // Debian's name for the compiler, whose own for this target is none.
        .compiler("aarch64-linux-gnu-gcc")
        .archiver("aarch64-linux-gnu-ar")
        .files(KERNEL.map(|file| kernel.join(file)))
        .files(PORT_SOURCES.map(|file| port.join(file)))
        .files(OWN.map(|file| format!("c/{file}")))
        .includes([PathBuf::from("c"), PathBuf::from("c/include"), kernel.join("include"), port])
        // The port is for EL1, not for EL3.
        .define("GUEST", None)
        .flag("-ffreestanding")
        // The first task would fault otherwise: tasks begin without the registers of floating point.
        .flag("-mgeneral-regs-only")
        .pic(true)
        .extra_warnings(true)
        .warnings_into_errors(true);
    build.compile("freertos");
}

/// As the other guests are linked.
fn link_flat() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=--script={script}");
    for argument in ["-pie", "--no-dynamic-linker", "-znorelro", "-znotext", "--oformat=binary"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
