//! Random register traffic against a plain reference.

use crate::offsets::*;
use crate::reference::{Step, run};
use proptest::prelude::*;

fn step() -> impl Strategy<Value = Step> {
    let offset = prop_oneof![
        4 => prop::sample::select(vec![DR, DR, FR, RSR, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR]),
        1 => 0u32..0x1010,
    ];
    prop_oneof![
        4 => offset.clone().prop_map(Step::Read),
        4 => (offset, any::<u32>()).prop_map(|(offset, value)| Step::Write(offset, value)),
        2 => any::<u8>().prop_map(|byte| Step::Write(DR, byte.into())),
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
