//! A zone with more channels than hvisor's call describes.

mod support;

use support::*;

#[test]
fn the_description_has_the_first_two_channels_since_a_driver_has_room_for_no_more() {
    let machine = connected_by(3);
    let zone = &machine.zones[0];
    assert_eq!(zone.describe_channels(RAM), 0);
    let (ram, _) = machine.memory(zone);
    let doubles: Vec<u64> =
        ram[..40].chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap())).collect();
    let words: Vec<u32> =
        ram[40..56].chunks(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert_eq!(doubles, [2, CONTROL, CONTROL + NEXT_CHANNEL, SHARED, SHARED + NEXT_CHANNEL]);
    assert_eq!(words, [0, 1, doorbell(0, 0), doorbell(1, 0)]);
}
