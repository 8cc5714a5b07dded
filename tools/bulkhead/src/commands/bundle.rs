//! `bulkhead bundle`.

use std::fs;
use std::path::Path;

use setup::{Arch, Setup};

use super::{print, read};
use crate::Failure;
use crate::cli::Bundle;

pub(super) fn bundle(setup: &Setup, arguments: &Bundle) -> miette::Result<()> {
    let partition = read(setup, &arguments.file, arguments.dtb.as_deref())?;
    let arch = partition.arch();
    let image = setup.hypervisor_image(arch).map_err(Failure::from)?;
    let name = arguments.file.file_stem().unwrap_or_default().to_string_lossy();
    let bundle = format!("{name}.bundle");
    let folder = &arguments.output;
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::copy(image, folder.join(image_name(arch)))?;
        fs::write(folder.join(&bundle), partition.plan().bundle())
    };
    write().map_err(|error| {
        Failure::new(format!("cannot write to {}: {error}", folder.display()))
            .help("name another folder with -o")
    })?;
    print(how_to_boot(arch, folder, &bundle).as_bytes())?;
    Ok(())
}

/// The image's file name says for which architecture it is.
fn image_name(arch: &Arch) -> String {
    format!("bulkhead-{}.img", arch.name)
}

/// What to type at the boot loader.
fn how_to_boot(arch: &Arch, folder: &Path, bundle: &str) -> String {
    let folder = folder.display();
    let image = image_name(arch);
    let emulator = arch.emulator;
    format!(
        "Wrote {folder}/{image} and {folder}/{bundle}.

U-Boot, with both files on the first partition of the first card:
  load mmc 0:1 ${{kernel_addr_r}} {image}
  load mmc 0:1 ${{ramdisk_addr_r}} {bundle}
  booti ${{kernel_addr_r}} ${{ramdisk_addr_r}}:${{filesize}} ${{fdtcontroladdr}}

QEMU, with the -machine, -cpu, -smp and -m that the partition was planned for:
  {emulator} ... -nographic -nic none -kernel {folder}/{image} -initrd {folder}/{bundle}
"
    )
}

#[cfg(test)]
mod tests {
    use super::how_to_boot;
    use setup::Arch;
    use std::path::Path;

    #[test]
    fn the_boot_loader_gets_the_bundle_with_its_size() {
        let text = how_to_boot(Arch::ARM64, Path::new("out"), "zones.bundle");
        assert!(
            text.contains("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}"),
            "{text}"
        );
        // U-Boot's `filesize` is that of the file loaded last.
        assert!(text.find("bulkhead-arm64.img\n  load") < text.find("} zones.bundle\n  booti"), "{text}");
    }

    #[test]
    fn the_files_are_for_the_partitions_architecture() {
        let text = how_to_boot(Arch::RISCV64, Path::new("out"), "zones.bundle");
        assert!(text.contains("Wrote out/bulkhead-riscv64.img"), "{text}");
        assert!(text.contains("qemu-system-riscv64 ... "), "{text}");
    }
}
