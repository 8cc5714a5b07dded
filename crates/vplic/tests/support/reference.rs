//! A PLIC as plain as can be: one record for each source, nothing cached. Written from the rules of the specification,
//! not from the model. Bound sources have their physical gateway in it, so that the two PLICs are one.

use super::{BOUND, SOURCES};

#[derive(Clone, Debug, Default)]
struct Source {
    wire: bool,
    priority: u32,
    pending: bool,
    /// The gateway has let a request through that is not completed.
    in_flight: bool,
    /// A pulse came after the claim.
    again: bool,
    /// For each vCPU.
    enabled: Vec<bool>,
    bound: bool,
}

pub(crate) struct Reference {
    /// By number; source 0 is never used.
    sources: Vec<Source>,
    thresholds: Vec<u32>,
    /// Claims of each source.
    pub(crate) claims: Vec<usize>,
}

impl Reference {
    pub(crate) fn new(vcpus: usize) -> Self {
        let mut sources =
            vec![Source { enabled: vec![false; vcpus], ..Source::default() }; 1 + SOURCES as usize];
        BOUND.iter().for_each(|(number, _)| sources[*number as usize].bound = true);
        Self { claims: vec![0; sources.len()], sources, thresholds: vec![0; vcpus] }
    }

    pub(crate) fn drive(&mut self, number: u32, level: bool) {
        self.sources[number as usize].wire = level;
        self.request(number as usize);
    }

    pub(crate) fn pulse(&mut self, number: u32) {
        let source = &mut self.sources[number as usize];
        source.again = source.in_flight && !source.pending;
        source.pending |= !source.in_flight;
        source.in_flight = true;
    }

    /// The gateway of a source looks at its wire.
    fn request(&mut self, number: usize) {
        let source = &mut self.sources[number];
        if source.wire && !source.in_flight {
            source.in_flight = true;
            source.pending = true;
        }
    }

    pub(crate) fn reset(&mut self) {
        self.thresholds.fill(0);
        for number in 1..self.sources.len() {
            let source = &mut self.sources[number];
            *source = Source {
                wire: source.wire,
                bound: source.bound,
                enabled: vec![false; source.enabled.len()],
                ..Source::default()
            };
            self.request(number);
        }
    }

    pub(crate) fn line(&self, vcpu: usize) -> bool {
        let threshold = self.thresholds[vcpu];
        self.sources.iter().any(|it| it.pending && it.enabled[vcpu] && it.priority > threshold)
    }

    pub(crate) fn claim(&mut self, vcpu: usize) -> u32 {
        let mut best = 0;
        for (number, source) in self.sources.iter().enumerate() {
            if source.pending && source.enabled[vcpu] && source.priority > self.sources[best].priority {
                best = number;
            }
        }
        if best != 0 {
            self.sources[best].pending = false;
            self.claims[best] += 1;
        }
        best as u32
    }

    pub(crate) fn complete(&mut self, vcpu: usize, number: u32) {
        let Some(source) = self.sources.get_mut(number as usize).filter(|_| number > 0) else { return };
        // A request that nobody has claimed yet is not done with.
        if source.enabled[vcpu] && !source.pending {
            let again = std::mem::take(&mut source.again);
            source.in_flight = again;
            source.pending = again;
            self.request(number as usize);
        }
    }

    pub(crate) fn priority(&self, number: u32) -> u32 {
        self.sources.get(number as usize).map_or(0, |source| source.priority)
    }

    pub(crate) fn set_priority(&mut self, number: u32, value: u32) {
        if let Some(source) = self.sources.get_mut(number as usize).filter(|_| number > 0) {
            source.priority = value % 8;
        }
    }

    fn word(&self, word: u32, said: impl Fn(&Source) -> bool) -> u32 {
        let numbers = (0..32).map(|position| (position, (word * 32 + position) as usize));
        let set = numbers.filter(|(_, number)| self.sources.get(*number).is_some_and(&said));
        set.fold(0, |value, (position, _)| value | 1 << position)
    }

    pub(crate) fn pending(&self, word: u32) -> u32 {
        self.word(word, |source| source.pending)
    }

    pub(crate) fn enabled(&self, vcpu: usize, word: u32) -> u32 {
        self.word(word, |source| source.enabled[vcpu])
    }

    pub(crate) fn set_enabled(&mut self, vcpu: usize, word: u32, value: u32) {
        for position in 0..32 {
            let number = (word * 32 + position) as usize;
            if let Some(source) = self.sources.get_mut(number).filter(|_| number > 0) {
                source.enabled[vcpu] = value >> position & 1 == 1;
            }
        }
    }

    pub(crate) fn threshold(&self, vcpu: usize) -> u32 {
        self.thresholds[vcpu]
    }

    pub(crate) fn set_threshold(&mut self, vcpu: usize, value: u32) {
        self.thresholds[vcpu] = value % 8;
    }
}
