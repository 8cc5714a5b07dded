//! What the hypervisor says about zones, in lines that tools may rely on.

use super::Line;

/// One machine-readable line of the hypervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `zone NAME: started`
    Started(String),
    /// `zone NAME: powered off`
    PoweredOff(String),
    /// `zone NAME: rebooting`
    Rebooting(String),
    /// `zone NAME: failed: REASON`
    Failed(String, String),
    /// `all zones have stopped: N powered off, M failed`: the last line before the machine powers off.
    AllStopped {
        /// Zones that powered themselves off.
        powered_off: usize,
        /// Zones that were stopped for a fault.
        failed: usize,
    },
    /// `refused: REASON`: nothing was booted.
    Refused(String),
    /// `panic: …`: the hypervisor itself gave up.
    Panicked(String),
}

impl Event {
    /// The event that a line reports, if it is the hypervisor's and reports one.
    pub fn of(line: &Line) -> Option<Self> {
        if !line.is_hypervisors() {
            return None;
        }
        let text = line.text.as_str();
        if let Some(reason) = text.strip_prefix("refused: ") {
            return Some(Self::Refused(reason.to_owned()));
        }
        if let Some(report) = text.strip_prefix("panic: ") {
            return Some(Self::Panicked(report.to_owned()));
        }
        if let Some(counts) = text.strip_prefix("all zones have stopped: ") {
            let (powered_off, failed) = counts.split_once(" powered off, ")?;
            let failed = failed.strip_suffix(" failed")?;
            return Some(Self::AllStopped {
                powered_off: powered_off.parse().ok()?,
                failed: failed.parse().ok()?,
            });
        }
        let (name, what) = text.strip_prefix("zone ")?.split_once(": ")?;
        let name = name.to_owned();
        match what {
            "started" => Some(Self::Started(name)),
            "powered off" => Some(Self::PoweredOff(name)),
            "rebooting" => Some(Self::Rebooting(name)),
            _ => Some(Self::Failed(name, what.strip_prefix("failed: ")?.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(raw: &str) -> Option<Event> {
        Event::of(&Line::parse(raw.as_bytes()))
    }

    #[test]
    fn every_form_is_understood() {
        assert_eq!(event("[bulkhead] zone a: started\r"), Some(Event::Started("a".into())));
        assert_eq!(event("[bulkhead] zone a: powered off\r"), Some(Event::PoweredOff("a".into())));
        assert_eq!(event("[bulkhead] zone a: rebooting\r"), Some(Event::Rebooting("a".into())));
        let failed = Event::Failed("a".into(), "vCPU 1: stage-2 fault".into());
        assert_eq!(event("[bulkhead] zone a: failed: vCPU 1: stage-2 fault"), Some(failed));
        let stopped = Event::AllStopped { powered_off: 2, failed: 0 };
        assert_eq!(event("[bulkhead] all zones have stopped: 2 powered off, 0 failed\r"), Some(stopped));
        assert_eq!(event("[bulkhead] refused: no GIC"), Some(Event::Refused("no GIC".into())));
        assert_eq!(event("[bulkhead] panic: oops"), Some(Event::Panicked("oops".into())));
    }

    #[test]
    fn a_guest_cannot_report_events() {
        assert_eq!(event("[linux-a] zone linux-b: powered off"), None);
        assert_eq!(event("[linux-a] [bulkhead] all zones have stopped: 2 powered off, 0 failed"), None);
    }

    #[test]
    fn other_lines_of_the_hypervisor_are_no_events() {
        assert_eq!(event("[bulkhead] 4 CPUs, GICv3 with 288 interrupts"), None);
        assert_eq!(event("[bulkhead] all zones have stopped: many"), None);
    }
}
