//! Checks against the machine that the hypervisor found itself on.

use addr::{HostPhys, Range};

use crate::channel::ChannelIndex;
use crate::name::ZoneName;
use crate::parse::{Arch, Manifest};
use crate::zone::{RegionKind, Zone};

/// A range of physical addresses that no zone may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The range.
    pub range: Range<HostPhys>,
    /// Who has it, as it reads after "belongs to".
    pub what: &'static str,
}

/// What the machine has and what of it is not for zones.
#[derive(Clone, Copy, Debug)]
pub struct BoardView<'b> {
    /// RAM banks.
    pub ram: &'b [Range<HostPhys>],
    /// Parts of RAM that are taken: the hypervisor, the bundle, the board's device tree, firmware's.
    pub reserved: &'b [Reserved],
    /// Its architecture.
    pub arch: Arch,
    /// Affinity (MPIDR_EL1) or hart id of each CPU.
    pub cpus: &'b [u64],
    /// Frames of devices that must stay the hypervisor's: interrupt controller, UART.
    pub devices: &'b [Reserved],
    /// The highest INTID of a shared peripheral interrupt, or the highest source, of the interrupt controller.
    pub last_interrupt: u32,
}

impl BoardView<'_> {
    #[inline(never)]
    fn is_ram(&self, range: Range<HostPhys>) -> bool {
        self.ram.iter().any(|bank| bank.contains_range(range))
    }

    #[inline(never)]
    fn taken(&self, range: Range<HostPhys>) -> Option<&Reserved> {
        self.reserved.iter().chain(self.devices).find(|other| other.range.overlaps(range))
    }
}

/// Why a valid manifest does not fit a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoardError {
    /// A bundle for other machines.
    #[error("it is for {bundle}, and this board is {board}")]
    Arch {
        /// What the bundle is for.
        bundle: Arch,
        /// What the board is.
        board: Arch,
    },
    /// A CPU that is not there.
    #[error("CPU {hardware_id:#x} of zone {zone} is not on this board")]
    NoCpu {
        /// The zone.
        zone: ZoneName,
        /// The CPU's affinity or hart id.
        hardware_id: u64,
    },
    /// Memory that is not there.
    #[error("memory {range} of zone {zone} is not inside one RAM bank of this board")]
    NotRam {
        /// The zone.
        zone: ZoneName,
        /// The region.
        range: Range<HostPhys>,
    },
    /// A device's region in RAM: it would be a way around the ownership of memory.
    #[error("device registers {range} of zone {zone} are RAM of this board")]
    DeviceInRam {
        /// The zone.
        zone: ZoneName,
        /// The region.
        range: Range<HostPhys>,
    },
    /// A region with something that is not for zones.
    #[error("{range} of zone {zone} overlaps {taken}, which belongs to {what}")]
    Taken {
        /// The zone.
        zone: ZoneName,
        /// The region.
        range: Range<HostPhys>,
        /// What it overlaps.
        taken: Range<HostPhys>,
        /// Whose that is.
        what: &'static str,
    },
    /// Memory of a channel that is not there, or not for zones.
    #[error("memory {range} of channel number {number} is not free RAM of this board", number = usize::from(channel.0))]
    ChannelMemory {
        /// The channel.
        channel: ChannelIndex,
        /// Its memory.
        range: Range<HostPhys>,
    },
    /// An interrupt that the interrupt controller does not have.
    #[error("interrupt {number} of zone {zone} is beyond the last of this board, which is {last}")]
    NoInterrupt {
        /// The zone.
        zone: ZoneName,
        /// The physical number.
        number: u32,
        /// The last number that the board has.
        last: u32,
    },
}

impl Manifest<'_> {
    /// Checks against the machine: every CPU, page and interrupt of a zone exists and is free.
    ///
    /// # Errors
    ///
    /// [`BoardError`] names the zone and what it cannot have.
    #[inline(never)]
    pub fn check_board(&self, board: &BoardView<'_>) -> Result<(), BoardError> {
        if self.arch() != board.arch {
            return Err(BoardError::Arch { bundle: self.arch(), board: board.arch });
        }
        self.zones().try_for_each(|zone| check(&zone, board))?;
        for channel in self.channels() {
            let range = channel.memory();
            if !board.is_ram(range) || board.taken(range).is_some() {
                return Err(BoardError::ChannelMemory { channel: channel.index(), range });
            }
        }
        Ok(())
    }
}

fn check(zone: &Zone<'_>, board: &BoardView<'_>) -> Result<(), BoardError> {
    let name = zone.owned_name();
    if let Some(hardware_id) = zone.cpus().find(|hardware_id| !board.cpus.contains(hardware_id)) {
        return Err(BoardError::NoCpu { zone: name, hardware_id });
    }
    for region in zone.regions() {
        let Some(range) = region.host_range() else { continue };
        match region.kind {
            RegionKind::Ram if !board.is_ram(range) => {
                return Err(BoardError::NotRam { zone: name, range });
            }
            RegionKind::Device | RegionKind::SharedPage
                if board.ram.iter().any(|bank| bank.overlaps(range)) =>
            {
                return Err(BoardError::DeviceInRam { zone: name, range });
            }
            _ => {}
        }
        // Other regions are whole pages, so that one shared byte means a shared page.
        if let Some(other) = board.taken(range) {
            return Err(BoardError::Taken { zone: name, range, taken: other.range, what: other.what });
        }
    }
    match zone.interrupts().find(|interrupt| interrupt.physical_number > board.last_interrupt) {
        Some(interrupt) => Err(BoardError::NoInterrupt {
            zone: name,
            number: interrupt.physical_number,
            last: board.last_interrupt,
        }),
        None => Ok(()),
    }
}
