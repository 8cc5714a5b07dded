//! Random register traffic of several vCPUs, device wires and physical interrupts, compared step by step with a plain
//! PLIC: the same reads, the same lines, nothing lost, nothing twice, every physical source completed exactly once.

mod support;

use proptest::prelude::*;
use support::reference::Reference;
use support::{BOUND, SOURCES, World, claim, enable, pending, priority, threshold};

const MAX_VCPUS: usize = 3;
/// Sources of virtual devices.
const WIRED: [u32; 4] = [2, 31, 32, 80];

#[derive(Clone, Debug)]
enum Op {
    Claim(usize),
    /// What the vCPU has claimed and not completed, by index.
    CompleteClaimed(usize, usize),
    /// Any number.
    Complete(usize, u32),
    Drive(usize, bool),
    DrivePhysical(usize, bool),
    SetPriority(u32, u32),
    /// vCPU, word, value.
    SetEnabled(usize, u32, u32),
    SetThreshold(usize, u32),
    /// Anywhere in the frame or behind it; a value is written first if there is one.
    Elsewhere(u32, Option<u32>),
    Reset,
}

fn number() -> impl Strategy<Value = u32> {
    let interesting: Vec<u32> = WIRED.into_iter().chain(BOUND.map(|(number, _)| number)).collect();
    prop_oneof![8 => prop::sample::select(interesting), 1 => 0..100u32, 1 => any::<u32>()]
}

/// Enable bits: mostly of the sources that something happens to.
fn bits() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(u32::MAX), 3 => any::<u32>(), 1 => Just(0), 1 => (0..32u32).prop_map(|bit| 1 << bit)]
}

fn op() -> impl Strategy<Value = Op> {
    let vcpu = 0..MAX_VCPUS;
    prop_oneof![
        12 => vcpu.clone().prop_map(Op::Claim),
        10 => (vcpu.clone(), any::<usize>()).prop_map(|(vcpu, pick)| Op::CompleteClaimed(vcpu, pick)),
        2 => (vcpu.clone(), number()).prop_map(|(vcpu, number)| Op::Complete(vcpu, number)),
        10 => (0..WIRED.len(), any::<bool>()).prop_map(|(which, level)| Op::Drive(which, level)),
        10 => (0..BOUND.len(), any::<bool>()).prop_map(|(which, level)| Op::DrivePhysical(which, level)),
        6 => (number(), prop_oneof![4 => 0..8u32, 1 => any::<u32>()])
            .prop_map(|(number, value)| Op::SetPriority(number % 1024, value)),
        6 => (vcpu.clone(), 0..4u32, bits()).prop_map(|(vcpu, word, value)| Op::SetEnabled(vcpu, word, value)),
        3 => (vcpu, prop_oneof![2 => Just(0), 4 => 0..8u32, 1 => any::<u32>()])
            .prop_map(|(vcpu, value)| Op::SetThreshold(vcpu, value)),
        2 => (any::<u32>(), 0..32u32, any::<Option<u32>>())
            .prop_map(|(offset, shift, value)| Op::Elsewhere(offset >> shift, value)),
        1 => prop::bool::weighted(0.1).prop_map(|reset| if reset { Op::Reset } else { Op::Claim(0) }),
    ]
}

/// The model and the reference, side by side.
struct Both {
    world: World,
    reference: Reference,
    /// What each vCPU has claimed and not completed.
    claimed: Vec<Vec<u32>>,
}

impl Both {
    fn new(vcpus: usize) -> Self {
        Self { world: World::new(vcpus), reference: Reference::new(vcpus), claimed: vec![vec![]; vcpus] }
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

    fn apply(&mut self, op: Op) {
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
    fn compare(&mut self) {
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
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_model_does_what_a_plain_plic_does(
        vcpus in 1..=MAX_VCPUS,
        ops in prop::collection::vec(op(), 1..150),
    ) {
        let mut both = Both::new(vcpus);
        for op in ops {
            both.apply(op);
            both.compare();
        }
    }

    #[test]
    fn a_guest_that_serves_everything_leaves_nothing_behind(
        vcpus in 1..=MAX_VCPUS,
        ops in prop::collection::vec(op(), 1..100),
    ) {
        let mut both = Both::new(vcpus);
        ops.into_iter().for_each(|op| both.apply(op));
        // Devices are quiet now, and vCPU 0 serves whatever they asked for.
        (0..WIRED.len()).for_each(|which| both.apply(Op::Drive(which, false)));
        (0..BOUND.len()).for_each(|which| both.apply(Op::DrivePhysical(which, false)));
        (1..=SOURCES).for_each(|number| both.apply(Op::SetPriority(number, 1)));
        (0..3).for_each(|word| both.apply(Op::SetEnabled(0, word, u32::MAX)));
        both.apply(Op::SetThreshold(0, 0));
        for number in both.claimed.concat() {
            both.complete(0, number);
        }
        let mut served = vec![];
        while both.world.line(0) {
            let number = both.claim(0);
            both.complete(0, number);
            served.push(number);
        }
        prop_assert!(served.is_sorted_by(|a, b| a < b), "each one once, the lowest first: {:?}", served);
        prop_assert!(both.world.outside.physical.iter().all(|it| !it.claimed));
        prop_assert_eq!([0, 32, 64].map(|number| both.world.read(pending(number))), [0; 3]);
    }
}
