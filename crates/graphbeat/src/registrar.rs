//! What the commands about registrations work with: the ledger, a way out to the cloud, and whose hand.

mod azure_cli;
mod person;
mod place;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use graphbeat_base::{Clock, error_chain};
use graphbeat_config::{Cloud, Config};
use graphbeat_engine::{FlightNotes, LedgerGuard, NoWatcher, Recorder, cloud_wire};
use graphbeat_entra::registration::{Hand, HandError, MemoryTokens, Registration, RegistrationError, TokenHand};
use graphbeat_entra::{Credential, Endpoints, FailureClass, Identity, RefreshTokenStore, TokenError, TokenSource};
use graphbeat_http::Wire;
use graphbeat_store::Ledger;
use uuid::Uuid;

pub(crate) use azure_cli::{AzureCli, azure_cli_is_there};
pub(crate) use person::{Desk, Person};
pub(crate) use place::{Place, Portal};
pub(crate) use store::{RegistrationNotes, SealedCredentials, certificate_entry};

use crate::arguments::AppArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{Opened, Sends, open};
use crate::texts::say;

/// The ledger and a way out, for one place.
pub(crate) struct Registrar {
    pub(crate) opened: Opened,
    pub(crate) place: Place,
    wire: Wire,
    recorder: Arc<Recorder>,
}

impl Registrar {
    /// Opens the data directory.
    pub(crate) fn open(context: &Context, config: &Config, place: Place) -> Result<Self, Failure> {
        let mut opened = open(&context.locations.data_dir, &config.store.file, Clock::system(), Sends::Yes)?;
        let flight = opened.flight.clone().ok_or_else(|| Failure::new(Exit::Bug, say!("runtime-no-flight")))?;
        let recorder = Arc::new(Recorder::new(Arc::clone(&opened.store) as Arc<dyn Ledger>, Arc::new(NoWatcher)));
        let notes = Arc::new(FlightNotes(flight));
        let wire = cloud_wire(&place.cloud, &config.proxy.mode, notes, &opened.clock, &mut opened.rng)?;
        Ok(Self { opened, place, wire, recorder })
    }

    /// Where what is known of the registration is kept.
    pub(crate) fn notes(&self) -> RegistrationNotes {
        RegistrationNotes::of(&self.place.account, Arc::clone(&self.opened.store))
    }

    /// Where the account's credential is sealed.
    pub(crate) fn credentials(&self, entry: &str) -> SealedCredentials {
        SealedCredentials::of(entry, Arc::clone(&self.opened.store))
    }

    /// A source of tokens that keeps none beyond this process. Refused sign-ins count as the account's.
    pub(crate) fn source(&self) -> TokenSource {
        let tokens = Arc::new(MemoryTokens::default()) as Arc<dyn RefreshTokenStore>;
        let ledger = Arc::clone(&self.opened.store) as Arc<dyn Ledger>;
        let guard = Arc::new(LedgerGuard::new(ledger, self.opened.clock.clone()));
        TokenSource::new(self.wire.clone(), Arc::clone(&self.recorder) as _, tokens, guard)
    }

    /// An identity of the account's tenant.
    pub(crate) fn identity(&self, client_id: Uuid, credential: Credential, scopes: &[&str]) -> Identity {
        Identity {
            account: Arc::clone(&self.place.account),
            tenant: Arc::clone(&self.place.tenant),
            client_id,
            endpoints: endpoints(&self.place.cloud),
            credential,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        }
    }

    /// The hand that the arguments name: `az`, or an administrator who signs in with these scopes.
    pub(crate) async fn hand(
        &self,
        arguments: &AppArguments,
        own: Option<Uuid>,
        scopes: &[&str],
        desk: &Desk,
    ) -> Result<Box<dyn Hand>, Failure> {
        if arguments.azure_cli {
            return Ok(Box::new(AzureCli::new(self.place.cloud.clone(), arguments.yes, desk.language())));
        }
        let client_id = match arguments.through.as_deref() {
            None => return Err(no_hand(&arguments.name)),
            Some("account") => own,
            Some(text) => Some(Uuid::try_parse(text).map_err(|_| {
                Failure::new(Exit::Usage, say!("registrar-no-id", text = text)).hint(say!("registrar-no-id-hint"))
            })?),
        };
        let client_id = client_id.ok_or_else(|| no_hand(&arguments.name))?;
        let Person { source, identity, .. } = desk.sign_in(self, client_id, scopes).await?;
        Ok(Box::new(TokenHand::new(source, identity)))
    }

    /// Makes everything durable and closes the ledger.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        Ok(self.opened.store.close().await?)
    }
}

pub(crate) fn endpoints(cloud: &Cloud) -> Endpoints {
    Endpoints {
        login_url: cloud.login_url.clone(),
        graph_url: cloud.graph_url.clone(),
        graph_resource: cloud.graph_resource.clone(),
    }
}

fn no_hand(name: &str) -> Failure {
    Failure::new(Exit::Usage, say!("registrar-no-hand", name = name)).hint(say!("registrar-hand-hint"))
}

/// A new registration record, or the one that is known.
pub(crate) fn known_or_new(known: Option<Registration>, place: &Place, marker: Uuid) -> Registration {
    known.unwrap_or_else(|| Registration::new(&place.tenant, place.kind, marker))
}

impl From<RegistrationError> for Failure {
    fn from(error: RegistrationError) -> Self {
        let text = error_chain(&error);
        match error.hand_error() {
            Some(HandError::Token(token)) => Self::new(token_exit(token), text),
            Some(HandError::Transport(_)) => Self::new(Exit::Network, text),
            Some(HandError::Refused { status: 429 | 503, .. }) => Self::new(Exit::Throttled, text),
            Some(why) if why.is_forbidden() => Self::new(Exit::SignIn, text).hint(say!("registrar-forbidden-hint")),
            Some(HandError::Refused { .. } | HandError::Unreadable { .. }) => {
                Self::new(Exit::OperationFailed, text).hint(say!("registrar-again"))
            }
            Some(HandError::Declined) => {
                Self::new(Exit::OperationFailed, say!("registrar-declined")).hint(say!("registrar-again"))
            }
            Some(HandError::Tool(_)) => Self::new(Exit::OperationFailed, text),
            None => match error {
                RegistrationError::Journal(_) => Self::new(Exit::Ledger, text),
                _ => Self::new(Exit::OperationFailed, text).hint(say!("registrar-unknown-hint")),
            },
        }
    }
}

/// The exit code of a sign-in that brought no token.
pub(crate) fn token_exit(error: &TokenError) -> Exit {
    match error.class() {
        FailureClass::Store => Exit::Ledger,
        FailureClass::Transport | FailureClass::Unreadable => Exit::Network,
        FailureClass::Throttled | FailureClass::Locked => Exit::Throttled,
        _ => Exit::SignIn,
    }
}

pub(crate) fn no_token(error: &TokenError) -> Failure {
    let failure = Failure::new(token_exit(error), error_chain(error));
    match error {
        TokenError::HeldBack(held_back) => {
            failure.hint(say!("registrar-held-back", until = graphbeat_core::time_text(held_back.until).to_string()))
        }
        _ => failure.hint(say!("sign-in-explain")),
    }
}
