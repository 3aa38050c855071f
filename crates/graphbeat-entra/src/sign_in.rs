//! What every sign-in of a person ends in: who it was is verified, and the refresh token kept.

use std::sync::Arc;

use graphbeat_base::{ExposeSecret as _, Secret, error_chain, plain_text};
use tracing::warn;
use uuid::Uuid;

use crate::client::Answer;
use crate::id_token::{self, Expected, Person};
use crate::scope::scope;
use crate::source::{Shared, TokenBody};
use crate::{ClaimsRequest, Credential, FailureClass, IdTokenError, Identity, TokenError};

/// The longest code, address or sentence that is shown to the user.
pub(crate) const SHOWN_CHARACTERS_MAX: usize = 500;

/// Who signed in; the refresh token is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The user's object id.
    pub user_id: Uuid,
    /// The tenant's id.
    pub tenant_id: Uuid,
    /// The user principal name: for showing now, never for keeping.
    pub username: String,
}

/// Why nobody signed in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignInError {
    /// The user said no.
    #[error("the sign-in was declined")]
    Declined,
    /// Nobody signed in in time.
    #[error("nobody signed in before the time was over")]
    Expired,
    /// Entra does not know the device code.
    #[error("Entra does not know the code")]
    BadCode,
    /// The caller gave up.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// This machine gave no port for the browser's way back.
    #[error("could not listen for the browser on this machine")]
    Listener(#[source] Arc<std::io::Error>),
    /// Entra sent no refresh token: the application may not have `offline_access`.
    #[error("Entra sent no refresh token: the application needs the scope `offline_access`")]
    NoRefreshToken,
    /// The id token proves nothing.
    #[error("who signed in could not be verified")]
    IdToken(#[source] IdTokenError),
    /// Somebody else than the person whose account it is.
    #[error("another person signed in than the one whose account this is; nothing was kept")]
    AnotherPerson,
    /// Entra refused, asked to wait, or could not be reached.
    #[error("the sign-in failed")]
    Token(#[source] TokenError),
}

impl SignInError {
    /// What it means for whoever must act.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Token(error) => error.class(),
            Self::NoRefreshToken => FailureClass::MissingConsent,
            Self::Declined | Self::Expired | Self::BadCode | Self::Cancelled | Self::Listener(_) => {
                FailureClass::NeedsPerson
            }
            Self::IdToken(_) | Self::AnotherPerson => FailureClass::OtherRefusal,
        }
    }
}

impl Shared {
    /// Verifies first, then keeps: a stranger's token never replaces the user's.
    pub(crate) async fn keep(
        &self,
        identity: &Identity,
        answer: Answer<TokenBody>,
        nonce: Option<&str>,
    ) -> Result<SignedIn, SignInError> {
        let Answer { body, asked_at } = answer;
        let person = self.verify(identity, body.id_token.as_deref(), nonce).await?;
        let token = body.refresh_token.as_deref().filter(|token| !token.is_empty());
        let token = Secret::from(token.ok_or(SignInError::NoRefreshToken)?);
        self.same_person(identity, &person).await?;
        self.save(&identity.refresh_key(), &token).await?;
        if let Err(failure) = self.store.remove(&identity.demand_key()).await {
            warn!(error = %error_chain(&failure), "could not forget what the sign-in had to prove");
        }
        self.slot(identity, &scope(identity), self.client.now()).put(body.held(asked_at));
        let Person { user_id, tenant_id, username } = person;
        let username = plain_text(&username, SHOWN_CHARACTERS_MAX);
        Ok(SignedIn { user_id, tenant_id, username })
    }

    /// What the person's sign-in must be asked for with, because a request without them was refused.
    pub(crate) async fn demand(&self, identity: &Identity) -> Result<Option<ClaimsRequest>, SignInError> {
        let kept = self.store.load(&identity.demand_key()).await;
        let kept = kept.map_err(|failure| SignInError::Token(TokenError::Store(failure)))?;
        Ok(kept.and_then(|kept| ClaimsRequest::read(kept.expose_secret())))
    }

    /// Where only a person can get on, their next sign-in, in whatever process, proves what was demanded.
    pub(crate) async fn leave_to_person(
        &self,
        identity: &Identity,
        of_graph: Option<ClaimsRequest>,
        error: &TokenError,
    ) {
        let is_of_person = matches!(identity.credential, Credential::Public);
        let Some(refusal) = error.refusal().filter(|it| is_of_person && it.class == FailureClass::NeedsPerson) else {
            return;
        };
        let demands = of_graph.into_iter().chain(refusal.demand.clone());
        let Some(demand) = demands.reduce(ClaimsRequest::and) else { return };
        let kept = self.store.save(&identity.demand_key(), &Secret::from(demand.parameter())).await;
        if let Err(failure) = kept {
            warn!(error = %error_chain(&failure), "could not keep what the next sign-in has to prove");
        }
    }

    async fn verify(
        &self,
        identity: &Identity,
        id_token: Option<&str>,
        nonce: Option<&str>,
    ) -> Result<Person, SignInError> {
        let id_token = id_token.ok_or(SignInError::IdToken(IdTokenError::Missing))?;
        let expected = Expected { identity, nonce, now: self.client.now() };
        if let Some(issuer) = self.discovery.known(identity, expected.now) {
            match id_token::verify(id_token, &issuer, expected) {
                // The tenant may have changed its keys since.
                Err(IdTokenError::UnknownKey) => {}
                judged => return judged.map_err(SignInError::IdToken),
            }
        }
        let issuer = self.discovery.read(&self.client, identity).await.map_err(SignInError::Token)?;
        id_token::verify(id_token, &issuer, expected).map_err(SignInError::IdToken)
    }

    /// An account stays one person's: who signed in first is remembered, by ids alone, until the sign-out.
    async fn same_person(&self, identity: &Identity, person: &Person) -> Result<(), SignInError> {
        let key = identity.person_key();
        let ids = format!("{}/{}", person.tenant_id, person.user_id);
        let known = self.store.load(&key).await.map_err(|failure| SignInError::Token(TokenError::Store(failure)))?;
        match known {
            Some(known) if known.expose_secret() != ids => Err(SignInError::AnotherPerson),
            Some(_) => Ok(()),
            None => self.save(&key, &Secret::from(ids)).await,
        }
    }

    async fn save(&self, key: &str, secret: &Secret) -> Result<(), SignInError> {
        let saved = self.store.save(key, secret).await;
        saved.map_err(|failure| SignInError::Token(TokenError::Store(failure)))
    }
}
