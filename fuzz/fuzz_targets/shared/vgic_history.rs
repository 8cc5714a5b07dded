//! Histories for `vgic_v3` and `vgic_v2`, from bytes.

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use vgic::{Version, Width};

use crate::support::history::{MAX_VCPUS, Op, Setting, run};
use crate::support::world::{BOUND, SPIS};

/// What a run begins with, and the steps of either version.
#[derive(Debug)]
pub(crate) struct History {
    vcpus: u8,
    list_registers: u8,
    split: [bool; MAX_VCPUS],
    /// Tells which interrupts come before which.
    priorities: u8,
    steps: Vec<Step>,
}

impl<'a> Arbitrary<'a> for History {
    /// As many steps as there are bytes for.
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut history = Self {
            vcpus: input.arbitrary()?,
            list_registers: input.arbitrary()?,
            split: input.arbitrary()?,
            priorities: input.arbitrary()?,
            steps: Vec::new(),
        };
        while !input.is_empty() {
            history.steps.push(input.arbitrary()?);
        }
        Ok(history)
    }
}

impl History {
    pub(crate) fn play(self, version: Version) {
        // All 32 of them, in an order that has nothing to do with that of the interrupts.
        let priority = |intid: u8| intid.wrapping_mul(self.priorities | 1).wrapping_add(self.priorities) % 32;
        let setting = Setting {
            vcpus: 1 + usize::from(self.vcpus) % MAX_VCPUS,
            // Few of them are soon full, and that is where it gets difficult.
            list_registers: match self.list_registers {
                few @ 0..192 => 1 + usize::from(few) % 4,
                any => 1 + usize::from(any) % 16,
            },
            split: self.split.to_vec(),
            priorities: (0..32 + SPIS as u8).map(priority).collect(),
        };
        run(version, setting, self.steps.into_iter().map(|step| step.into_op(version)).collect());
    }
}

/// A step. The numbers of vCPUs are taken modulo their count.
#[derive(Debug)]
enum Step {
    Acknowledge(u8),
    End(u8),
    Deactivate(u8, u8),
    /// The register, the SGI, and whom it is for; the same at GICD_SGIR.
    SendSgi(u8, u8, u8, u8),
    /// Any value.
    SendAny(u8, u64),
    Drive(bool),
    DriveTimer(u8, bool),
    DrivePhysical(u8, bool),
    Read(u8, Place),
    Write(u8, Place, Value),
    SignalGroups(u8, bool, bool),
    Kick(u8),
    Restart(u8),
    Reboot,
}

impl<'a> Arbitrary<'a> for Step {
    /// By weights like those of the property test: a history of restarts shows little.
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let kind: u8 = input.arbitrary()?;
        let by = kind >> 6;
        Ok(match kind % 64 {
            0..11 => Self::Acknowledge(by),
            11..21 => Self::End(by),
            21..25 => Self::Deactivate(by, input.arbitrary()?),
            25..30 => Self::SendSgi(by, input.arbitrary()?, input.arbitrary()?, input.arbitrary()?),
            30 => Self::SendAny(by, input.arbitrary()?),
            31..34 => Self::Drive(input.arbitrary()?),
            34..38 => Self::DriveTimer(by, input.arbitrary()?),
            38..43 => Self::DrivePhysical(by, input.arbitrary()?),
            43..47 => Self::Read(by, input.arbitrary()?),
            47..60 => Self::Write(by, input.arbitrary()?, input.arbitrary()?),
            60 => Self::SignalGroups(by, input.arbitrary()?, input.arbitrary()?),
            61 => Self::Kick(by),
            62 => Self::Restart(by),
            _ => Self::Reboot,
        })
    }
}

/// What is written.
#[derive(Debug)]
enum Value {
    Bits(u8, u8),
    Small(u8),
    Word(u32),
    Any(u64),
    Ones,
}

/// Where a register is: the vCPU of its redistributor if it is one's, offset and width.
#[derive(Debug)]
struct Place {
    redistributor: Option<u8>,
    offset: u32,
    width: Width,
}

impl<'a> Arbitrary<'a> for Place {
    /// Half of them are words that have a bit for each interrupt, a quarter near them, the others anywhere.
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let redistributor = Option::<u8>::arbitrary(input)?;
        let base = if redistributor.is_some() { 0x1_0000 } else { 0 };
        let kind = input.int_in_range(0..=3)?;
        if kind < 2 {
            let register = 0x80 * input.int_in_range(1..=7)?;
            let offset = base + register + 4 * input.int_in_range(0..=3)?;
            return Ok(Self { redistributor, offset, width: Width::Word });
        }
        let width = *input.choose(&[Width::Word, Width::Byte, Width::Double, Width::Half])?;
        let aligned = if bool::arbitrary(input)? { !(width.bytes() - 1) } else { u32::MAX };
        let last = if kind == 2 { 0xfff } else { 0x1_ffff };
        let offset = (base ^ input.int_in_range(0..=last)?) & aligned;
        Ok(Self { redistributor, offset, width })
    }
}

impl Place {
    /// The place that such an access means with this version; a GICv2 has no redistributors, and a smaller frame.
    fn of(self, version: Version) -> Self {
        match version {
            Version::V3 => self,
            Version::V2 => Self { redistributor: None, offset: self.offset & 0xfff, ..self },
        }
    }

    /// Registers that say what the GIC is are not the reference's, nor is GICR_WAKER.
    fn is_compared(&self) -> bool {
        !matches!(self.offset, 0x04..0x20 | 0xfd0..0x1000 | 0xffd0..0x1_0000)
    }

    fn frame(&self) -> Option<usize> {
        self.redistributor.map(usize::from)
    }
}

impl<'a> Arbitrary<'a> for Value {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.int_in_range(0..=7)? {
            0..4 => Self::Bits(input.arbitrary()?, input.arbitrary()?),
            4 => Self::Small(input.arbitrary()?),
            5 => Self::Word(input.arbitrary()?),
            6 => Self::Any(input.arbitrary()?),
            _ => Self::Ones,
        })
    }
}

impl Value {
    fn number(&self) -> u64 {
        match *self {
            Self::Bits(a, b) => 1 << (a % 32) | 1 << (b % 32),
            Self::Small(value) => value.into(),
            Self::Word(value) => value.into(),
            Self::Any(value) => value,
            Self::Ones => u64::MAX,
        }
    }
}

impl Step {
    fn into_op(self, version: Version) -> Op {
        match self {
            Self::Acknowledge(by) => Op::Acknowledge(by.into()),
            Self::End(by) => Op::End(by.into()),
            Self::Deactivate(by, pick) => Op::Deactivate(by.into(), pick.into()),
            Self::SendSgi(by, register, sgi, whom) => {
                let (sgi, whom) = (u64::from(sgi), u64::from(whom));
                let value = match version {
                    Version::V2 => (sgi >> 4 & 3) << 24 | whom << 16 | sgi & 0xf,
                    Version::V3 => (sgi & 0xf) << 24 | (sgi >> 7) << 40 | whom & 7,
                };
                Op::SendSgi(by.into(), register % 3, value)
            }
            Self::SendAny(by, value) => Op::SendSgi(by.into(), 0, value),
            Self::Drive(level) => Op::Drive(level),
            Self::DriveTimer(whose, level) => Op::DriveTimer(whose.into(), level),
            Self::DrivePhysical(which, level) => Op::DrivePhysical(usize::from(which) % BOUND.len(), level),
            Self::Read(by, place) => match place.of(version) {
                place if place.is_compared() => Op::Read(by.into(), place.frame(), place.offset, place.width),
                _ => Op::Kick(by.into()),
            },
            Self::Write(by, place, value) => {
                let place = place.of(version);
                Op::Write(by.into(), place.frame(), place.offset, place.width, value.number())
            }
            Self::SignalGroups(by, group0, group1) => Op::SignalGroups(by.into(), group0, group1),
            Self::Kick(by) => Op::Kick(by.into()),
            Self::Restart(by) => Op::Restart(by.into()),
            Self::Reboot => Op::Reboot,
        }
    }
}
