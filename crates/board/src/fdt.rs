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
#[derive(Clone)]
pub(crate) struct Fdt<'a> {
    root: Node<'a>,
    reservations: Entries<'a, 2>,
}

impl<'a> Fdt<'a> {
    /// Checks a blob, which must be exactly as long as its header says. `None` where it is damaged or none at all.
    pub(crate) fn new(blob: &'a [u8]) -> Option<Self> {
        let mut header = Tokens { rest: blob, strings: &[] };
        // struct fdt_header, 5.2: the order in which its fields lie is the order of these calls.
        let magic = header.cell()?;
        let total_size = header.cell()?;
        let structure = header.cell()?;
        let strings = header.cell()?;
        let reservations = header.cell()?;
        let version = header.cell()?;
        let compatible_with = header.cell()?;
        let _boot_cpu = header.cell()?;
        let strings_size = header.cell()?;
        let structure_size = header.cell()?;
        let whole = usize::try_from(total_size) == Ok(blob.len());
        if magic != MAGIC || !(compatible_with..=version).contains(&VERSION) || !whole {
            return None;
        }
        let part = |start: u32, size: u32| {
            blob.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(size).ok()?)
        };
        let reservations = part(reservations, structure.checked_sub(reservations)?)?;
        let reservations = Entries::new(reservations.as_chunks::<16>().0.as_flattened(), [2, 2])?;
        if !reservations.clone().any(|entry| entry == LAST_RESERVATION) || !structure.is_multiple_of(4) {
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
    pub(crate) fn reservations(&self) -> impl Iterator<Item = [u64; 2]> + use<'a> {
        self.reservations.clone().take_while(|entry| *entry != LAST_RESERVATION).flatten()
    }
}

/// What ends the memory reservation block.
const LAST_RESERVATION: Option<[u64; 2]> = Some([0, 0]);

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
    #[inline(never)]
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

    /// Whether this is what of its name stands in front of the `@`. A function of its own: to compare with each name in
    /// place takes a hundred bytes.
    #[inline(never)]
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name_without_address() == name.as_bytes()
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
    #[inline(never)]
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
mod tests;
