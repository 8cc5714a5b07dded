//! How the interrupts of each zone reach it, and why.

use board::InterruptController;
use manifest::{Controller, Delivery, Interrupt, Trigger};
use toml::Spanned;

use crate::config::{self, Zone};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::lines::Lines;

/// What was chosen for a zone.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) delivery: Delivery,
    pub(crate) why: &'static str,
    /// An SPI that no hardware raises: with direct delivery it is the virtual UART's.
    pub(crate) uart: Option<u32>,
}

impl Chosen {
    /// That SPI as one that the zone owns.
    pub(crate) fn interrupt(&self) -> Option<Interrupt> {
        let number = self.uart?;
        Some(Interrupt { virtual_number: number, physical_number: number, trigger: Trigger::Level })
    }

    /// What the zone could do to others by it. Guest interrupt files are the zone's alone.
    pub(crate) fn hole(&self, controller: Controller) -> Option<&'static str> {
        let is_hole = self.delivery == Delivery::Direct && matches!(controller, Controller::Gic(_));
        is_hole.then_some("it can end active interrupts of others, and keep the hypervisor off its CPUs")
    }

    /// The choice in the words of zones.toml.
    pub(crate) fn name(&self) -> &'static str {
        match self.delivery {
            Delivery::Virtual => "virtual",
            Delivery::Direct => "direct",
        }
    }
}

/// Chooses for each zone, in the order of `zones`. A wish that the board cannot grant is reported.
pub(crate) fn plan(
    zones: &[Spanned<Zone>],
    facts: &Facts,
    lines: &mut Lines,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Chosen> {
    let choose = |zone: &Spanned<Zone>| {
        let zone = zone.get_ref();
        let (delivery, why) = match wish(zone, facts) {
            Ok(chosen) => chosen,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                (Delivery::Virtual, "")
            }
        };
        let is_gic = matches!(facts.board.interrupt_controller, InterruptController::Gicv3(_));
        let mut chosen = Chosen { delivery, why, uart: None };
        if delivery == Delivery::Direct && is_gic && zone.uart {
            let name = zone.name.get_ref();
            chosen.uart = lines.take_any(facts, format!("the virtual UART of zone {name}"));
            if chosen.uart.is_none() {
                diagnostics.push(no_interrupt_left(zone));
            }
        }
        chosen
    };
    zones.iter().map(choose).collect()
}

fn wish(zone: &Zone, facts: &Facts) -> Result<(Delivery, &'static str), Diagnostic> {
    let wish = zone.interrupts.as_ref().map_or(config::Delivery::Auto, |wish| *wish.get_ref());
    let refuse = |message: String, help: &str| {
        let span = zone.interrupts.as_ref().map(Spanned::span).unwrap_or_default();
        Err(Diagnostic::error("interrupt-delivery", message).at(span, "not on this board").help(help))
    };
    let name = zone.name.get_ref();
    match (&facts.board.interrupt_controller, wish) {
        (InterruptController::Gicv3(_), config::Delivery::Direct) => {
            Ok((Delivery::Direct, "zones.toml says so; refused at boot where firmware keeps group 0"))
        }
        (InterruptController::Gicv3(_), config::Delivery::Virtual) => {
            Ok((Delivery::Virtual, "zones.toml says so"))
        }
        (InterruptController::Gicv3(_), config::Delivery::Auto) => {
            Ok((Delivery::Virtual, "keeps the zone from the interrupts of others, whatever it does"))
        }
        (InterruptController::Aia(_), config::Delivery::Virtual) => {
            let message =
                format!("zone {name} wants virtual interrupts, and the board's go straight to guests");
            refuse(message, "leave `interrupts` out: guest interrupt files are confined to their zone")
        }
        (InterruptController::Aia(_), _) => Ok((Delivery::Direct, "the AIA has guest interrupt files")),
        (InterruptController::Gicv2(_), config::Delivery::Direct) => {
            let message = format!(
                "zone {name} wants direct interrupts, and the CPU interface of a GICv2 cannot be shared with a guest"
            );
            refuse(message, "leave `interrupts` out, or take a board with a GICv3")
        }
        (InterruptController::Gicv2(_), _) => {
            Ok((Delivery::Virtual, "a GICv2 would exit at every end of an interrupt"))
        }
        (InterruptController::Plic(_), config::Delivery::Direct) => {
            let message = format!("zone {name} wants direct interrupts, and a PLIC interrupts no guest");
            refuse(message, "leave `interrupts` out, or take a board with an AIA")
        }
        (InterruptController::Plic(_), _) => Ok((Delivery::Virtual, "a PLIC interrupts no guest")),
    }
}

fn no_interrupt_left(zone: &Zone) -> Diagnostic {
    let message =
        format!("no interrupt of the board is left for the virtual UART of zone {}", zone.name.get_ref());
    let span = zone.interrupts.as_ref().map(Spanned::span).unwrap_or_default();
    Diagnostic::error("interrupt-delivery", message)
        .at(span, "direct delivery needs one")
        .help("write `interrupts = \"virtual\"`, or `uart = false`")
}
