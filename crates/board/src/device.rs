//! Any device of the board: its registers and its interrupts as physical facts.

use addr::{HostPhys, Range};
use heapless::Vec;

use crate::fdt::{Fdt, Node};
use crate::tree::{self, Located};
use crate::{BoardError, InterruptController};

/// The most ranges of registers that a device may have.
pub const MAX_REGISTERS: usize = 16;
/// The most interrupts that a device may have.
pub const MAX_INTERRUPTS: usize = 32;
/// The most cells that name one interrupt.
const MAX_SPECIFIER: usize = 4;

/// The first shared interrupt of a GIC, and how many there are (GIC specification IHI 0069, 2.2.1).
const FIRST_SPI: u32 = 32;
const SPIS: u32 = 988;

/// A node of the device tree.
pub struct Device<'a> {
    fdt: Fdt<'a>,
    located: Located<'a>,
}

/// An interrupt of a device at the board's interrupt controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceInterrupt {
    /// INTID or source.
    pub number: u32,
    /// How it is signalled, as the bindings of GIC and APLIC have it: 1 rising and 2 falling edges, 4 high and 8 low
    /// level. 4 at a PLIC that is not told.
    pub flags: u32,
}

/// Why the interrupts of a device are none that a zone can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceInterruptError {
    /// Neither the device nor a bus above it names an `interrupt-parent`, or no node is what it names.
    NoParent,
    /// They go to a node that is not the board's interrupt controller.
    OtherController,
    /// They are not shared ones: private to a CPU, or beyond what the binding knows.
    NotShared,
    /// `interrupts` or `interrupts-extended` is cut off, or there are too many.
    Malformed,
}

impl<'a> Device<'a> {
    /// The node at an absolute path; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`BoardError`] where the tree is damaged or nested too deeply.
    pub fn at(blob: &'a [u8], path: &str) -> Result<Option<Self>, BoardError> {
        let fdt = Fdt::new(blob).ok_or(BoardError::Malformed)?;
        Ok(tree::at_path(&fdt.root(), path.as_bytes())?.map(|located| Self { fdt, located }))
    }

    /// Whether it and every bus above it may be used (`status`).
    pub fn is_usable(&self) -> bool {
        self.located.is_usable()
    }

    /// Those of its physical ranges that can be read: what others must look out for.
    pub fn readable_registers(&self) -> impl Iterator<Item = Range<HostPhys>> {
        (0..self.located.reg_count()).filter_map(|index| self.located.reg(index).ok())
    }

    /// The physical ranges of `reg`, through the `ranges` of every bus above.
    ///
    /// # Errors
    ///
    /// [`BoardError`] where `reg` is malformed, a bus hides its devices, or there are too many ranges.
    pub fn registers(&self) -> Result<Vec<Range<HostPhys>, MAX_REGISTERS>, BoardError> {
        let mut registers = Vec::new();
        for index in 0..self.located.reg_count() {
            registers.push(self.located.reg(index)?).map_err(|_| BoardError::TooMany("registers"))?;
        }
        Ok(registers)
    }

    /// Its interrupts, all of which go to `controller`. `interrupts-extended` comes before `interrupts` where a
    /// device has both (Devicetree Specification 0.4, 2.4.1).
    ///
    /// # Errors
    ///
    /// [`DeviceInterruptError`] where one does not, or is not what zones can be given; before it the place of that one.
    pub fn interrupts(
        &self,
        controller: &InterruptController,
    ) -> Result<Vec<DeviceInterrupt, MAX_INTERRUPTS>, (usize, DeviceInterruptError)> {
        let mut found = Vec::new();
        self.collect(controller, &mut found).map_err(|error| (found.len(), error))?;
        Ok(found)
    }

    /// Adds the interrupts up to the first that is none to `found`.
    fn collect(
        &self,
        controller: &InterruptController,
        found: &mut Vec<DeviceInterrupt, MAX_INTERRUPTS>,
    ) -> Result<(), DeviceInterruptError> {
        let node = &self.located.node;
        if let Some(value) = node.property("interrupts-extended") {
            let mut rest = Cells(value);
            while let Some(phandle) = rest.next() {
                let parent = self.controller(phandle, controller)?;
                push(found, &parent, &mut rest, controller)?;
            }
            rest.is_whole()?;
        } else if let Some(value) = node.property("interrupts") {
            let phandle = self.located.interrupt_parent().ok_or(DeviceInterruptError::NoParent)?;
            let parent = self.controller(phandle, controller)?;
            let mut rest = Cells(value);
            while !rest.0.is_empty() {
                push(found, &parent, &mut rest, controller)?;
            }
        }
        Ok(())
    }

    /// The node with this phandle, which is the board's controller if its first registers are.
    fn controller(
        &self,
        phandle: u32,
        controller: &InterruptController,
    ) -> Result<Node<'a>, DeviceInterruptError> {
        let named = tree::find(&self.fdt.root(), &|node| tree::phandle(node) == Some(phandle));
        let parent = named.ok().flatten().ok_or(DeviceInterruptError::NoParent)?;
        let frame = parent.reg(0).ok();
        let is_controller = frame.is_some() && frame == controller.frames().next();
        is_controller.then_some(parent.node).ok_or(DeviceInterruptError::OtherController)
    }
}

/// The cells of a property from the front.
struct Cells<'a>(&'a [u8]);

impl Cells<'_> {
    fn next(&mut self) -> Option<u32> {
        let (cell, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*cell))
    }

    fn is_whole(&self) -> Result<(), DeviceInterruptError> {
        if self.0.is_empty() { Ok(()) } else { Err(DeviceInterruptError::Malformed) }
    }
}

/// Takes one interrupt off the front of `cells`.
fn push(
    found: &mut Vec<DeviceInterrupt, MAX_INTERRUPTS>,
    parent: &Node<'_>,
    cells: &mut Cells<'_>,
    controller: &InterruptController,
) -> Result<(), DeviceInterruptError> {
    let bad = DeviceInterruptError::Malformed;
    let count = parent.cell("#interrupt-cells").ok_or(bad)?;
    let mut specifier = Vec::<u32, MAX_SPECIFIER>::new();
    for _ in 0..count {
        specifier.push(cells.next().ok_or(bad)?).map_err(|_| bad)?;
    }
    found.push(DeviceInterrupt::read(&specifier, controller)?).map_err(|_| bad)
}

impl DeviceInterrupt {
    /// The interrupt that the cells of a specifier name at a controller like `controller`.
    ///
    /// # Errors
    ///
    /// [`DeviceInterruptError::NotShared`] where it is none that zones can be given, [`DeviceInterruptError::Malformed`]
    /// where the binding has no such specifier.
    pub fn read(specifier: &[u32], controller: &InterruptController) -> Result<Self, DeviceInterruptError> {
        const LEVEL_HIGH: u32 = 4;
        let (number, flags) = match (controller, specifier) {
            (InterruptController::Gicv2(_) | InterruptController::Gicv3(_), [kind, number, flags, ..]) => {
                if *kind != 0 || *number >= SPIS {
                    return Err(DeviceInterruptError::NotShared);
                }
                (number.saturating_add(FIRST_SPI), *flags)
            }
            (InterruptController::Aia(_) | InterruptController::Plic(_), [source, flags]) => {
                (*source, *flags)
            }
            (InterruptController::Plic(_), [source]) => (*source, LEVEL_HIGH),
            _ => return Err(DeviceInterruptError::Malformed),
        };
        // Bits above these are a CPU mask, which shared interrupts do not have.
        let flags = flags & 0xf;
        Ok(Self { number, flags })
    }
}
