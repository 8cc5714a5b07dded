//! A zone that runs: the vGIC, its vCPUs' CPU interfaces, the physical GIC, and beside them the reference that
//! sees the same things happen.

use vgic::{
    Access, Arrival, Config, Effects, Frame, Line, ListRegisters as _, PhysicalIntid, Redistributor,
    SgiRegister, Shortcut, Trigger, VcpuId, VcpuSet, Version, Vgic, VirtualIntid, Width,
};

use super::cpu_interface::{Ended, FakeCpu, Raw, physical};
use super::physical::{Machine, PhysicalInterrupt};
use super::reference::{Reference, Registers, Signalled};

/// The virtual timer: bound on every vCPU, level-sensitive.
pub(crate) const TIMER: u32 = 27;
/// SPIs bound to physical ones, with the trigger at reset.
pub(crate) const BOUND: [(u32, u32, Trigger); 3] =
    [(33, 33, Trigger::Level), (34, 90, Trigger::Edge), (65, 65, Trigger::Level)];
/// The line of a virtual device.
pub(crate) const WIRED: u32 = 40;

pub(crate) const SPIS: u16 = 64;
const PRIORITY_BITS: u8 = 5;

/// What a vCPU's guest software has in hand.
#[derive(Clone)]
pub(crate) struct Guest {
    /// The vCPU is on.
    pub(crate) running: bool,
    /// What was read from the acknowledge register, priority not dropped; the innermost last.
    pub(crate) nested: Vec<u32>,
    /// Priority dropped, not deactivated (EOI mode 1).
    pub(crate) dropped: Vec<u32>,
}

impl Default for Guest {
    fn default() -> Self {
        Self { running: true, nested: Vec::new(), dropped: Vec::new() }
    }
}

pub(crate) struct World<'a> {
    version: Version,
    vgic: Vgic<'a>,
    shortcuts: &'a [Shortcut<'a>],
    /// How many physical interrupts came by a shortcut.
    pub(crate) short_ways: usize,
    /// So many so far: every other one tries the short way first, and all must come to the same.
    accesses: usize,
    pub(crate) cpus: Vec<FakeCpu>,
    pub(crate) machine: Machine,
    pub(crate) reference: Reference,
    pub(crate) guests: Vec<Guest>,
}

fn id(vcpu: usize) -> VcpuId {
    VcpuId::new(vcpu).unwrap()
}

/// Physical interrupts that a vCPU's shortcut has a line for: all that are bound.
pub(crate) const LINES: usize = 92;

/// A shortcut for each vCPU that there are [`LINES`] for.
pub(crate) fn shortcuts(version: Version, lines: &[Line]) -> Vec<Shortcut<'_>> {
    lines.chunks(LINES).map(|lines| Shortcut::new(version, lines, 0xffff)).collect()
}

impl World<'static> {
    /// A zone with a GICv3.
    pub(crate) fn new(vcpus: usize, list_registers: usize) -> Self {
        Self::with(Version::V3, vcpus, list_registers)
    }

    /// A zone with a GICv2.
    pub(crate) fn v2(vcpus: usize, list_registers: usize) -> Self {
        Self::with(Version::V2, vcpus, list_registers)
    }

    pub(crate) fn with(version: Version, vcpus: usize, list_registers: usize) -> Self {
        let lines: &[_] = Vec::leak((0..vcpus * LINES).map(|_| Line::new()).collect());
        let redistributors = vec![Redistributor::new(); vcpus].leak();
        Self::on(redistributors, shortcuts(version, lines).leak(), version, list_registers)
    }
}

impl<'a> World<'a> {
    /// A zone with a vCPU for each of these redistributors, and of these shortcuts.
    pub(crate) fn on(
        redistributors: &'a mut [Redistributor],
        shortcuts: &'a [Shortcut<'a>],
        version: Version,
        list_registers: usize,
    ) -> Self {
        let vcpus = redistributors.len();
        let config = Config { version, vcpus: vcpus as u8, spis: SPIS, priority_bits: PRIORITY_BITS };
        let mut vgic = Vgic::new(config, redistributors).unwrap();
        let mut machine = Machine::default();
        let mut reference = Reference::new(version, vcpus, SPIS.into(), 0xff << (8 - PRIORITY_BITS));
        let mut bind = |intid, physical, trigger| {
            vgic.bind(VirtualIntid::new(intid).unwrap(), PhysicalIntid::new(physical).unwrap(), trigger)
                .unwrap();
        };
        bind(TIMER, TIMER, Trigger::Level);
        for vcpu in 0..vcpus {
            machine.interrupts.insert((vcpu, TIMER), PhysicalInterrupt::default());
        }
        for (intid, physical, trigger) in BOUND {
            bind(intid, physical, trigger);
            machine.interrupts.insert((0, physical), PhysicalInterrupt::default());
            if trigger == Trigger::Edge {
                reference.set_reset_edge(intid);
            }
        }
        vgic.set_shortcuts(shortcuts);
        vgic.reset(&mut machine);
        let mut cpus: Vec<_> = (0..vcpus).map(|_| FakeCpu::new(version, list_registers)).collect();
        for (vcpu, cpu) in cpus.iter_mut().enumerate() {
            vgic.refill(id(vcpu), cpu, &mut machine);
        }
        Self {
            version,
            vgic,
            shortcuts,
            short_ways: 0,
            accesses: 0,
            cpus,
            machine,
            reference,
            guests: vec![Guest::default(); vcpus],
        }
    }

    /// Enables both groups and every interrupt, all of them in group 1 with the same priority; SPIs are for vCPU 0.
    pub(crate) fn open(&mut self) {
        self.write(0, self.distributor(0), 0, Width::Word, 3);
        for word in 1..=u32::from(SPIS) / 32 {
            self.write(0, self.distributor(0), 0x80 + word * 4, Width::Word, u64::MAX);
            self.write(0, self.distributor(0), 0x100 + word * 4, Width::Word, u64::MAX);
        }
        for intid in 32..32 + u32::from(SPIS) {
            self.set_priority(0, intid, 0xa0);
            if self.version == Version::V2 {
                self.write(0, self.distributor(0), 0x800 + intid, Width::Byte, 1);
            }
        }
        for vcpu in 0..self.cpus.len() {
            for register in [0x80, 0x100] {
                let (frame, offset) = self.frame_of(vcpu, 0, register);
                self.write(vcpu, frame, offset, Width::Word, u64::MAX);
            }
            for intid in 0..32 {
                self.set_priority(vcpu, intid, 0xa0);
            }
        }
    }

    /// The distributor as `by` accesses it.
    pub(crate) fn distributor(&self, by: usize) -> Frame {
        match self.version {
            Version::V2 => Frame::Banked(id(by)),
            Version::V3 => Frame::Distributor,
        }
    }

    /// The frame and offset of a register of `intid`, given its offset in the distributor.
    fn frame_of(&self, vcpu: usize, intid: u32, offset: u32) -> (Frame, u32) {
        match self.version {
            Version::V3 if intid < 32 => (Frame::Redistributor(id(vcpu)), 0x1_0000 + offset),
            _ => (self.distributor(vcpu), offset),
        }
    }

    pub(crate) fn set_priority(&mut self, vcpu: usize, intid: u32, priority: u8) {
        let (frame, offset) = self.frame_of(vcpu, intid, 0x400 + intid);
        self.write(vcpu, frame, offset, Width::Byte, priority.into());
    }

    /// Writes one bit of a register that has one for each interrupt; `register` is the distributor's offset.
    pub(crate) fn set_bit(&mut self, vcpu: usize, register: u32, intid: u32) {
        let (frame, offset) = self.frame_of(vcpu, intid, register + intid / 32 * 4);
        self.write(vcpu, frame, offset, Width::Word, 1 << (intid % 32));
    }

    /// Reads one bit of such a register.
    pub(crate) fn bit(&mut self, vcpu: usize, register: u32, intid: u32) -> bool {
        let (frame, offset) = self.frame_of(vcpu, intid, register + intid / 32 * 4);
        self.read(vcpu, frame, offset, Width::Word) >> (intid % 32) & 1 == 1
    }

    pub(crate) fn read(&mut self, by: usize, frame: Frame, offset: u32, width: Width) -> u64 {
        let access = Access { frame, offset, width };
        let parked = self.park(by, &access, None);
        self.accesses += 1;
        let value = match self.accesses % 2 {
            0 => self.vgic.read(id(by), &access, &mut self.cpus[by], &mut self.machine),
            _ => self.vgic.access(id(by), &access, None, &mut self.cpus[by], &mut self.machine).unwrap(),
        };
        self.unpark(parked);
        self.quiesce();
        value
    }

    /// What the short way shows of a register, if it does, and what the long way shows.
    pub(crate) fn both_ways(
        &mut self,
        by: usize,
        frame: Frame,
        offset: u32,
        width: Width,
    ) -> (Option<u64>, u64) {
        let access = Access { frame, offset, width };
        let short = self.vgic.peek(&access, |word| self.machine.physical_pending_word(word));
        (short, self.vgic.access(id(by), &access, None, &mut self.cpus[by], &mut self.machine).unwrap())
    }

    pub(crate) fn write(&mut self, by: usize, frame: Frame, offset: u32, width: Width, value: u64) {
        let access = Access { frame, offset, width };
        let parked = self.park(by, &access, Some(value));
        self.accesses += 1;
        match self.accesses % 2 {
            0 => self.vgic.write(id(by), &access, value, &mut self.cpus[by], &mut self.machine),
            _ => {
                let (cpu, machine) = (&mut self.cpus[by], &mut self.machine);
                self.vgic.access(id(by), &access, Some(value), cpu, machine).unwrap();
            }
        }
        self.unpark(parked);
        self.reference.write(registers(frame), offset, width.bytes(), value);
        self.quiesce();
    }

    pub(crate) fn must_park(&self, by: usize, access: &Access, write: Option<u64>) -> VcpuSet {
        self.vgic.must_park(id(by), access, write)
    }

    /// The hypervisor takes a physical interrupt.
    pub(crate) fn arrive(&mut self, vcpu: usize, physical: u32) -> Arrival {
        let lists = &mut Raw(&mut self.cpus[vcpu]);
        if self.shortcuts.get(vcpu).is_some_and(|shortcut| shortcut.deliver(physical, lists)) {
            self.short_ways += 1;
            return Arrival::Taken;
        }
        let physical = PhysicalIntid::new(physical).unwrap();
        self.vgic.physical_arrived(id(vcpu), physical, &mut self.cpus[vcpu], &mut self.machine)
    }

    fn park(&mut self, by: usize, access: &Access, write: Option<u64>) -> Vec<usize> {
        let set = self.vgic.must_park(id(by), access, write);
        let parked: Vec<_> = set.iter().map(VcpuId::index).collect();
        assert!(!parked.contains(&by));
        for &vcpu in &parked {
            self.vgic.fold(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
            assert_eq!(self.cpus[vcpu].loaded(), 0);
        }
        assert!(self.vgic.must_park(id(by), access, write).is_empty());
        parked
    }

    fn unpark(&mut self, parked: Vec<usize>) {
        for vcpu in parked {
            self.vgic.refill(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
        }
    }

    pub(crate) fn send_sgi(&mut self, by: usize, register: u8, value: u64) {
        let which = [SgiRegister::Sgi1r, SgiRegister::Asgi1r, SgiRegister::Sgi0r][usize::from(register)];
        let cpu = &mut self.cpus[by];
        let load = (register == 0).then(|| self.vgic.send_to_self(id(by), value, cpu.empty())).flatten();
        match load {
            Some(load) => cpu.write(load.index as usize, load.contents.get()),
            None => self.vgic.send_sgi(id(by), which, value, cpu, &mut self.machine),
        }
        self.reference.send_sgi(by, register, value);
        self.quiesce();
    }

    /// A virtual device drives its line.
    pub(crate) fn drive(&mut self, intid: u32, level: bool) {
        self.vgic.set_line(VirtualIntid::new(intid).unwrap(), level, &mut self.machine);
        self.reference.drive(0, intid, level);
        self.quiesce();
    }

    /// A physical device drives the line of a bound interrupt. `owner` is for the timer.
    pub(crate) fn drive_physical(&mut self, owner: usize, intid: u32, physical: u32, level: bool) {
        self.machine.drive(owner, physical, level);
        self.reference.drive(owner, intid, level);
        self.quiesce();
    }

    /// The guest acknowledges what its CPU interface offers, and the reference checks that it is right. Returns what it
    /// reads from the acknowledge register.
    pub(crate) fn acknowledge(&mut self, vcpu: usize) -> Option<u32> {
        let lr = self.cpus[vcpu].acknowledge()?;
        let iar = self.cpus[vcpu].iar(lr);
        if let Some(physical) = physical(lr) {
            self.machine.get(vcpu, physical).acknowledged_by_guest = true;
        }
        let signalled = self.signalled(vcpu);
        self.reference.acknowledge(vcpu, iar, signalled);
        self.guests[vcpu].nested.push(iar);
        self.quiesce();
        Some(iar)
    }

    /// The guest ends the innermost interrupt that it has acknowledged.
    pub(crate) fn end(&mut self, vcpu: usize) -> Option<u32> {
        let iar = self.guests[vcpu].nested.pop()?;
        match self.cpus[vcpu].end(iar) {
            None => self.guests[vcpu].dropped.push(iar),
            Some(ended) => self.ended(vcpu, iar, ended),
        }
        self.quiesce();
        Some(iar)
    }

    /// The guest ends the innermost interrupt that it has acknowledged, and what arrives because of it is taken; but nobody
    /// who is kicked has had the time to look.
    pub(crate) fn end_unseen(&mut self, vcpu: usize) {
        if let Some(iar) = self.guests[vcpu].nested.pop()
            && let Some(ended) = self.cpus[vcpu].end(iar)
        {
            self.ended(vcpu, iar, ended);
        }
        if let Some((vcpu, physical)) = self.machine.acknowledge() {
            assert_eq!(self.arrive(vcpu, physical), Arrival::Taken);
        }
    }

    /// The guest writes ICC_DIR_EL1 or GICC_DIR (EOI mode 1).
    pub(crate) fn deactivate(&mut self, vcpu: usize, iar: u32) {
        if self.cpus[vcpu].traps_deactivate() {
            self.trap_deactivate(vcpu, iar & 0x3ff);
            self.reference.deactivate(vcpu, iar & 0x3ff);
        } else {
            let ended = self.cpus[vcpu].deactivate(iar);
            self.ended(vcpu, iar, ended);
        }
        self.quiesce();
    }

    /// The write of ICC_DIR_EL1 traps.
    pub(crate) fn trap_deactivate(&mut self, vcpu: usize, intid: u32) {
        let intid = VirtualIntid::new(intid).unwrap();
        let parked = self.vgic.must_park_to_deactivate(id(vcpu), intid);
        let parked: Vec<_> = parked.iter().map(VcpuId::index).collect();
        for &other in &parked {
            self.vgic.fold(id(other), &mut self.cpus[other], &mut self.machine);
        }
        self.vgic.deactivate(id(vcpu), intid, &mut self.cpus[vcpu], &mut self.machine);
        self.unpark(parked);
    }

    fn ended(&mut self, vcpu: usize, iar: u32, ended: Ended) {
        if let Ended::Hardware(physical) = ended {
            self.machine.deactivate(vcpu, physical);
        }
        self.reference.deactivate(vcpu, iar & 0x3ff);
    }

    /// The guest turns groups on and off in its CPU interface.
    pub(crate) fn signal_groups(&mut self, vcpu: usize, group0: bool, group1: bool) {
        self.cpus[vcpu].interface.group0 = group0;
        self.cpus[vcpu].interface.group1 = group1;
        self.quiesce();
    }

    /// The vCPU is turned off and on again (PSCI CPU_OFF, CPU_ON).
    pub(crate) fn restart(&mut self, vcpu: usize) {
        self.power_off(vcpu);
        self.power_on(vcpu);
    }

    pub(crate) fn power_on(&mut self, vcpu: usize) {
        self.vgic.reset_vcpu(id(vcpu), &mut self.machine);
        self.reference.reset_vcpu(vcpu);
        self.guests[vcpu].running = true;
        self.vgic.refill(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
        self.quiesce();
    }

    /// The zone reboots.
    pub(crate) fn reboot(&mut self) {
        (0..self.cpus.len()).for_each(|vcpu| self.power_off(vcpu));
        self.vgic.reset(&mut self.machine);
        self.reference.reset();
        for vcpu in 0..self.cpus.len() {
            self.guests[vcpu].running = true;
            self.vgic.refill(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
        }
        for (key, interrupt) in &self.machine.interrupts {
            assert!(!interrupt.active && !interrupt.enabled, "{key:?} was left behind: {interrupt:?}");
        }
        // Physical latches are cleared with the reset, as the reference's are.
        self.quiesce();
    }

    pub(crate) fn power_off(&mut self, vcpu: usize) {
        self.vgic.fold(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
        self.cpus[vcpu] = self.cpus[vcpu].restarted();
        self.guests[vcpu] = Guest { running: false, ..Guest::default() };
    }

    fn signalled(&self, vcpu: usize) -> Signalled {
        let interface = self.cpus[vcpu].interface;
        Signalled { group0: interface.group0, group1: interface.group1 }
    }

    /// Serves kicks, maintenance interrupts and physical interrupts until there are none.
    pub(crate) fn quiesce(&mut self) {
        for _ in 0..200 {
            let kicked = std::mem::take(&mut self.machine.kicked);
            assert!(kicked.iter().all(|vcpu| vcpu.index() < self.cpus.len()), "a kick of nobody");
            let mut quiet = kicked.is_empty();
            for vcpu in 0..self.cpus.len() {
                let running = self.guests[vcpu].running;
                if running && (kicked.contains(id(vcpu)) || self.cpus[vcpu].wants_maintenance()) {
                    quiet = false;
                    self.vgic.refill(id(vcpu), &mut self.cpus[vcpu], &mut self.machine);
                    assert!(
                        !self.cpus[vcpu].wants_maintenance(),
                        "the maintenance interrupt does not go away"
                    );
                }
            }
            if let Some((vcpu, physical)) = self.machine.acknowledge() {
                quiet = false;
                assert_eq!(self.arrive(vcpu, physical), Arrival::Taken);
            }
            if quiet {
                return;
            }
        }
        panic!("interrupts do not settle");
    }

    /// Compares what each vCPU would be signalled with what the reference says.
    pub(crate) fn check_delivery(&self) {
        for vcpu in 0..self.cpus.len() {
            assert_eq!(
                self.cpus[vcpu].best_pending(),
                self.reference.best_pending(vcpu, self.signalled(vcpu)),
                "highest-priority pending interrupt of vCPU {vcpu}"
            );
        }
    }

    /// Reads a register and compares it with the reference.
    pub(crate) fn check_read(&mut self, by: usize, frame: Frame, offset: u32, width: Width) {
        let expected = self.reference.read(registers(frame), offset, width.bytes());
        let value = self.read(by, frame, offset, width);
        assert_eq!(value, expected, "{frame:?} {offset:#x} {width:?} read by vCPU {by}");
    }

    /// A kick that the hypervisor sends for no reason.
    pub(crate) fn kick(&mut self, vcpu: usize) {
        self.machine.kick(id(vcpu));
        self.quiesce();
    }
}

fn registers(frame: Frame) -> Registers {
    match frame {
        Frame::Distributor => Registers::Distributor,
        Frame::Redistributor(vcpu) => Registers::Redistributor(vcpu.index()),
        Frame::Banked(vcpu) => Registers::Banked(vcpu.index()),
    }
}
