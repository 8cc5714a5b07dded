//! Random register traffic against a plain reference.

use crate::numbers::*;
use crate::reference::{Step, run};
use proptest::prelude::*;

fn step() -> impl Strategy<Value = Step> {
    let number = prop_oneof![8 => 0u32..8, 1 => 0u32..0x20, 1 => any::<u32>()];
    let control = prop_oneof![
        Just((LCR, 3)),
        Just((LCR, DLAB)),
        (0u32..0x20).prop_map(|value| (MCR, value)),
        prop::sample::select(vec![0, 1, 3, 5, 0x41, 0x81, 0xc1]).prop_map(|value| (FCR, value)),
        (0u32..0x10).prop_map(|value| (IER, value)),
    ];
    prop_oneof![
        6 => number.clone().prop_map(Step::Read),
        2 => (number, any::<u32>()).prop_map(|(number, value)| Step::Write(number, value)),
        2 => control.prop_map(|(number, value)| Step::Write(number, value)),
        3 => any::<u8>().prop_map(|byte| Step::Write(THR, byte.into())),
        2 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Step::Arrive),
        1 => (0usize..20).prop_map(Step::Room),
        1 => Just(Step::Poll),
    ]
}

proptest! {
    #[test]
    fn any_traffic_reads_sends_and_interrupts_as_the_reference_does(
        steps in prop::collection::vec(step(), 0..300),
    ) {
        run(steps);
    }
}
