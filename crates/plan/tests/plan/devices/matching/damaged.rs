//! Trees that nobody has checked.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Trees, clock, guest, node, transport};
use crate::devices::matching::{RTC, TRANSPORT, beside_b};
use crate::riscv64::{AIA, PLIC};

const WORDS: &str = "devices = [{ compatible = \"virtio,mmio\", dma = \"trusted\" }, \"/soc/rtc@101000\"]";
const CHANNEL: &str = "\n[[channel]]\nname = \"c\"\npeers = [\"a\", \"b\"]\nout = \"4K\"\n";

static TREE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (anywhere, twice) = (node("any", TRANSPORT, &[], &[2, 4]), node("twice", RTC, &[], &[42, 4]));
    guest([clock(40), transport(1, 41), anywhere, twice])
});

proptest! {
    #[test]
    fn a_damaged_tree_of_a_zones_own_is_answered(
        changes in vec((any::<usize>(), any::<u8>()), 1..12),
        words in vec((any::<usize>(), 0u32..128), 0..6),
        plic in any::<bool>(),
    ) {
        let mut tree = TREE.clone();
        for (place, value) in changes {
            let place = place % tree.len();
            tree[place] = value;
        }
        for (place, value) in words {
            let place = place % (tree.len() / 4) * 4;
            tree[place..place + 4].copy_from_slice(&value.to_be_bytes());
        }
        let text = beside_b(WORDS, "") + CHANNEL;
        let board = if plic { PLIC } else { AIA };
        if let Err(diagnostics) = plan::resolve(&text, board, &Trees(tree, Vec::new())) {
            // The planner finds by itself what the hypervisor would refuse.
            prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.code != "refused"), "{diagnostics:#?}");
            prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.help.is_some()));
        }
    }
}
