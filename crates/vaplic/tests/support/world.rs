//! A zone's APLIC on a machine: bound sources are on a physical APLIC that is always on, whose MSIs go into the
//! zone's interrupt files.

use super::reference::Reference;
use super::{BOUND, Bench, HARTS, physical_of, source_of};
use vaplic::{Bank, Effects, Message, Mode, PhysicalSource, PhysicalState, Width};

/// Sources of the physical APLIC.
const PHYSICAL_SOURCES: usize = 80;

/// MSIs: hart index and EIID.
pub(crate) type Messages = Vec<(u32, u32)>;

/// The hardware: hart index h of the physical domain stands for the guest interrupt file of the zone's hart h.
pub(crate) struct Machine {
    pub(crate) aplic: Reference,
    /// What the model had sent.
    sent: Messages,
    /// Calls since the last look.
    calls: usize,
}

impl Machine {
    fn bound(&mut self, source: PhysicalSource) -> u32 {
        let number = source.number();
        assert!(BOUND.iter().any(|&(_, physical)| physical == number), "source {number} is not the zone's");
        self.calls += 1;
        number
    }

    fn deliver(&mut self, message: Message) {
        assert!(message.vcpu.index() < usize::from(HARTS), "{message:?} leaves the zone");
        self.calls += 1;
        self.sent.push((message.vcpu.index() as u32, message.eiid.number()));
    }
}

impl Effects for Machine {
    fn send(&mut self, message: Message) {
        self.deliver(message);
    }
    fn send_extempore(&mut self, message: Message) {
        self.deliver(message);
    }
    fn physical_mode(&mut self, source: PhysicalSource, mode: Mode) {
        let number = self.bound(source);
        self.aplic.configure(number, mode as u32);
        // The specification leaves open what the target is after this: something that must not be used.
        if mode == Mode::Inactive {
            self.aplic.sources[number as usize].target = 0x3fff << 18;
        }
    }
    fn physical_route(&mut self, source: PhysicalSource, message: Option<Message>) {
        let number = self.bound(source);
        assert!(self.aplic.sources[number as usize].active(), "an inactive source has no target");
        let target = message.map_or(0, |message| (message.vcpu.index() as u32) << 18 | message.eiid.number());
        // To nobody: to nothing of hart 0.
        self.aplic.sources[number as usize].target = target;
    }
    fn physical_enable(&mut self, source: PhysicalSource, enable: bool) {
        let number = self.bound(source);
        self.aplic.set_enabled(number, enable);
    }
    fn physical_set_pending(&mut self, source: PhysicalSource) {
        let number = self.bound(source);
        self.aplic.set_pending(number);
    }
    fn physical_clear_pending(&mut self, source: PhysicalSource) {
        let number = self.bound(source);
        self.aplic.clear_pending(number);
    }
}

impl PhysicalState for Machine {
    fn is_pending(&self, source: PhysicalSource) -> bool {
        self.aplic.sources[source.number() as usize].pending
    }
    fn input(&self, source: PhysicalSource) -> bool {
        self.aplic.sources[source.number() as usize].rectified()
    }
}

/// A step of a history.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Read(u32, Width),
    Write(u32, Width, u32),
    Drive(u32, bool),
    Reset,
}

/// The model on its machine, beside the plain APLIC that it is to be taken for.
pub(crate) struct World<'a> {
    pub(crate) bench: Bench<'a>,
    pub(crate) machine: Machine,
    pub(crate) reference: Reference,
}

impl<'a> World<'a> {
    pub(crate) fn new(banks: &'a mut [Bank]) -> Self {
        let mut aplic = Reference::new(PHYSICAL_SOURCES, u32::from(HARTS));
        aplic.turn(true);
        let mut machine = Machine { aplic, sent: Vec::new(), calls: 0 };
        let mut bench = Bench::on(banks);
        bench.vaplic.reset(&mut machine);
        machine.calls = 0;
        let reference = Reference::new(usize::from(super::SOURCES), u32::from(HARTS));
        Self { bench, machine, reference }
    }

    pub(crate) fn read(&self, offset: u32, width: Width) -> (u32, u32) {
        let expected = if width == Width::Word { self.reference.read(offset) } else { 0 };
        (self.bench.vaplic.read(offset, width, &self.machine), expected)
    }

    pub(crate) fn write(&mut self, offset: u32, width: Width, value: u32) {
        self.bench.vaplic.write(offset, width, value, &mut self.machine);
        if width == Width::Word {
            self.reference.write(offset, value);
        }
        if offset != 0 {
            assert!(self.machine.calls <= 32, "{} effects", self.machine.calls);
        }
        self.machine.calls = 0;
    }

    /// Drives the wire where the source has it: in the model or in the machine.
    pub(crate) fn drive(&mut self, source: u32, level: bool) {
        match BOUND.iter().find(|&&(bound, _)| bound == source) {
            Some(&(_, physical)) => self.machine.aplic.drive(physical_of(physical).number(), level),
            None => self.bench.vaplic.set_wire(source_of(source), level, &mut self.machine),
        }
        self.reference.drive(source, level);
        self.machine.calls = 0;
    }

    pub(crate) fn reset(&mut self) {
        self.bench.vaplic.reset(&mut self.machine);
        self.reference.reset();
        self.machine.calls = 0;
    }

    /// Takes what has arrived at the interrupt files since the last time, sorted, and what should have. An EIID of
    /// zero arrives nowhere.
    pub(crate) fn arrivals(&mut self) -> (Messages, Messages) {
        let mut arrived = std::mem::take(&mut self.machine.sent);
        arrived.append(&mut self.machine.aplic.sent);
        let mut expected = std::mem::take(&mut self.reference.sent);
        for list in [&mut arrived, &mut expected] {
            list.retain(|&(_, eiid)| eiid != 0);
            list.sort_unstable();
        }
        (arrived, expected)
    }

    /// Does a step, and compares what is read and which MSIs arrive.
    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Read(offset, width) => {
                let (value, expected) = self.read(offset, width);
                assert_eq!(value, expected, "read of {offset:#x}");
            }
            Op::Write(offset, width, value) => self.write(offset, width, value),
            Op::Drive(source, level) => self.drive(source, level),
            Op::Reset => self.reset(),
        }
        let (arrived, expected) = self.arrivals();
        assert_eq!(arrived, expected);
    }

    /// Compares all that can be read.
    pub(crate) fn check_all_registers(&self) {
        for offset in (0..0x4000).step_by(4) {
            let (value, expected) = self.read(offset, Width::Word);
            assert_eq!(value, expected, "read of {offset:#x} at the end");
        }
    }
}
