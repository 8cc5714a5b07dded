//! All zones' consoles on one UART.
//!
//! - [`Ring`] carries bytes between a zone's virtual UART and whoever serves the physical one, without a lock.
//! - [`Mux`] merges what the zones and the hypervisor write into one stream of lines, each with the name of its
//!   author in front, in its own colour.
//! - [`Input`] hands typed bytes to the zone that has the keyboard, and knows the escape key.
//!
//! # What a guest can do to the terminal
//! A reader must be able to trust the prefixes, so that a guest's bytes are not passed on as they are:
//! - Printable characters (UTF-8, without controls and changes of writing direction) and tabs pass.
//! - A line ends by LF; CRs before it belong to it. Any other CR ends the line too, except in the zone that has
//!   the keyboard: there it goes back to the start of the text, and the prefix is written again.
//! - Of the escape sequences only colours and styles (SGR) pass, and only with colours on; they end with
//!   the line.
//! - The zone that has the keyboard may also ring the bell, move within the text it has written in this line,
//!   and erase what follows: what a shell's line editor needs. Nothing reaches back into the prefix or up to
//!   another line, so that full-screen programs do not work here.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod filter;
mod input;
mod line;
mod mux;
mod prefix;
mod ring;
mod screen;

pub use input::{Event, Input};
pub use mux::{Drained, Mux, PATIENCE, Source};
pub use ring::Ring;
