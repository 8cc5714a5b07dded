//! A zone whose interrupts are delivered directly, on a physical GIC that it shares with others: whatever is written
//! wherever, only what the zone owns changes, none of its priorities is one of the hypervisor's, and what is signalled
//! is what the guest has enabled.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use vgic::direct::cpu_interface::{
    HIGHEST_PRIORITY, control_to_guest, control_to_physical, to_guest, to_physical,
};
use vgic::direct::{Direct, Physical, Redistributor, State, sgi_targets};
use vgic::{Access, BankId, Frame, MAX_VCPUS, SgiRegister, Trigger, VcpuId, VcpuSet, VirtualIntid, Width};

const SPIS: u16 = 96;
const SHARED: usize = SPIS as usize / 32;
/// The zone's SPIs, of each bank.
const OWNED: [u32; SHARED] = [0x0000_8101, 0, 0x8000_0001];
/// The one of them that is the virtual UART's.
const UART: u32 = 32 + 15;
/// Private interrupts of the hypervisor's.
const RESERVED: u32 = 1 << 25 | 1 << 26;

#[derive(Arbitrary, Debug)]
struct History {
    vcpus: u8,
    /// What others have left in the hardware.
    others: u32,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Read(Place),
    Write(Place, u64),
    /// A register that has a bit for each interrupt, and the bits.
    WriteBits(Option<u8>, u8, u8, u32),
    Forward(bool),
    SetLine(bool),
    /// The guest acknowledges what is pending in a bank.
    Take(u8),
    ResetVcpu(u8),
    Reset,
    SendSgi(u8, u64),
    Deactivate(u8, u16),
    /// A trapped register of the CPU interface.
    CpuInterface(u64),
}

#[derive(Arbitrary, Debug)]
struct Place {
    redistributor: Option<u8>,
    offset: u32,
    width: u8,
}

impl Place {
    fn access(&self) -> Access {
        let widths = [Width::Word, Width::Byte, Width::Double, Width::Half];
        let width = widths[usize::from(self.width) % 4];
        // Half of the values are aligned.
        let offset = self.offset >> 1 & 0x1_ffff;
        let offset = if self.offset & 1 == 0 { offset & !(width.bytes() - 1) } else { offset };
        Access { frame: frame(self.redistributor), offset, width }
    }
}

/// The frame of any redistributor, of one that does not exist too.
fn frame(redistributor: Option<u8>) -> Frame {
    let whose = redistributor.and_then(|whose| VcpuId::new(usize::from(whose) % 8));
    whose.map_or(Frame::Distributor, Frame::Redistributor)
}

/// 32 interrupts of the physical GIC.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bank {
    /// By [`State`].
    states: [u32; 3],
    priorities: [u8; 32],
    edge: u32,
    routes: [Option<usize>; 32],
}

/// The physical GIC, with banks of the zone's vCPUs and shared ones. An effect on what is not the zone's panics.
#[derive(Clone)]
struct Hardware {
    private: Vec<Bank>,
    shared: [Bank; SHARED],
}

/// The bank that an interrupt of a vCPU is in.
fn bank_of(vcpu: VcpuId, intid: VirtualIntid) -> BankId {
    match intid.number() {
        0..32 => BankId::Private(vcpu),
        number => BankId::Shared((number / 32 - 1) as u8),
    }
}

impl Hardware {
    fn new(vcpus: usize, others: u32) -> Self {
        let bank = Bank { states: [others; 3], priorities: [0x20; 32], edge: others, routes: [None; 32] };
        Self { private: vec![bank; vcpus], shared: [bank; SHARED] }
    }

    /// A bank, if it exists.
    fn bank(&self, bank: BankId) -> Option<&Bank> {
        match bank {
            BankId::Private(vcpu) => self.private.get(vcpu.index()),
            BankId::Shared(shared) => self.shared.get(usize::from(shared)),
        }
    }

    /// The interrupts of a bank that are the zone's.
    fn owned(&self, bank: BankId) -> u32 {
        match (bank, self.bank(bank)) {
            (_, None) => 0,
            (BankId::Private(_), _) => !RESERVED,
            (BankId::Shared(shared), _) => OWNED[usize::from(shared)],
        }
    }

    /// Changes these interrupts of a bank.
    fn change(&mut self, bank: BankId, mask: u32, change: impl FnOnce(&mut Bank)) {
        assert_eq!(mask & !self.owned(bank), 0, "an effect on interrupts of others in {bank:?}");
        let bank = match bank {
            BankId::Private(vcpu) => self.private.get_mut(vcpu.index()),
            BankId::Shared(shared) => self.shared.get_mut(usize::from(shared)),
        };
        if let Some(bank) = bank {
            change(bank);
        }
    }

    fn banks(&self) -> impl Iterator<Item = BankId> + use<> {
        let private = (0..self.private.len()).filter_map(VcpuId::new).map(BankId::Private);
        private.chain((0..SHARED as u8).map(BankId::Shared))
    }
}

impl Physical for Hardware {
    fn read(&self, bank: BankId, state: State) -> u32 {
        self.bank(bank).map_or(0, |bank| bank.states[state as usize])
    }
    fn set(&mut self, bank: BankId, state: State, mask: u32) {
        self.change(bank, mask, |bank| bank.states[state as usize] |= mask);
    }
    fn clear(&mut self, bank: BankId, state: State, mask: u32) {
        self.change(bank, mask, |bank| bank.states[state as usize] &= !mask);
    }
    fn priority(&self, bank: BankId, position: u32) -> u8 {
        self.bank(bank).map_or(0, |bank| bank.priorities[position as usize])
    }
    fn set_priority(&mut self, bank: BankId, position: u32, priority: u8) {
        assert!(priority >= HIGHEST_PRIORITY, "priority {priority:#x} is the hypervisor's");
        self.change(bank, 1 << position, |bank| bank.priorities[position as usize] = priority);
    }
    fn is_edge(&self, bank: BankId, position: u32) -> bool {
        self.bank(bank).is_some_and(|bank| bank.edge >> position & 1 != 0)
    }
    fn set_edge(&mut self, bank: BankId, position: u32, edge: bool) {
        self.change(bank, 1 << position, |bank| {
            bank.edge = bank.edge & !(1 << position) | u32::from(edge) << position;
        });
    }
    fn route(&mut self, intid: VirtualIntid, vcpu: VcpuId) {
        assert!(vcpu.index() < self.private.len(), "an SPI is routed out of the zone");
        let position = intid.number() % 32;
        let bank = bank_of(VcpuId::FIRST, intid);
        assert!(matches!(bank, BankId::Shared(_)), "a private interrupt is routed");
        self.change(bank, 1 << position, |bank| bank.routes[position as usize] = Some(vcpu.index()));
    }
}

struct Zone<'a> {
    gic: Direct<'a>,
    hardware: Hardware,
    line: bool,
}

impl Zone<'_> {
    fn apply(&mut self, step: Step) {
        let vcpus = self.hardware.private.len();
        let by = |index: u8| VcpuId::new(usize::from(index) % vcpus).expect("a vCPU");
        match step {
            Step::Read(place) => {
                self.read(&place.access());
            }
            Step::Write(place, value) => self.gic.write(&place.access(), value, &mut self.hardware),
            Step::WriteBits(redistributor, register, word, bits) => {
                let (frame, word) = (frame(redistributor), u32::from(word % 4));
                let base = if frame == Frame::Distributor { 0x80 } else { 0x1_0080 };
                let offset = base + 0x80 * u32::from(register % 7) + 4 * word;
                let access = Access { frame, offset, width: Width::Word };
                self.gic.write(&access, bits.into(), &mut self.hardware);
                if (frame, word) == (Frame::Distributor, UART / 32) {
                    assert!(!self.line || self.uart_is_pending(), "a line that is up was cleared");
                }
            }
            Step::Forward(on) => {
                let control = Access { frame: Frame::Distributor, offset: 0, width: Width::Word };
                self.gic.write(&control, u64::from(on) << 1, &mut self.hardware);
            }
            Step::SetLine(level) => {
                self.line = level;
                self.gic.set_line(level, &mut self.hardware);
                assert_eq!(self.uart_is_pending(), level);
            }
            Step::Take(bank) => {
                let Some(bank) = self.hardware.banks().nth(bank.into()) else { return };
                let pending = self.hardware.read(bank, State::Pending) & self.hardware.owned(bank);
                self.hardware.clear(bank, State::Pending, pending);
            }
            Step::ResetVcpu(vcpu) => self.gic.reset_vcpu(by(vcpu), &mut self.hardware),
            Step::Reset => {
                self.line = false;
                self.gic.reset(&mut self.hardware);
            }
            Step::SendSgi(vcpu, value) => self.send_sgi(by(vcpu), value),
            Step::Deactivate(vcpu, number) => self.may_deactivate(by(vcpu), number),
            Step::CpuInterface(value) => {
                assert!(to_physical(value as u8) >= HIGHEST_PRIORITY);
                assert_eq!(to_guest(to_physical(value as u8)), value as u8 & 0xfe);
                assert_eq!(control_to_physical(value) & !control_to_guest(u64::MAX), 0);
            }
        }
    }

    fn uart_is_pending(&self) -> bool {
        let pending = self.hardware.read(BankId::Shared((UART / 32 - 1) as u8), State::Pending);
        pending >> (UART % 32) & 1 != 0
    }

    /// A read shows nothing of others.
    fn read(&self, access: &Access) {
        let value = self.gic.read(access, &self.hardware);
        assert_eq!(access.width.zero_extend(value), value, "bits beyond the access's width");
        let (index, bank) = match access.frame {
            Frame::Distributor => {
                let Some(shared) = (access.offset / 4 % 32).checked_sub(1) else { return };
                (access.offset, BankId::Shared(shared as u8))
            }
            Frame::Redistributor(vcpu) => {
                let Some(offset) = access.offset.checked_sub(0x1_0000) else { return };
                (offset, BankId::Private(vcpu))
            }
            Frame::Banked(_) => return,
        };
        if (0x100..0x400).contains(&index) {
            let own = u64::from(self.hardware.owned(bank));
            assert_eq!(value & !own, 0, "a read at {:#x} shows interrupts of others", access.offset);
        }
    }

    fn send_sgi(&self, by: VcpuId, value: u64) {
        let vcpus = self.hardware.private.len();
        for register in [SgiRegister::Sgi0r, SgiRegister::Asgi1r] {
            assert_eq!(sgi_targets(vcpus, by, register, value), None, "an SGI of the Secure side");
        }
        let (targets, intid) =
            sgi_targets(vcpus, by, SgiRegister::Sgi1r, value).expect("the guest's own SGI");
        assert!(intid < 16);
        assert_eq!(targets.bits() & !VcpuSet::first(vcpus).bits(), 0, "an SGI leaves the zone");
    }

    fn may_deactivate(&self, by: VcpuId, number: u16) {
        let Some(intid) = VirtualIntid::new(u32::from(number) % 1020) else { return };
        let bank = bank_of(by, intid);
        let own = self.hardware.owned(bank) >> (intid.number() % 32) & 1 != 0;
        assert_eq!(self.gic.may_deactivate(by, intid), own, "{intid:?}");
    }

    /// What is signalled reads as enabled, and what is not the zone's is as it was.
    fn check(&self, before: &Hardware) {
        for bank in self.hardware.banks() {
            let own = self.hardware.owned(bank);
            let (Some(is), Some(was)) = (self.hardware.bank(bank), before.bank(bank)) else { continue };
            for state in 0..3 {
                assert_eq!(is.states[state] & !own, was.states[state] & !own, "state {state} of {bank:?}");
            }
            let (frame, offset) = match bank {
                BankId::Private(vcpu) => (Frame::Redistributor(vcpu), 0x1_0100),
                BankId::Shared(shared) => (Frame::Distributor, 0x104 + 4 * u32::from(shared)),
            };
            let enabled = self.gic.read(&Access { frame, offset, width: Width::Word }, &self.hardware) as u32;
            let signalled = is.states[State::Enabled as usize] & own;
            assert_eq!(signalled & !enabled, 0, "{bank:?} signals what the guest has not enabled");
        }
    }
}

fuzz_target!(|history: History| {
    let vcpus = 1 + usize::from(history.vcpus) % MAX_VCPUS.min(4);
    let mut redistributors = vec![Redistributor::new(); vcpus];
    let mut gic = Direct::new(SPIS, RESERVED, &mut redistributors).expect("a GIC");
    for (bank, owned) in (0u32..).zip(OWNED) {
        for position in (0..32).filter(|position| owned >> position & 1 != 0) {
            let trigger = if position % 2 == 0 { Trigger::Edge } else { Trigger::Level };
            gic.own(VirtualIntid::new(32 + 32 * bank + position).expect("an SPI"), trigger).expect("free");
        }
    }
    gic.wire(VirtualIntid::new(UART).expect("an SPI"));
    let before = Hardware::new(vcpus, history.others);
    let mut zone = Zone { gic, hardware: before.clone(), line: false };
    zone.gic.reset(&mut zone.hardware);
    zone.check(&before);
    for step in history.steps {
        zone.apply(step);
        zone.check(&before);
    }
});
