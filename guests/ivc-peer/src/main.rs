//! A peer of a channel. `do=` chooses what it does; docs of the modules say it, `guests/README.md` lists them.
#![no_std]
#![no_main]

mod answer;
mod arch;
mod channel;
mod checks;
mod doorbell;
mod echo;
mod known;
mod measure;
mod memory;
mod messages;
mod registers;
mod sections;
mod storm;

use common::{Options, guest, println};

use channel::Channel;

guest!(run, doorbell::interrupt);

fn run(options: &Options<'_>) {
    let Some(channel) = Channel::find(options) else {
        return println!("ivc: the device tree has no channel");
    };
    if !doorbell::open(options, channel.interrupt) {
        return println!("ivc: the device tree has no interrupt controller");
    }
    match options.text("do") {
        Some("answer") => answer::run(options, &channel),
        Some("echo") => echo::run(&channel),
        Some("known") => known::run(options, &channel),
        Some("measure") => measure::run(options, &channel),
        Some("messages") => messages::run(options, &channel),
        Some("nothing") => (),
        Some("registers") => registers::run(options, &channel),
        Some("sections") => sections::run(options, &channel),
        Some("storm") => storm::run(options, &channel),
        _ => println!("ivc: do=?"),
    }
}
