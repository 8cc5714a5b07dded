//! `bulkhead dtb`.

use std::fs;

use dtoolkit::fdt::Fdt;
use setup::Setup;

use super::{print, read};
use crate::Failure;
use crate::cli::Dtb;
use crate::dts;

pub(super) fn dtb(setup: &Setup, arguments: &Dtb) -> miette::Result<()> {
    let partition = read(setup, &arguments.file, arguments.dtb.as_deref())?;
    let plan = partition.plan();
    let zone = &arguments.zone;
    let tree = plan.guest_dtb(zone).filter(|tree| !tree.is_empty()).ok_or_else(|| {
        let names: Vec<_> = plan.zone_names().collect();
        Failure::new(format!("there is no zone {zone} with a device tree in {}", arguments.file.display()))
            .help(format!("choose one of {}", names.join(", ")))
    })?;
    let text = match arguments.dts {
        true => source(tree)?.into_bytes(),
        false => tree.to_vec(),
    };
    match &arguments.output {
        None => print(&text)?,
        Some(path) => fs::write(path, text).map_err(|error| {
            Failure::new(format!("cannot write {}: {error}", path.display()))
                .help("name another file with -o")
        })?,
    }
    Ok(())
}

/// The tree as source text.
fn source(tree: &[u8]) -> Result<String, Failure> {
    let tree = Fdt::new(tree)
        .map_err(|error| Failure::new(format!("the derived device tree is damaged: {error}")))?;
    Ok(dts::source(&tree))
}
