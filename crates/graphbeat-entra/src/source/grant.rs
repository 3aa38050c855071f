//! The forms that are sent for a token, and what is made of the answer.

use graphbeat_base::{ExposeSecret, Secret, SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::{AccessToken, Shared};
use crate::cache::Held;
use crate::certificate::Assertion;
use crate::client::{Answer, Form};
use crate::{Credential, Identity, TokenError};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest lifetime that is believed; Entra's longest is 28 hours.
const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(48);

/// The token endpoint's answer.
#[derive(Deserialize)]
pub(crate) struct TokenBody {
    access_token: String,
    /// Without it the token is used, but not kept.
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<SignedDuration>,
    #[serde(default, deserialize_with = "seconds")]
    refresh_in: Option<SignedDuration>,
    /// What a user's token grants.
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    pub(crate) id_token: Option<String>,
}

impl Shared {
    /// The form that proves who `identity` is.
    pub(super) async fn grant(&self, identity: &Identity, scope: &str, url: &str) -> Result<Form, TokenError> {
        let form = Form::new(identity.client_id).field("scope", scope);
        Ok(match &identity.credential {
            Credential::ClientSecret(secret) => {
                form.field("grant_type", "client_credentials").field("client_secret", secret.expose_secret())
            }
            Credential::Certificate(certificate) => {
                let assertion = Assertion {
                    audience: url,
                    client_id: identity.client_id,
                    id: self.client.wire.uuid(),
                    now: self.client.now(),
                };
                let assertion = certificate.sign(&assertion).map_err(TokenError::Certificate)?;
                with_assertion(form, &assertion)
            }
            Credential::Federated(source) => {
                let assertion = source.assertion().await.map_err(TokenError::Assertion)?;
                with_assertion(form, assertion.expose_secret())
            }
            Credential::Public => {
                let token = self.store.load(&identity.refresh_key()).await.map_err(TokenError::Store)?;
                let token = token.ok_or(TokenError::NotSignedIn)?;
                form.field("grant_type", "refresh_token").field("refresh_token", token.expose_secret())
            }
        })
    }

    /// Keeps a new refresh token before anybody uses what came with it: whatever happens afterwards,
    /// the newest one is known. The old one stays valid at Entra.
    pub(super) async fn accept(&self, identity: &Identity, answer: Answer<TokenBody>) -> Result<Held, TokenError> {
        let Answer { mut body, asked_at } = answer;
        let refresh_token = body.refresh_token.take().filter(|token| !token.is_empty()).map(Secret::from);
        if let (Credential::Public, Some(token)) = (&identity.credential, refresh_token) {
            self.store.save(&identity.refresh_key(), &token).await.map_err(TokenError::Store)?;
        }
        body.held(asked_at).ok_or(TokenError::Unreadable { status: 200 })
    }
}

fn with_assertion(form: Form, assertion: &str) -> Form {
    form.field("grant_type", "client_credentials")
        .field("client_assertion_type", ASSERTION_TYPE)
        .field("client_assertion", assertion)
}

impl TokenBody {
    /// `None` for a token that cannot stand in a header.
    pub(crate) fn held(&self, asked_at: Timestamp) -> Option<Held> {
        let lifetime = self.expires_in.unwrap_or(SignedDuration::ZERO).min(LIFETIME_MAX);
        let expires_at = asked_at.checked_add(lifetime).unwrap_or(asked_at);
        let token = AccessToken::new(&self.access_token, expires_at)?.with_scopes(self.scope.as_deref());
        Some(Held::new(token, asked_at, self.refresh_in))
    }
}

/// Entra sends numbers; others have sent the same in quotes.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SignedDuration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(f64),
        Text(String),
    }
    let seconds = match Option::<Seconds>::deserialize(deserializer)? {
        Some(Seconds::Number(number)) => Some(number),
        Some(Seconds::Text(text)) => text.trim().parse().ok(),
        None => None,
    };
    let sane = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    Ok(sane.map(|seconds| SignedDuration::try_from_secs_f64(seconds).unwrap_or(LIFETIME_MAX)))
}
