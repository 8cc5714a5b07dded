//! The flattened device tree (Devicetree Specification 0.4, chapter 5), read in place.
//!
//! [`Fdt::new`] refuses a damaged tree once. What walks it afterwards still asks for every byte and ends where one is
//! missing: there is nothing here that could panic, and no walk goes over the same byte without end.

/// The first word of every tree.
const MAGIC: u32 = 0xd00d_feed;
/// The version of the format that is read here, and that later ones say they are compatible with.
const VERSION: u32 = 17;

/// Tokens of the structure block (5.4.1).
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;

/// A flattened device tree.
#[derive(Clone, Copy)]
pub(crate) struct Fdt<'a> {
    root: Node<'a>,
    reservations: &'a [u8],
}

impl<'a> Fdt<'a> {
    /// Checks a blob, which must be exactly as long as its header says. `None` where it is damaged or none at all.
    pub(crate) fn new(blob: &'a [u8]) -> Option<Self> {
        let (header, _) = blob.as_chunks::<4>();
        let mut header = header.iter().map(|word| u32::from_be_bytes(*word));
        // struct fdt_header, 5.2: the order in which its fields lie is the order of these calls.
        let magic = header.next()?;
        let total_size = header.next()?;
        let structure = header.next()?;
        let strings = header.next()?;
        let reservations = header.next()?;
        let version = header.next()?;
        let compatible_with = header.next()?;
        let _boot_cpu = header.next()?;
        let strings_size = header.next()?;
        let structure_size = header.next()?;
        let whole = usize::try_from(total_size) == Ok(blob.len());
        if magic != MAGIC || !(compatible_with..=version).contains(&VERSION) || !whole {
            return None;
        }
        let part = |start: u32, size: u32| {
            blob.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(size).ok()?)
        };
        let reservations = part(reservations, structure.checked_sub(reservations)?)?;
        if !reservations.as_chunks().0.contains(&LAST_RESERVATION) || !structure.is_multiple_of(4) {
            return None;
        }
        let mut tokens =
            Tokens { rest: part(structure, structure_size)?, strings: part(strings, strings_size)? };
        check(tokens)?;
        let Some(Token::Begin(name)) = tokens.next() else { return None };
        Some(Self { root: Node { name, inside: tokens, cells: Cells::DEFAULT }, reservations })
    }

    /// The node that has no name.
    pub(crate) fn root(&self) -> Node<'a> {
        self.root
    }

    /// Start and size of every entry of the memory reservation block (5.3).
    pub(crate) fn reservations(&self) -> impl Iterator<Item = (u64, u64)> + use<'a> {
        let (entries, _) = self.reservations.as_chunks();
        entries.iter().take_while(|entry| **entry != LAST_RESERVATION).map(|entry| {
            let entry = u128::from_be_bytes(*entry);
            ((entry >> 64) as u64, entry as u64)
        })
    }
}

/// What ends the memory reservation block.
const LAST_RESERVATION: [u8; 16] = [0; 16];

/// Whether tokens are one node, in which properties come before nodes, and nothing else.
fn check(tokens: Tokens<'_>) -> Option<()> {
    let mut depth = 0usize;
    let mut properties_are_over = true;
    for token in tokens {
        match token {
            Token::Begin(_) => depth = depth.checked_add(1)?,
            Token::Property { name, .. } if !properties_are_over => {
                terminated(tokens.strings.get(name..)?)?;
            }
            Token::End => depth = depth.checked_sub(1)?,
            Token::Finish if depth == 0 => return Some(()),
            _ => return None,
        }
        properties_are_over = match token {
            Token::Begin(_) => false,
            Token::End => true,
            _ => properties_are_over,
        };
    }
    None
}

#[derive(Clone, Copy)]
enum Token<'a> {
    /// A node begins; its name.
    Begin(&'a [u8]),
    /// A property of the node that began last; its name is a place in the strings block.
    Property { name: usize, value: &'a [u8] },
    /// The node ends.
    End,
    /// The tree ends.
    Finish,
}

/// The tokens from a place in the structure block on, as far as they make sense.
#[derive(Clone, Copy)]
struct Tokens<'a> {
    rest: &'a [u8],
    strings: &'a [u8],
}

impl<'a> Tokens<'a> {
    fn cell(&mut self) -> Option<u32> {
        let (cell, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*cell))
    }

    /// Takes bytes and what fills their last cell up.
    fn bytes(&mut self, size: usize) -> Option<&'a [u8]> {
        let bytes = self.rest.get(..size)?;
        self.rest = self.rest.get(size.checked_next_multiple_of(4)?..)?;
        Some(bytes)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            return Some(match self.cell()? {
                NOP => continue,
                BEGIN_NODE => {
                    let name = terminated(self.rest)?;
                    self.bytes(name.len().checked_add(1)?)?;
                    Token::Begin(name)
                }
                PROP => {
                    let size = usize::try_from(self.cell()?).ok()?;
                    let name = usize::try_from(self.cell()?).ok()?;
                    Token::Property { name, value: self.bytes(size)? }
                }
                END_NODE => Token::End,
                END => Token::Finish,
                _ => return None,
            });
        }
    }
}

/// The bytes in front of the first NUL.
fn terminated(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..bytes.iter().position(|byte| *byte == 0)?)
}

/// How many cells an address and a size take on a bus (2.3.5).
#[derive(Clone, Copy)]
struct Cells {
    address: u32,
    size: u32,
}

impl Cells {
    const DEFAULT: Self = Self { address: 2, size: 1 };
}

/// A node.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    name: &'a [u8],
    /// What follows its name: its properties, its children, its end, and whatever comes after it.
    inside: Tokens<'a>,
    /// Those of the bus that it is on.
    cells: Cells,
}

impl<'a> Node<'a> {
    /// Its name with the unit address.
    pub(crate) fn name(&self) -> &'a [u8] {
        self.name
    }

    /// What of its name stands in front of the `@`.
    pub(crate) fn name_without_address(&self) -> &'a [u8] {
        self.name.split(|byte| *byte == b'@').next().unwrap_or_default()
    }

    /// The value of a property.
    #[inline(never)]
    pub(crate) fn property(&self, wanted: &str) -> Option<&'a [u8]> {
        let strings = self.inside.strings;
        self.inside
            .map_while(|token| match token {
                Token::Property { name, value } => Some((name, value)),
                _ => None,
            })
            .find(|(name, _)| {
                let found = strings.get(*name..).unwrap_or_default();
                found.get(..wanted.len()) == Some(wanted.as_bytes()) && found.get(wanted.len()) == Some(&0)
            })
            .map(|(_, value)| value)
    }

    /// A property of one cell.
    pub(crate) fn cell(&self, name: &str) -> Option<u32> {
        self.property(name)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// The nodes right below it.
    pub(crate) fn children(&self) -> Children<'a> {
        Children { tokens: self.inside, depth: 0, cells: self.child_cells() }
    }

    /// Address and size of every range in `reg` (2.3.6). `None` where there is no `reg` or it is not made of ranges.
    pub(crate) fn reg(&self) -> Option<Entries<'a, 2>> {
        Entries::new(self.property("reg")?, [self.cells.address, self.cells.size])
    }

    /// Address on this bus, address on the bus above and size of every range in `ranges` (2.3.8). `None` where there
    /// is no `ranges` or it is not made of them.
    pub(crate) fn ranges(&self) -> Option<Entries<'a, 3>> {
        let own = self.child_cells();
        Entries::new(self.property("ranges")?, [own.address, self.cells.address, own.size])
    }

    fn child_cells(&self) -> Cells {
        Cells {
            address: self.cell("#address-cells").unwrap_or(Cells::DEFAULT.address),
            size: self.cell("#size-cells").unwrap_or(Cells::DEFAULT.size),
        }
    }
}

/// The nodes right below one.
#[derive(Clone)]
pub(crate) struct Children<'a> {
    tokens: Tokens<'a>,
    /// How many nodes have begun and not ended yet since the parent's name.
    depth: usize,
    cells: Cells,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Node<'a>> {
        loop {
            match self.tokens.next()? {
                Token::Begin(name) => {
                    self.depth = self.depth.checked_add(1)?;
                    if self.depth == 1 {
                        return Some(Node { name, inside: self.tokens, cells: self.cells });
                    }
                }
                Token::Property { .. } => {}
                Token::End if self.depth > 0 => self.depth = self.depth.saturating_sub(1),
                // The parent's own end. There is nothing more, however often one asks.
                Token::End | Token::Finish => self.tokens.rest = &[],
            }
        }
    }
}

/// The entries of a property that is a list of the same numbers, each so many cells wide.
#[derive(Clone)]
pub(crate) struct Entries<'a, const N: usize> {
    rest: &'a [u8],
    /// Bytes of each number.
    widths: [usize; N],
    /// Bytes of an entry, which the whole is a multiple of.
    size: usize,
}

impl<'a, const N: usize> Entries<'a, N> {
    fn new(value: &'a [u8], cells: [u32; N]) -> Option<Self> {
        let mut widths = [0; N];
        let mut size = 0usize;
        for (width, cells) in widths.iter_mut().zip(cells) {
            *width = usize::try_from(cells).ok()?.checked_mul(4)?;
            size = size.checked_add(*width)?;
        }
        let whole = size != 0 && value.len().is_multiple_of(size);
        whole.then_some(Self { rest: value, widths, size })
    }
}

impl<const N: usize> Iterator for Entries<'_, N> {
    /// `None` where a number has more than 64 bits.
    type Item = Option<[u64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut entry, rest) = self.rest.split_at_checked(self.size)?;
        self.rest = rest;
        let mut numbers = [0; N];
        for (place, width) in numbers.iter_mut().zip(self.widths) {
            let (digits, others) = entry.split_at_checked(width)?;
            entry = others;
            if width > size_of::<u64>() {
                return Some(None);
            }
            *place = number(digits);
        }
        Some(Some(numbers))
    }
}

/// Big-endian digits as a number; of more than eight the last eight.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit))
}

#[cfg(test)]
mod tests {
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
        include_bytes!("../tests/trees/qemu-aia.dtb"),
        include_bytes!("../tests/trees/qemu-aia-booted.dtb"),
        include_bytes!("../tests/trees/qemu-aia-two-sockets.dtb"),
        include_bytes!("../tests/trees/qemu-plic.dtb"),
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
            let properties =
                properties.map(|property| (property.name().to_string(), property.value().to_vec()));
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
        assert_eq!(found, [(0x8000_0000, 0x1000), (0, 1)]);
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
}
