//! Who signs in, where, and with what.

use std::fmt;
use std::sync::Arc;

use graphbeat_base::Secret;
use url::Url;
use uuid::Uuid;

use crate::{AssertionSource, CertificateCredential};

/// The hosts of one cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where tokens come from, `https://login.microsoftonline.com`.
    pub login_url: Url,
    /// Where requests go, `https://graph.microsoft.com`.
    pub graph_url: Url,
    /// The name of Graph in scopes: `https://graph.microsoft.com`, also for a custom cloud whose
    /// [`Endpoints::graph_url`] is another; a national cloud has its own.
    pub graph_resource: String,
}

/// How an identity proves itself.
#[derive(Clone)]
pub enum Credential {
    /// An application with a client secret.
    ClientSecret(Secret),
    /// An application with a certificate.
    Certificate(CertificateCredential),
    /// An application with a token of another issuer that it trusts.
    Federated(Arc<dyn AssertionSource>),
    /// A user who signed in once; the refresh token is in the store.
    Public,
}

/// One identity in one tenant.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account's name.
    pub account: Arc<str>,
    /// The tenant's id or domain, as the configuration names it.
    pub tenant: Arc<str>,
    /// The owner's own application.
    pub client_id: Uuid,
    /// The cloud.
    pub endpoints: Endpoints,
    /// The proof.
    pub credential: Credential,
    /// What a user's token is asked for, `Mail.Read`; an application gets what it was granted.
    pub scopes: Vec<String>,
}

impl Identity {
    /// The name under which the identity's refresh token is kept.
    #[must_use]
    pub fn refresh_key(&self) -> String {
        format!("{}/{}/{}/{}", self.login_authority(), self.tenant, self.client_id, self.account)
    }

    /// The name under which is kept who signed in: tenant and user by their ids.
    pub(crate) fn person_key(&self) -> String {
        format!("{}/person", self.refresh_key())
    }

    /// The name under which is kept what a person's next sign-in must be asked for with.
    pub(crate) fn demand_key(&self) -> String {
        format!("{}/claims", self.refresh_key())
    }

    /// The login host with its port.
    pub(crate) fn login_authority(&self) -> &str {
        self.endpoints.login_url.authority()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientSecret(_) => f.write_str("ClientSecret(…)"),
            Self::Certificate(certificate) => f.debug_tuple("Certificate").field(certificate).finish(),
            Self::Federated(_) => f.write_str("Federated(…)"),
            Self::Public => f.write_str("Public"),
        }
    }
}
