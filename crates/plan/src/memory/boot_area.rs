//! Memory left to the boot loader, which puts the hypervisor's image, the bundle and the board's device tree
//! into it.

use addr::{HostPhys, Range};

use super::{BLOCK, BOOT_AREA, Claim, human, pieces};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// Where boot loaders put an initial RAM disk at the latest, counted from the start of RAM: what QEMU does, and
/// what the usual addresses of U-Boot stay below.
const INITRD_AT: u64 = 128 << 20;
/// Room for what is rounded to 2 MiB: the hypervisor's image and the device tree.
const SLACK: u64 = 4 << 20;

/// The boot area for a bundle of at most `bundle_size` bytes.
pub(crate) fn boot_area(
    config: &Config,
    facts: &Facts,
    bundle_size: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Claim> {
    let needed = bundle_size.saturating_add(SLACK).next_multiple_of(BLOCK);
    if let Some(area) = &config.board.boot_area {
        let range = pieces::area(area, diagnostics)?;
        let claim = Claim { range, owner: BOOT_AREA.into(), span: Some(area.span()) };
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
        return Some(claim);
    }
    // The lowest bank, not the first of the tree: that is where boot loaders start.
    let bank = facts.board.ram.iter().min_by_key(|bank| bank.start())?;
    let before = INITRD_AT.min(bank.size() / 2);
    let size = before.saturating_add(needed).next_multiple_of(BLOCK);
    if size > bank.size() {
        let message =
            format!("the first RAM bank {bank} does not hold the image, the bundle and the device tree");
        let diagnostic = Diagnostic::error("boot-area", message);
        diagnostics.push(
            diagnostic.help(format!("name another place of {}: `boot-area` in [board]", human(needed))),
        );
    }
    let range = Range::<HostPhys>::new(bank.start(), size.min(bank.size()))?;
    Some(Claim { range, owner: BOOT_AREA.into(), span: None })
}
