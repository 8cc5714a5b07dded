//! What the boot loader says of this boot (Devicetree Specification 3.6, Linux boot protocol).

use crate::tree::Top;
use crate::{BoardError, tree};
use addr::{HostPhys, Range};

/// `/chosen/linux,initrd-start` and `-end`; absent together or not at all.
pub(crate) fn initrd(top: &Top<'_>) -> Result<Option<Range<HostPhys>>, BoardError> {
    let Some(chosen) = top.chosen else { return Ok(None) };
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
