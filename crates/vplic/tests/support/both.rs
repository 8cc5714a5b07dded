//! The model and the reference, side by side.

use super::reference::Reference;
use super::{BOUND, SOURCES, Storage, World, claim, enable, pending, priority, threshold};

pub(crate) const MAX_VCPUS: usize = 3;
/// Sources of virtual devices.
pub(crate) const WIRED: [u32; 4] = [2, 31, 32, 80];

/// A step of a history.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Claim(usize),
    /// What the vCPU has claimed and not completed, by index.
    CompleteClaimed(usize, usize),
    /// Any number.
    Complete(usize, u32),
    Drive(usize, bool),
    Pulse(usize),
    DrivePhysical(usize, bool),
    SetPriority(u32, u32),
    /// vCPU, word, value.
    SetEnabled(usize, u32, u32),
    SetThreshold(usize, u32),
    /// Anywhere in the frame or behind it; a value is written first if there is one.
    Elsewhere(u32, Option<u32>),
    Reset,
}

/// The model and the reference, side by side.
pub(crate) struct Both<'a> {
    world: World<'a>,
    reference: Reference,
    /// What each vCPU has claimed and not completed.
    claimed: Vec<Vec<u32>>,
}

impl<'a> Both<'a> {
    pub(crate) fn new(storage: &'a mut Storage) -> Self {
        let vcpus = storage.vcpus();
        Self { world: World::on(storage), reference: Reference::new(vcpus), claimed: vec![vec![]; vcpus] }
    }

    fn vcpus(&self) -> usize {
        self.claimed.len()
    }

    fn claim(&mut self, vcpu: usize) -> u32 {
        let number = self.world.claim(vcpu);
        assert_eq!(number, self.reference.claim(vcpu));
        if number != 0 {
            let twice = self.claimed.iter().flatten().any(|other| *other == number);
            assert!(!twice, "source {number} was claimed twice");
            self.claimed[vcpu].push(number);
        }
        number
    }

    fn complete(&mut self, vcpu: usize, number: u32) {
        if self.reference.enabled(vcpu, number / 32 % 32) >> (number % 32) & 1 == 1 && number <= SOURCES {
            self.claimed.iter_mut().for_each(|numbers| numbers.retain(|other| *other != number));
        }
        self.world.complete(vcpu, number);
        self.reference.complete(vcpu, number);
    }

    pub(crate) fn apply(&mut self, op: Op) {
        let vcpus = self.vcpus();
        match op {
            Op::Claim(vcpu) => {
                self.claim(vcpu % vcpus);
            }
            Op::CompleteClaimed(vcpu, pick) => {
                let claimed = &self.claimed[vcpu % vcpus];
                if let Some(number) = claimed.get(pick % claimed.len().max(1)).copied() {
                    self.complete(vcpu % vcpus, number);
                }
            }
            Op::Complete(vcpu, number) => self.complete(vcpu % vcpus, number),
            Op::Drive(which, level) => {
                self.world.drive(WIRED[which], level);
                self.reference.drive(WIRED[which], level);
            }
            Op::Pulse(which) => {
                self.world.pulse(WIRED[which]);
                self.reference.pulse(WIRED[which]);
            }
            Op::DrivePhysical(which, level) => {
                self.world.drive_physical(which, level);
                self.reference.drive(BOUND[which].0, level);
            }
            Op::SetPriority(number, value) => {
                self.world.write(priority(number), value);
                self.reference.set_priority(number, value);
            }
            Op::SetEnabled(vcpu, word, value) => {
                self.world.write(enable(vcpu % vcpus, word * 32), value);
                self.reference.set_enabled(vcpu % vcpus, word, value);
            }
            Op::SetThreshold(vcpu, value) => {
                self.world.write(threshold(vcpu % vcpus), value);
                self.reference.set_threshold(vcpu % vcpus, value);
            }
            Op::Elsewhere(offset, value) if !self.is_register(offset) => {
                value.into_iter().for_each(|value| self.world.write(offset, value));
                assert_eq!(self.world.read(offset), 0, "{offset:#x}");
            }
            Op::Elsewhere(..) => {}
            Op::Reset => {
                self.world.reset();
                self.reference.reset();
                self.claimed.iter_mut().for_each(Vec::clear);
            }
        }
    }

    /// Whether the zone has a register there.
    fn is_register(&self, offset: u32) -> bool {
        let enables = |vcpu| (enable(vcpu, 0)..enable(vcpu, 96)).contains(&offset);
        let controls = |vcpu| [threshold(vcpu), claim(vcpu)].contains(&offset);
        offset <= priority(SOURCES)
            || (pending(0)..pending(96)).contains(&offset)
            || (0..self.vcpus()).any(|vcpu| enables(vcpu) || controls(vcpu))
    }

    /// All that can be read without a change.
    pub(crate) fn compare(&mut self) {
        for number in WIRED.into_iter().chain(BOUND.map(|(number, _)| number)) {
            assert_eq!(self.world.read(priority(number)), self.reference.priority(number), "{number}");
        }
        for word in 0..4 {
            assert_eq!(self.world.read(pending(word * 32)), self.reference.pending(word));
        }
        for vcpu in 0..self.vcpus() {
            assert_eq!(self.world.line(vcpu), self.reference.line(vcpu), "the line of vCPU {vcpu}");
            assert_eq!(self.world.read(threshold(vcpu)), self.reference.threshold(vcpu));
            for word in 0..4 {
                assert_eq!(self.world.read(enable(vcpu, word * 32)), self.reference.enabled(vcpu, word));
            }
        }
    }

    /// A guest that serves all there is leaves nothing behind.
    pub(crate) fn serve_everything(&mut self) {
        // Devices are quiet now, and vCPU 0 serves whatever they asked for.
        (0..WIRED.len()).for_each(|which| self.apply(Op::Drive(which, false)));
        (0..BOUND.len()).for_each(|which| self.apply(Op::DrivePhysical(which, false)));
        (1..=SOURCES).for_each(|number| self.apply(Op::SetPriority(number, 1)));
        (0..3).for_each(|word| self.apply(Op::SetEnabled(0, word, u32::MAX)));
        self.apply(Op::SetThreshold(0, 0));
        for number in self.claimed.concat() {
            self.complete(0, number);
        }
        let mut served = vec![];
        while self.world.line(0) {
            let number = self.claim(0);
            self.complete(0, number);
            served.push(number);
        }
        assert!(served.is_sorted_by(|a, b| a < b), "each one once, the lowest first: {:?}", served);
        assert!(self.world.outside.physical.iter().all(|it| !it.claimed));
        assert_eq!([0, 32, 64].map(|number| self.world.read(pending(number))), [0; 3]);
    }
}
