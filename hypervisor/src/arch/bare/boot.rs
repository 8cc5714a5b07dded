//! The primary CPU's way through boot, and every CPU's entry: from entry code to the first zone.

use addr::{HostPhys, HypVirt, PAGE_SIZE, Range};
use board::Board;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::arch;
use crate::boot::{self, Refusal};
use crate::cpu::{Cpu, CpuIndex};
use crate::memory::pool::Pool;
use crate::zone::{Zone, lifecycle};
use crate::{console, machine, memory, run};

use super::image;
use super::space::{AddressSpace, Use};

/// Bytes of a CPU's stack, and of the one for reports of the hypervisor's own faults. The page below each is
/// never mapped.
pub const STACK_SIZE: u64 = 4 * PAGE_SIZE;
pub const EMERGENCY_SIZE: u64 = 2 * PAGE_SIZE;

/// Stacks are mapped 1 GiB above the image, each in a window of its own.
const STACKS: u64 = 0x4000_0000;
const STACK_WINDOW: u64 = 0x1_0000;

/// The most that a device tree may take (Linux arm64 boot protocol).
const DEVICE_TREE_LIMIT: u64 = 0x20_0000;

static ENTERED: AtomicU64 = AtomicU64::new(0);

/// What entry code hands over.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where the boot loader put the device tree.
    pub device_tree: HostPhys,
    /// Where it put the image.
    pub image: HostPhys,
    /// The counter at the first instruction.
    pub ticks: u64,
    /// The CPU that runs this, as the device tree names it.
    pub boot_cpu: u64,
}

/// The primary CPU arrives: MMU on, on the boot stack.
///
/// # Safety
///
/// Called once, by entry code, before any other Rust code runs.
pub unsafe fn primary(entry: Entry) -> ! {
    ENTERED.store(entry.ticks, Ordering::Relaxed);
    image::set_physical(entry.image);
    // SAFETY: the linker script leaves these pages of the image to the pool, entry code mapped them writable,
    // and this is the only pool that is ever made.
    let mut pool = unsafe { Pool::new(image::pool_start(), image::end()) };
    let cpu = start(&mut pool, &entry);
    unsafe extern "C" {
        fn run_on_own_stack(cpu: u64) -> !;
    }
    // SAFETY: the record is complete and lives for ever; this stack is done with.
    unsafe { run_on_own_stack(core::ptr::from_ref(cpu) as u64) }
}

/// Every CPU arrives on its own stack.
#[unsafe(no_mangle)]
extern "C" fn cpu_entry() -> ! {
    let cpu = arch::current_cpu();
    if let Err(reason) = arch::init_cpu(cpu) {
        machine::refuse(format_args!("CPU {:#x}: {reason}", cpu.affinity));
    }
    run::until_running(cpu);
    arch::enter(cpu)
}

fn start(pool: &mut Pool, entry: &Entry) -> &'static Cpu {
    let Ok(mut space) = AddressSpace::adopt() else {
        stop("the hypervisor's own tables are not as they were left")
    };
    let Some(tree) = map_device_tree(pool, &mut space, entry.device_tree) else {
        stop("the boot loader gave no device tree")
    };
    let board = Board::parse(tree.bytes);
    let console = match &board {
        Ok(board) => Ok((board.uart.frame, board.uart.kind)),
        Err(_) => Board::console(tree.bytes),
    };
    let Ok((console, kind)) = console else { stop("the device tree names no console that is supported") };
    if space.map(pool, console, Use::Device).is_err() {
        stop("the console cannot be mapped");
    }
    // SAFETY: just mapped; the hypervisor keeps the console for itself.
    let uart = unsafe { arch::Uart::new(memory::identity(console.start()), kind) };
    let Some(uart) = uart else { stop("the console does not answer") };
    console::init(uart);
    let board = match board {
        Ok(board) => board,
        Err(error) => machine::refuse(format_args!("{error}")),
    };
    console::log(format_args!(
        "Bulkhead {} at {} on {} CPUs",
        env!("CARGO_PKG_VERSION"),
        image::to_physical(image::start()),
        board.cpus.len()
    ));
    match prepare(pool, &mut space, &board, tree.range, entry.boot_cpu) {
        Ok(cpu) => cpu,
        Err(Stop::Refused(refusal)) => machine::refuse(format_args!("{refusal}")),
        Err(Stop::Hardware(reason)) => machine::refuse(format_args!("{reason}")),
    }
}

enum Stop {
    Refused(Refusal),
    Hardware(&'static str),
}

impl<T: Into<Refusal>> From<T> for Stop {
    fn from(refusal: T) -> Self {
        Self::Refused(refusal.into())
    }
}

#[inline(never)]
fn prepare(
    pool: &mut Pool,
    space: &mut AddressSpace,
    board: &Board,
    device_tree: Range<HostPhys>,
    boot_cpu: u64,
) -> Result<&'static Cpu, Stop> {
    arch::check_machine(board).map_err(Stop::Hardware)?;
    let bundle = map_bundle(pool, space, board)?;
    let controller = arch::InterruptController::init(pool, space, board, boot_cpu).map_err(Stop::Hardware)?;
    let image = image::physical_range().ok_or(Stop::Hardware("the image's address is out of range"))?;
    let manifest = boot::check(board, bundle, image, device_tree, controller.last_interrupt())?;

    let cpus = boot::create_cpus(pool, board, &manifest, boot_cpu, |pool, index, hardware_id| {
        let data = controller.cpu_data(hardware_id).map_err(|reason| Refusal::Cpu(hardware_id, reason))?;
        create_cpu(pool, space, index, hardware_id, data)
    })?;
    for zone in manifest.zones() {
        for range in memory::guest::ram(&zone) {
            space.map(pool, range, Use::ZoneRam).map_err(|_| Refusal::OutOfMemory)?;
        }
        for range in memory::guest::touched_registers(&zone) {
            space.map(pool, range, Use::Device).map_err(|_| Refusal::OutOfMemory)?;
        }
    }
    for channel in manifest.channels() {
        space.map(pool, channel.memory(), Use::ZoneRam).map_err(|_| Refusal::OutOfMemory)?;
    }
    let zones = boot::create_zones(pool, &manifest, &cpus)?;
    controller.claim_console(board.uart.interrupt, &cpus, boot_cpu);
    console::log(format_args!(
        "{} zones; {} KiB of 2048 KiB in use; {}",
        zones.len(),
        pool.used().saturating_add(image::pool_start().raw().saturating_sub(image::start().raw())) / 1024,
        controller
    ));
    let own = cpus
        .iter()
        .copied()
        .find(|cpu| cpu.affinity == boot_cpu)
        .ok_or(Refusal::Cpu(boot_cpu, "the boot CPU is not in the device tree"))?;
    start_others(&cpus, own)?;
    begin(own, zones);
    Ok(own)
}

/// Leaves each zone's start with the CPU of its first vCPU. The CPUs may not be up yet: the request waits.
fn begin(own: &'static Cpu, zones: &'static [Zone]) {
    // `ask` compares with the current CPU, which from here on is known.
    arch::set_current_cpu(own);
    for zone in zones {
        // The physical interrupts that a zone owns begin as its model says: routed, triggered, disabled.
        zone.reset_devices();
        lifecycle::start(zone);
    }
}

fn start_others(cpus: &[&'static Cpu], own: &Cpu) -> Result<(), Refusal> {
    let entry = image::to_physical(image::secondary_entry());
    for cpu in cpus.iter().filter(|cpu| cpu.affinity != own.affinity) {
        // SAFETY: entry code of this image, which takes the address of the CPU's record as its context.
        unsafe { arch::firmware::start_cpu(cpu.affinity, entry, core::ptr::from_ref(*cpu) as u64) }
            .map_err(|_| Refusal::Cpu(cpu.affinity, "firmware refused to start it"))?;
    }
    Ok(())
}

fn create_cpu(
    pool: &mut Pool,
    space: &mut AddressSpace,
    index: CpuIndex,
    affinity: u64,
    data: arch::CpuData,
) -> Result<Cpu, Refusal> {
    let window = image::start()
        .checked_add(STACKS)
        .and_then(|base| base.checked_add(u64::from(index.0).checked_mul(STACK_WINDOW)?))
        .ok_or(Refusal::OutOfMemory)?;
    let mut stack = |offset: u64, size: u64| -> Result<HypVirt, Refusal> {
        let pages = pool.pages((size / PAGE_SIZE) as usize, PAGE_SIZE)?;
        let start = window.checked_add(offset).ok_or(Refusal::OutOfMemory)?;
        space.map_stack(pool, start, image::to_physical(pages), size).map_err(|_| Refusal::OutOfMemory)?;
        start.checked_add(size).ok_or(Refusal::OutOfMemory)
    };
    // A guard page, the stack, a guard page, the emergency stack, and nothing up to the next window.
    let stack_top = stack(PAGE_SIZE, STACK_SIZE)?;
    let emergency_top = stack(PAGE_SIZE + STACK_SIZE + PAGE_SIZE, EMERGENCY_SIZE)?;
    Ok(Cpu::new(index, affinity, stack_top, emergency_top, data))
}

struct DeviceTree {
    bytes: &'static [u8],
    range: Range<HostPhys>,
}

#[inline(never)]
fn map_device_tree(pool: &mut Pool, space: &mut AddressSpace, address: HostPhys) -> Option<DeviceTree> {
    if address.raw() == 0 || !address.is_aligned(8) {
        return None;
    }
    // The header's first two words: magic and total size, both big-endian (Devicetree Specification 5.2).
    let header = Range::<HostPhys>::new(address, 8)?;
    space.map(pool, header, Use::Constant).ok()?;
    // SAFETY: just mapped, aligned, and the boot loader leaves the tree alone.
    let words = unsafe { (memory::identity(address).raw() as *const [u32; 2]).read() };
    let [magic, size] = words.map(u32::from_be);
    if magic != 0xd00d_feed || u64::from(size) > DEVICE_TREE_LIMIT {
        return None;
    }
    let range = Range::<HostPhys>::new(address, u64::from(size))?;
    space.map(pool, range, Use::Constant).ok()?;
    // SAFETY: mapped read-only for ever; nothing writes it (zones' RAM is checked not to overlap it).
    let bytes =
        unsafe { core::slice::from_raw_parts(memory::identity(address).raw() as *const u8, size as usize) };
    Some(DeviceTree { bytes, range })
}

#[inline(never)]
fn map_bundle(pool: &mut Pool, space: &mut AddressSpace, board: &Board) -> Result<&'static [u8], Refusal> {
    let range = board.initrd.ok_or(Refusal::NoBundle)?;
    let image = image::physical_range().ok_or(Refusal::OutOfMemory)?;
    // A bundle that the boot loader put over the image or outside RAM would be executed or read as a device.
    if range.overlaps(image) || !board.ram.iter().any(|bank| bank.contains_range(range)) {
        return Err(Refusal::NoBundle);
    }
    space.map(pool, range, Use::Constant).map_err(|_| Refusal::OutOfMemory)?;
    // SAFETY: mapped read-only for ever, inside RAM; nothing writes it (zones' RAM is checked not to overlap).
    Ok(unsafe {
        core::slice::from_raw_parts(memory::identity(range.start()).raw() as *const u8, range.size() as usize)
    })
}

/// Prints how long boot took, once the first vCPU of the machine, one of `zone`, is about to run.
pub fn report_boot(zone: &Zone) {
    let entered = ENTERED.swap(0, Ordering::Relaxed);
    if entered == 0 {
        return;
    }
    let total = arch::ticks().wrapping_sub(entered);
    let clearing = zone.lifecycle().clearing_ticks();
    console::log(format_args!(
        "boot: {total} ticks to the first guest instruction, {clearing} of them clearing memory"
    ));
}

/// The end of a boot that has no console to say why: firmware may have one.
fn stop(reason: &str) -> ! {
    arch::firmware::print("Bulkhead: ");
    arch::firmware::print(reason);
    arch::firmware::print("\r\n");
    arch::firmware::power_off()
}
