//! The zone's APLIC: the model with the zone's lock around it, and its effects carried out on the physical sources
//! that the zone owns and on the guest interrupt files of its own vCPUs, which are all that the model knows.

use addr::{GuestPhys, Range};
use ids::{VcpuId, Width};
use spin::mutex::TicketMutex;
use vaplic::{Bank, Config, Effects, Message, Mode, PhysicalSource, PhysicalState, Vaplic, VirtualSource};

use crate::arch::riscv64::interrupts;
use crate::irqchip::aplic::Target;
use crate::memory::pool::Pool;
use crate::zone::{CreateError, Zone};

/// An emulated APLIC.
pub struct Aia {
    frame: Range<GuestPhys>,
    model: TicketMutex<Vaplic<'static>>,
}

impl Aia {
    /// Makes the APLIC of a zone of so many vCPUs.
    ///
    /// # Errors
    ///
    /// [`CreateError`] where the pool is used up or an interrupt cannot be bound.
    pub fn create(
        pool: &mut Pool,
        record: &manifest::Zone<'static>,
        frames: manifest::Aia,
        vcpus: usize,
    ) -> Result<Self, CreateError> {
        let sources = u16::try_from(frames.sources).map_err(|_| CreateError::InterruptController)?;
        let banks = pool.place_slice(Config::banks(sources), |_| Bank::new())?;
        let config = Config { sources, vcpus: vcpus as u8 };
        let mut model = Vaplic::new(config, banks).map_err(|_| CreateError::InterruptController)?;
        for interrupt in record.interrupts() {
            let refused = CreateError::Interrupt(interrupt.virtual_number);
            let source = VirtualSource::new(interrupt.virtual_number).ok_or(refused)?;
            let physical = PhysicalSource::new(interrupt.physical_number).ok_or(refused)?;
            model.bind(source, physical).map_err(|_| refused)?;
        }
        Ok(Self { frame: frames.aplic, model: TicketMutex::new(model) })
    }

    /// How far an address lies in the frame, if it does.
    #[inline(always)]
    pub fn offset_of(&self, address: GuestPhys) -> Option<u32> {
        Some(self.frame.offset_of(address)? as u32)
    }

    /// A load of the guest, so far into the frame: the low 32 bits of the value, and all of it where that is zero.
    #[inline(always)]
    pub fn load(&self, offset: u32, width: Width) -> u64 {
        // What is above is the sign, which is there already; the access extends the value as the guest wants it, and
        // what is wider than a word reads zero.
        self.model.lock().read(offset, width, &Sources) as i32 as u64
    }

    /// A store of the guest.
    #[inline(always)]
    pub fn store(&self, zone: &Zone, offset: u32, width: Width, value: u64) {
        self.model.lock().write(offset, width, value as u32, &mut ZoneEffects { zone });
    }

    /// A virtual device drives the wire of a source.
    pub fn set_line(&self, zone: &Zone, source: u32, level: bool) {
        if let Some(source) = VirtualSource::new(source) {
            self.model.lock().set_wire(source, level, &mut ZoneEffects { zone });
        }
    }

    /// Puts the model and the physical sources of the zone back to their reset state.
    pub fn reset(&self, zone: &Zone) {
        self.model.lock().reset(&mut ZoneEffects { zone });
    }
}

/// What the physical APLIC says.
struct Sources;

impl PhysicalState for Sources {
    fn is_pending(&self, source: PhysicalSource) -> bool {
        interrupts::aplic().is_some_and(|aplic| aplic.is_pending(source.number()))
    }

    fn input(&self, source: PhysicalSource) -> bool {
        interrupts::aplic().is_some_and(|aplic| aplic.input(source.number()))
    }
}

struct ZoneEffects<'z> {
    zone: &'z Zone,
}

impl ZoneEffects<'_> {
    fn file(&self, vcpu: VcpuId) -> Option<interrupts::GuestFile> {
        self.zone.cpus().get(vcpu.index())?.arch.guest_file
    }
}

impl Effects for ZoneEffects<'_> {
    fn send(&mut self, message: Message) {
        if let Some(file) = self.file(message.vcpu) {
            file.send(message.eiid.number());
        }
    }

    fn send_extempore(&mut self, message: Message) {
        // The physical APLIC's own message comes after all that it has sent before (AIA 1.0, 4.9.3).
        if let Some(file) = self.file(message.vcpu)
            && let Some(aplic) = interrupts::aplic()
        {
            aplic.synchronise(file.hart_index);
        }
        self.send(message);
    }

    fn physical_mode(&mut self, source: PhysicalSource, mode: Mode) {
        if let Some(aplic) = interrupts::aplic() {
            aplic.set_mode(source.number(), mode as u8);
        }
    }

    fn physical_route(&mut self, source: PhysicalSource, message: Option<Message>) {
        // Identity 0 is one that every file ignores.
        let (vcpu, identity) = match message {
            Some(message) => (message.vcpu, message.eiid.number() as u16),
            None => (VcpuId::FIRST, 0),
        };
        if let Some(file) = self.file(vcpu)
            && let Some(aplic) = interrupts::aplic()
        {
            let target = Target { hart: file.hart_index, guest_file: file.number, identity };
            aplic.set_target(source.number(), target);
        }
    }

    fn physical_enable(&mut self, source: PhysicalSource, enable: bool) {
        if let Some(aplic) = interrupts::aplic() {
            aplic.set_enabled(source.number(), enable);
        }
    }

    fn physical_set_pending(&mut self, source: PhysicalSource) {
        if let Some(aplic) = interrupts::aplic() {
            aplic.set_pending(source.number());
        }
    }

    fn physical_clear_pending(&mut self, source: PhysicalSource) {
        if let Some(aplic) = interrupts::aplic() {
            aplic.clear_pending(source.number());
        }
    }
}
