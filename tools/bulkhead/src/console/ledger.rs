//! The state of every zone as far as the hypervisor's lines tell, and what a run came to.

use std::fmt;

use super::Event;

/// What is known of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// Nothing was heard of it.
    NotStarted,
    /// It was started and has not stopped.
    Running,
    /// It asked for a reboot and has not been started again.
    Rebooting,
    /// It powered itself off.
    PoweredOff,
    /// It was stopped for this reason.
    Failed(String),
}

impl fmt::Display for ZoneState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("not started"),
            Self::Running => f.write_str("running"),
            Self::Rebooting => f.write_str("rebooting"),
            Self::PoweredOff => f.write_str("powered off"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
        }
    }
}

/// What a whole run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every zone powered itself off.
    Clean,
    /// Zones failed.
    ZonesFailed(Vec<(String, String)>),
    /// The hypervisor refused to boot.
    Refused(String),
    /// The hypervisor panicked.
    Panicked(String),
    /// The machine ended without the hypervisor saying that all zones had stopped.
    EndedEarly(Vec<(String, ZoneState)>),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("every zone powered itself off"),
            Self::ZonesFailed(zones) => {
                let each: Vec<_> =
                    zones.iter().map(|(name, why)| format!("zone {name} failed: {why}")).collect();
                f.write_str(&each.join("; "))
            }
            Self::Refused(reason) => write!(f, "the hypervisor refused to boot: {reason}"),
            Self::Panicked(report) => write!(f, "the hypervisor panicked: {report}"),
            Self::EndedEarly(zones) => {
                write!(f, "the machine ended before all zones had stopped ({})", describe(zones))
            }
        }
    }
}

/// `name: state` of each zone, for a message.
pub(crate) fn describe(zones: &[(String, ZoneState)]) -> String {
    let each: Vec<_> = zones.iter().map(|(name, state)| format!("zone {name}: {state}")).collect();
    each.join(", ")
}

/// Keeps account of a run.
#[derive(Clone, Debug)]
pub struct Ledger {
    zones: Vec<(String, ZoneState)>,
    refused: Option<String>,
    panicked: Option<String>,
    /// What the hypervisor counted as failed in its last line.
    failed: Option<usize>,
}

impl Ledger {
    /// A ledger for the zones of these names.
    pub fn new(zones: impl IntoIterator<Item = String>) -> Self {
        let zones = zones.into_iter().map(|name| (name, ZoneState::NotStarted)).collect();
        Self { zones, refused: None, panicked: None, failed: None }
    }

    /// Enters an event.
    pub fn enter(&mut self, event: &Event) {
        match event {
            Event::Started(name) => self.set(name, ZoneState::Running),
            Event::PoweredOff(name) => self.set(name, ZoneState::PoweredOff),
            Event::Rebooting(name) => self.set(name, ZoneState::Rebooting),
            Event::Failed(name, reason) => self.set(name, ZoneState::Failed(reason.clone())),
            Event::AllStopped { failed, .. } => self.failed = Some(*failed),
            Event::Refused(reason) => self.refused = Some(reason.clone()),
            // The first panic is the cause; one that follows is its consequence.
            Event::Panicked(report) => {
                self.panicked.get_or_insert_with(|| report.clone());
            }
        }
    }

    /// Every zone with its last known state.
    pub fn zones(&self) -> &[(String, ZoneState)] {
        &self.zones
    }

    /// The last known state of a zone.
    pub fn state(&self, name: &str) -> Option<&ZoneState> {
        self.zones.iter().find(|(zone, _)| zone == name).map(|(_, state)| state)
    }

    /// Whether the hypervisor has said its last.
    pub fn is_over(&self) -> bool {
        self.failed.is_some() || self.refused.is_some() || self.panicked.is_some()
    }

    /// What the run came to, once the machine has ended.
    pub fn verdict(&self) -> Verdict {
        if let Some(report) = &self.panicked {
            return Verdict::Panicked(report.clone());
        }
        if let Some(reason) = &self.refused {
            return Verdict::Refused(reason.clone());
        }
        let mut failed: Vec<(String, String)> = Vec::new();
        for (name, state) in &self.zones {
            if let ZoneState::Failed(reason) = state {
                failed.push((name.clone(), reason.clone()));
            }
        }
        match self.failed {
            _ if !failed.is_empty() => Verdict::ZonesFailed(failed),
            Some(0) => Verdict::Clean,
            Some(count) => Verdict::ZonesFailed(vec![("(unnamed)".into(), format!("{count} by the count"))]),
            None => Verdict::EndedEarly(self.zones.clone()),
        }
    }

    fn set(&mut self, name: &str, state: ZoneState) {
        if let Some((_, current)) = self.zones.iter_mut().find(|(zone, _)| zone == name) {
            *current = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(events: &[Event]) -> Ledger {
        let mut ledger = Ledger::new(["a".to_owned(), "b".to_owned()]);
        events.iter().for_each(|event| ledger.enter(event));
        ledger
    }

    #[test]
    fn a_run_is_clean_when_the_last_line_counts_no_failure() {
        let events = [
            Event::Started("a".into()),
            Event::PoweredOff("a".into()),
            Event::AllStopped { powered_off: 2, failed: 0 },
        ];
        assert_eq!(ledger(&events).verdict(), Verdict::Clean);
    }

    #[test]
    fn a_failed_zone_is_named_with_its_reason() {
        let events = [
            Event::Failed("b".into(), "stage-2 fault".into()),
            Event::AllStopped { powered_off: 1, failed: 1 },
        ];
        let verdict = ledger(&events).verdict();
        assert_eq!(verdict, Verdict::ZonesFailed(vec![("b".into(), "stage-2 fault".into())]));
        assert_eq!(verdict.to_string(), "zone b failed: stage-2 fault");
    }

    #[test]
    fn a_machine_that_ends_without_the_last_line_is_not_clean() {
        let verdict = ledger(&[Event::Started("a".into()), Event::PoweredOff("b".into())]).verdict();
        assert_eq!(
            verdict.to_string(),
            "the machine ended before all zones had stopped (zone a: running, zone b: powered off)"
        );
    }

    #[test]
    fn a_panic_outweighs_everything_and_the_first_one_counts() {
        let events = [
            Event::Panicked("first".into()),
            Event::Panicked("second".into()),
            Event::AllStopped { powered_off: 2, failed: 0 },
        ];
        assert_eq!(ledger(&events).verdict(), Verdict::Panicked("first".into()));
    }

    #[test]
    fn a_zone_that_was_started_again_runs() {
        let events = [Event::Started("a".into()), Event::Rebooting("a".into()), Event::Started("a".into())];
        assert_eq!(ledger(&events).state("a"), Some(&ZoneState::Running));
    }
}
