//! A GIC without a hypervisor, as plain as can be: one record for each interrupt, nothing cached, no list
//! registers. Written from the rules of IHI 0069 and IHI 0048B, not from the model.

use vgic::Version;

#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    pub(crate) group_one: bool,
    pub(crate) enabled: bool,
    pub(crate) latch: bool,
    pub(crate) line: bool,
    pub(crate) edge: bool,
    pub(crate) active: bool,
    pub(crate) priority: u8,
    pub(crate) affinity: u64,
    /// GICD_ITARGETSR.
    targets: u8,
    /// An SGI of a GICv2: pending for each sender, always enabled.
    by_sender: bool,
    senders: u8,
    bound_edge: bool,
}

impl Interrupt {
    pub(crate) fn pending(&self) -> bool {
        self.latch || !self.edge && self.line || self.senders != 0
    }

    fn reset(&mut self) {
        *self = Self {
            line: self.line,
            edge: self.bound_edge,
            bound_edge: self.bound_edge,
            by_sender: self.by_sender,
            enabled: self.by_sender,
            ..Self::default()
        };
    }
}

pub(crate) struct Reference {
    version: Version,
    priority_mask: u8,
    control: u64,
    pub(crate) private: Vec<Vec<Interrupt>>,
    pub(crate) shared: Vec<Interrupt>,
}

/// Whose registers are accessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registers {
    Distributor,
    /// Of this vCPU.
    Redistributor(usize),
    /// The distributor of a GICv2, accessed by this vCPU.
    Banked(usize),
}

impl Registers {
    /// The vCPU whose private interrupts are meant, and the offset of what a distributor has at 0.
    fn place(self) -> (usize, u32) {
        match self {
            Self::Distributor => (0, 0),
            Self::Redistributor(vcpu) => (vcpu, 0x1_0000),
            Self::Banked(vcpu) => (vcpu, 0),
        }
    }

    fn have(self, intid: u32) -> bool {
        match self {
            Self::Distributor => intid >= 32,
            Self::Redistributor(_) => intid < 32,
            Self::Banked(_) => true,
        }
    }
}

/// What the CPU interface of a vCPU lets through.
#[derive(Clone, Copy)]
pub(crate) struct Signalled {
    pub(crate) group0: bool,
    pub(crate) group1: bool,
}

impl Reference {
    pub(crate) fn new(version: Version, vcpus: usize, spis: usize, priority_mask: u8) -> Self {
        let mut private = vec![Interrupt::default(); 32];
        for sgi in &mut private[..16] {
            sgi.bound_edge = true;
            sgi.by_sender = version == Version::V2;
            sgi.reset();
        }
        Self {
            version,
            priority_mask,
            control: 0,
            private: vec![private; vcpus],
            shared: vec![Interrupt::default(); spis],
        }
    }

    pub(crate) fn set_reset_edge(&mut self, intid: u32) {
        let spi = &mut self.shared[intid as usize - 32];
        spi.edge = true;
        spi.bound_edge = true;
    }

    pub(crate) fn reset(&mut self) {
        self.control = 0;
        self.private.iter_mut().flatten().for_each(Interrupt::reset);
        self.shared.iter_mut().for_each(Interrupt::reset);
    }

    pub(crate) fn reset_vcpu(&mut self, vcpu: usize) {
        self.private[vcpu].iter_mut().for_each(Interrupt::reset);
    }

    pub(crate) fn interrupt(&mut self, vcpu: usize, intid: u32) -> Option<&mut Interrupt> {
        match intid {
            0..32 => self.private.get_mut(vcpu)?.get_mut(intid as usize),
            _ => self.shared.get_mut(intid as usize - 32),
        }
    }

    pub(crate) fn drive(&mut self, vcpu: usize, intid: u32, level: bool) {
        let interrupt = self.interrupt(vcpu, intid).unwrap();
        if interrupt.edge && level && !interrupt.line {
            interrupt.latch = true;
        }
        interrupt.line = level;
    }

    fn deliverable(&self, interrupt: &Interrupt, signalled: Signalled) -> bool {
        let (forwarded, open) = match interrupt.group_one {
            false => (self.control & 1 != 0, signalled.group0),
            true => (self.control & 2 != 0, signalled.group1),
        };
        forwarded && open && interrupt.enabled && interrupt.pending() && !interrupt.active
    }

    fn is_routed_to(&self, interrupt: &Interrupt, vcpu: usize) -> bool {
        if self.version == Version::V2 {
            // Of several targets it is the first; a GIC may choose (1-N model).
            return self.private.len() == 1
                || 1 << vcpu == interrupt.targets & interrupt.targets.wrapping_neg();
        }
        interrupt.affinity == (((vcpu / 16) << 8) | (vcpu % 16)) as u64
    }

    /// The priority of the highest-priority pending interrupt of a vCPU.
    pub(crate) fn best_pending(&self, vcpu: usize, signalled: Signalled) -> Option<u8> {
        let private = self.private[vcpu].iter();
        let shared = self.shared.iter().filter(|interrupt| self.is_routed_to(interrupt, vcpu));
        private
            .chain(shared)
            .filter(|interrupt| self.deliverable(interrupt, signalled))
            .map(|interrupt| interrupt.priority)
            .min()
    }

    /// The vCPU reads `iar` from the acknowledge register; panics if that is not right.
    pub(crate) fn acknowledge(&mut self, vcpu: usize, iar: u32, signalled: Signalled) {
        let (intid, sender) = (iar & 0x3ff, 1 << (iar >> 10));
        let best = self.best_pending(vcpu, signalled);
        let interrupt = self.interrupt(vcpu, intid).unwrap().clone();
        assert!(
            self.deliverable(&interrupt, signalled),
            "interrupt {intid} came and is not due: {interrupt:?}"
        );
        assert!(
            intid < 32 || self.is_routed_to(&interrupt, vcpu),
            "interrupt {intid} came to the wrong vCPU"
        );
        assert_eq!(Some(interrupt.priority), best, "interrupt {intid} came before a better one");
        let interrupt = self.interrupt(vcpu, intid).unwrap();
        if interrupt.by_sender {
            assert!(
                interrupt.senders & sender != 0,
                "SGI {intid} came from a vCPU that had not sent it: {iar:#x}"
            );
        } else {
            assert_eq!(sender, 1, "only SGIs have a sender");
        }
        interrupt.senders &= !sender;
        interrupt.latch = false;
        interrupt.active = true;
    }

    pub(crate) fn deactivate(&mut self, vcpu: usize, intid: u32) {
        if let Some(interrupt) = self.interrupt(vcpu, intid) {
            interrupt.active = false;
        }
    }

    /// An SGI from `sender` with the register (0: SGI1R, 1: ASGI1R, 2: SGI0R).
    pub(crate) fn send_sgi(&mut self, sender: usize, register: u8, value: u64) {
        let intid = (value >> 24 & 15) as usize;
        for vcpu in 0..self.private.len() {
            let chosen = if value >> 40 & 1 == 1 {
                vcpu != sender
            } else {
                value >> 48 & 0xff == 0
                    && value >> 32 & 0xff == 0
                    && value >> 44 & 0xf == 0
                    && (value >> 16 & 0xff) as usize == vcpu / 16
                    && value >> (vcpu % 16) & 1 == 1
            };
            let sgi = &mut self.private[vcpu][intid];
            if chosen && (register == 0 || !sgi.group_one) {
                sgi.latch = true;
            }
        }
    }

    /// vCPU `sender` writes GICD_SGIR.
    fn send_banked(&mut self, sender: usize, value: u64) {
        for vcpu in 0..self.private.len() {
            let chosen = match value >> 24 & 3 {
                0 => value >> (16 + vcpu) & 1 == 1,
                1 => vcpu != sender,
                2 => vcpu == sender,
                _ => false,
            };
            if chosen {
                self.private[vcpu][value as usize & 15].senders |= 1 << sender;
            }
        }
    }

    /// Reads `bytes` at `offset` of the distributor, or of a vCPU's redistributor. Registers that identify the
    /// GIC are not modelled.
    pub(crate) fn read(&mut self, of: Registers, offset: u32, bytes: u32) -> u64 {
        match of {
            Registers::Distributor if offset == 0 && bytes == 4 => return 0x50 | self.control,
            Registers::Banked(_) if offset == 0 && bytes == 4 => return self.control,
            _ => {}
        }
        let alone = self.private.len() == 1;
        self.each(of, offset, bytes, |interrupt, register, shift| match register {
            Register::Group => u64::from(interrupt.group_one) << shift,
            Register::SetEnable | Register::ClearEnable => u64::from(interrupt.enabled) << shift,
            Register::SetPending | Register::ClearPending => u64::from(interrupt.pending()) << shift,
            Register::SetActive | Register::ClearActive => u64::from(interrupt.active) << shift,
            Register::Priority => u64::from(interrupt.priority) << shift,
            Register::Config => u64::from(interrupt.edge) << (shift + 1),
            Register::Route(0) if bytes == 8 => interrupt.affinity,
            Register::Route(0) => interrupt.affinity & 0xffff_ffff,
            Register::Route(_) => interrupt.affinity >> 32,
            Register::Targets(_) if alone => 0,
            Register::Targets(Some(vcpu)) => 1 << vcpu << shift,
            Register::Targets(None) => u64::from(interrupt.targets) << shift,
            Register::SetSenders | Register::ClearSenders => u64::from(interrupt.senders) << shift,
        })
    }

    pub(crate) fn write(&mut self, of: Registers, offset: u32, bytes: u32, value: u64) {
        let (_, base) = of.place();
        match (of, offset, bytes) {
            (Registers::Distributor | Registers::Banked(_), 0, 4) => self.control = value & 3,
            (Registers::Banked(sender), 0xf00, 4) => self.send_banked(sender, value),
            _ => {}
        }
        let mask = self.priority_mask;
        let vcpus = ((1u32 << self.private.len().min(8)) - 1) as u8;
        let sgis = of != Registers::Distributor && offset == base + 0xc00;
        self.each(of, offset, bytes, |interrupt, register, shift| {
            let set = value >> shift & 1 == 1;
            let byte = (value >> shift) as u8;
            match register {
                Register::Group => interrupt.group_one = set,
                Register::SetEnable => interrupt.enabled |= set,
                Register::ClearEnable | Register::SetPending | Register::ClearPending
                    if interrupt.by_sender => {}
                Register::ClearEnable => interrupt.enabled &= !set,
                Register::SetPending => interrupt.latch |= set,
                Register::ClearPending => interrupt.latch &= !set,
                Register::SetActive => interrupt.active |= set,
                Register::ClearActive => interrupt.active &= !set,
                Register::Priority => interrupt.priority = byte & mask,
                Register::Config if !sgis => interrupt.edge = value >> (shift + 1) & 1 == 1,
                Register::Config => {}
                Register::Route(0) if bytes == 8 => interrupt.affinity = value & 0xff_00ff_ffff,
                Register::Route(0) => {
                    interrupt.affinity = interrupt.affinity & 0xff_0000_0000 | value & 0xff_ffff;
                }
                Register::Route(_) => {
                    interrupt.affinity = interrupt.affinity & 0xff_ffff | (value & 0xff) << 32;
                }
                Register::Targets(None) => interrupt.targets = byte & vcpus,
                Register::Targets(Some(_)) => {}
                Register::SetSenders => interrupt.senders |= byte & vcpus,
                Register::ClearSenders => interrupt.senders &= !byte,
            }
            0
        });
    }

    /// Calls `act` with every interrupt that an access is about, and where its bits begin in the value.
    fn each(
        &mut self,
        of: Registers,
        offset: u32,
        bytes: u32,
        mut act: impl FnMut(&mut Interrupt, Register, u32) -> u64,
    ) -> u64 {
        let aligned = offset.is_multiple_of(bytes);
        let (vcpu, base) = of.place();
        let v2 = of == Registers::Banked(vcpu);
        let Some(offset) = offset.checked_sub(base) else { return 0 };
        let (register, first, bits) = match (offset, bytes) {
            (0x080..0x100, 4) => (Register::Group, (offset - 0x080) * 8, 1),
            (0x100..0x180, 4) => (Register::SetEnable, (offset - 0x100) * 8, 1),
            (0x180..0x200, 4) => (Register::ClearEnable, (offset - 0x180) * 8, 1),
            (0x200..0x280, 4) => (Register::SetPending, (offset - 0x200) * 8, 1),
            (0x280..0x300, 4) => (Register::ClearPending, (offset - 0x280) * 8, 1),
            (0x300..0x380, 4) => (Register::SetActive, (offset - 0x300) * 8, 1),
            (0x380..0x400, 4) => (Register::ClearActive, (offset - 0x380) * 8, 1),
            (0x400..0x800, 1 | 4) => (Register::Priority, offset - 0x400, 8),
            (0x800..0x820, 1 | 4) if v2 => (Register::Targets(Some(vcpu)), offset - 0x800, 8),
            (0x820..0xc00, 1 | 4) if v2 => (Register::Targets(None), offset - 0x800, 8),
            (0xc00..0xd00, 4) => (Register::Config, (offset - 0xc00) * 4, 2),
            (0xf10..0xf20, 1 | 4) if v2 => (Register::ClearSenders, offset - 0xf10, 8),
            (0xf20..0xf30, 1 | 4) if v2 => (Register::SetSenders, offset - 0xf20, 8),
            (0x6000..0x8000, 4 | 8) if of == Registers::Distributor => {
                (Register::Route(offset & 4), (offset - 0x6000) / 8, bytes * 8)
            }
            _ => return 0,
        };
        if !aligned || !of.have(first) {
            return 0;
        }
        let mut value = 0;
        for index in 0..bytes * 8 / bits {
            if let Some(interrupt) = self.interrupt(vcpu, first + index) {
                value |= act(interrupt, register, index * bits);
            }
        }
        value
    }
}

#[derive(Clone, Copy)]
enum Register {
    Group,
    SetEnable,
    ClearEnable,
    SetPending,
    ClearPending,
    SetActive,
    ClearActive,
    Priority,
    Config,
    Route(u32),
    /// Of SPIs, or the private ones of this vCPU.
    Targets(Option<usize>),
    SetSenders,
    ClearSenders,
}
