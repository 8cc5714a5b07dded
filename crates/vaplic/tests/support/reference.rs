//! A plain APLIC domain in MSI delivery mode, written from AIA 1.0, chapter 4, one source at a time.

/// A source (4.5.2).
#[derive(Clone, Copy, Default)]
pub(crate) struct Source {
    /// sourcecfg.SM.
    pub(crate) mode: u32,
    pub(crate) wire: bool,
    pub(crate) pending: bool,
    pub(crate) enabled: bool,
    pub(crate) target: u32,
}

impl Source {
    pub(crate) fn active(&self) -> bool {
        self.mode != 0
    }

    fn level_sensitive(&self) -> bool {
        self.mode == 6 || self.mode == 7
    }

    pub(crate) fn rectified(&self) -> bool {
        match self.mode {
            4 | 6 => self.wire,
            5 | 7 => !self.wire,
            _ => false,
        }
    }
}

/// A domain, and the MSIs that it has sent: hart index and EIID.
pub(crate) struct Reference {
    pub(crate) on: bool,
    pub(crate) genmsi: u32,
    /// By number; there is no source 0.
    pub(crate) sources: Vec<Source>,
    pub(crate) harts: u32,
    pub(crate) sent: Vec<(u32, u32)>,
}

impl Reference {
    pub(crate) fn new(sources: usize, harts: u32) -> Self {
        Self { on: false, genmsi: 0, sources: vec![Source::default(); sources + 1], harts, sent: Vec::new() }
    }

    pub(crate) fn reset(&mut self) {
        self.on = false;
        self.genmsi = 0;
        for source in &mut self.sources {
            *source = Source { wire: source.wire, ..Source::default() };
        }
    }

    fn exists(&self, number: u32) -> bool {
        number != 0 && (number as usize) < self.sources.len()
    }

    fn send(&mut self, register: u32) {
        if register >> 18 < self.harts {
            self.sent.push((register >> 18, register & 0x7ff));
        }
    }

    /// 4.9.
    fn forward(&mut self, number: u32) {
        let source = &mut self.sources[number as usize];
        if self.on && source.pending && source.enabled {
            source.pending = false;
            let target = source.target;
            self.send(target);
        }
    }

    /// 4.7.
    pub(crate) fn drive(&mut self, number: u32, level: bool) {
        let source = &mut self.sources[number as usize];
        let before = source.rectified();
        source.wire = level;
        if source.rectified() && !before {
            source.pending = true;
        }
        if source.level_sensitive() && !source.rectified() {
            source.pending = false;
        }
        self.forward(number);
    }

    pub(crate) fn set_pending(&mut self, number: u32) {
        if self.exists(number) {
            let source = &mut self.sources[number as usize];
            if source.active() && (!source.level_sensitive() || source.rectified()) {
                source.pending = true;
            }
            self.forward(number);
        }
    }

    pub(crate) fn clear_pending(&mut self, number: u32) {
        if self.exists(number) {
            self.sources[number as usize].pending = false;
        }
    }

    pub(crate) fn set_enabled(&mut self, number: u32, enabled: bool) {
        if self.exists(number) {
            let source = &mut self.sources[number as usize];
            source.enabled = enabled && source.active();
            self.forward(number);
        }
    }

    /// 4.5.2; a write makes a source with a high rectified input pending.
    pub(crate) fn configure(&mut self, number: u32, value: u32) {
        if self.exists(number) {
            let source = &mut self.sources[number as usize];
            source.mode = if value >> 10 & 1 == 1 { 0 } else { value & 7 };
            if source.rectified() {
                source.pending = true;
            }
            if !source.active() {
                source.pending = false;
                source.enabled = false;
            }
            if source.level_sensitive() && !source.rectified() {
                source.pending = false;
            }
            self.forward(number);
        }
    }

    pub(crate) fn turn(&mut self, on: bool) {
        self.on = on;
        for number in 1..self.sources.len() as u32 {
            self.forward(number);
        }
    }

    /// A word of a bit for each of 32 sources.
    fn word(&self, index: u32, bit: impl Fn(&Source) -> bool) -> u32 {
        let numbers = (0..32).filter(|position| {
            let number = index * 32 + position;
            self.exists(number) && bit(&self.sources[number as usize])
        });
        numbers.fold(0, |word, position| word | 1 << position)
    }

    fn each(&mut self, index: u32, value: u32, act: impl Fn(&mut Self, u32)) {
        for position in (0..32).filter(|position| value >> position & 1 == 1) {
            act(self, index * 32 + position);
        }
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        let index = (offset & 0xff) / 4;
        match offset {
            0 => 0x8000_0004 | u32::from(self.on) << 8,
            0x4..=0xfff if self.exists(offset / 4) => self.sources[offset as usize / 4].mode,
            0x1c00..=0x1c7f => self.word(index, |source| source.pending),
            0x1d00..=0x1d7f => self.word(index, Source::rectified),
            0x1e00..=0x1e7f => self.word(index, |source| source.enabled),
            0x3000 => self.genmsi,
            0x3004..=0x3fff if self.exists((offset - 0x3000) / 4) => {
                let source = &self.sources[(offset as usize - 0x3000) / 4];
                if source.active() { source.target } else { 0 }
            }
            _ => 0,
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        let index = (offset & 0xff) / 4;
        match offset {
            0 => self.turn(value >> 8 & 1 == 1),
            0x4..=0xfff => self.configure(offset / 4, value),
            0x1c00..=0x1c7f => self.each(index, value, |domain, number| domain.set_pending(number)),
            0x1cdc | 0x2000 => self.set_pending(value),
            0x2004 => self.set_pending(value.swap_bytes()),
            0x1d00..=0x1d7f => self.each(index, value, |domain, number| domain.clear_pending(number)),
            0x1ddc => self.clear_pending(value),
            0x1e00..=0x1e7f => self.each(index, value, |domain, number| domain.set_enabled(number, true)),
            0x1edc => self.set_enabled(value, true),
            0x1f00..=0x1f7f => self.each(index, value, |domain, number| domain.set_enabled(number, false)),
            0x1fdc => self.set_enabled(value, false),
            0x3000 => {
                self.genmsi = value & 0xfffc_07ff;
                self.send(value);
            }
            0x3004..=0x3fff if self.exists((offset - 0x3000) / 4) => {
                self.sources[(offset as usize - 0x3000) / 4].target = value & 0xfffc_07ff;
            }
            _ => {}
        }
    }
}
