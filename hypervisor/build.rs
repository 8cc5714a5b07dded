//! Hands the linker script to the bare-metal image.
fn main() {
    println!("cargo:rerun-if-changed=src/arch/aarch64/image.ld");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-T{folder}/src/arch/{arch}/image.ld");
        println!("cargo:rustc-link-arg-bins=-zmax-page-size=4096");
        println!("cargo:rustc-link-arg-bins=--no-rosegment");
    }
}
