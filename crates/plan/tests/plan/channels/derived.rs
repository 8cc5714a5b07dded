//! What a channel gets.

use super::{TWO_CHANNELS, with};
use crate::support::plan;

#[test]
fn show() {
    let plan = plan(&with(TWO_CHANNELS));
    println!("{}", plan.table());
    println!("{}", dtoolkit::fdt::Fdt::new(plan.guest_dtb("a").unwrap()).unwrap());
}
