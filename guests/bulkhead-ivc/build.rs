//! Links the command as a static program of Linux.

fn main() {
    for argument in ["--image-base=0x400000", "--entry=_start", "-znorelro"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
