//! The transport: how a request leaves this machine, and what is kept of it.
//!
//! One wire request is one [`Exchange`]: nothing here follows redirects, repeats or waits.

mod echo;
mod exchange;
mod fault;
mod network;
mod retry_after;
mod transport;
mod wire;

pub use exchange::{CallContext, Departure, Exchange};
pub use network::{
    BODY_BYTES_MAX, NetworkError, NetworkSettings, NetworkTransport, ProxyMode, SeenCertificate, TlsTrouble, reach,
    resolve, see_certificate,
};
pub use retry_after::{RETRY_AFTER_MAX, retry_after};
pub use transport::{Request, Response, Transport, TransportError, TransportFault, address};
pub use wire::{FlightLog, NoFlightLog, NotNoted, USER_AGENT, USER_AGENT_DECORATED, Wire};
