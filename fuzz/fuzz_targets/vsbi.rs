//! Sequences of SBI calls: nothing names a vCPU outside the zone, and vCPUs start and stop as a plain reference says.
#![no_main]

#[path = "../../crates/vsbi/tests/common/mod.rs"]
mod common;

use common::model::{History, check};
use common::{HSM, NOT_SERVED, SERVED, zone};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use vsbi::{Call, MAX_VCPUS};

#[derive(Arbitrary, Debug)]
struct Calls {
    vcpus: u8,
    steps: Vec<(u8, Step)>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// A vCPU that is to begin, wake or stop does.
    Come,
    /// hart_start, hart_stop and their like with small arguments.
    Hart(u8, u8, u16),
    Known(u8, u8, [Argument; 5]),
    Any(u64, u64, [u64; 6]),
}

#[derive(Arbitrary, Debug)]
enum Argument {
    Small(u8),
    Bit(u8),
    FromTop(u8),
    Any(u64),
}

impl Argument {
    fn number(&self) -> u64 {
        match *self {
            Self::Small(value) => value.into(),
            Self::Bit(bit) => 1 << (bit % 64),
            Self::FromTop(below) => u64::MAX - u64::from(below),
            Self::Any(value) => value,
        }
    }
}

/// The call, and a mask in memory for those that name one.
fn call(step: &Step) -> Option<(Call, u64)> {
    let (extension, function, arguments) = match step {
        Step::Come => return None,
        Step::Hart(function, hart, address) => {
            (HSM, u64::from(function % 4), [u64::from(*hart), u64::from(*address), 0, 0, 0, 0])
        }
        Step::Known(extension, function, arguments) => {
            let known = || SERVED.into_iter().chain(NOT_SERVED).cycle();
            let mut all = [0; 6];
            for (place, argument) in all.iter_mut().zip(arguments) {
                *place = argument.number();
            }
            (known().nth((*extension).into())?, u64::from(*function), all)
        }
        Step::Any(extension, function, arguments) => (*extension, *function, *arguments),
    };
    Some((Call { extension, function, arguments }, arguments[1]))
}

fuzz_target!(|calls: Calls| {
    let vcpus = 1 + usize::from(calls.vcpus) % MAX_VCPUS;
    let sbi = zone(vcpus);
    let mut history = History::new(vcpus);
    for (by, step) in calls.steps {
        let call = call(&step);
        if let Some((call, mask)) = &call {
            check(&sbi, vcpus, sbi.call(call), *mask);
        }
        history.step(by.into(), call.as_ref().map(|(call, _)| call));
    }
});
