//! The devices of the board that could be meant by what they are compatible with.

use addr::HostPhys;
use board::Device;
use dtoolkit::model::DeviceTreeNode;

use super::is_compatible;
use crate::facts::Facts;

/// All nodes that have registers, by the address of their first.
pub(super) struct Candidates<'f>(Vec<Candidate<'f>>);

pub(super) struct Candidate<'f> {
    pub(super) path: String,
    pub(super) node: &'f DeviceTreeNode,
    pub(super) start: HostPhys,
    /// Why no zone can have it.
    pub(super) kept: Option<&'static str>,
}

impl<'f> Candidates<'f> {
    /// Looks at the whole board.
    pub(super) fn new(facts: &'f Facts) -> Self {
        let board = &facts.board;
        let candidate = |(path, node): (String, &'f DeviceTreeNode)| {
            let device = facts.physical(&path)?;
            let first = device.readable_registers().next()?;
            let is_kept = first.overlaps(board.uart.frame)
                || board.interrupt_controller.frames().any(|frame| frame.overlaps(first));
            let kept = match Device::is_usable(&device) {
                false => Some("disabled"),
                true => is_kept.then_some("the hypervisor's"),
            };
            Some(Candidate { path, node, start: first.start(), kept })
        };
        let mut all: Vec<_> = facts.nodes().into_iter().filter_map(candidate).collect();
        all.sort_by_key(|candidate| candidate.start);
        Self(all)
    }

    /// Those that list `kind`.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Candidate<'f>> {
        self.0.iter().filter(move |candidate| is_compatible(candidate.node, &[kind]))
    }
}
