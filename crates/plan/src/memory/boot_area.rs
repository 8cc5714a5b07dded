//! Memory left to the boot loader, which puts the hypervisor's image, the bundle and the board's device tree
//! into it.

use addr::{HostPhys, Range};

use manifest::Arch;
use toml::Spanned;

use super::{BLOCK, BOOT_AREA, Claim, FIRMWARE, human, pieces};
use crate::config::{Area, Config};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// Where boot loaders put an initial RAM disk on arm64 at the latest, counted from the start of RAM: what QEMU
/// does, and what the usual addresses of U-Boot stay below.
const ARM64_INITRD_AT: u64 = 128 << 20;
/// The same for riscv64: the usual addresses of U-Boot stay below.
const RISCV64_INITRD_AT: u64 = 256 << 20;
/// Room for what is rounded to 2 MiB: the hypervisor's image and the device tree.
const SLACK: u64 = 4 << 20;

/// What machine-level firmware has of RAM on riscv64, at the start of it: OpenSBI takes 512 KiB, and passes control
/// to what lies 2 MiB further on. Only firmware itself says which part is really its own, in the device tree that
/// it hands on, so that all of it is left alone.
const FIRMWARE_SIZE: u64 = 2 << 20;

/// What is left to firmware, and to a boot loader with a bundle of at most `bundle_size` bytes.
pub(crate) fn boot_areas(
    config: &Config,
    facts: &Facts,
    bundle_size: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Claim> {
    let needed = bundle_size.saturating_add(SLACK).next_multiple_of(BLOCK);
    // The lowest bank, not the first of the tree: that is where boot loaders start.
    let Some(bank) = facts.board.ram.iter().min_by_key(|bank| bank.start()).copied() else {
        return Vec::new();
    };
    let firmware_size = match facts.arch() {
        Arch::Arm64 => 0,
        Arch::Riscv64 => FIRMWARE_SIZE.min(bank.size()),
    };
    let firmware = Range::<HostPhys>::new(bank.start(), firmware_size);
    let mut claims: Vec<Claim> = firmware.map(|range| claim(range, FIRMWARE)).into_iter().collect();
    let behind = bank.start().checked_add(firmware_size);
    let Some(bank) = behind.and_then(|start| Range::<HostPhys>::new(start, bank.size() - firmware_size))
    else {
        return claims;
    };
    match (&config.board.boot_area, facts.arch()) {
        (Some(area), _) => claims.extend(given(area, facts, needed, diagnostics)),
        (None, Arch::Riscv64) if config.board.qemu.is_some() => {
            claims.extend(of_qemu(bank, facts, needed, diagnostics));
        }
        (None, Arch::Arm64) => claims.extend(usual(bank, ARM64_INITRD_AT, needed, diagnostics)),
        (None, Arch::Riscv64) => claims.extend(usual(bank, RISCV64_INITRD_AT, needed, diagnostics)),
    }
    claims
}

/// The area that zones.toml names.
fn given(
    area: &Spanned<Area>,
    facts: &Facts,
    needed: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Claim> {
    let range = pieces::area(area, diagnostics)?;
    let problem = if !facts.board.ram.iter().any(|bank| bank.contains_range(range)) {
        Some("is not RAM of the board".to_owned())
    } else if range.size() < needed {
        Some(format!("is too small: image, bundle and device tree take up to {}", human(needed)))
    } else {
        None
    };
    if let Some(problem) = problem {
        let diagnostic = Diagnostic::error("boot-area", format!("the boot area {range} {problem}"));
        let help = format!("give it at least {}, inside one RAM bank, or leave it out", human(needed));
        diagnostics.push(diagnostic.at(area.span(), "this area").help(help));
    }
    Some(Claim { range, owner: BOOT_AREA.into(), span: Some(area.span()) })
}

/// The start of a bank, up to and with a bundle that may be `initrd_at` bytes on.
fn usual(
    bank: Range<HostPhys>,
    initrd_at: u64,
    needed: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Claim> {
    let before = initrd_at.min(bank.size() / 2);
    let size = before.saturating_add(needed).next_multiple_of(BLOCK);
    if size > bank.size() {
        diagnostics.push(too_small(bank, needed));
    }
    Some(claim(Range::<HostPhys>::new(bank.start(), size.min(bank.size()))?, BOOT_AREA))
}

/// Where QEMU's riscv64 machines put what they boot: the image behind the firmware, the initial RAM disk half of the
/// RAM's size behind the image or 512 MiB (`riscv_load_initrd`), the device tree in the last 2 MiB
/// (`riscv_compute_fdt_addr`). What lies between is free for zones.
fn of_qemu(
    bank: Range<HostPhys>,
    facts: &Facts,
    needed: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Claim> {
    let ram: u64 = facts.board.ram.iter().map(|bank| bank.size()).sum();
    let initrd = (ram / 2).min(512 << 20);
    let end = facts.board.ram.iter().map(|bank| bank.end()).max().unwrap_or(bank.end());
    let tree = HostPhys::new(end.raw().saturating_sub(1)).align_down(BLOCK);
    let at = |offset: u64, size: u64| Range::<HostPhys>::new(bank.start().checked_add(offset)?, size);
    let areas =
        [at(0, SLACK), at(initrd, needed), Range::<HostPhys>::new(tree, end.offset_from(tree).unwrap_or(0))];
    let fit = initrd >= SLACK && areas[1].is_some_and(|bundle| bundle.end() <= tree);
    if !fit {
        diagnostics.push(too_small(bank, needed));
    }
    areas.into_iter().flatten().map(|range| claim(range, BOOT_AREA)).collect()
}

fn too_small(bank: Range<HostPhys>, needed: u64) -> Diagnostic {
    let message =
        format!("the first RAM bank {bank} does not hold the image, the bundle and the device tree");
    Diagnostic::error("boot-area", message)
        .help(format!("name another place of {}: `boot-area` in [board]", human(needed)))
}

fn claim(range: Range<HostPhys>, owner: &str) -> Claim {
    Claim { range, owner: owner.into(), span: None }
}
