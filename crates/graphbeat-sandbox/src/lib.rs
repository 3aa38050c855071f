//! An emulator of Entra ID and Microsoft Graph over one tenant that lives in memory: real HTTPS, real
//! signed tokens, permission checks, faults, throttling, and a clock that can be moved.
//!
//! It depends on nothing of graphbeat's client side, and the client side not on it, so that the two
//! cannot share a bug.

mod access;
mod control;
mod entra;
mod faults;
mod graph;
mod identity;
mod in_process;
mod keys;
mod objects;
mod odata;
mod options;
mod requests;
mod sandbox;
mod secrets;
mod seed;
mod server;
mod standing;
mod tenant;
mod throttle;
mod world;

pub use faults::{Fault, FaultError, FaultKind};
pub use graph::routes;
pub use in_process::InProcess;
pub use keys::KeyError;
pub use options::{SandboxOptions, Throttle, USERS_MAX};
pub use sandbox::{Ready, ReadyApp, ReadyUser, Sandbox, SandboxError};
