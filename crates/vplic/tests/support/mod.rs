//! A PLIC with the world around it: the harts that its lines go to and the physical PLIC behind it.
// Each test file and fuzz target uses its part of this module.
#![allow(dead_code)]

pub(crate) mod both;
pub(crate) mod reference;

use vplic::{Bank, Config, Context, Contexts, Effects, PhysicalSource, VcpuId, VirtualSource, Vplic, Width};

/// Sources of the PLIC: as QEMU's `virt` has, three words of which the last is not full.
pub(crate) const SOURCES: u32 = 95;
/// Virtual source and the physical one that it is bound to.
pub(crate) const BOUND: [(u32, u32); 4] = [(1, 1), (33, 12), (94, 1023), (95, 95)];

const CONTEXTS: Contexts = Contexts::BEHIND_M_MODE;

/// A source of the physical PLIC.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Physical {
    /// What its device drives.
    pub(crate) wire: bool,
    /// Claimed by the hypervisor and not completed: the gateway is closed.
    pub(crate) claimed: bool,
    pub(crate) completions: usize,
}

/// Where a PLIC keeps its state.
pub(crate) struct Storage {
    banks: Vec<Bank>,
    contexts: Vec<Context>,
}

impl Storage {
    pub(crate) fn new(vcpus: usize) -> Self {
        let banks = vec![Bank::new(); Config::banks(SOURCES as u16)];
        Self { banks, contexts: vec![Context::new(); vcpus] }
    }

    pub(crate) fn vcpus(&self) -> usize {
        self.contexts.len()
    }
}

pub(crate) struct World<'a> {
    pub(crate) plic: Vplic<'a>,
    pub(crate) outside: Outside,
}

/// All that effects reach. It ends the test when one says what cannot be.
pub(crate) struct Outside {
    /// The external interrupt of each vCPU.
    pub(crate) lines: Vec<bool>,
    /// How often each line has changed.
    pub(crate) changes: Vec<usize>,
    /// The sources of [`BOUND`].
    pub(crate) physical: [Physical; BOUND.len()],
}

impl Effects for Outside {
    fn line(&mut self, vcpu: VcpuId, level: bool) {
        assert_ne!(self.lines[vcpu.index()], level, "a line that does not change is no effect");
        self.lines[vcpu.index()] = level;
        self.changes[vcpu.index()] += 1;
    }

    fn complete(&mut self, source: PhysicalSource) {
        let bound = BOUND.iter().position(|(_, physical)| *physical == source.number());
        let physical = &mut self.physical[bound.expect("a source that is bound")];
        assert!(physical.claimed, "{source:?} was completed twice");
        physical.claimed = false;
        physical.completions += 1;
    }
}

pub(crate) fn vcpu(index: usize) -> VcpuId {
    VcpuId::new(index).unwrap()
}

pub(crate) fn source(number: u32) -> VirtualSource {
    VirtualSource::new(number).unwrap()
}

pub(crate) fn priority(source: u32) -> u32 {
    source * 4
}

pub(crate) fn pending(source: u32) -> u32 {
    0x1000 + source / 32 * 4
}

/// The word of the source's enable bit in the context of the vCPU.
pub(crate) fn enable(vcpu: usize, source: u32) -> u32 {
    0x2000 + (2 * vcpu as u32 + 1) * 0x80 + source / 32 * 4
}

pub(crate) fn threshold(vcpu: usize) -> u32 {
    0x20_0000 + (2 * vcpu as u32 + 1) * 0x1000
}

pub(crate) fn claim(vcpu: usize) -> u32 {
    threshold(vcpu) + 4
}

impl World<'static> {
    pub(crate) fn new(vcpus: usize) -> Self {
        Self::on(Box::leak(Box::new(Storage::new(vcpus))))
    }
}

impl<'a> World<'a> {
    /// A PLIC that keeps its state there.
    pub(crate) fn on(storage: &'a mut Storage) -> Self {
        let vcpus = storage.vcpus();
        let config = Config { sources: SOURCES as u16, vcpus: vcpus as u8, contexts: CONTEXTS };
        let mut plic = Vplic::new(config, &mut storage.banks, &mut storage.contexts).unwrap();
        for (number, physical) in BOUND {
            plic.bind(source(number), PhysicalSource::new(physical).unwrap()).unwrap();
        }
        let outside =
            Outside { lines: vec![false; vcpus], changes: vec![0; vcpus], physical: Default::default() };
        Self { plic, outside }
    }

    pub(crate) fn read(&mut self, offset: u32) -> u32 {
        let value = self.plic.read(offset, Width::Word, &mut self.outside);
        self.settle();
        value
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        self.plic.write(offset, Width::Word, value, &mut self.outside);
        self.settle();
    }

    /// Lets the physical PLIC interrupt the hypervisor, which claims and raises, until it is quiet.
    fn settle(&mut self) {
        for (bound, (number, _)) in BOUND.into_iter().enumerate() {
            let physical = &mut self.outside.physical[bound];
            if physical.wire && !physical.claimed {
                physical.claimed = true;
                assert!(self.plic.raise(source(number), &mut self.outside));
            }
        }
        for (index, line) in self.outside.lines.iter().enumerate() {
            assert_eq!(self.plic.line(vcpu(index)), *line);
        }
    }

    /// A device drives the wire of a source that is bound (an index into [`BOUND`]) in the physical PLIC.
    pub(crate) fn drive_physical(&mut self, bound: usize, level: bool) {
        self.outside.physical[bound].wire = level;
        self.settle();
    }

    /// A virtual device drives its wire.
    pub(crate) fn drive(&mut self, number: u32, level: bool) {
        self.plic.set_wire(source(number), level, &mut self.outside);
        self.settle();
    }

    /// Something that is over at once happens at a source.
    pub(crate) fn pulse(&mut self, number: u32) {
        self.plic.pulse(source(number), &mut self.outside);
        self.settle();
    }

    pub(crate) fn reset(&mut self) {
        self.plic.reset(&mut self.outside);
        self.settle();
    }

    pub(crate) fn line(&self, index: usize) -> bool {
        self.outside.lines[index]
    }

    pub(crate) fn is_pending(&mut self, number: u32) -> bool {
        self.read(pending(number)) >> (number % 32) & 1 == 1
    }

    pub(crate) fn set_enabled(&mut self, vcpu: usize, number: u32, enabled: bool) {
        let offset = enable(vcpu, number);
        let others = self.read(offset) & !(1 << (number % 32));
        self.write(offset, others | u32::from(enabled) << (number % 32));
    }

    /// Gives a source a priority and enables it for a vCPU.
    pub(crate) fn open(&mut self, vcpu: usize, number: u32, level: u32) {
        self.write(priority(number), level);
        self.set_enabled(vcpu, number, true);
    }

    pub(crate) fn claim(&mut self, vcpu: usize) -> u32 {
        self.read(claim(vcpu))
    }

    pub(crate) fn complete(&mut self, vcpu: usize, number: u32) {
        self.write(claim(vcpu), number);
    }
}
