//! An emulator of Entra ID and Microsoft Graph over one tenant that lives in memory: real HTTPS, real
//! signed tokens, permission checks, faults, throttling, and a clock that can be moved.
//!
//! It depends on nothing of graphbeat's client side, and the client side not on it, so that the two
//! cannot share a bug.

#![expect(dead_code, reason = "the server that uses it is being built")]

mod graph;
mod identity;
mod odata;
mod options;
mod tenant;

pub use options::{SandboxOptions, Throttle};
