//! Which of a hart's ISA extensions a guest is told of (Linux binding riscv/extensions.yaml).

use dtoolkit::model::DeviceTreeNode;
use dtoolkit::{Node, Property};

/// What a guest is told of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It works in VS-mode as it does in S-mode.
    Kept,
    /// The same, where the zone has interrupt files of the AIA.
    WithAia,
    /// The same, where the hart also has this extension, or all that belong to H (sha).
    With(&'static str),
    /// It does not, for the reason beside it.
    Removed,
}

use Verdict::{Kept, Removed, With, WithAia};

/// The first row whose name fits decides; a name that ends in `*` fits all that begin like it. The reason is for
/// those who read or change the table.
const VERDICTS: [(&str, Verdict, &str); 42] = [
    ("h", Removed, "a zone is no hypervisor's host: no nested virtualisation"),
    // Unprivileged, but not free of privileged state.
    ("zkr", Removed, "the seed CSR traps in VS-mode, even where mseccfg.SSEED lets S-mode read it"),
    ("zk", Removed, "it contains zkr; its other parts have names of their own"),
    ("zihpm", Removed, "event counters are not handed out (hcounteren)"),
    ("zcmt", Removed, "its jvt CSR is not handed out (hstateen0.JVT)"),
    ("zicfilp", Removed, "henvcfg.LPE stays off"),
    ("zicfiss", Removed, "henvcfg.SSE stays off"),
    ("zicbom", Kept, "henvcfg.CBIE and CBCFE are on"),
    ("zicboz", Kept, "henvcfg.CBZE is on"),
    ("zicntr", Kept, "hcounteren shows cycle, time and instret"),
    ("z*", Kept, "unprivileged"),
    // Supervisor level.
    (
        "ssaia",
        WithAia,
        "the zone's harts have interrupt files; without them hvictl and vsiselect are not set up",
    ),
    ("sstc", Kept, "henvcfg.STCE is on: the guest's timer is vstimecmp"),
    ("sscofpmf", Removed, "no event counters"),
    ("ssccfg", Removed, "no event counters"),
    ("sscsrind", Removed, "beside the AIA's, which needs no name, only counters use it"),
    ("ssctr", Removed, "branch records are not handed out (hstateen0)"),
    ("ssdbltrp", Removed, "henvcfg.DTE stays off"),
    ("ssnpm", Kept, "pointer masking of user mode: senvcfg.PMM is the guest's own"),
    ("sspm", Removed, "pointer masking of VS-mode: henvcfg.PMM stays off"),
    ("supm", Kept, "as ssnpm"),
    ("ssstateen", Removed, "sstateen0 to sstateen3 are not handed out (SE0 of hstateen0 to hstateen3)"),
    ("ssccptr", Kept, "a property of main memory"),
    ("sscounterenw", Kept, "scounteren has no second copy for VS-mode"),
    ("sstvala", With("shvstvala"), "where vstval is written as stval is"),
    ("sstvecd", With("shvstvecd"), "where vstvec holds what stvec does"),
    ("ssu64xl", Kept, "vsstatus.UXL holds what sstatus.UXL does"),
    ("svade", Kept, "henvcfg.ADUE is off: page faults ask for A and D bits"),
    (
        "svadu",
        Removed,
        "henvcfg.ADUE stays off, so that the hypervisor need not follow writes of page tables",
    ),
    ("svbare", Kept, "vsatp.MODE holds 0, which a start of a vCPU relies on"),
    ("sv39", With("shvsatpa"), "where vsatp.MODE holds what satp.MODE does"),
    ("sv48", With("shvsatpa"), "as sv39"),
    ("sv57", With("shvsatpa"), "as sv39"),
    ("svinval", Kept, "hstatus.VTVM is off"),
    ("svnapot", Kept, "VS-stage translation has it too"),
    ("svpbmt", Kept, "henvcfg.PBMTE is on"),
    ("svvptc", Kept, "VS-stage translation has it too"),
    // What is not for S-mode to see.
    ("sm*", Removed, "machine level"),
    ("sh*", Removed, "the hypervisor extension's"),
    ("sd*", Removed, "debug triggers are machine level's"),
    ("s*", Removed, "unknown privileged extensions may have state that nobody switches or hides"),
    ("x*", Removed, "vendors' extensions may be privileged"),
];

/// What a guest is told of an extension. Names of one letter are unprivileged, but for `h`.
fn verdict(name: &str) -> Verdict {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    let row = VERDICTS.iter().find(|(pattern, ..)| fits(pattern));
    row.map_or(if name.len() == 1 { Kept } else { Removed }, |(_, verdict, _)| *verdict)
}

/// The ISA of a hart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Isa {
    /// The base, such as "rv64i".
    pub(crate) base: String,
    /// The extensions in the order of the tree, in lower case.
    pub(crate) extensions: Vec<String>,
}

impl Isa {
    /// Reads a CPU's node: `riscv,isa-base` and `riscv,isa-extensions`, or the older `riscv,isa`. `None` where it
    /// has neither.
    pub(crate) fn read(cpu: &DeviceTreeNode) -> Option<Self> {
        let strings = |name: &str| -> Option<Vec<String>> {
            let value = cpu.property(name)?.value().to_vec();
            let text = String::from_utf8(value).ok()?.to_ascii_lowercase();
            Some(text.split('\0').filter(|part| !part.is_empty()).map(str::to_owned).collect())
        };
        if let (Some(base), Some(extensions)) = (strings("riscv,isa-base"), strings("riscv,isa-extensions")) {
            return Some(Self { base: base.into_iter().next()?, extensions });
        }
        Self::parse(strings("riscv,isa")?.first()?)
    }

    /// The whole in one word: "rv64imac_zicsr".
    fn parse(isa: &str) -> Option<Self> {
        let mut parts = isa.split('_');
        let letters = parts.next()?.strip_prefix("rv64")?;
        let single = letters.chars().map(|letter| match letter {
            // The name of a set, given in full where there is no word for the set.
            'g' => {
                vec!["i", "m", "a", "f", "d", "zicsr", "zifencei"].into_iter().map(str::to_owned).collect()
            }
            letter => vec![letter.to_string()],
        });
        let mut extensions: Vec<String> = single.flatten().collect();
        extensions.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        let base = if letters.starts_with('e') { "rv64e" } else { "rv64i" };
        Some(Self { base: base.to_owned(), extensions })
    }

    /// Whether a hart has an extension.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.extensions.iter().any(|extension| extension == name)
    }

    /// What a guest may use of it.
    pub(crate) fn of_guest(&self, has_aia: bool) -> Self {
        let kept = |name: &&String| match verdict(name) {
            Kept => true,
            WithAia => has_aia,
            With(other) => self.has(other) || self.has("sha"),
            Removed => false,
        };
        Self { base: self.base.clone(), extensions: self.extensions.iter().filter(kept).cloned().collect() }
    }

    /// The older form: single letters together, then the others after underlines.
    pub(crate) fn word(&self) -> String {
        let (single, others): (Vec<_>, Vec<_>) = self.extensions.iter().partition(|name| name.len() == 1);
        let width: String = self.base.chars().take_while(|letter| !matches!(letter, 'i' | 'e')).collect();
        let others: String = others.iter().map(|name| format!("_{name}")).collect();
        let single: String = single.into_iter().map(String::as_str).collect();
        format!("{width}{single}{others}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_and_a_list_say_the_same() {
        let isa = Isa::parse("rv64imafdch_zicsr_sstc").unwrap();
        assert_eq!(isa.extensions, ["i", "m", "a", "f", "d", "c", "h", "zicsr", "sstc"]);
        assert_eq!((isa.base.as_str(), isa.word()), ("rv64i", "rv64imafdch_zicsr_sstc".to_owned()));
    }

    #[test]
    fn the_general_set_is_spelt_out() {
        let isa = Isa::parse("rv64gc_zba").unwrap();
        assert_eq!(isa.word(), "rv64imafdc_zicsr_zifencei_zba");
    }

    #[test]
    fn a_guest_is_not_told_of_what_it_cannot_use() {
        let names =
            ["h", "zkr", "zihpm", "smaia", "smstateen", "sha", "svadu", "sdtrig", "ssfuture", "xvendor"];
        assert!(names.into_iter().all(|name| verdict(name) == Removed));
    }

    #[test]
    fn unprivileged_extensions_are_kept_whatever_they_are() {
        assert!(["i", "m", "v", "zba", "zicbom", "zfuture"].into_iter().all(|name| verdict(name) == Kept));
    }

    #[test]
    fn the_aia_is_told_of_where_the_zone_has_it() {
        let isa = Isa::parse("rv64i_ssaia_sstc").unwrap();
        assert_eq!(isa.of_guest(true).word(), "rv64i_ssaia_sstc");
        assert_eq!(isa.of_guest(false).word(), "rv64i_sstc");
    }

    #[test]
    fn a_register_of_the_guest_does_what_the_harts_own_does_only_where_the_hart_says_so() {
        let told = |isa| Isa::parse(isa).unwrap().of_guest(true).word();
        assert_eq!(told("rv64i_sstvala_sstvecd_sv48"), "rv64i");
        assert_eq!(told("rv64i_shvstvecd_sstvala_sstvecd_sv48"), "rv64i_sstvecd");
        assert_eq!(told("rv64i_sha_sstvala_sstvecd_sv48"), "rv64i_sstvala_sstvecd_sv48");
    }

    #[test]
    fn every_row_of_the_table_can_decide() {
        for (index, (pattern, ..)) in VERDICTS.iter().enumerate() {
            let name = pattern.replace('*', "!");
            let fits = |other: &str| {
                other == name || other.strip_suffix('*').is_some_and(|start| name.starts_with(start))
            };
            assert_eq!(VERDICTS.iter().position(|(other, ..)| fits(other)), Some(index), "{pattern}");
        }
    }
}
