//! What holds of any call, and the states of harts as a plain reference has them.

use addr::GuestPhys;
use vsbi::{Call, Fence, HartAction, HartState, Harts, MAX_PAGES, Outcome, Reply, Sbi, Span};

use super::{vcpu, zone};

pub(crate) const RAM_END: u64 = 0x8000;

fn is_ram(address: GuestPhys) -> bool {
    address.raw() < RAM_END
}

/// Asserts what holds of any outcome, and finishes calls whose mask is in memory.
pub(crate) fn check(sbi: &Sbi, vcpus: usize, outcome: Outcome, mask: u64) {
    match outcome {
        Outcome::SendIpi { vcpus: named, .. } => {
            assert!(named.iter().all(|vcpu| vcpu.index() < vcpus));
        }
        Outcome::Fence { fence, vcpus: named, .. } => {
            assert!(named.iter().all(|vcpu| vcpu.index() < vcpus));
            if let Fence::Translations(Span::Pages { first, count }, _) = fence {
                assert!(first % 4096 == 0 && count <= MAX_PAGES);
                assert!(u128::from(first) + u128::from(count) * 4096 <= 1 << 64);
            }
        }
        Outcome::ReadMask(call) => {
            let finished = sbi.finish(call, mask);
            assert!(!matches!(finished, Outcome::ReadMask(_)));
            check(sbi, vcpus, finished, mask);
        }
        _ => {}
    }
}

/// A zone whose vCPUs call, start and stop.
pub(crate) struct History {
    sbi: Sbi,
    harts: Harts,
    reference: Vec<HartState>,
}

impl History {
    pub(crate) fn new(vcpus: usize) -> Self {
        let mut reference = vec![HartState::Stopped; vcpus];
        reference[0] = HartState::StartPending;
        Self { sbi: zone(vcpus), harts: Harts::new(vcpus), reference }
    }

    /// A vCPU calls, if it runs. Without a call, one that is to begin, wake or stop does.
    pub(crate) fn step(&mut self, index: usize, call: Option<&Call>) {
        let index = index % self.reference.len();
        match (call, self.reference[index]) {
            (None, HartState::StartPending | HartState::Suspended) => {
                self.harts.started(vcpu(index));
                self.reference[index] = HartState::Started;
            }
            (None, HartState::StopPending) => {
                self.harts.stopped(vcpu(index));
                self.reference[index] = HartState::Stopped;
            }
            (Some(call), HartState::Started) => self.call(index, call),
            _ => {}
        }
        for (index, state) in self.reference.iter().enumerate() {
            assert_eq!(self.harts.state(vcpu(index)), Some(*state));
        }
        if self.reference.len() < vsbi::MAX_VCPUS {
            assert_eq!(self.harts.state(vcpu(self.reference.len())), None);
        }
        let all_stopped = self.reference.iter().all(|state| *state == HartState::Stopped);
        assert_eq!(self.harts.all_stopped(), all_stopped);
    }

    fn call(&mut self, index: usize, call: &Call) {
        let Outcome::Hart(call) = self.sbi.call(call) else { return };
        match self.harts.call(vcpu(index), call, is_ram) {
            HartAction::Start { vcpu: target, resume } => {
                assert!(is_ram(resume.entry));
                assert_eq!(self.reference[target.index()], HartState::Stopped);
                self.reference[target.index()] = HartState::StartPending;
            }
            HartAction::Stop => self.reference[index] = HartState::StopPending,
            HartAction::Suspend { resume } => {
                assert!(resume.is_none_or(|resume| is_ram(resume.entry)));
                self.reference[index] = HartState::Suspended;
            }
            HartAction::Return(Reply { a1, .. }) => assert!(a1.is_some()),
        }
    }
}
