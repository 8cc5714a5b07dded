//! `bulkhead-ivc`: what a person at a Linux zone's shell does with channels.
//!
//! The program needs neither a C library nor Rust's `std`, so that it is built with the same tools as the bare-metal
//! guests (docs/decisions/0021-linux-side-of-channels.md).
#![no_std]
#![no_main]

mod bench;
mod channel;
mod check;
mod failure;
mod histogram;
mod linux;
mod list;
mod options;
mod rights;
mod shared;
mod text;
mod tunnel;

use failure::Failure;
use linux::Arguments;
use options::Options;

const USAGE: &str = "\
Channels between zones of the Bulkhead hypervisor.

bulkhead-ivc list                     every channel of this zone with its peers
bulkhead-ivc send CHANNEL [TEXT]      sends the text as one message, or each line of the standard input
bulkhead-ivc recv CHANNEL             prints messages, a line each
bulkhead-ivc bench CHANNEL --answer   lets the other peer measure
bulkhead-ivc bench CHANNEL            measures: round trips as a histogram, then throughput
bulkhead-ivc bench CHANNEL --check    in both zones: sends and receives at once, and checks what arrives
bulkhead-ivc tunnel CHANNEL           a network interface whose packets come out at the other peer's tunnel
bulkhead-ivc rights CHANNEL           tries what the driver must allow and refuse

CHANNEL is a name below /dev, without its `ivc-`.
  --peer N     the other peer; needed where the channel has more than two
  --count N    messages to receive, or to measure with (recv: no end; bench: 10000)
  --size N     the longest message in bytes (bench: 64)
  --name NAME  of the network interface (ivc0)
";

/// What `_start` calls with the program's arguments.
fn run(arguments: Arguments) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    match options.command {
        "list" => list::run(),
        "send" => text::send(&options),
        "recv" => text::receive(&options),
        "bench" if options.check => check::run(&options),
        "bench" if options.answer => bench::answer(&options),
        "bench" => bench::run(&options),
        "tunnel" => tunnel::run(&options),
        "rights" => rights::run(&options),
        "--help" | "-h" | "help" => {
            linux::print(format_args!("{USAGE}"));
            Ok(())
        }
        _ => Err(Failure::Usage("no such command; `bulkhead-ivc --help` lists them")),
    }
}
