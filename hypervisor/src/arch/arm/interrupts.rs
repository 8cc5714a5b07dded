//! A zone's interrupts: the vGIC model with the zone's lock around it, this CPU's list registers below it, and
//! its effects carried out on the zone's own CPUs and interrupts, which are all that the model knows.

use vgic::{
    Access, Arrival, BankId, Effects, ListRegisters as _, PhysicalIntid, SgiRegister, Trigger, VcpuId,
    VcpuSet, Vgic, VirtualIntid,
};

use crate::arch::{self, ListRegisters as Lists};
use crate::cpu::{Cpu, Request, Vcpu};
use crate::lock;
use crate::zone::Zone;

use super::direct::DirectInterrupts;
use super::{Delivery, parking};

/// Carries out what the model decides. A kick of the vCPU that runs this is remembered, not sent.
struct ZoneEffects<'z> {
    zone: &'z Zone,
    me: Option<VcpuId>,
    kicked_me: bool,
}

impl<'z> ZoneEffects<'z> {
    fn by(zone: &'z Zone, me: VcpuId) -> Self {
        Self { zone, me: Some(me), kicked_me: false }
    }
}

impl Effects for ZoneEffects<'_> {
    fn kick(&mut self, vcpu: VcpuId) {
        if self.me == Some(vcpu) {
            self.kicked_me = true;
        } else if let Some(cpu) = self.zone.cpu(vcpu) {
            cpu.ask(Request::Interrupts);
        }
    }

    fn physical_enable(&mut self, owner: VcpuId, physical: PhysicalIntid, enable: bool) {
        if let Some(cpu) = self.zone.cpu(owner) {
            arch::enable_interrupt(cpu, physical.number(), enable);
        }
    }

    fn physical_route(&mut self, physical: PhysicalIntid, vcpu: VcpuId) {
        if let Some(cpu) = self.zone.cpu(vcpu) {
            arch::route_interrupt(cpu, physical.number());
        }
    }

    fn physical_trigger(&mut self, _: VcpuId, physical: PhysicalIntid, trigger: Trigger) {
        arch::set_interrupt_trigger(physical.number(), trigger == Trigger::Edge);
    }

    fn physical_deactivate(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        if let Some(cpu) = self.zone.cpu(owner) {
            arch::deactivate_interrupt(cpu, physical.number());
        }
    }

    fn physical_clear_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) {
        if let Some(cpu) = self.zone.cpu(owner) {
            arch::clear_pending_interrupt(cpu, physical.number());
        }
    }

    fn physical_is_pending(&mut self, owner: VcpuId, physical: PhysicalIntid) -> bool {
        self.zone.cpu(owner).is_some_and(|cpu| arch::is_interrupt_pending(cpu, physical.number()))
    }

    fn physical_pending_word(&mut self, word: u32) -> u32 {
        self.zone.interrupts().by_lists().map_or(0, |own| own.pending.read(word))
    }
}

impl Zone {
    /// Runs `change` on the model for the vCPU of this CPU, and loads what then is due to it. A zone without list
    /// registers has no such model.
    #[inline]
    fn with_vgic<R: Default>(
        &self,
        vcpu: VcpuId,
        change: impl FnOnce(&mut Vgic<'static>, &mut Lists, &mut ZoneEffects<'_>) -> R,
    ) -> R {
        let Some(own) = self.interrupts().by_lists() else { return R::default() };
        self.change(&mut own.vgic.lock(), vcpu, change)
    }

    /// Does the same, with every other vCPU parked first where `who_parks` names any.
    fn with_vgic_parked<R: Default>(
        &self,
        cpu: &'static Cpu,
        vcpu: &Vcpu,
        who_parks: impl FnOnce(&Vgic<'static>) -> VcpuSet,
        change: impl FnOnce(&mut Vgic<'static>, &mut Lists, &mut ZoneEffects<'_>) -> R,
    ) -> R {
        let Some(own) = self.interrupts().by_lists() else { return R::default() };
        let mut vgic = lock::take(&own.vgic);
        if who_parks(&vgic).is_empty() {
            return self.change(&mut vgic, vcpu.id, change);
        }
        drop(vgic);
        parking::with_others_parked(cpu, vcpu, || self.with_vgic(vcpu.id, change))
    }

    #[inline]
    fn change<R>(
        &self,
        vgic: &mut Vgic<'static>,
        vcpu: VcpuId,
        change: impl FnOnce(&mut Vgic<'static>, &mut Lists, &mut ZoneEffects<'_>) -> R,
    ) -> R {
        let mut effects = ZoneEffects::by(self, vcpu);
        let lists = &mut Lists::of_this_cpu();
        let result = change(vgic, lists, &mut effects);
        // A vCPU that is off has its list registers filled when it starts.
        if effects.kicked_me && vgic.is_running(vcpu) {
            vgic.refill(vcpu, lists, &mut effects);
        }
        result
    }

    /// Loads what is due to a vCPU into the list registers of its CPU, which runs this.
    pub fn refill(&self, vcpu: VcpuId) {
        self.with_vgic(vcpu, |vgic, lrs, effects| vgic.refill(vcpu, lrs, effects));
    }

    /// Takes everything out of the list registers of this CPU, which runs `vcpu`.
    pub fn fold(&self, vcpu: VcpuId) {
        if let Some(own) = self.interrupts().by_lists() {
            let mut effects = ZoneEffects { zone: self, me: None, kicked_me: false };
            lock::take(&own.vgic).fold(vcpu, &mut Lists::of_this_cpu(), &mut effects);
        }
    }

    /// A physical interrupt arrived on the CPU of `vcpu`, which runs this. False when it is not the zone's.
    #[inline]
    pub fn physical_arrived(&self, vcpu: VcpuId, intid: u32) -> bool {
        let Some(physical) = PhysicalIntid::new(intid) else { return false };
        self.with_vgic(vcpu, |vgic, lrs, effects| {
            vgic.physical_arrived(vcpu, physical, lrs, effects) == Arrival::Taken
        })
    }

    /// The guest wrote `value` to ICC_SGI1R_EL1 (GICv3). False if that is left to [`Self::send_sgi`]: unless it sends an
    /// SGI to `vcpu` itself and nothing else.
    #[inline(always)]
    pub fn send_to_self(&self, vcpu: VcpuId, value: u64) -> bool {
        let Some(own) = self.interrupts().by_lists() else { return false };
        let mut lists = Lists::of_gicv3();
        let load = own.vgic.lock().send_to_self(vcpu, value, lists.empty());
        if let Some(load) = load {
            lists.write(load.index as usize, load.contents.get());
        }
        load.is_some()
    }

    /// The guest generated an SGI by writing `value` to one of the three registers for that.
    pub fn send_sgi(&self, vcpu: VcpuId, register: SgiRegister, value: u64) {
        if self.interrupts().direct().is_some() {
            return DirectInterrupts::send_sgi(self, vcpu, register, value);
        }
        self.with_vgic(vcpu, |vgic, lrs, effects| vgic.send_sgi(vcpu, register, value, lrs, effects));
    }

    /// The guest wrote `value` to ICC_DIR_EL1, which traps.
    pub fn deactivate(&self, cpu: &'static Cpu, vcpu: &Vcpu, value: u64) {
        // Special and reserved INTIDs are ignored (IHI 0069, 12.2.11 "ICC_DIR_EL1").
        let Some(intid) = VirtualIntid::new(value as u32 & 0xff_ffff) else { return };
        if let Some(own) = self.interrupts().direct() {
            return own.deactivate(vcpu.id, intid);
        }
        self.with_vgic_parked(
            cpu,
            vcpu,
            |vgic| vgic.must_park_to_deactivate(vcpu.id, intid),
            |vgic, lrs, effects| vgic.deactivate(vcpu.id, intid, lrs, effects),
        );
    }

    /// A wired virtual device raises or lowers its line. `vcpu` is the one whose CPU runs this.
    pub fn set_line(&self, vcpu: VcpuId, intid: u32, level: bool) {
        let Some(intid) = VirtualIntid::new(intid) else { return };
        if let Some(own) = self.interrupts().direct() {
            return own.set_line(self, level);
        }
        self.with_vgic(vcpu, |vgic, _, effects| vgic.set_line(intid, level, effects));
    }

    /// Does what [`vgic::Poked::Pends`] asks for.
    #[inline(never)]
    pub(super) fn pend_quickly(&self, vgic: &mut Vgic<'static>, by: VcpuId, id: BankId, word: u32) -> bool {
        let mut lists = Lists::of_this_cpu();
        if word.is_power_of_two()
            && let Some(load) = vgic.pend_one(by, id, word.trailing_zeros(), lists.empty())
        {
            lists.write(load.index as usize, load.contents.get());
            return true;
        }
        self.pend(vgic, by, id, word)
    }

    /// Does what [`vgic::Poked::Sends`] asks for. False if it is not for `by` alone, or cannot be done at once.
    #[inline(never)]
    pub(super) fn send_by_word(vgic: &mut Vgic<'static>, by: VcpuId, value: u32) -> bool {
        let mut lists = Lists::of_gicv2();
        let load = vgic.send_by_word(by, value, lists.empty());
        if let Some(load) = load {
            lists.write(load.index as usize, load.contents.get());
        }
        load.is_some()
    }

    #[inline(never)]
    fn pend(&self, vgic: &mut Vgic<'static>, by: VcpuId, id: BankId, mask: u32) -> bool {
        self.change(vgic, by, |vgic, lrs, effects| vgic.pend(by, id, mask, lrs, effects))
    }

    /// A load or store of the guest in a frame of its interrupt controller.
    #[inline(never)]
    pub(super) fn access_gic(
        &self,
        cpu: &'static Cpu,
        vcpu: &Vcpu,
        access: Access,
        write: Option<u64>,
    ) -> u64 {
        if let Some(own) = self.interrupts().direct() {
            return own.access(self, &access, write);
        }
        let done = self.with_vgic(vcpu.id, |vgic, lrs, effects| {
            Some(vgic.access(vcpu.id, &access, write, lrs, effects))
        });
        match done {
            Some(Ok(value)) => value,
            Some(Err(_)) => self.access_gic_alone(cpu, vcpu, access, write),
            None => 0,
        }
    }

    /// The same while every other vCPU is parked.
    #[cold]
    #[inline(never)]
    fn access_gic_alone(&self, cpu: &'static Cpu, vcpu: &Vcpu, access: Access, write: Option<u64>) -> u64 {
        parking::with_others_parked(cpu, vcpu, || {
            self.with_vgic(vcpu.id, |vgic, lrs, effects| {
                vgic.access(vcpu.id, &access, write, lrs, effects).unwrap_or(0)
            })
        })
    }

    /// A vCPU starts: its private interrupts take their reset state.
    pub fn reset_private_interrupts(&self, vcpu: VcpuId) {
        let mut effects = ZoneEffects { zone: self, me: None, kicked_me: false };
        match &self.interrupts().delivery {
            Delivery::Virtual(own) => lock::take(&own.vgic).reset_vcpu(vcpu, &mut effects),
            Delivery::Direct(own) => own.reset_vcpu(self, vcpu),
        }
    }

    /// Puts the interrupt controller back to its reset state.
    pub fn reset_interrupts(&self) {
        let mut effects = ZoneEffects { zone: self, me: None, kicked_me: false };
        match &self.interrupts().delivery {
            Delivery::Virtual(own) => lock::take(&own.vgic).reset(&mut effects),
            Delivery::Direct(own) => own.reset(self),
        }
    }
}
