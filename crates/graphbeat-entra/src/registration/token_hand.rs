//! Requests with a token of the owner's own application: its own, or of a person who signed in under it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use graphbeat_base::{Secret, plain_text, redact_addresses};
use graphbeat_http::{CallContext, Exchange, Request, Response, address, retry_after};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::{GraphCall, Hand, HandError};
use crate::{Identity, RefreshTokenStore, StoreFailure, TokenOutcome, TokenSource};

/// Real time until Graph's whole answer must be there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest code or sentence of Graph's that is kept.
const MESSAGE_CHARS_MAX: usize = 300;

/// Sends with a token of `identity`.
pub struct TokenHand {
    source: TokenSource,
    identity: Identity,
}

/// Refresh tokens that are forgotten with the process: what an administrator signed in for once is not kept.
#[derive(Default)]
pub struct MemoryTokens(Mutex<HashMap<String, Secret>>);

impl TokenHand {
    /// A hand that signs in as `identity`; a person must have signed in with `source` before.
    #[must_use]
    pub fn new(source: TokenSource, identity: Identity) -> Self {
        Self { source, identity }
    }

    async fn exchange(&self, call: &GraphCall, request: Request) -> Result<Value, HandError> {
        let client = &self.source.shared.client;
        let context = CallContext {
            planned_at: None,
            account: Arc::clone(&self.identity.account),
            tenant: Arc::clone(&self.identity.tenant),
            operation: Arc::from(call.operation),
            journey: None,
            attempt: 1,
        };
        let exchange = client.wire.send(context, call.wire_path(), request).await;
        let judged = judge(&exchange, client.now());
        let outcome = outcome(&judged);
        client.log.record(exchange, outcome).await;
        judged
    }
}

#[async_trait]
impl Hand for TokenHand {
    async fn send(&self, call: &GraphCall) -> Result<Value, HandError> {
        let token = self.source.token(&self.identity, None).await.map_err(HandError::Token)?;
        let url = call.url(&self.identity.endpoints).ok_or(HandError::Unreadable { status: 0 })?;
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, token.bearer().clone());
        let body = match &call.body {
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let request =
            Request { method: call.method.clone(), uri: address(&url), headers, body, timeout: ANSWER_TIMEOUT };
        self.exchange(call, request).await
    }
}

fn judge(exchange: &Exchange, now: graphbeat_base::Timestamp) -> Result<Value, HandError> {
    let response = exchange.result.as_ref().map_err(|error| HandError::Transport(error.clone()))?;
    if !response.status.is_success() {
        return Err(refusal(response, now));
    }
    if response.body.is_empty() {
        return Ok(Value::Null);
    }
    let status = response.status.as_u16();
    serde_json::from_slice(&response.body).map_err(|_| HandError::Unreadable { status })
}

fn refusal(response: &Response, now: graphbeat_base::Timestamp) -> HandError {
    let status = response.status.as_u16();
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |member: &str| {
        let text = plain_text(body["error"][member].as_str().unwrap_or_default(), MESSAGE_CHARS_MAX);
        redact_addresses(&text)
    };
    HandError::Refused {
        status,
        code: text("code"),
        message: text("message"),
        retry_after: retry_after(&response.headers, now),
    }
}

fn outcome(judged: &Result<Value, HandError>) -> TokenOutcome {
    match judged {
        Ok(_) => TokenOutcome::Ok,
        Err(HandError::Refused { status: 429, retry_after, .. }) => {
            TokenOutcome::Throttled { retry_after: *retry_after }
        }
        Err(HandError::Refused { code, message, .. }) => {
            TokenOutcome::Refused { code: code.clone(), message: message.clone() }
        }
        Err(HandError::Transport(_)) => TokenOutcome::Transport,
        Err(_) => TokenOutcome::Unreadable,
    }
}

impl MemoryTokens {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RefreshTokenStore for MemoryTokens {
    async fn load(&self, key: &str) -> Result<Option<Secret>, StoreFailure> {
        Ok(self.lock().get(key).cloned())
    }

    async fn save(&self, key: &str, token: &Secret) -> Result<(), StoreFailure> {
        self.lock().insert(key.to_owned(), token.clone());
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), StoreFailure> {
        self.lock().remove(key);
        Ok(())
    }
}
