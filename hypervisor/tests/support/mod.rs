//! The fake machine of one test process: zones on memory of the host, and what tests do to them.
//!
//! A process has one machine, which its tests share one after the other; each takes zones that no other test has
//! had. Two are not handed out: the first, which has the keyboard, and the last, so that the machine stays on.
#![allow(dead_code, unreachable_pub, reason = "part of each test, none of which needs all of it")]

use std::alloc::{Layout, alloc};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use addr::{GuestPhys, HostPhys, HypVirt, PAGE_SIZE, Range};
use board::{Board, Extensions, Firmware, Gicv3, InterruptController, PsciConduit};
use hypervisor::arch::arm::hypercall;
use hypervisor::arch::firmware::PoweredOff;
use hypervisor::arch::{CpuData, Effect, Uart, become_cpu, journal};
use hypervisor::cpu::{Cpu, CpuIndex, Vcpu};
use hypervisor::memory::pool::Pool;
use hypervisor::zone::{Zone, lifecycle};
use hypervisor::{boot, console, run};
use ids::Width;
use manifest::{
    Arch, ChannelSpec, Controller, Gic, GicVersion, Interrupt, LoadSpec, Manifest, PeerSpec, Region,
    RegionKind, Reset, ResetAction, Trigger, ZoneIndex, ZoneSpec,
};

pub const ZONES: usize = 16;
/// The zone whose interrupts are delivered directly: the last.
pub const DIRECT: usize = ZONES - 1;
/// The interrupt of its UART.
pub const DIRECT_UART_INTID: u32 = 60;
pub const VCPUS: usize = 3;

/// Pages of RAM of each zone; as many that are nobody's lie behind them.
pub const RAM_PAGES: u64 = 2;
/// What is in memory that nobody has written.
pub const UNTOUCHED: u8 = 0xa5;

pub const RAM: u64 = 0x4000_0000;
pub const ENTRY: GuestPhys = GuestPhys::new(RAM);
pub const ARGUMENT: u64 = RAM + PAGE_SIZE;
pub const KERNEL: &[u8] = b"the kernel";
pub const DEVICE_TREE: &[u8] = b"the device tree";

pub const DISTRIBUTOR: u64 = 0x0800_0000;
pub const REDISTRIBUTORS: u64 = 0x080a_0000;
pub const UART: u64 = 0x0900_0000;
pub const UART_INTID: u32 = 33;
/// The interrupt that every zone owns, as its guest sees it.
pub const DEVICE_INTID: u32 = 40;

pub const CPU_SUSPEND: u32 = 0xc400_0001;
pub const CPU_OFF: u32 = 0x8400_0002;
pub const CPU_ON: u32 = 0xc400_0003;
pub const SYSTEM_OFF: u32 = 0x8400_0008;
pub const SYSTEM_RESET: u32 = 0x8400_0009;

pub const GICD_CTLR: u64 = DISTRIBUTOR;

/// The pending and the active bit of a list register's state.
pub const PENDING: u64 = 1 << 62;
pub const ACTIVE: u64 = 1 << 63;

/// GICD_ISENABLER<n> and the like, of the word that an SPI is in.
pub fn shared(register: u64, intid: u32) -> u64 {
    DISTRIBUTOR + register + 4 * u64::from(intid / 32)
}

/// A register in the SGI frame of a vCPU's redistributor.
pub fn private(register: u64, vcpu: usize) -> u64 {
    REDISTRIBUTORS + vcpu as u64 * 0x2_0000 + 0x1_0000 + register
}

/// GICD_IGROUPR, GICD_ISENABLER and GICD_IROUTER; the first two are also offsets in the SGI frame.
pub const GROUP: u64 = 0x80;
pub const ENABLE: u64 = 0x100;
pub const ROUTE: u64 = 0x6000;

/// Where each zone sees its control table and the memory of the channel that all zones are peers of, in their order.
pub const CONTROL: u64 = 0x0a00_0000;
pub const SHARED: u64 = 0x0a00_1000;
/// Pages of the section that all peers write; each output section has one.
pub const COMMON_PAGES: u64 = 2;
const CHANNEL_PAGES: u64 = COMMON_PAGES + ZONES as u64;

/// The interrupt by which a zone is rung, which is the physical one.
pub fn doorbell_of(zone: &Zone) -> u32 {
    doorbell(0, usize::from(zone.index().0))
}

/// The same in any channel of which the zone is a peer.
pub fn doorbell(channel: usize, zone: usize) -> u32 {
    70 + zone as u32 + if channel == 0 { 0 } else { ZONES as u32 + 2 * (channel as u32 - 1) }
}

/// How many zones, from the first on, are peers of a channel.
fn peers_of(channel: usize) -> usize {
    if channel == 0 { ZONES } else { 2 }
}

/// How far behind those of the channel before it a zone sees what belongs to a channel.
pub const NEXT_CHANNEL: u64 = 0x2_0000;

/// The interrupt at the physical GIC that is [`DEVICE_INTID`] to the guest.
pub fn physical_of(zone: &Zone) -> u32 {
    100 + u32::from(zone.index().0)
}

/// Where zones see the page in which each has a device of its own, of so many bytes.
pub const DEVICES: u64 = 0x0b00_0000;
pub const DEVICE_BYTES: u64 = PAGE_SIZE / ZONES as u64;
/// How far into a device is the register that is written when its zone starts again, and the one that must then be zero.
pub const DEVICE_STATUS: u64 = 0x70;
pub const DEVICE_BUSY: u64 = 0x74;

/// How far into the page of all zones' devices that of a zone is.
pub fn device_of(zone: &Zone) -> u64 {
    u64::from(zone.index().0) * DEVICE_BYTES
}

pub struct Machine {
    pub zones: &'static [Zone],
    uart: Uart,
    /// How much of what the UART has sent was looked at.
    seen: usize,
    taken: usize,
    ram: u64,
    shared: u64,
    devices: u64,
}

/// How many channels the machine is to have; all zones are peers of the first.
static CHANNELS: AtomicUsize = AtomicUsize::new(0);

/// The machine with a channel. A process that wants it asks for no other.
pub fn connected() -> MutexGuard<'static, Machine> {
    connected_by(1)
}

/// The machine with so many channels. A process that wants it asks for no other.
pub fn connected_by(channels: usize) -> MutexGuard<'static, Machine> {
    CHANNELS.store(channels, Ordering::Relaxed);
    machine()
}

/// The machine, for this test alone until it ends.
pub fn machine() -> MutexGuard<'static, Machine> {
    static MACHINE: OnceLock<Mutex<Machine>> = OnceLock::new();
    let machine = MACHINE.get_or_init(|| Mutex::new(build()));
    let mut guard = machine.lock().unwrap_or_else(PoisonError::into_inner);
    journal().take();
    guard.shown();
    guard
}

impl Machine {
    /// A zone that no test has had, stopped before its first start.
    pub fn fresh(&mut self) -> &'static Zone {
        let zone = &self.zones[self.taken];
        self.taken += 1;
        assert!(self.taken < ZONES, "the last zone keeps the machine on");
        zone
    }

    /// The same, started.
    pub fn started(&mut self) -> &'static Zone {
        let zone = self.fresh();
        start(zone);
        self.shown();
        journal().take();
        zone
    }

    /// What the UART has sent since the last look.
    pub fn shown(&mut self) -> String {
        let line = self.uart.line.lock().unwrap_or_else(PoisonError::into_inner);
        let new = String::from_utf8_lossy(&line.sent[self.seen..]).into_owned();
        self.seen = line.sent.len();
        new
    }

    /// Types on the board's UART.
    pub fn type_in(&mut self, text: &[u8]) {
        self.uart.line.lock().unwrap_or_else(PoisonError::into_inner).typed.extend(text);
        console::interrupt();
    }

    /// How many bytes more the board's UART takes.
    pub fn set_room(&mut self, room: Option<usize>) {
        self.uart.line.lock().unwrap_or_else(PoisonError::into_inner).room = room;
    }

    /// The channel's memory: the section that all peers write, then an output section for each.
    pub fn channel(&self) -> &'static mut [u8] {
        let size = (CHANNEL_PAGES * PAGE_SIZE) as usize;
        // SAFETY: allocated for ever; the test has the machine, and no zone starts beside it.
        unsafe { std::slice::from_raw_parts_mut(self.shared as *mut u8, size) }
    }

    /// The page of all zones' devices.
    pub fn devices(&self) -> &'static mut [u8] {
        // SAFETY: allocated for ever; the test has the machine, and no zone runs beside it.
        unsafe { std::slice::from_raw_parts_mut(self.devices as *mut u8, PAGE_SIZE as usize) }
    }

    /// The zone's RAM and the pages behind it.
    pub fn memory(&self, zone: &Zone) -> (&'static mut [u8], &'static [u8]) {
        let size = (RAM_PAGES * PAGE_SIZE) as usize;
        let start = host_ram(self.ram, usize::from(zone.index().0)) as *mut u8;
        // SAFETY: allocated for ever; the test has the machine, and no CPU of the zone runs beside it.
        let own = unsafe { std::slice::from_raw_parts_mut(start, size) };
        // SAFETY: the pages behind lie in the same allocation.
        let behind = unsafe { start.add(size) };
        // SAFETY: nobody writes them.
        (own, unsafe { std::slice::from_raw_parts(behind, size) })
    }
}

/// Does `act`; true when that powered the machine off.
pub fn powers_off(act: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(()) => false,
        Err(panic) if panic.is::<PoweredOff>() => true,
        Err(panic) => resume_unwind(panic),
    }
}

/// Serves what was asked of the CPU of one vCPU, on that CPU.
pub fn serve(zone: &'static Zone, vcpu: usize) {
    let cpu = zone.cpus()[vcpu];
    become_cpu(cpu);
    run::serve(cpu);
}

/// The same for all CPUs of the zone, in their order.
pub fn serve_all(zone: &'static Zone) {
    (0..VCPUS).for_each(|vcpu| serve(zone, vcpu));
}

/// Starts the zone's first vCPU.
pub fn start(zone: &'static Zone) {
    become_cpu(zone.cpus()[0]);
    lifecycle::start(zone);
    serve(zone, 0);
}

/// Starts a further vCPU of a running zone.
pub fn turn_on(zone: &'static Zone, vcpu: usize) {
    assert_eq!(call(zone, 0, CPU_ON, [vcpu as u64, ENTRY.raw(), 0]), Some(0));
    serve(zone, vcpu);
    assert!(vcpu_of(zone, vcpu).is_running());
}

pub fn vcpu_of(zone: &'static Zone, vcpu: usize) -> &'static Vcpu {
    zone.cpus()[vcpu].vcpu().unwrap()
}

/// A call by one vCPU.
pub fn call(zone: &'static Zone, vcpu: usize, function: u32, arguments: [u64; 3]) -> Option<u64> {
    let cpu = zone.cpus()[vcpu];
    become_cpu(cpu);
    hypercall::call(cpu, vcpu_of(zone, vcpu), function, arguments)
}

/// A store by one vCPU to a register of an emulated device.
pub fn store(zone: &'static Zone, vcpu: usize, address: u64, width: Width, value: u64) {
    let cpu = zone.cpus()[vcpu];
    become_cpu(cpu);
    let answer = zone.access(cpu, vcpu_of(zone, vcpu), GuestPhys::new(address), width, Some(value));
    assert!(answer.is_some(), "no device at {address:#x}");
}

/// The same of 32 bits.
pub fn store32(zone: &'static Zone, vcpu: usize, address: u64, value: u32) {
    store(zone, vcpu, address, Width::Word, u64::from(value));
}

/// A load of 32 bits by one vCPU.
pub fn load32(zone: &'static Zone, vcpu: usize, address: u64) -> u32 {
    let cpu = zone.cpus()[vcpu];
    become_cpu(cpu);
    zone.access(cpu, vcpu_of(zone, vcpu), GuestPhys::new(address), Width::Word, None).unwrap() as u32
}

/// Turns the distributor on and an SPI, in group 1, for one vCPU.
pub fn enable_shared(zone: &'static Zone, intid: u32, target: u64) {
    store32(zone, 0, GICD_CTLR, 0b10);
    store32(zone, 0, shared(GROUP, intid), 1 << (intid % 32));
    store(zone, 0, DISTRIBUTOR + ROUTE + 8 * u64::from(intid), Width::Double, target);
    store32(zone, 0, shared(ENABLE, intid), 1 << (intid % 32));
}

/// Turns the distributor on and a private interrupt, in group 1, of one vCPU.
pub fn enable_private(zone: &'static Zone, vcpu: usize, intid: u32) {
    store32(zone, vcpu, GICD_CTLR, 0b10);
    store32(zone, vcpu, private(GROUP, vcpu), 1 << intid);
    store32(zone, vcpu, private(ENABLE, vcpu), 1 << intid);
}

/// The virtual interrupts in the list registers of a vCPU's CPU.
pub fn loaded(zone: &Zone, vcpu: usize) -> Vec<u32> {
    let lists = zone.cpus()[vcpu].arch.list_registers();
    lists.iter().filter(|list| *list & (PENDING | ACTIVE) != 0).map(|list| *list as u32).collect()
}

/// The guest acknowledges every interrupt that is pending in the list registers of one vCPU.
pub fn acknowledge(zone: &Zone, vcpu: usize) {
    let cpu = zone.cpus()[vcpu];
    let lists = cpu.arch.list_registers();
    cpu.arch.set_list_registers(lists.map(
        |list| {
            if list & PENDING != 0 { list & !PENDING | ACTIVE } else { list }
        },
    ));
}

/// Whether a vCPU was prepared to start, of those effects.
pub fn prepared(effects: &[Effect], zone: &Zone, vcpu: usize) -> bool {
    let affinity = zone.cpus()[vcpu].affinity;
    effects.iter().any(|effect| matches!(effect, Effect::Prepare(on, ..) if *on == affinity))
}

/// The affinity of the physical CPU of a vCPU: other than the one that the guest sees.
fn affinity(zone: usize, vcpu: usize) -> u64 {
    (0x100 * (zone + 1) + vcpu) as u64
}

fn host_ram(start: u64, zone: usize) -> u64 {
    start + 2 * RAM_PAGES * PAGE_SIZE * zone as u64
}

/// Memory that is never freed, in the sight of leak detectors: a machine that was refused leaves nobody else who knows of
/// it.
static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

fn keep(start: *const u8) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(start as usize);
}

/// A bundle that is never freed.
fn keep_bundle(bundle: Vec<u8>) -> &'static [u8] {
    let bundle: &'static [u8] = bundle.leak();
    keep(bundle.as_ptr());
    bundle
}

/// Pages of the host that are never freed, all bytes [`UNTOUCHED`].
pub fn host_pages(count: u64) -> u64 {
    let size = (count * PAGE_SIZE) as usize;
    let layout = Layout::from_size_align(size, PAGE_SIZE as usize).unwrap();
    // SAFETY: the layout is not empty.
    let start = unsafe { alloc(layout) };
    assert!(!start.is_null());
    keep(start);
    // SAFETY: just allocated with this size.
    unsafe { start.write_bytes(UNTOUCHED, size) };
    start as u64
}

pub fn guest(start: u64, size: u64) -> Range<GuestPhys> {
    Range::<GuestPhys>::new(GuestPhys::new(start), size).unwrap()
}

pub fn host(start: u64, size: u64) -> Range<HostPhys> {
    Range::<HostPhys>::new(HostPhys::new(start), size).unwrap()
}

/// Zone number `index`, with its RAM at `hpa`.
pub fn zone_spec(index: usize, hpa: u64) -> ZoneSpec<'static> {
    ZoneSpec {
        name: format!("zone{index}"),
        cpus: (0..VCPUS).map(|vcpu| affinity(index, vcpu)).collect(),
        regions: vec![Region {
            ipa: ENTRY,
            hpa: HostPhys::new(hpa),
            size: RAM_PAGES * PAGE_SIZE,
            kind: RegionKind::Ram,
        }],
        interrupts: vec![Interrupt {
            virtual_number: DEVICE_INTID,
            physical_number: 100 + index as u32,
            trigger: Trigger::Level,
        }],
        resets: vec![],
        loads: vec![
            LoadSpec { data: KERNEL, ipa: ENTRY },
            LoadSpec { data: DEVICE_TREE, ipa: GuestPhys::new(ARGUMENT) },
        ],
        entry: ENTRY,
        argument: ARGUMENT,
        controller: Controller::Gic(Gic {
            version: GicVersion::V3 {
                redistributors: guest(REDISTRIBUTORS, VCPUS as u64 * manifest::REDISTRIBUTOR_SIZE),
            },
            distributor: guest(DISTRIBUTOR, manifest::DISTRIBUTOR_SIZE),
            spi_count: 64,
            delivery: manifest::Delivery::Virtual,
        }),
        uart: Some(manifest::Uart {
            range: guest(UART, PAGE_SIZE),
            interrupt: UART_INTID,
            kind: manifest::UartKind::Pl011,
        }),
    }
}

/// Gives a zone the device so far into the page at `page`.
fn add_device(zone: &mut ZoneSpec<'static>, page: u64, offset: u64) {
    let hpa = HostPhys::new(page + offset);
    let ipa = GuestPhys::new(DEVICES + offset);
    zone.regions.push(Region { ipa, hpa, size: DEVICE_BYTES, kind: RegionKind::SharedPage });
    let step = |register, action| Reset { hpa: hpa.checked_add(register).unwrap(), action };
    zone.resets = vec![
        step(DEVICE_STATUS, ResetAction::WriteWord(0)),
        step(DEVICE_STATUS + 1, ResetAction::WriteByte(0x5a)),
        step(DEVICE_BUSY, ResetAction::AwaitWord(0)),
    ];
}

/// Makes the delivery of a zone's interrupts direct: its numbers are the physical ones.
fn deliver_directly(zone: &mut ZoneSpec<'static>) {
    if let Controller::Gic(gic) = &mut zone.controller {
        gic.spi_count = 96;
        gic.delivery = manifest::Delivery::Direct;
    }
    for own in &mut zone.interrupts {
        own.virtual_number = own.physical_number;
    }
    let uart = Interrupt {
        virtual_number: DIRECT_UART_INTID,
        physical_number: DIRECT_UART_INTID,
        trigger: Trigger::Level,
    };
    zone.interrupts.push(uart);
    if let Some(uart) = &mut zone.uart {
        uart.interrupt = DIRECT_UART_INTID;
    }
}

/// A channel with its memory at `hpa`.
fn channel_spec(index: usize, hpa: u64) -> ChannelSpec {
    let behind = index as u64 * NEXT_CHANNEL;
    let peer = |zone: usize| PeerSpec {
        zone: ZoneIndex(zone as u8),
        interrupt: doorbell(index, zone),
        physical_interrupt: Some(doorbell(index, zone)),
        control: GuestPhys::new(CONTROL + behind),
        shared: GuestPhys::new(SHARED + behind),
    };
    ChannelSpec {
        name: format!("channel-{index}"),
        hpa: HostPhys::new(hpa),
        rw_size: COMMON_PAGES * PAGE_SIZE,
        out_size: PAGE_SIZE,
        peers: (0..peers_of(index)).map(peer).collect(),
    }
}

/// A board with the CPUs of all zones and `ram`.
pub fn board(ram: Range<HostPhys>) -> Board {
    let cpus = (0..ZONES).flat_map(|zone| (0..VCPUS).map(move |vcpu| affinity(zone, vcpu)));
    Board {
        ram: [ram].into_iter().collect(),
        reserved: heapless::Vec::new(),
        cpus: cpus.map(|affinity| board::Cpu { hardware_id: affinity }).collect(),
        firmware: Firmware::Psci(PsciConduit::Smc),
        timebase_frequency: None,
        extensions: Extensions::default(),
        interrupt_controller: InterruptController::Gicv3(Gicv3 {
            distributor: host(0x0800_0000, 0x1_0000),
            redistributors: [host(0x080a_0000, 0x60_0000)].into_iter().collect(),
            stride: None,
            maintenance: 25,
        }),
        uart: board::Uart {
            frame: host(0x0900_0000, PAGE_SIZE),
            interrupt: UART_INTID,
            kind: board::UartKind::Pl011,
        },
        initrd: None,
    }
}

/// What becomes of a machine with one zone, whose interrupts are delivered directly.
pub fn boot_directly() -> Result<(), boot::Refusal> {
    let ram = host_pages(2 * RAM_PAGES);
    let mut spec = zone_spec(0, ram);
    deliver_directly(&mut spec);
    let bundle = keep_bundle(manifest::write(Arch::Arm64, false, &[spec], &[]).unwrap());
    let manifest = Manifest::parse(bundle).unwrap();
    let pages = 64;
    let start = HypVirt::new(host_pages(pages));
    // SAFETY: the memory is this pool's alone and is never freed.
    let mut pool = unsafe { Pool::new(start, start.checked_add(pages * PAGE_SIZE).unwrap()) };
    let board = board(host(ram, 2 * RAM_PAGES * PAGE_SIZE));
    let cpus = boot::create_cpus(&mut pool, &board, &manifest, affinity(0, 0), new_cpu)?;
    boot::create_zones(&mut pool, &manifest, &cpus).map(|_| ())
}

fn new_cpu(_: &mut Pool, index: CpuIndex, affinity: u64) -> Result<Cpu, boot::Refusal> {
    Ok(Cpu::new(index, affinity, HypVirt::new(0), HypVirt::new(0), CpuData::default()))
}

fn build() -> Machine {
    let pages = 2 * RAM_PAGES * ZONES as u64;
    let ram = host_pages(pages);
    let mut specs: Vec<_> = (0..ZONES).map(|index| zone_spec(index, host_ram(ram, index))).collect();
    deliver_directly(&mut specs[DIRECT]);
    let devices = host_pages(1);
    // SAFETY: just allocated, and this machine's alone.
    unsafe { (devices as *mut u8).write_bytes(0, PAGE_SIZE as usize) };
    specs.iter_mut().zip(0..).for_each(|(zone, index)| add_device(zone, devices, index * DEVICE_BYTES));
    let shared = host_pages(CHANNEL_PAGES);
    let mut channels = vec![];
    for channel in 0..CHANNELS.load(Ordering::Relaxed) {
        let memory = if channel == 0 { shared } else { host_pages(CHANNEL_PAGES) };
        channels.push(channel_spec(channel, memory));
        for (index, zone) in specs.iter_mut().enumerate().take(peers_of(channel)) {
            let number = doorbell(channel, index);
            let interrupt =
                Interrupt { virtual_number: number, physical_number: number, trigger: Trigger::Edge };
            zone.interrupts.push(interrupt);
        }
    }
    let bundle = keep_bundle(manifest::write(Arch::Arm64, false, &specs, &channels).unwrap());
    let manifest = Manifest::parse(bundle).unwrap();
    let uart = Uart::default();
    console::init(uart.clone());
    let pool_pages = 512;
    let start = HypVirt::new(host_pages(pool_pages));
    // SAFETY: the memory is this pool's alone and is never freed.
    let mut pool = unsafe { Pool::new(start, start.checked_add(pool_pages * PAGE_SIZE).unwrap()) };
    let board = board(host(ram, pages * PAGE_SIZE));
    let cpus = boot::create_cpus(&mut pool, &board, &manifest, affinity(0, 0), new_cpu).unwrap();
    let zones = boot::create_zones(&mut pool, &manifest, &cpus).unwrap();
    Machine { zones, uart, seen: 0, taken: 1, ram, shared, devices }
}
