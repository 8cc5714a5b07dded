//! Sending SGIs, in both generations of the GIC.

use super::gic::{self, Array, Kind, Register, SenderArray, SgiTo, kind};
use super::script::Script;

/// The senders of the SGIs of a GICv2 that are pending, a bit each, by the CPU that they are pending for.
pub(super) type Senders = [[u8; 16]; 2];

impl Script<'_> {
    /// To any of the CPUs, by any of the registers.
    pub(super) fn send(&mut self, cpu: usize) {
        match kind() {
            Kind::V2 => self.send_banked(cpu),
            Kind::V3 | Kind::NonSecure => self.send_by_affinity(cpu),
        }
    }

    /// ICC_SGI1R_EL1 is left to SGIs that are in group 1 wherever they go. On a Non-secure side all are.
    fn send_by_affinity(&mut self, cpu: usize) {
        let sgi = self.pool.any_sgi(&mut self.random);
        let to_others = self.random.below(8) == 0;
        let list = 1 + self.random.below((1 << self.played) - 1);
        let mut to =
            [SgiTo::Group1, SgiTo::Group1, SgiTo::OtherGroup1, SgiTo::Group0][self.random.below(4) as usize];
        let mut in_group1 = true;
        for target in 0..self.cpus {
            let (address, bit) = gic::bit(Array::Group, target, sgi);
            if if to_others { target != cpu } else { list >> target & 1 != 0 } {
                in_group1 &= self.read(address) & u64::from(bit) != 0;
            }
        }
        if kind() == Kind::V3 && to == SgiTo::Group1 && !in_group1 {
            to = SgiTo::Group0;
        }
        let irm = if to_others { 1 << 40 } else { 0 };
        self.set(cpu, Register::send(to), irm | u64::from(sgi) << 24 | list);
    }

    /// By any filter that is not reserved, to any list of CPUs, whether they are there or not. Which of two senders comes
    /// first is the implementation's choice; QEMU takes the lower number even where the other one's SGI is in a list
    /// register, so none is sent while it is pending from a higher number.
    fn send_banked(&mut self, cpu: usize) {
        let sgi = self.pool.any_sgi(&mut self.random);
        let (filter, list) = (self.random.below(3), self.random.below(256));
        let me = 1u8 << cpu;
        let targets = match filter {
            0 => list as u8,
            1 => !me,
            _ => me,
        };
        let targets = (0..self.cpus).filter(move |target| targets >> target & 1 != 0);
        let comes_first = |senders: u8| senders >> cpu > 1;
        if targets.clone().any(|target| comes_first(self.senders[target][sgi as usize])) {
            return;
        }
        targets.for_each(|target| self.senders[target][sgi as usize] |= me);
        self.write(gic::send(cpu), filter << 24 | list << 16 | u64::from(sgi));
    }

    /// Makes an SGI of a GICv2 pending, or not pending, from some senders. One at least: QEMU asserts.
    pub(super) fn change_senders(&mut self, array: SenderArray, cpu: usize, sgi: u32) {
        let senders = 1 + self.random.below((1 << self.cpus) - 1) as u8;
        let kept = &mut self.senders[cpu][sgi as usize];
        match array {
            SenderArray::Set => *kept |= senders,
            SenderArray::Clear => *kept &= !senders,
        }
        self.write(gic::senders(array, cpu, sgi), senders.into());
    }

    /// An SGI of a GICv2 was acknowledged.
    pub(super) fn forget_sender(&mut self, cpu: usize, word: u64) {
        let (sgi, sender) = (word & 0x3ff, word >> 10 & 7);
        if let Some(kept) = self.senders[cpu].get_mut(sgi as usize) {
            *kept &= !(1 << sender);
        }
    }
}
