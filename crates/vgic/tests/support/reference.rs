//! A GIC without a hypervisor, as plain as can be: one record for each interrupt, nothing cached, no list
//! registers. Written from the rules of IHI 0069, not from the model.

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
    bound_edge: bool,
}

impl Interrupt {
    pub(crate) fn pending(&self) -> bool {
        self.latch || !self.edge && self.line
    }

    fn reset(&mut self) {
        *self =
            Self { line: self.line, edge: self.bound_edge, bound_edge: self.bound_edge, ..Self::default() };
    }
}

pub(crate) struct Reference {
    priority_mask: u8,
    control: u64,
    pub(crate) private: Vec<Vec<Interrupt>>,
    pub(crate) shared: Vec<Interrupt>,
}

/// What the CPU interface of a vCPU lets through.
#[derive(Clone, Copy)]
pub(crate) struct Signalled {
    pub(crate) group0: bool,
    pub(crate) group1: bool,
}

impl Reference {
    pub(crate) fn new(vcpus: usize, spis: usize, priority_mask: u8) -> Self {
        let mut private = vec![Interrupt::default(); 32];
        for sgi in &mut private[..16] {
            sgi.edge = true;
            sgi.bound_edge = true;
        }
        Self {
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

    /// The vCPU acknowledges `intid`; panics if it had no right to.
    pub(crate) fn acknowledge(&mut self, vcpu: usize, intid: u32, signalled: Signalled) {
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

    /// Reads `bytes` at `offset` of the distributor, or of a vCPU's redistributor. Registers that identify the
    /// GIC are not modelled.
    pub(crate) fn read(&mut self, redistributor: Option<usize>, offset: u32, bytes: u32) -> u64 {
        if redistributor.is_none() && offset == 0 && bytes == 4 {
            return 0x50 | self.control;
        }
        self.each(redistributor, offset, bytes, |interrupt, register, shift| match register {
            Register::Group => u64::from(interrupt.group_one) << shift,
            Register::SetEnable | Register::ClearEnable => u64::from(interrupt.enabled) << shift,
            Register::SetPending | Register::ClearPending => u64::from(interrupt.pending()) << shift,
            Register::SetActive | Register::ClearActive => u64::from(interrupt.active) << shift,
            Register::Priority => u64::from(interrupt.priority) << shift,
            Register::Config => u64::from(interrupt.edge) << (shift + 1),
            Register::Route(0) if bytes == 8 => interrupt.affinity,
            Register::Route(0) => interrupt.affinity & 0xffff_ffff,
            Register::Route(_) => interrupt.affinity >> 32,
        })
    }

    pub(crate) fn write(&mut self, redistributor: Option<usize>, offset: u32, bytes: u32, value: u64) {
        if redistributor.is_none() && offset == 0 && bytes == 4 {
            self.control = value & 3;
        }
        let mask = self.priority_mask;
        let base = if redistributor.is_some() { 0x1_0000 } else { 0 };
        let sgis = redistributor.is_some() && offset == base + 0xc00;
        self.each(redistributor, offset, bytes, |interrupt, register, shift| {
            let set = value >> shift & 1 == 1;
            match register {
                Register::Group => interrupt.group_one = set,
                Register::SetEnable => interrupt.enabled |= set,
                Register::ClearEnable => interrupt.enabled &= !set,
                Register::SetPending => interrupt.latch |= set,
                Register::ClearPending => interrupt.latch &= !set,
                Register::SetActive => interrupt.active |= set,
                Register::ClearActive => interrupt.active &= !set,
                Register::Priority => interrupt.priority = (value >> shift) as u8 & mask,
                Register::Config if !sgis => interrupt.edge = value >> (shift + 1) & 1 == 1,
                Register::Config => {}
                Register::Route(0) if bytes == 8 => interrupt.affinity = value & 0xff_00ff_ffff,
                Register::Route(0) => {
                    interrupt.affinity = interrupt.affinity & 0xff_0000_0000 | value & 0xff_ffff;
                }
                Register::Route(_) => {
                    interrupt.affinity = interrupt.affinity & 0xff_ffff | (value & 0xff) << 32;
                }
            }
            0
        });
    }

    /// Calls `act` with every interrupt that an access is about, and where its bits begin in the value.
    fn each(
        &mut self,
        redistributor: Option<usize>,
        offset: u32,
        bytes: u32,
        mut act: impl FnMut(&mut Interrupt, Register, u32) -> u64,
    ) -> u64 {
        let aligned = offset.is_multiple_of(bytes);
        let base = if redistributor.is_some() { 0x1_0000 } else { 0 };
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
            (0xc00..0xd00, 4) => (Register::Config, (offset - 0xc00) * 4, 2),
            (0x6000..0x8000, 4 | 8) if base == 0 => {
                (Register::Route(offset & 4), (offset - 0x6000) / 8, bytes * 8)
            }
            _ => return 0,
        };
        if !aligned || redistributor.is_some() && first >= 32 || redistributor.is_none() && first < 32 {
            return 0;
        }
        let mut value = 0;
        for index in 0..bytes * 8 / bits {
            if let Some(interrupt) = self.interrupt(redistributor.unwrap_or(0), first + index) {
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
}
