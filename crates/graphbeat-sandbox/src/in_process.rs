//! A sandbox without listeners: whoever holds it hands it connections, of whatever kind they are.
//!
//! For programs that try the whole way of a request many times a second, a fuzzer for one.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::options::SandboxOptions;
use crate::sandbox::{Addresses, Ready, SandboxError, check_users, make_folder, own_hosts, ready, write_certificate};
use crate::server::{Shared, acceptor};
use crate::tenant::Tenant;
use crate::world::{World, read, write};

/// A sandbox that serves the connections that it is handed.
pub struct InProcess {
    world: Arc<World>,
    /// The tenant at the start, with all content made.
    birth: Tenant,
    shared: Shared,
    ready: Ready,
}

impl InProcess {
    /// Makes the tenant; the addresses in the options are only names.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn new(options: &SandboxOptions) -> Result<Self, SandboxError> {
        check_users(options.users)?;
        make_folder(&options.data)?;
        let (tls, ca_file) = acceptor(&options.data)?;
        let world = Arc::new(World::new(options, own_hosts(&[options.listen, options.http]))?);
        let certificate_file = write_certificate(&options.data, &world.client_certificate.pem())?;
        let addresses = Addresses { https: options.listen, http: options.http };
        let ready = ready(&world, &addresses, ca_file, certificate_file);
        write(&world.tenant).fill_all(options.clock.now());
        let birth = read(&world.tenant).clone();
        Ok(Self { birth, shared: Shared::new(Arc::clone(&world), tls), world, ready })
    }

    /// What a running sandbox says of itself.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Serves one connection of plain HTTP to its end.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(&self, stream: S) {
        self.shared.clone().serve_plain(stream).await;
    }

    /// Puts everything back to the start, as `POST /_sandbox/reset` does, but by a copy, which is quick.
    pub fn reset(&self) {
        self.world.put_back(self.birth.clone());
    }
}
