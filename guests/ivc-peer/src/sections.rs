//! `do=sections`: what this peer, number 1 of three, may do with each page of the shared memory and the control table.

use common::fault::Fault;
use common::{Options, println, probe};
use ivc::Section;

use crate::arch::{self, STORES};
use crate::channel::Channel;
use crate::checks::Checks;
use crate::memory::Memory;

const PAGE: u64 = 0x1000;
/// What is written.
const WORD: u64 = 0x5ee_d5ee_d5ee_d5ee;

/// All pages.
pub(crate) fn run(_: &Options<'_>, channel: &Channel) {
    let mut checks = Checks::default();
    let own = channel.own();
    let common = channel.common();
    pages(common, true, &mut checks);
    for peer in 0..channel.peers() {
        pages(channel.output(peer), peer == own, &mut checks);
    }
    let control = fetch(channel.control);
    checks.holds("the control table is no code", control.is_err_and(|fault| arch::is_refused_fetch(&fault)));
    checks.report();
    println!("ivc: done");
}

fn pages(section: Memory, writable: bool, checks: &mut Checks) {
    for offset in (0..section.len() as u64).step_by(PAGE as usize) {
        // The end of a page, too.
        for place in [section.start + offset, section.start + offset + PAGE - 16] {
            let at = (place - section.start) as usize;
            let before = section.load(at);
            for store in STORES {
                let outcome = store.run(place, WORD);
                if writable {
                    checks.holds("a store where it is allowed", outcome.is_ok());
                } else {
                    let refused = outcome.is_err_and(|fault| arch::is_refused_store(&fault, place));
                    checks.holds("a store where it is not allowed faults", refused);
                    checks.equal("and changes nothing", section.load(at).into(), before.into());
                }
            }
            let fetched = fetch(place);
            let refused = fetched.is_err_and(|fault| arch::is_refused_fetch(&fault));
            checks.holds("shared memory is no code", refused);
        }
    }
}

fn fetch(at: u64) -> Result<u64, Fault> {
    // SAFETY: nothing can be executed there, and if it could the check fails.
    unsafe { probe::run(at, 0, 0, 0) }
}
