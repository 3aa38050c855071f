//! Judging Entra's answers.

use std::time::Duration;

use graphbeat_base::Timestamp;
use graphbeat_http::{Response, TransportError, retry_after};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::refusal::{ErrorBody, Refusal};
use crate::{Credential, TokenOutcome};

/// An exchange that did not bring what was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    Transport(TransportError),
    /// Entra said no, and may have asked to wait as well.
    Refused {
        refusal: Box<Refusal>,
        retry_after: Option<Duration>,
    },
    /// Entra asked to wait.
    Throttled {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Entra is in trouble, whether or not it says so in its own form.
    Down {
        status: u16,
        refusal: Option<Box<Refusal>>,
        retry_after: Option<Duration>,
    },
    /// The device code was not answered yet.
    Pending(Pace),
    /// Not what the protocol says.
    Unreadable {
        status: u16,
        retry_after: Option<Duration>,
    },
}

/// How fast to poll on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Same,
    Slower,
}

impl Failure {
    /// What the ledger shows.
    pub(crate) fn outcome(&self) -> TokenOutcome {
        match self {
            Self::Transport(_) => TokenOutcome::Transport,
            Self::Refused { refusal, .. } | Self::Down { refusal: Some(refusal), .. } => {
                TokenOutcome::Refused { code: refusal.code_text(), message: refusal.message.clone() }
            }
            Self::Throttled { retry_after, .. } => TokenOutcome::Throttled { retry_after: *retry_after },
            Self::Pending(_) => TokenOutcome::Pending,
            Self::Down { refusal: None, .. } | Self::Unreadable { .. } => TokenOutcome::Unreadable,
        }
    }
}

/// What the answer brings, or why it brings nothing.
pub(crate) fn judge<T: DeserializeOwned>(
    result: &Result<Response, TransportError>,
    credential: &Credential,
    now: Timestamp,
) -> Result<T, Failure> {
    let response = result.as_ref().map_err(|error| Failure::Transport(error.clone()))?;
    if response.status.is_success()
        && let Ok(body) = serde_json::from_slice(&response.body)
    {
        return Ok(body);
    }
    Err(failure(response, credential, now))
}

fn failure(response: &Response, credential: &Credential, now: Timestamp) -> Failure {
    let status = response.status.as_u16();
    let retry_after = retry_after(&response.headers, now);
    // A plain text 429 or a proxy's page is an answer, too.
    let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
    let word = body.as_ref().map_or("", |body| body.error.as_str());
    if response.status == StatusCode::TOO_MANY_REQUESTS || word == "temporarily_unavailable" {
        return Failure::Throttled { status, retry_after };
    }
    match word {
        "authorization_pending" => return Failure::Pending(Pace::Same),
        "slow_down" => return Failure::Pending(Pace::Slower),
        _ => {}
    }
    let refusal = body.map(|body| Box::new(Refusal::new(body, credential, now)));
    match refusal {
        Some(refusal) if refusal.is_trouble() => Failure::Down { status, refusal: Some(refusal), retry_after },
        refusal if response.status.is_server_error() => Failure::Down { status, refusal, retry_after },
        Some(refusal) if !response.status.is_success() => Failure::Refused { refusal, retry_after },
        _ => Failure::Unreadable { status, retry_after },
    }
}
