//! Asking again and again, at the pace that Entra sets, whether the user has signed in.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use graphbeat_base::Timestamp;
use graphbeat_http::TransportFault;

use super::{DeviceCodePrompt, INTERVAL_MAX, poll_once};
use crate::answer::{Failure, Pace};
use crate::client::Answer;
use crate::sign_in::SignInError;
use crate::source::{Shared, TokenBody};
use crate::throttle::ThrottleMemory;
use crate::{Identity, Refusal, SignInAttempt, SignInEnd, TokenError};

/// What `slow_down` adds to the pause (RFC 8628 §3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// Polls in a row that may fail because Entra or the network is in trouble.
const TROUBLES_MAX: u32 = 5;

/// The answer with the tokens.
pub(super) async fn until_signed_in(
    shared: &Shared,
    identity: &Identity,
    prompt: &DeviceCodePrompt,
    cancel: impl Future<Output = ()> + Send,
) -> Result<Answer<TokenBody>, SignInError> {
    let (client, attempt) = (&shared.client, SignInAttempt::by_person(identity));
    let mut cancel = pin!(cancel);
    let mut pace = Pacing { interval: prompt.interval, troubles: 0 };
    let mut pause = prompt.interval;
    // Bounded by the code's end: every turn waits for at least a second.
    loop {
        let next = client.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        if next >= prompt.expires_at {
            return Err(SignInError::Expired);
        }
        tokio::select! {
            biased;
            () = &mut cancel => return Err(SignInError::Cancelled),
            () = client.wire.clock().sleep_until(next) => {}
        }
        let pass = shared.guard.admit(&attempt).await.map_err(SignInError::Token)?;
        let polled = poll_once(client, identity, prompt).await.map_err(|failure| pace.after(failure, client.now()));
        if let Some(pass) = pass {
            pass.settle(end_of(&polled)).await.map_err(|failure| SignInError::Token(TokenError::Guard(failure)))?;
        }
        match polled {
            Ok(answer) => return Ok(answer),
            Err(next) => pause = next?,
        }
    }
}

/// A poll that is to be repeated decides nothing.
fn end_of(polled: &Result<Answer<TokenBody>, Result<Duration, SignInError>>) -> SignInEnd {
    match polled {
        Ok(_) => SignInEnd::Good,
        Err(Err(SignInError::Token(error))) => SignInEnd::of(error),
        Err(_) => SignInEnd::Nothing,
    }
}

/// How fast to poll.
pub(super) struct Pacing {
    pub(super) interval: Duration,
    pub(super) troubles: u32,
}

impl Pacing {
    /// The pause after a poll that brought no tokens.
    pub(super) fn after(&mut self, failure: Failure, now: Timestamp) -> Result<Duration, SignInError> {
        match failure {
            Failure::Pending(pace) => {
                self.troubles = 0;
                if pace == Pace::Slower {
                    self.interval = (self.interval + SLOW_DOWN).min(INTERVAL_MAX);
                }
                Ok(self.interval)
            }
            Failure::Refused { refusal, .. } => Err(refused(refusal)),
            trouble => self.after_trouble(trouble, now),
        }
    }

    fn after_trouble(&mut self, trouble: Failure, now: Timestamp) -> Result<Duration, SignInError> {
        self.troubles += 1;
        // Trust does not come back by asking again.
        let lasts = matches!(&trouble, Failure::Transport(error) if error.fault == TransportFault::Tls);
        let error = ThrottleMemory::default().failed("", trouble, now);
        if lasts || self.troubles > TROUBLES_MAX || !error.is_passing() {
            return Err(SignInError::Token(error));
        }
        let wait = error.until().and_then(|until| Duration::try_from(until.duration_since(now)).ok());
        Ok(wait.unwrap_or_default().max(self.interval))
    }
}

fn refused(refusal: Box<Refusal>) -> SignInError {
    match refusal.error.as_str() {
        "authorization_declined" => SignInError::Declined,
        "expired_token" => SignInError::Expired,
        "bad_verification_code" => SignInError::BadCode,
        _ => SignInError::Token(TokenError::Refused(refusal)),
    }
}
