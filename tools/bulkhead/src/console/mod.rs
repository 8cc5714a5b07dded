//! Reading the one console that all zones share.
//!
//! The hypervisor prefixes every line with its source: `[linux-a] `, or `[bulkhead] ` for its own. A guest
//! cannot print a line that begins with another's prefix, so the prefix at column 0 tells who said it.

mod demux;
mod event;
mod ledger;

pub use demux::{Demux, Line};
pub use event::Event;
pub(crate) use ledger::describe;
pub use ledger::{Ledger, Verdict, ZoneState};
