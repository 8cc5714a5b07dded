//! Links the guest as one flat, self-relocating file.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=--script={script}");
    for argument in ["-pie", "--no-dynamic-linker", "-znorelro", "-znotext", "--oformat=binary"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
