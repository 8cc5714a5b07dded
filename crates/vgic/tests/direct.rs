//! Zones whose interrupts are delivered directly: what their register accesses do to the physical GIC, which is a
//! recording here.

use std::collections::BTreeMap;

use vgic::direct::{Direct, Physical, Redistributor, State, sgi_targets};
use vgic::{Access, BankId, BindError, Frame, SgiRegister, Trigger, VcpuId, VcpuSet, VirtualIntid, Width};

const VCPUS: usize = 2;
const SPIS: u16 = 64;
/// The SPIs of the zone: one of a device, edge-triggered, and the virtual UART's.
const DEVICE: u32 = 40;
const UART: u32 = 47;
/// Private interrupts of the hypervisor's.
const RESERVED: u32 = 1 << 25 | 1 << 26;

const CTLR: u32 = 0;
const FORWARD: u64 = 1 << 1;

type Word = (u8, u32);

/// A physical GIC with private banks (0, vCPU) and shared ones (1, number).
#[derive(Debug, Default, Clone)]
struct Hardware {
    states: [BTreeMap<Word, u32>; 3],
    priorities: BTreeMap<(Word, u32), u8>,
    edges: BTreeMap<Word, u32>,
    routes: BTreeMap<u32, usize>,
}

fn word(bank: BankId) -> Word {
    match bank {
        BankId::Private(vcpu) => (0, vcpu.index() as u32),
        BankId::Shared(shared) => (1, u32::from(shared)),
    }
}

impl Hardware {
    fn state(&self, bank: BankId, state: State) -> u32 {
        self.states[state as usize].get(&word(bank)).copied().unwrap_or(0)
    }
}

impl Physical for Hardware {
    fn read(&self, bank: BankId, state: State) -> u32 {
        self.state(bank, state)
    }
    fn set(&mut self, bank: BankId, state: State, mask: u32) {
        let new = self.state(bank, state) | mask;
        self.states[state as usize].insert(word(bank), new);
    }
    fn clear(&mut self, bank: BankId, state: State, mask: u32) {
        let left = self.state(bank, state) & !mask;
        self.states[state as usize].insert(word(bank), left);
    }
    fn priority(&self, bank: BankId, position: u32) -> u8 {
        self.priorities.get(&(word(bank), position)).copied().unwrap_or(0)
    }
    fn set_priority(&mut self, bank: BankId, position: u32, priority: u8) {
        self.priorities.insert((word(bank), position), priority);
    }
    fn is_edge(&self, bank: BankId, position: u32) -> bool {
        self.edges.get(&word(bank)).is_some_and(|edges| edges >> position & 1 != 0)
    }
    fn set_edge(&mut self, bank: BankId, position: u32, edge: bool) {
        let edges = self.edges.entry(word(bank)).or_default();
        *edges = *edges & !(1 << position) | u32::from(edge) << position;
    }
    fn route(&mut self, intid: VirtualIntid, vcpu: VcpuId) {
        self.routes.insert(intid.number(), vcpu.index());
    }
}

struct Zone {
    gic: Direct<'static>,
    hardware: Hardware,
}

fn intid(number: u32) -> VirtualIntid {
    VirtualIntid::new(number).unwrap()
}

fn vcpu(index: usize) -> VcpuId {
    VcpuId::new(index).unwrap()
}

fn distributor(offset: u32, width: Width) -> Access {
    Access { frame: Frame::Distributor, offset, width }
}

fn redistributor(index: usize, offset: u32) -> Access {
    Access { frame: Frame::Redistributor(vcpu(index)), offset, width: Width::Word }
}

/// A zone after reset, on hardware on which others have left all kinds of state.
fn zone() -> Zone {
    let redistributors = vec![Redistributor::new(); VCPUS].leak();
    let mut gic = Direct::new(SPIS, RESERVED, redistributors).unwrap();
    gic.own(intid(DEVICE), Trigger::Edge).unwrap();
    gic.own(intid(UART), Trigger::Level).unwrap();
    gic.wire(intid(UART));
    let mut hardware = Hardware::default();
    for state in [State::Enabled, State::Pending, State::Active] {
        hardware.set(SPI_BANK, state, u32::MAX);
        hardware.set(BankId::Private(vcpu(0)), state, u32::MAX);
    }
    gic.reset(&mut hardware);
    Zone { gic, hardware }
}

/// The bank of both SPIs.
const SPI_BANK: BankId = BankId::Shared(0);
const OWN: u32 = 1 << (DEVICE % 32) | 1 << (UART % 32);

impl Zone {
    /// The same with its distributor forwarding.
    fn forwarding(mut self) -> Self {
        self.write(distributor(CTLR, Width::Word), FORWARD);
        self
    }

    fn read(&self, access: Access) -> u64 {
        self.gic.read(&access, &self.hardware)
    }

    fn write(&mut self, access: Access, value: u64) {
        self.gic.write(&access, value, &mut self.hardware);
    }

    fn pending(&self, number: u32) -> bool {
        self.hardware.state(SPI_BANK, State::Pending) >> (number % 32) & 1 != 0
    }

    fn enabled(&self, number: u32) -> bool {
        self.hardware.state(SPI_BANK, State::Enabled) >> (number % 32) & 1 != 0
    }
}

#[test]
fn a_reset_silences_what_the_zone_owns_and_nothing_else() {
    let zone = zone();
    for state in [State::Enabled, State::Pending, State::Active] {
        assert_eq!(zone.hardware.state(SPI_BANK, state), !OWN, "{state:?}");
        assert_eq!(zone.hardware.state(BankId::Private(vcpu(0)), state), RESERVED, "{state:?}");
    }
}

#[test]
fn a_reset_configures_and_routes_what_the_zone_owns() {
    let zone = zone();
    assert!(zone.hardware.is_edge(SPI_BANK, DEVICE % 32));
    assert!(!zone.hardware.is_edge(SPI_BANK, UART % 32));
    assert_eq!(zone.hardware.routes, BTreeMap::from([(DEVICE, 0), (UART, 0)]));
}

#[test]
fn interrupts_of_others_read_as_zero() {
    let zone = zone();
    for offset in [0x104, 0x184, 0x204, 0x284, 0x304, 0x384] {
        assert_eq!(zone.read(distributor(offset, Width::Word)), 0, "offset {offset:#x}");
    }
}

#[test]
fn a_write_of_all_ones_changes_no_interrupt_of_others() {
    let mut zone = zone().forwarding();
    let before = zone.hardware.clone();
    for offset in (0x80..0x800).step_by(4).chain((0xc00..0xd00).step_by(4)) {
        zone.write(distributor(offset, Width::Word), u64::MAX);
        zone.write(redistributor(0, 0x1_0000 + offset), u64::MAX);
    }
    for offset in (0x6000..0x8000).step_by(8) {
        zone.write(distributor(offset, Width::Double), 1);
    }
    for state in [State::Enabled, State::Pending, State::Active] {
        assert_eq!(zone.hardware.state(SPI_BANK, state) & !OWN, before.state(SPI_BANK, state) & !OWN);
        let private = BankId::Private(vcpu(0));
        assert_eq!(zone.hardware.state(private, state) & RESERVED, before.state(private, state) & RESERVED);
    }
    assert_eq!(zone.hardware.routes.keys().copied().collect::<Vec<_>>(), [DEVICE, UART]);
    let foreign = |&(word, position): &(Word, u32)| match word {
        (0, _) => RESERVED >> position & 1 != 0,
        (_, 0) => OWN >> position & 1 == 0,
        _ => true,
    };
    assert!(!zone.hardware.priorities.keys().any(foreign), "{:?}", zone.hardware.priorities);
}

#[test]
fn no_redistributor_beyond_the_vcpus_is_there() {
    let mut zone = zone().forwarding();
    zone.write(redistributor(VCPUS, 0x1_0100), u64::MAX);
    assert_eq!(zone.hardware.state(BankId::Private(vcpu(VCPUS)), State::Enabled), 0);
    assert_eq!(zone.read(redistributor(VCPUS, 0x8)), 0);
}

#[test]
fn an_interrupt_is_enabled_in_the_hardware_once_the_distributor_forwards() {
    let mut zone = zone();
    zone.write(distributor(0x104, Width::Word), u64::from(OWN));
    assert!(!zone.enabled(DEVICE));
    let mut zone = zone.forwarding();
    assert!(zone.enabled(DEVICE));
    zone.write(distributor(CTLR, Width::Word), 0);
    assert!(!zone.enabled(DEVICE));
    assert_eq!(zone.read(distributor(0x104, Width::Word)), u64::from(OWN));
}

#[test]
fn private_interrupts_of_every_vcpu_wait_for_the_distributor_too() {
    let mut zone = zone();
    zone.write(redistributor(1, 0x1_0100), 1 << 27);
    let timer = |zone: &Zone| zone.hardware.state(BankId::Private(vcpu(1)), State::Enabled) & 1 << 27 != 0;
    assert!(!timer(&zone));
    assert!(timer(&zone.forwarding()));
}

#[test]
fn a_disabled_interrupt_is_disabled_in_the_hardware() {
    let mut zone = zone().forwarding();
    zone.write(distributor(0x104, Width::Word), u64::from(OWN));
    zone.write(distributor(0x184, Width::Word), 1 << (DEVICE % 32));
    assert!(!zone.enabled(DEVICE));
    assert!(zone.enabled(UART));
}

#[test]
fn the_guest_finds_the_non_secure_side_of_two_security_states() {
    let zone = zone();
    assert_eq!(zone.read(distributor(CTLR, Width::Word)), 1 << 4);
    assert_ne!(zone.read(distributor(0x4, Width::Word)) & 1 << 10, 0);
}

#[test]
fn groups_read_as_zero_whatever_was_written() {
    let mut zone = zone();
    zone.write(distributor(0x84, Width::Word), u64::MAX);
    assert_eq!(zone.read(distributor(0x84, Width::Word)), 0);
}

#[test]
fn a_priority_is_in_the_lower_half_of_the_hardwares() {
    let mut zone = zone();
    zone.write(distributor(0x400 + DEVICE, Width::Byte), 0xa0);
    assert_eq!(zone.hardware.priority(SPI_BANK, DEVICE % 32), 0xd0);
    assert_eq!(zone.read(distributor(0x400 + DEVICE, Width::Byte)), 0xa0);
}

#[test]
fn a_word_of_priorities_goes_to_each_interrupt_that_is_owned() {
    let mut zone = zone();
    zone.write(distributor(0x400 + DEVICE, Width::Word), 0x4030_2010);
    assert_eq!(zone.read(distributor(0x400 + DEVICE, Width::Word)), 0x10);
}

#[test]
fn a_configuration_reads_as_it_was_written() {
    let mut zone = zone();
    let config = distributor(0xc00 + DEVICE / 16 * 4, Width::Word);
    zone.write(config, 0);
    assert_eq!(zone.read(config), 0);
    zone.write(config, 2 << (DEVICE % 16 * 2) | 2 << (UART % 16 * 2));
    assert_eq!(zone.read(config), 2 << (DEVICE % 16 * 2) | 2 << (UART % 16 * 2));
}

#[test]
fn sgis_stay_edge_triggered() {
    let mut zone = zone();
    let before = zone.hardware.edges.clone();
    zone.write(redistributor(0, 0x1_0c00), 0);
    assert_eq!(zone.hardware.edges, before);
}

#[test]
fn an_spi_is_routed_to_the_cpu_of_a_vcpu() {
    let mut zone = zone();
    let route = distributor(0x6000 + 8 * DEVICE, Width::Double);
    zone.write(route, 1);
    assert_eq!(zone.hardware.routes[&DEVICE], 1);
    assert_eq!(zone.read(route), 1);
}

#[test]
fn an_spi_routed_to_nobody_is_signalled_to_nobody() {
    let mut zone = zone().forwarding();
    zone.write(distributor(0x104, Width::Word), u64::from(OWN));
    let route = distributor(0x6000 + 8 * DEVICE, Width::Double);
    zone.write(route, VCPUS as u64);
    assert!(!zone.enabled(DEVICE));
    assert_eq!(zone.read(route), VCPUS as u64);
    zone.write(route, 0);
    assert!(zone.enabled(DEVICE));
}

#[test]
fn a_line_is_pending_while_it_is_up() {
    let mut zone = zone();
    zone.gic.set_line(true, &mut zone.hardware);
    assert!(zone.pending(UART));
    zone.gic.set_line(false, &mut zone.hardware);
    assert!(!zone.pending(UART));
}

#[test]
fn a_guest_cannot_clear_a_line_that_is_up() {
    let mut zone = zone();
    zone.gic.set_line(true, &mut zone.hardware);
    zone.write(distributor(0x284, Width::Word), u64::from(OWN));
    assert!(zone.pending(UART));
}

#[test]
fn enabling_again_brings_back_a_line_that_was_acknowledged_and_is_still_up() {
    let mut zone = zone().forwarding();
    zone.gic.set_line(true, &mut zone.hardware);
    // The hardware takes the pending state as the guest acknowledges.
    zone.hardware.clear(SPI_BANK, State::Pending, 1 << (UART % 32));
    zone.write(distributor(0x104, Width::Word), 1 << (UART % 32));
    assert!(zone.pending(UART));
}

#[test]
fn a_vcpu_that_starts_takes_its_private_interrupts_alone() {
    let mut zone = zone().forwarding();
    for index in 0..VCPUS {
        zone.write(redistributor(index, 0x1_0100), 1 << 27);
    }
    zone.gic.reset_vcpu(vcpu(1), &mut zone.hardware);
    let enabled = |index| zone.hardware.state(BankId::Private(vcpu(index)), State::Enabled) & 1 << 27 != 0;
    assert_eq!([enabled(0), enabled(1)], [true, false]);
}

#[test]
fn an_sgi_goes_to_vcpus_of_the_zone_alone() {
    let everybody = sgi_targets(VCPUS, vcpu(0), SgiRegister::Sgi1r, 5 << 24 | 0xffff);
    assert_eq!(everybody, Some((VcpuSet::first(VCPUS), 5)));
    let others = sgi_targets(VCPUS, vcpu(0), SgiRegister::Sgi1r, 1 << 40 | 7 << 24);
    assert_eq!(others, Some((VcpuSet::from_bits(0b10), 7)));
    let far = sgi_targets(VCPUS, vcpu(0), SgiRegister::Sgi1r, 1 << 16 | 0xffff);
    assert_eq!(far, Some((VcpuSet::EMPTY, 0)));
}

#[test]
fn no_sgi_goes_to_the_secure_side() {
    for register in [SgiRegister::Sgi0r, SgiRegister::Asgi1r] {
        assert_eq!(sgi_targets(VCPUS, vcpu(0), register, 0xffff), None);
    }
}

#[test]
fn a_guest_deactivates_its_own_interrupts_alone() {
    let zone = zone();
    for (number, allowed) in
        [(0, true), (27, true), (25, false), (26, false), (DEVICE, true), (41, false), (96, false)]
    {
        assert_eq!(zone.gic.may_deactivate(vcpu(0), intid(number)), allowed, "INTID {number}");
    }
}

#[test]
fn an_spi_is_owned_once_and_exists() {
    let mut zone = zone();
    for number in [DEVICE, 31, 32 + u32::from(SPIS)] {
        assert_eq!(zone.gic.own(intid(number), Trigger::Level), Err(BindError::NotBindable(intid(number))));
    }
}
