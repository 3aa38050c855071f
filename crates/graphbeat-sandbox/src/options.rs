//! What a sandbox is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use graphbeat_base::Clock;

use crate::faults::Fault;

/// The most users that a tenant may have.
pub const USERS_MAX: usize = 100_000;

/// The settings of one sandbox.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Where HTTPS is served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where plain HTTP is served, which also ends `CONNECT` for the Microsoft hosts.
    pub http: SocketAddr,
    /// What the tenant's content follows from.
    pub seed: u64,
    /// How many users the tenant has: at least one, at most [`USERS_MAX`].
    pub users: usize,
    /// What goes wrong from the start, and again after a reset.
    pub faults: Vec<Fault>,
    /// Whether the documented limits are kept.
    pub throttle: Throttle,
    /// The folder for the CA's certificate and the first application's key.
    pub data: PathBuf,
    /// The time that the sandbox lives in.
    pub clock: Clock,
}

/// Whether the sandbox keeps Graph's documented limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// As documented by Microsoft.
    Documented,
    /// No limits at all.
    None,
}
