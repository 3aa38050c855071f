//! The transport: how a request leaves this machine, and what is kept of it.
//!
//! One wire request is one [`Exchange`]: nothing here follows redirects, repeats or waits.

mod exchange;
mod transport;
mod wire;

pub use exchange::{CallContext, Departure, Exchange, WirePath};
pub use transport::{Request, Response, Transport, TransportError, TransportFault};
pub use wire::{FlightLog, NoFlightLog, USER_AGENT, Wire};
