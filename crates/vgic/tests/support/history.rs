//! A history of a zone: what its guests, its devices and the hypervisor do, step by step, compared with the reference.

use vgic::{Frame, Line, Redistributor, VcpuId, Version, Width};

use super::world::{BOUND, LINES, SPIS, TIMER, WIRED, World, shortcuts};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Acknowledge(usize),
    End(usize),
    Deactivate(usize, usize),
    SendSgi(usize, u8, u64),
    Drive(bool),
    DriveTimer(usize, bool),
    DrivePhysical(usize, bool),
    Read(usize, Option<usize>, u32, Width),
    Write(usize, Option<usize>, u32, Width, u64),
    SignalGroups(usize, bool, bool),
    Kick(usize),
    Restart(usize),
    Reboot,
}

pub(crate) const MAX_VCPUS: usize = 3;

/// A line that changes after the hypervisor has taken the physical interrupt and before the guest has acknowledged
/// it is a race that the model cannot decide: a level that falls is signalled all the same, and a second edge
/// comes later as a second interrupt where the reference makes one of the two. Such changes are left out.
fn may_change(world: &mut World, owner: usize, physical: u32) -> bool {
    let interrupt = world.machine.get(owner, physical);
    !interrupt.active || interrupt.acknowledged_by_guest
}

/// A guest that has acknowledged an interrupt ends it in that way and no other (EOI mode 0): to end what is not
/// active any more is unpredictable (IHI 0069, 12.2).
fn without_acknowledged(world: &World, owner: Option<usize>, word: u32, value: u64) -> u64 {
    let mut value = value;
    for (vcpu, guest) in world.guests.iter().enumerate() {
        for intid in guest.nested.iter().map(|iar| iar & 0x3ff) {
            let private = intid < 32;
            if intid / 32 == word && (!private || owner == Some(vcpu)) {
                value &= !(1 << (intid % 32));
            }
        }
    }
    value
}

fn apply(world: &mut World, version: Version, op: Op) {
    let vcpus = world.cpus.len();
    let frame = |world: &World, by: usize, redistributor: Option<usize>| match redistributor {
        None => world.distributor(by % vcpus),
        Some(vcpu) => Frame::Redistributor(VcpuId::new(vcpu % vcpus).unwrap()),
    };
    match op {
        Op::Acknowledge(vcpu) => {
            world.acknowledge(vcpu % vcpus);
        }
        Op::End(vcpu) => {
            world.end(vcpu % vcpus);
        }
        Op::Deactivate(vcpu, pick) => {
            let vcpu = vcpu % vcpus;
            // With EOI mode 1, any vCPU may deactivate an SPI.
            let mut dropped = Vec::new();
            for (whose, guest) in world.guests.iter().enumerate() {
                dropped.extend(guest.dropped.iter().filter(|&&iar| whose == vcpu || iar & 0x3ff >= 32));
            }
            let in_hand = |iar| world.guests.iter().any(|guest| guest.nested.contains(&iar));
            dropped.retain(|&iar| !in_hand(iar));
            if world.cpus[vcpu].interface.split_end && !dropped.is_empty() {
                let iar = dropped[pick % dropped.len()];
                for (whose, guest) in world.guests.iter_mut().enumerate() {
                    if whose == vcpu || iar & 0x3ff >= 32 {
                        guest.dropped.retain(|&other| other != iar);
                    }
                }
                world.deactivate(vcpu, iar);
            }
        }
        Op::SendSgi(vcpu, register, value) => match version {
            Version::V2 => {
                let frame = world.distributor(vcpu % vcpus);
                world.write(vcpu % vcpus, frame, 0xf00, Width::Word, value);
            }
            Version::V3 => world.send_sgi(vcpu % vcpus, register, value),
        },
        Op::Drive(level) => world.drive(WIRED, level),
        Op::DriveTimer(vcpu, level) => {
            let vcpu = vcpu % vcpus;
            if may_change(world, vcpu, TIMER) {
                world.drive_physical(vcpu, TIMER, TIMER, level);
            }
        }
        Op::DrivePhysical(which, level) => {
            let (intid, physical, _) = BOUND[which];
            if may_change(world, 0, physical) {
                world.drive_physical(0, intid, physical, level);
            }
        }
        Op::Read(by, redistributor, offset, width) => {
            world.check_read(by % vcpus, frame(world, by, redistributor), offset, width);
        }
        Op::Write(by, redistributor, offset, width, value) => {
            let owner = match version {
                Version::V2 => Some(by % vcpus),
                Version::V3 => redistributor.map(|vcpu| vcpu % vcpus),
            };
            let in_frame = offset & 0xffff;
            let value = match in_frame {
                0x380..0x400 => without_acknowledged(world, owner, (in_frame - 0x380) / 4, value),
                _ => value,
            };
            world.write(by % vcpus, frame(world, by, redistributor), offset, width, value);
        }
        Op::SignalGroups(vcpu, group0, group1) => world.signal_groups(vcpu % vcpus, group0, group1),
        Op::Kick(vcpu) => world.kick(vcpu % vcpus),
        Op::Restart(vcpu) => world.restart(vcpu % vcpus),
        Op::Reboot => world.reboot(),
    }
}

/// All state that a guest can see is the reference's.
fn check_everything(world: &mut World, version: Version) {
    for word in 1..=u32::from(SPIS) / 32 {
        for base in [0x80, 0x100, 0x200, 0x300] {
            world.check_read(0, world.distributor(0), base + word * 4, Width::Word);
        }
    }
    for vcpu in 0..world.cpus.len() {
        let (frame, start) = match version {
            Version::V2 => (world.distributor(vcpu), 0),
            Version::V3 => (Frame::Redistributor(VcpuId::new(vcpu).unwrap()), 0x1_0000),
        };
        for base in [0x80, 0x100, 0x200, 0x300] {
            world.check_read(vcpu, frame, start + base, Width::Word);
        }
    }
}

/// Ends everything and lets every interrupt come that is still due, so that a lost one shows.
fn drain(world: &mut World) {
    for vcpu in 0..world.cpus.len() {
        for _ in 0..500 {
            while world.end(vcpu).is_some() {}
            if world.acknowledge(vcpu).is_none() {
                break;
            }
            world.check_delivery();
        }
    }
}

/// What a run begins with.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) vcpus: usize,
    pub(crate) list_registers: usize,
    /// EOI mode 1, for each vCPU.
    pub(crate) split: Vec<bool>,
    pub(crate) priorities: Vec<u8>,
}

/// Plays a history. The reference says of every step what a guest may see.
pub(crate) fn run(version: Version, setting: Setting, ops: Vec<Op>) {
    let mut redistributors = vec![Redistributor::new(); setting.vcpus];
    let lines: Vec<_> = (0..redistributors.len() * LINES).map(|_| Line::new()).collect();
    let shortcuts = shortcuts(version, &lines);
    let mut world = World::on(&mut redistributors, &shortcuts, version, setting.list_registers);
    for (cpu, split_end) in world.cpus.iter_mut().zip(setting.split) {
        cpu.interface.split_end = split_end;
    }
    world.open();
    for (intid, priority) in setting.priorities.into_iter().enumerate() {
        world.set_priority(intid % setting.vcpus, intid as u32, priority << 3);
    }
    for op in ops {
        apply(&mut world, version, op);
        world.check_delivery();
    }
    check_everything(&mut world, version);
    drain(&mut world);
    check_everything(&mut world, version);
}
