//! What the boot loader says of this boot (Devicetree Specification 3.6, Linux boot protocol).

use addr::{HostPhys, Range};
use dtoolkit::Node;
use dtoolkit::fdt::FdtNode;

use crate::{BoardError, tree};

/// `/chosen/linux,initrd-start` and `-end`; absent together or not at all.
pub(crate) fn initrd(root: &FdtNode<'_>) -> Result<Option<Range<HostPhys>>, BoardError> {
    let Some(chosen) = root.child("chosen") else { return Ok(None) };
    let start = tree::number(&chosen, "linux,initrd-start");
    let end = tree::number(&chosen, "linux,initrd-end");
    let bad = BoardError::BadProperty("/chosen/linux,initrd-start and -end");
    match (start, end) {
        (None, None) => Ok(None),
        (Some(start), Some(end)) => {
            let size = end.checked_sub(start).ok_or(bad)?;
            Ok(Some(Range::<HostPhys>::new(HostPhys::new(start), size).ok_or(bad)?))
        }
        _ => Err(bad),
    }
}
