//! The registers of the frame (PLIC 1.0, chapter 3).

mod access;
mod table;
