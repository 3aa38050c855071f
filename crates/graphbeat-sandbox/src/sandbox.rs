//! A running sandbox: start it, read where it listens, stop it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::keys::KeyError;
use crate::options::{SandboxOptions, USERS_MAX};
use crate::server::{Server, acceptor};
use crate::world::{World, read};

/// The file with the first application's certificate and key.
const CERTIFICATE_FILE: &str = "sandbox-app.pem";

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// An address is taken, or not this machine's.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not an address of the loopback: the sandbox is no server for others.
    #[error("the sandbox listens on the loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// A tenant of this many users cannot be made.
    #[error("a sandbox has 1 to {USERS_MAX} users, not {0}")]
    Users(usize),
    /// A file in the data folder could not be written.
    #[error("could not write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A key or a certificate could not be made.
    #[error("could not make the sandbox's keys")]
    Key(#[from] KeyError),
    /// The TLS configuration was refused.
    #[error("could not set TLS up")]
    Tls(#[source] rustls::Error),
}

/// The line that says where everything is, for programs that start a sandbox.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// The tenant's id.
    pub tenant_id: Uuid,
    /// Its domain.
    pub domain: String,
    /// The authority, without a path.
    pub login_url: String,
    /// Graph over HTTPS, without a version.
    pub graph_url: String,
    /// Graph over plain HTTP.
    pub http_graph_url: String,
    /// The proxy that ends the hosts of Microsoft.
    pub proxy_url: String,
    /// The authority's certificate, an absolute path.
    pub ca_file: PathBuf,
    /// A confidential client and a public one.
    pub apps: Vec<ReadyApp>,
    /// The users; the first is a global administrator.
    pub users: Vec<ReadyUser>,
}

/// An application of the ready line.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyApp {
    /// Its client id.
    pub client_id: Uuid,
    /// Its secret, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// `confidential` or `public`.
    pub kind: &'static str,
    /// A PEM file with a certificate that it may sign in with, and the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<PathBuf>,
}

/// A user of the ready line.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyUser {
    /// The object id.
    pub id: Uuid,
    /// The user principal name.
    pub upn: String,
}

/// A sandbox that serves until it is shut down or dropped.
#[derive(Debug)]
pub struct Sandbox {
    ready: Ready,
    server: Server,
}

impl Sandbox {
    /// Makes the tenant, binds both listeners, and serves.
    ///
    /// # Errors
    /// Where an address cannot be bound, or a file cannot be written.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        check_users(options.users)?;
        let (https, https_address) = bind(options.listen).await?;
        let (http, http_address) = bind(options.http).await?;
        make_folder(&options.data)?;
        let (tls, ca_file) = acceptor(&options.data)?;
        let world = Arc::new(World::new(&options, own_hosts(&[https_address, http_address]))?);
        let certificate_file = write_certificate(&options.data, &world.client_certificate.pem())?;
        let addresses = Addresses { https: https_address, http: http_address };
        let ready = ready(&world, &addresses, ca_file, certificate_file);
        Ok(Self { ready, server: Server::start(world, tls, https, http) })
    }

    /// Where everything is.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Stops, and waits until all connections have ended.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

pub(crate) struct Addresses {
    pub(crate) https: SocketAddr,
    pub(crate) http: SocketAddr,
}

pub(crate) fn check_users(users: usize) -> Result<(), SandboxError> {
    if (1..=USERS_MAX).contains(&users) { Ok(()) } else { Err(SandboxError::Users(users)) }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SandboxError> {
    if !address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(address));
    }
    let refused = |source| SandboxError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

pub(crate) fn make_folder(data: &Path) -> Result<(), SandboxError> {
    std::fs::create_dir_all(data).map_err(|source| SandboxError::Write { path: data.to_owned(), source })
}

/// Writes the key so that only its owner can read it.
pub(crate) fn write_certificate(data: &Path, pem: &str) -> Result<PathBuf, SandboxError> {
    let path = data.join(CERTIFICATE_FILE);
    let failed = |source| SandboxError::Write { path: path.clone(), source };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed)?;
    io::Write::write_all(&mut file, pem.as_bytes()).map_err(failed)?;
    std::path::absolute(&path).map_err(failed)
}

pub(crate) fn own_hosts(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().flat_map(|address| [address.to_string(), format!("localhost:{}", address.port())]).collect()
}

pub(crate) fn ready(world: &World, addresses: &Addresses, ca_file: PathBuf, certificate_file: PathBuf) -> Ready {
    let tenant = read(&world.tenant);
    let https_url = format!("https://{}", named(addresses.https));
    let http_url = format!("http://{}", named(addresses.http));
    let apps = tenant.identity.applications.iter().take(2).enumerate().map(|(index, application)| ReadyApp {
        client_id: application.client_id,
        client_secret: application.secrets.first().map(|secret| secret.value.clone()),
        kind: if application.public { "public" } else { "confidential" },
        certificate_file: (index == 0).then(|| certificate_file.clone()),
    });
    Ready {
        ready: true,
        tenant_id: tenant.id,
        domain: tenant.domain.clone(),
        login_url: https_url.clone(),
        graph_url: https_url,
        http_graph_url: http_url.clone(),
        proxy_url: http_url,
        ca_file,
        apps: apps.collect(),
        users: tenant.users().into_iter().map(|user| ReadyUser { id: user.id, upn: user.upn }).collect(),
    }
}

/// An address as a URL writes it; every loopback address but the leaf's two is served by name.
fn named(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if !ip.to_string().eq("127.0.0.1") => format!("localhost:{}", address.port()),
        IpAddr::V4(_) | IpAddr::V6(_) => address.to_string(),
    }
}
