//! A zone with nothing but its boundary around it, which ends the test when something crosses it.

use std::collections::BTreeSet;

use vgic::{
    Access, Config, Effects, Frame, Line, PhysicalIntid, Redistributor, SgiRegister, Shortcut, Trigger,
    VcpuId, Version, Vgic, VirtualIntid, Width,
};

use super::cpu_interface::{Ended, FakeCpu, Raw, physical};

/// Virtual and physical interrupt, and whether it is edge-triggered.
const BOUND: [(u32, u32, Trigger); 4] =
    [(27, 27, Trigger::Level), (32, 77, Trigger::Level), (63, 1019, Trigger::Edge), (64, 32, Trigger::Edge)];

/// Physical interrupts that there can be.
const INTIDS: usize = 1020;

/// Everything outside the model. It answers reads at random.
struct Outside {
    vcpus: usize,
    bound: BTreeSet<u32>,
    pending: u32,
    /// What has arrived and not been deactivated since, with the vCPU for a private one.
    active: BTreeSet<(usize, u32)>,
    /// What has arrived again while it was active, which no hardware does: the model bears it, the short way need not.
    twice: BTreeSet<(usize, u32)>,
}

/// Whose CPU has it, if that matters.
fn key(owner: usize, physical: u32) -> (usize, u32) {
    (if physical < 32 { owner } else { 0 }, physical)
}

impl Outside {
    fn check(&self, owner: VcpuId, physical: PhysicalIntid) {
        assert!(owner.index() < self.vcpus, "an effect on the CPU of {owner:?}");
        assert!(self.bound.contains(&physical.number()), "an effect on {physical:?}");
    }
}

impl Effects for Outside {
    fn kick(&mut self, vcpu: VcpuId) {
        assert!(vcpu.index() < self.vcpus, "a kick of {vcpu:?}");
    }

    fn physical_enable(&mut self, owner: VcpuId, physical: PhysicalIntid, _: bool) {
        self.check(owner, physical);
    }

    fn physical_route(&mut self, physical: PhysicalIntid, vcpu: VcpuId) {
        self.check(vcpu, physical);
        assert!(physical.number() >= 32, "a PPI is routed");
    }

    fn physical_trigger(&mut self, owner: VcpuId, physical: PhysicalIntid, _: Trigger) {
        self.check(owner, physical);
    }

    fn physical_deactivate(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        self.check(owner, physical);
        self.active.remove(&key(owner.index(), physical.number()));
    }

    fn physical_clear_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        self.check(owner, physical);
    }

    fn physical_is_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) -> bool {
        self.check(owner, physical);
        self.pending = self.pending.rotate_left(1);
        self.pending & 1 != 0
    }

    fn physical_pending_word(&mut self, word: u32) -> u32 {
        assert!((1..32).contains(&word), "no shared interrupts are in word {word}");
        self.pending
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Read(u32, Width),
    Write(u32, Width, u64),
    SendSgi(u8, u64),
    Deactivate(u32),
    Arrive(u32),
    SetLine(u32, bool),
    Refill,
    Acknowledge,
    End,
}

struct Zone<'a> {
    version: Version,
    vgic: Vgic<'a>,
    shortcuts: &'a [Shortcut<'a>],
    cpus: Vec<FakeCpu>,
    outside: Outside,
    /// What each guest has acknowledged and not ended.
    nested: Vec<Vec<u32>>,
}

impl<'a> Zone<'a> {
    fn new(
        redistributors: &'a mut [Redistributor],
        shortcuts: &'a [Shortcut<'a>],
        version: Version,
        list_registers: usize,
        pending: u32,
    ) -> Self {
        let vcpus = redistributors.len();
        let config = Config { version, vcpus: vcpus as u8, spis: 64, priority_bits: 5 };
        let mut vgic = Vgic::new(config, redistributors).unwrap();
        let bound = BOUND.iter().map(|&(_, physical, _)| physical).collect();
        let mut outside = Outside { vcpus, bound, pending, active: BTreeSet::new(), twice: BTreeSet::new() };
        for (intid, physical, trigger) in BOUND {
            let physical = PhysicalIntid::new(physical).unwrap();
            vgic.bind(VirtualIntid::new(intid).unwrap(), physical, trigger).unwrap();
        }
        vgic.set_shortcuts(shortcuts);
        vgic.reset(&mut outside);
        let cpus = (0..vcpus).map(|_| FakeCpu::new(version, list_registers)).collect();
        Self { version, vgic, shortcuts, cpus, outside, nested: vec![Vec::new(); vcpus] }
    }

    fn apply(&mut self, by: usize, frame: Frame, op: Op) {
        let me = VcpuId::new(by).unwrap();
        let frame = if self.version == Version::V2 { Frame::Banked(me) } else { frame };
        let access = |offset, width| Access { frame, offset, width };
        let Self { vgic, shortcuts, cpus, outside, .. } = self;
        match op {
            Op::Read(offset, width) => {
                Self::park(vgic, cpus, outside, vgic.must_park(me, &access(offset, width), None).iter());
                vgic.read(me, &access(offset, width), &mut cpus[by], outside);
            }
            Op::Write(offset, width, value) => {
                let parked = vgic.must_park(me, &access(offset, width), Some(value));
                Self::park(vgic, cpus, outside, parked.iter());
                vgic.write(me, &access(offset, width), value, &mut cpus[by], outside);
            }
            Op::SendSgi(register, value) if self.version == Version::V3 => {
                let register =
                    [SgiRegister::Sgi1r, SgiRegister::Asgi1r, SgiRegister::Sgi0r][usize::from(register)];
                vgic.send_sgi(me, register, value, &mut cpus[by], outside);
            }
            Op::SendSgi(..) => {}
            Op::Deactivate(intid) => {
                let intid = VirtualIntid::new(intid).unwrap();
                let parked = vgic.must_park_to_deactivate(me, intid);
                Self::park(vgic, cpus, outside, parked.iter());
                vgic.deactivate(me, intid, &mut cpus[by], outside);
            }
            Op::Arrive(intid) => {
                let key = key(by, intid);
                if !outside.active.insert(key) {
                    outside.twice.insert(key);
                }
                let deliver = |found: &Shortcut<'_>| found.deliver(intid, &mut Raw(&mut cpus[by]));
                if outside.twice.contains(&key) || !shortcuts.get(by).is_some_and(deliver) {
                    vgic.physical_arrived(me, PhysicalIntid::new(intid).unwrap(), &mut cpus[by], outside);
                }
            }
            Op::SetLine(intid, level) => vgic.set_line(VirtualIntid::new(intid).unwrap(), level, outside),
            Op::Refill => vgic.refill(me, &mut cpus[by], outside),
            Op::Acknowledge => {
                if let Some(lr) = cpus[by].acknowledge() {
                    self.nested[by].push(cpus[by].iar(lr));
                }
            }
            Op::End => {
                if let Some(iar) = self.nested[by].pop()
                    && let Some(Ended::Hardware(physical)) = cpus[by].end(iar)
                {
                    outside.active.remove(&key(by, physical));
                }
            }
        }
        self.check_list_registers();
    }

    fn park(
        vgic: &mut Vgic<'_>,
        cpus: &mut [FakeCpu],
        outside: &mut Outside,
        parked: impl Iterator<Item = VcpuId>,
    ) {
        for vcpu in parked {
            vgic.fold(vcpu, &mut cpus[vcpu.index()], outside);
        }
    }

    /// The hardware deactivates what list registers are linked to: that must be the zone's, too.
    fn check_list_registers(&self) {
        for lr in self.cpus.iter().flat_map(|cpu| &cpu.lrs) {
            if let Some(physical) = physical(*lr) {
                assert!(self.outside.bound.contains(&physical), "a list register is linked to {physical}");
            }
        }
    }
}

/// Lets a zone do all that; what leaves it panics.
pub(crate) fn run(
    version: Version,
    vcpus: usize,
    list_registers: usize,
    pending: u32,
    ops: Vec<(usize, Frame, Op)>,
) {
    let mut redistributors = vec![Redistributor::new(); vcpus];
    let lines: Vec<_> = (0..vcpus * INTIDS).map(|_| Line::new()).collect();
    let shortcuts: Vec<_> = lines.chunks(INTIDS).map(|lines| Shortcut::new(version, lines, 0xffff)).collect();
    let mut zone = Zone::new(&mut redistributors, &shortcuts, version, list_registers, pending);
    for (by, frame, op) in ops {
        zone.apply(by % vcpus, frame, op);
    }
}
