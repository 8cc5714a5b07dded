//! The reader against another one, on whole trees and on damaged ones.

extern crate std;

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;

use dtoolkit::fdt::FdtNode;
use dtoolkit::standard::{Range, Reg};
use dtoolkit::{Node as _, Property as _};
use proptest::prelude::*;

use super::{Entries, Fdt, Node, Token};

const TREES: [&[u8]; 4] = [
    include_bytes!("../../tests/trees/qemu-aia.dtb"),
    include_bytes!("../../tests/trees/qemu-aia-booted.dtb"),
    include_bytes!("../../tests/trees/qemu-aia-two-sockets.dtb"),
    include_bytes!("../../tests/trees/qemu-plic.dtb"),
];

/// The properties of every node, by paths.
type Properties = Vec<(String, BTreeMap<String, Vec<u8>>)>;
/// What every `reg` and every `ranges` means, by paths.
type Numbers = Vec<(String, Vec<Option<Vec<u64>>>)>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_string()
}

/// Shows every node with its path.
fn visit<'a>(node: &Node<'a>, path: &str, see: &mut dyn FnMut(&Node<'a>, &str)) {
    see(node, path);
    for child in node.children() {
        visit(&child, &(path.to_string() + "/" + &text(child.name())), see);
    }
}

fn visit_theirs<'a>(node: &FdtNode<'a>, path: &str, see: &mut dyn FnMut(&FdtNode<'a>, &str)) {
    see(node, path);
    for child in node.children() {
        visit_theirs(&child, &(path.to_string() + "/" + child.name()), see);
    }
}

fn properties(blob: &[u8]) -> Option<Properties> {
    let mut found = Properties::new();
    visit(&Fdt::new(blob)?.root(), "", &mut |node, path| {
        let strings = node.inside.strings;
        let properties = node.inside.map_while(|token| match token {
            Token::Property { name, value } => {
                Some((text(super::terminated(&strings[name..])?), value.to_vec()))
            }
            _ => None,
        });
        found.push((path.to_string(), properties.collect()));
    });
    Some(found)
}

fn their_properties(blob: &[u8]) -> Option<Properties> {
    let mut found = Properties::new();
    visit_theirs(&dtoolkit::fdt::Fdt::new(blob).ok()?.root(), "", &mut |node, path| {
        let properties = node.properties();
        let properties = properties.map(|property| (property.name().to_string(), property.value().to_vec()));
        found.push((path.to_string(), properties.collect()));
    });
    Some(found)
}

fn numbers(blob: &[u8]) -> Numbers {
    fn lists<const N: usize>(entries: Entries<'_, N>) -> Vec<Option<Vec<u64>>> {
        entries.map(|entry| entry.map(|numbers| numbers.to_vec())).collect()
    }
    let mut found = Numbers::new();
    visit(&Fdt::new(blob).unwrap().root(), "", &mut |node, path| {
        found.extend(node.reg().map(|reg| (path.to_string(), lists(reg))));
        found.extend(node.ranges().map(|ranges| (path.to_string(), lists(ranges))));
    });
    found
}

fn their_numbers(blob: &[u8]) -> Numbers {
    let mut found = Numbers::new();
    visit_theirs(&dtoolkit::fdt::Fdt::new(blob).unwrap().root(), "", &mut |node, path| {
        if let Ok(Some(reg)) = node.reg() {
            let numbers = |reg: Reg<'_>| Some([reg.address().ok()?, reg.size().ok()?].to_vec());
            found.push((path.to_string(), reg.map(numbers).collect()));
        }
        if let Ok(Some(ranges)) = node.ranges() {
            let numbers = |range: Range<'_>| {
                let (child, parent) = (range.child_bus_address().ok()?, range.parent_bus_address().ok()?);
                Some([child, parent, range.length().ok()?].to_vec())
            };
            found.push((path.to_string(), ranges.map(numbers).collect()));
        }
    });
    found
}

#[test]
fn real_trees_have_the_nodes_and_properties_that_another_reader_finds() {
    for blob in TREES {
        assert_eq!(properties(blob).unwrap(), their_properties(blob).unwrap());
    }
}

#[test]
fn addresses_and_sizes_of_real_trees_are_those_that_another_reader_finds() {
    for blob in TREES {
        assert_eq!(numbers(blob), their_numbers(blob));
    }
}

#[test]
fn memory_reservations_end_at_the_empty_one() {
    let mut tree = dtoolkit::model::DeviceTree::new();
    tree.memory_reservations.push(dtoolkit::memreserve::MemoryReservation::new(0x8000_0000, 0x1000));
    tree.memory_reservations.push(dtoolkit::memreserve::MemoryReservation::new(0, 1));
    let blob = tree.to_dtb();
    let found: Vec<_> = Fdt::new(&blob).unwrap().reservations().collect();
    assert_eq!(found, [[0x8000_0000, 0x1000], [0, 1]]);
}

#[test]
fn a_tree_of_any_other_length_is_refused() {
    let whole = TREES[0];
    let mut longer = whole.to_vec();
    longer.push(0);
    assert!(Fdt::new(&longer).is_none());
    for length in 0..whole.len() {
        assert!(Fdt::new(&whole[..length]).is_none(), "{length} bytes");
    }
}

/// A tree whose structure block is these words.
fn tree_of(words: &[u32]) -> Vec<u8> {
    let structure = 56 + 4 * u32::try_from(words.len()).unwrap();
    let header = [super::MAGIC, structure + 4, 56, structure, 40, 17, 16, 0, 4, structure - 56];
    let reservations = [0; 4];
    let strings = [u32::from_be_bytes(*b"reg\0")];
    let all = header.iter().chain(&reservations).chain(words).chain(&strings);
    all.flat_map(|word| word.to_be_bytes()).collect()
}

const A: u32 = u32::from_be_bytes(*b"a\0\0\0");

#[test]
fn nops_mean_nothing() {
    let blob = tree_of(&[4, 1, 0, 4, 3, 0, 0, 4, 1, A, 4, 2, 4, 2, 4, 9]);
    let root = Fdt::new(&blob).unwrap().root();
    assert_eq!(root.property("reg"), Some(&[][..]));
    assert_eq!(root.children().map(|child| child.name()).collect::<Vec<_>>(), [b"a"]);
}

#[test]
fn what_is_not_one_well_nested_node_is_refused() {
    let refused: [&[u32]; 9] = [
        &[],
        &[9],
        &[1, 0, 9],
        &[1, 0, 2],
        &[1, 0, 2, 2, 9],
        &[3, 0, 0, 9],
        &[1, 0, 5, 2, 9],
        // A property behind a node.
        &[1, 0, 1, A, 2, 3, 0, 0, 2, 9],
        // A property's name that is not there.
        &[1, 0, 3, 0, 4, 2, 9],
    ];
    assert!(Fdt::new(&tree_of(&[1, 0, 2, 9])).is_some());
    for words in refused {
        assert!(Fdt::new(&tree_of(words)).is_none(), "{words:?}");
    }
}

#[test]
fn properties_are_found_by_their_whole_name() {
    let blob = tree_of(&[1, 0, 3, 4, 0, 7, 2, 9]);
    let root = Fdt::new(&blob).unwrap().root();
    assert_eq!(root.cell("reg"), Some(7));
    assert_eq!(root.cell("re"), None);
    assert_eq!(root.cell("regs"), None);
    assert_eq!(root.cell(""), None);
}

#[test]
fn a_property_that_is_no_list_of_entries_has_none() {
    assert!(Entries::new(&[0; 12], [2, 0]).is_none(), "one and a half");
    assert!(Entries::new(&[0; 12], [0, 0]).is_none(), "entries of no bytes");
    assert!(Entries::new(&[0; 12], [u32::MAX, u32::MAX]).is_none(), "entries beyond counting");
}

proptest! {
    #[test]
    fn a_damaged_tree_reads_as_another_reader_reads_it_or_not_at_all(
        tree in 0..TREES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut blob = TREES[tree].to_vec();
        for (place, value) in damage {
            let place = place.index(blob.len());
            blob[place] = value;
        }
        if let (Some(found), Some(expected)) = (properties(&blob), their_properties(&blob)) {
            prop_assert_eq!(found, expected);
        }
    }
}
