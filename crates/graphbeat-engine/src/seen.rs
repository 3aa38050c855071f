//! What a diagnosis starts from, where a report is made: the last call, what the operation needs, and what
//! the token that was sent holds.

use std::sync::Arc;

use graphbeat_catalog::Mode;
use graphbeat_core::explain::{Lack, Observation};
use graphbeat_core::{Kind, Stage};
use graphbeat_entra::{AccessToken, TokenError};
use graphbeat_graph::{Compiled, Completion};

use crate::Account;
use crate::permitted::needed;

/// Of an operation's last try.
pub(crate) fn of_completion(
    account: &Account,
    compiled: &Compiled,
    completion: &Completion,
    lack: Option<Lack>,
) -> Option<Arc<Observation>> {
    completion.failure?;
    let message = completion.message.as_deref().unwrap_or_default();
    let mut seen = Observation::of_answer(completion.code.as_deref(), message)
        .of_operation(&compiled.operation, compiled.mode)
        .lacking(lack);
    seen.names.permissions = needed(&account.work, compiled).unwrap_or_default().to_vec();
    seen.stage = Some(Stage::Request);
    seen.status = completion.status;
    seen.names.account = Some(account.name.to_string());
    seen.names.call = completion.call.map(|id| id.to_string());
    seen.names.wait_s = completion.retry_after.and_then(|wait| u64::try_from(wait.as_secs()).ok());
    Some(Arc::new(seen))
}

/// What a refused operation lacks, as far as its token tells.
pub(crate) fn lack(compiled: &Compiled, completion: &Completion, token: Option<&AccessToken>) -> Option<Lack> {
    if completion.status != Some(403) {
        return None;
    }
    let held = token?.permissions()?;
    let mut accepted = compiled.operation.accepted(compiled.mode)?;
    let is_open = accepted.any(|together| together.iter().all(|name| held.contains(name)));
    let has_role = compiled.mode == Mode::Delegated && compiled.operation.role.is_some();
    Some(match (is_open, has_role) {
        (false, _) => Lack::Permission,
        (true, true) => Lack::Role,
        (true, false) => Lack::Other,
    })
}

/// Of a sign-in that gave no token.
pub(crate) fn of_token_error(account: &Account, error: &TokenError) -> Arc<Observation> {
    let mut seen = match error {
        TokenError::Refused(refusal) => {
            let mut seen = Observation::of_answer(Some(&refusal.error), &refusal.message);
            seen.codes.extend(refusal.suberror.clone());
            seen.codes.push(refusal.code_text());
            seen.names.request_id = refusal.correlation_id.clone();
            seen
        }
        _ => Observation::of_answer(own_code(error), ""),
    };
    if let TokenError::Throttled { status, .. } | TokenError::Unreadable { status } = error {
        seen.status = Some(*status);
    }
    seen.kind = Some(if error.refusal().is_some() { Kind::Msaler } else { Kind::Httper });
    Arc::new(signing_in(account, seen))
}

/// graphbeat's own code for a sign-in that Entra did not answer, or that never left.
fn own_code(error: &TokenError) -> Option<&'static str> {
    match error {
        TokenError::Refused(_) | TokenError::Guard(_) => None,
        TokenError::HeldBack(_) => Some("throttled"),
        TokenError::NotSignedIn => Some("NotSignedIn"),
        TokenError::Certificate(_) => Some("CertificateUnusable"),
        TokenError::Assertion(_) => Some("AssertionMissing"),
        TokenError::Throttled { .. } => Some("throttled"),
        TokenError::Unreadable { .. } => Some("NotJson"),
        TokenError::Transport(fault) => Some(fault.fault.code()),
        TokenError::Store(_) => Some("VaultClosed"),
    }
}

/// Of an account that is held back by what an earlier sign-in was answered.
pub(crate) fn of_code(account: &Account, code: &str) -> Arc<Observation> {
    Arc::new(signing_in(account, Observation::of_answer(Some(code), "")))
}

fn signing_in(account: &Account, mut seen: Observation) -> Observation {
    seen.stage = Some(Stage::Token);
    seen.names.account = Some(account.name.to_string());
    seen.in_mode(account.mode)
}
