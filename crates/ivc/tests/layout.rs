//! The layout of a channel's shared memory.

use ivc::{Extent, Layout, LayoutError, PAGE_SIZE};
use proptest::prelude::*;

#[test]
fn the_common_section_comes_first_and_then_the_output_sections_by_peer() {
    let layout = Layout::new(3, 0x2000, 0x1000).unwrap();
    assert_eq!(layout.common(), Extent { offset: 0, len: 0x2000 });
    assert_eq!(layout.output(0), Some(Extent { offset: 0x2000, len: 0x1000 }));
    assert_eq!(layout.output(2), Some(Extent { offset: 0x4000, len: 0x1000 }));
    assert_eq!(layout.output(3), None);
    assert_eq!(layout.total(), 0x5000);
}

#[test]
fn a_channel_may_do_without_a_common_section() {
    let layout = Layout::new(2, 0, 0x1000).unwrap();
    assert_eq!(layout.common().len, 0);
    assert_eq!(layout.output(0), Some(Extent { offset: 0, len: 0x1000 }));
}

#[test]
fn a_channel_has_2_to_16_peers() {
    assert_eq!(Layout::new(1, 0, 0x1000), Err(LayoutError::Peers));
    assert!(Layout::new(2, 0, 0x1000).is_ok());
    assert!(Layout::new(16, 0, 0x1000).is_ok());
    assert_eq!(Layout::new(17, 0, 0x1000), Err(LayoutError::Peers));
}

#[test]
fn sections_are_whole_pages() {
    assert_eq!(Layout::new(2, 0x800, 0x1000), Err(LayoutError::Rw));
    assert_eq!(Layout::new(2, 0, 0x1800), Err(LayoutError::Out));
}

#[test]
fn every_peer_has_something_to_write() {
    assert_eq!(Layout::new(2, 0x1000, 0), Err(LayoutError::Out));
}

#[test]
fn sizes_fit_their_registers() {
    assert_eq!(Layout::new(2, 1 << 32, 0x1000), Err(LayoutError::Rw));
    assert_eq!(Layout::new(2, 0, 1 << 32), Err(LayoutError::Out));
    assert_eq!(Layout::new(16, 0xffff_f000, 0xffff_f000).unwrap().total(), 17 * 0xffff_f000);
}

proptest! {
    #[test]
    fn sections_fill_the_memory_without_gap_or_overlap(peers: u32, rw: u64, out: u64, small in any::<[u8; 3]>(), near: bool) {
        let (peers, rw, out) = if near {
            let [peers, rw, out] = small;
            (u32::from(peers % 20), u64::from(rw) * PAGE_SIZE / 2, u64::from(out) * PAGE_SIZE / 2)
        } else {
            (peers, rw, out)
        };
        if let Ok(layout) = Layout::new(peers, rw, out) {
            let mut end = layout.common().len;
            prop_assert_eq!(layout.common().offset, 0);
            for peer in 0..layout.peers() {
                let section = layout.output(peer).unwrap();
                prop_assert_eq!(section.offset, end);
                prop_assert_eq!(section.len, out);
                end = section.offset + section.len;
            }
            prop_assert_eq!(end, layout.total());
            prop_assert!(layout.output(layout.peers()).is_none());
        }
    }
}
