//! An APLIC for tests: two banks, a few sources that are bound, and the effects recorded in order.
#![allow(dead_code, reason = "each test program and fuzz target uses its own part")]

pub(crate) mod reference;
pub(crate) mod world;

use vaplic::{Bank, Config, Effects, Message, Mode, PhysicalSource, PhysicalState, VcpuId};
use vaplic::{Vaplic, VirtualSource, Width};

/// Sources of the APLIC in the tests: 1 to 40, so that the second bank is not full.
pub(crate) const SOURCES: u16 = 40;
/// Harts of the zone in the tests.
pub(crate) const HARTS: u8 = 3;
/// Virtual sources that are bound, and the physical sources that they are bound to.
pub(crate) const BOUND: [(u32, u32); 3] = [(7, 70), (8, 5), (33, 7)];

pub(crate) fn sourcecfg(source: u32) -> u32 {
    source * 4
}

pub(crate) fn target(source: u32) -> u32 {
    0x3000 + source * 4
}

pub(crate) const DOMAINCFG: u32 = 0x0000;
pub(crate) const SETIP: u32 = 0x1c00;
pub(crate) const SETIPNUM: u32 = 0x1cdc;
pub(crate) const IN_CLRIP: u32 = 0x1d00;
pub(crate) const CLRIPNUM: u32 = 0x1ddc;
pub(crate) const SETIE: u32 = 0x1e00;
pub(crate) const SETIENUM: u32 = 0x1edc;
pub(crate) const CLRIE: u32 = 0x1f00;
pub(crate) const CLRIENUM: u32 = 0x1fdc;
pub(crate) const SETIPNUM_LE: u32 = 0x2000;
pub(crate) const SETIPNUM_BE: u32 = 0x2004;
pub(crate) const GENMSI: u32 = 0x3000;

/// domaincfg.IE.
pub(crate) const IE: u32 = 1 << 8;

pub(crate) const DETACHED: u32 = 1;
pub(crate) const EDGE1: u32 = 4;
pub(crate) const EDGE0: u32 = 5;
pub(crate) const LEVEL1: u32 = 6;
pub(crate) const LEVEL0: u32 = 7;

/// The value of target or genmsi for this EIID at this hart.
pub(crate) fn to(hart: u32, eiid: u32) -> u32 {
    hart << 18 | eiid
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    Send(usize, u32),
    SendExtempore(usize, u32),
    SetMode(u32, u8),
    Route(u32, Option<(usize, u32)>),
    Enable(u32, bool),
    SetPending(u32),
    ClearPending(u32),
}

/// Records effects, and answers for a physical APLIC in which these sources are pending, and these inputs high.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) effects: Vec<Effect>,
    pub(crate) pending: Vec<u32>,
    pub(crate) inputs: Vec<u32>,
}

impl Recorder {
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}

fn plain(message: Message) -> (usize, u32) {
    (message.vcpu.index(), message.eiid.number())
}

impl Effects for Recorder {
    fn send(&mut self, message: Message) {
        let (hart, eiid) = plain(message);
        self.effects.push(Effect::Send(hart, eiid));
    }
    fn send_extempore(&mut self, message: Message) {
        let (hart, eiid) = plain(message);
        self.effects.push(Effect::SendExtempore(hart, eiid));
    }
    fn physical_mode(&mut self, source: PhysicalSource, mode: Mode) {
        self.effects.push(Effect::SetMode(source.number(), mode as u8));
    }
    fn physical_route(&mut self, source: PhysicalSource, message: Option<Message>) {
        self.effects.push(Effect::Route(source.number(), message.map(plain)));
    }
    fn physical_enable(&mut self, source: PhysicalSource, enable: bool) {
        self.effects.push(Effect::Enable(source.number(), enable));
    }
    fn physical_set_pending(&mut self, source: PhysicalSource) {
        self.effects.push(Effect::SetPending(source.number()));
    }
    fn physical_clear_pending(&mut self, source: PhysicalSource) {
        self.effects.push(Effect::ClearPending(source.number()));
    }
}

impl PhysicalState for Recorder {
    fn is_pending(&self, source: PhysicalSource) -> bool {
        self.pending.contains(&source.number())
    }
    fn input(&self, source: PhysicalSource) -> bool {
        self.inputs.contains(&source.number())
    }
}

/// An APLIC and what it has asked for.
pub(crate) struct Bench<'a> {
    pub(crate) vaplic: Vaplic<'a>,
    pub(crate) outside: Recorder,
}

impl Bench<'static> {
    /// After reset, with [`BOUND`] bound and nothing recorded.
    pub(crate) fn new() -> Self {
        Self::on(Box::leak(Box::new(Self::banks())))
    }

    /// What [`Self::on`] asks for.
    pub(crate) fn banks() -> [Bank; 2] {
        [const { Bank::new() }; 2]
    }
}

impl<'a> Bench<'a> {
    /// The same, with its state kept in `banks`.
    pub(crate) fn on(banks: &'a mut [Bank]) -> Self {
        let mut vaplic = Vaplic::new(Config { sources: SOURCES, vcpus: HARTS }, banks).unwrap();
        for (source, physical) in BOUND {
            vaplic.bind(source_of(source), physical_of(physical)).unwrap();
        }
        let mut outside = Recorder::default();
        vaplic.reset(&mut outside);
        outside.take();
        Self { vaplic, outside }
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        self.vaplic.read(offset, Width::Word, &self.outside)
    }

    /// What the write had for effects.
    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Vec<Effect> {
        self.vaplic.write(offset, Width::Word, value, &mut self.outside);
        self.outside.take()
    }

    /// What driving the wire had for effects.
    pub(crate) fn wire(&mut self, source: u32, level: bool) -> Vec<Effect> {
        self.vaplic.set_wire(source_of(source), level, &mut self.outside);
        self.outside.take()
    }

    /// A source that is ready: configured, with EIID 100 + its number at hart 1, enabled, and the domain on.
    pub(crate) fn ready(&mut self, source: u32, mode: u32) {
        self.write(sourcecfg(source), mode);
        self.write(target(source), to(1, 100 + source));
        self.write(SETIENUM, source);
        self.write(DOMAINCFG, IE);
    }

    pub(crate) fn is_pending(&self, source: u32) -> bool {
        self.read(SETIP + source / 32 * 4) >> (source % 32) & 1 == 1
    }
}

pub(crate) fn source_of(number: u32) -> VirtualSource {
    VirtualSource::new(number).unwrap()
}

pub(crate) fn physical_of(number: u32) -> PhysicalSource {
    PhysicalSource::new(number).unwrap()
}

pub(crate) fn vcpu_of(index: usize) -> VcpuId {
    VcpuId::new(index).unwrap()
}
