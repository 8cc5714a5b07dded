//! The registers of the control region (AIA 1.0, 4.5).

mod dispatch;
mod domain;
mod enable;
mod pending;
mod source;
mod table;
mod target;
