//! Signing in a user by device code: the user types a code on a page of Entra's, on any device.

mod poll;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::time::Duration;

use graphbeat_base::{ExposeSecret, Secret, Timestamp, plain_text};
use serde::Deserialize;

use crate::client::{Answer, Client, Errand, Form, endpoint};
use crate::scope::sign_in_scope;
use crate::sign_in::{SHOWN_CHARACTERS_MAX, SignInError, SignedIn};
use crate::source::{Shared, TokenBody, throttle_key};
use crate::{ClaimsRequest, Identity, SignInAttempt, TokenError, TokenSource};

/// The pause between two polls where Entra names none (RFC 8628 §3.2).
const INTERVAL_DEFAULT: Duration = Duration::from_secs(5);
/// The shortest and the longest pause.
const INTERVAL_MIN: Duration = Duration::from_secs(1);
const INTERVAL_MAX: Duration = Duration::from_secs(60);
/// The longest life of a code that is believed; Entra's is a quarter of an hour.
const LIFETIME_MAX: Duration = Duration::from_secs(3600);

/// What to show to the user.
#[derive(Clone, Debug)]
pub struct DeviceCodePrompt {
    /// What the user types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// Entra's own sentence that says both.
    pub message: String,
    /// The code's end.
    pub expires_at: Timestamp,
    /// The pause between two polls.
    pub interval: Duration,
    device_code: Secret,
    demand: Option<ClaimsRequest>,
}

#[derive(Deserialize)]
struct DeviceBody {
    device_code: String,
    user_code: String,
    verification_uri: String,
    #[serde(default)]
    message: String,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

impl TokenSource {
    /// Asks for a code for `identity`, which must be a user's ([`crate::Credential::Public`]).
    ///
    /// # Errors
    /// [`SignInError::Token`].
    pub async fn start_device_code(&self, identity: &Identity) -> Result<DeviceCodePrompt, SignInError> {
        let demand = self.shared.demand(identity).await?;
        self.shared.start(identity, demand).await.map_err(SignInError::Token)
    }

    /// Polls until the user has signed in, then verifies who it was and keeps the refresh token.
    /// `cancel` ends the wait; a poll that is under way is finished first.
    ///
    /// # Errors
    /// [`SignInError`]; nothing was kept then.
    pub async fn finish_device_code(
        &self,
        identity: &Identity,
        prompt: &DeviceCodePrompt,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<SignedIn, SignInError> {
        let answer = poll::until_signed_in(&self.shared, identity, prompt, cancel).await?;
        self.shared.keep(identity, answer, None).await
    }
}

impl Shared {
    async fn start(&self, identity: &Identity, demand: Option<ClaimsRequest>) -> Result<DeviceCodePrompt, TokenError> {
        let url = endpoint(identity, &["oauth2", "v2.0", "devicecode"]);
        let scope = sign_in_scope(identity);
        let throttle_key = throttle_key(url.as_str(), identity, &scope);
        let form = Form::new(identity.client_id).field("scope", &scope).demanding(demand.as_ref());
        let errand = Errand { identity, operation: "token.device-code-start", planned_at: None };
        let request = self.client.post::<DeviceBody>(errand, url, form);
        let answer = self.guarded(&SignInAttempt::by_person(identity), &throttle_key, request).await?;
        Ok(prompt(answer, demand))
    }
}

fn prompt(answer: Answer<DeviceBody>, demand: Option<ClaimsRequest>) -> DeviceCodePrompt {
    let Answer { body, asked_at } = answer;
    let lifetime = Duration::from_secs(body.expires_in).min(LIFETIME_MAX);
    let interval = body.interval.map_or(INTERVAL_DEFAULT, Duration::from_secs);
    DeviceCodePrompt {
        user_code: plain_text(&body.user_code, SHOWN_CHARACTERS_MAX),
        verification_uri: plain_text(&body.verification_uri, SHOWN_CHARACTERS_MAX),
        message: plain_text(&body.message, SHOWN_CHARACTERS_MAX),
        expires_at: asked_at.checked_add(lifetime).unwrap_or(asked_at),
        interval: interval.clamp(INTERVAL_MIN, INTERVAL_MAX),
        device_code: Secret::from(body.device_code),
        demand,
    }
}

fn poll_form(identity: &Identity, prompt: &DeviceCodePrompt) -> Form {
    Form::new(identity.client_id)
        .field("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
        .field("device_code", prompt.device_code.expose_secret())
        .demanding(prompt.demand.as_ref())
}

async fn poll_once(
    client: &Client,
    identity: &Identity,
    prompt: &DeviceCodePrompt,
) -> Result<Answer<TokenBody>, crate::answer::Failure> {
    let url = endpoint(identity, &["oauth2", "v2.0", "token"]);
    let errand = Errand { identity, operation: "token.device-code", planned_at: None };
    client.post(errand, url, poll_form(identity, prompt)).await
}
