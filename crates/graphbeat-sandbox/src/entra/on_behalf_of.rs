//! An API that calls Graph for the person who called it: the token that it was called with, for one to Graph.

use graphbeat_base::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::assertion::Parts;
use super::error::EntraError;
use super::refresh::Session;
use crate::identity::Application;
use crate::keys::RsaIdentity;

/// The clock difference that Entra forgives.
const CLOCK_SKEW_S: i64 = 300;

/// The session of the person whose token an API presents.
pub(super) fn session(
    assertion: &str,
    application: &Application,
    (signer, identifiers): (&RsaIdentity, &[String]),
    (scope, now): (&str, Timestamp),
) -> Result<Session, EntraError> {
    let invalid = |code, message: String| EntraError::new("invalid_grant", code, message);
    let parts = Parts::read(assertion)
        .ok_or_else(|| EntraError::new("invalid_request", 50027, "JWT token is invalid or malformed."))?;
    if !signer.verifies(parts.signed.as_bytes(), &parts.signature) {
        let message = "Assertion failed signature validation. [Reason - The key was not found.]";
        return Err(invalid(50013, message.to_owned()));
    }
    let text = |name: &str| parts.claims[name].as_str().unwrap_or_default();
    check_time(&parts, now)?;
    let audience = text("aud");
    let is_own = audience.eq_ignore_ascii_case(&application.client_id.to_string())
        || identifiers.iter().any(|own| own.eq_ignore_ascii_case(audience));
    if !is_own {
        return Err(invalid(
            500_131,
            format!(
                "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{audience}' and the expected audience is '{}' or one of the Application Uris of this application with App ID '{}'({}).",
                application.client_id, application.client_id, application.display_name
            ),
        ));
    }
    if text("idtyp") != "user" {
        let message =
            format!("Application '{}' is not allowed to make application on-behalf-of calls.", application.client_id);
        return Err(EntraError::new("invalid_request", 7_000_114, message));
    }
    let unknown = || invalid(50034, "The user account does not exist in the directory.".to_owned());
    let user_id: Uuid = text("oid").parse().map_err(|_| unknown())?;
    let generation = text("aio").split_once('.').and_then(|(first, _)| u32::from_str_radix(first, 16).ok());
    let started = parts.claims["iat"].as_i64().and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(now);
    let has_second_factor = parts.claims["amr"].as_array().is_some_and(|all| all.contains(&Value::from("mfa")));
    Ok(Session {
        client_id: application.client_id,
        user_id,
        scope: scope.to_owned(),
        mfa: has_second_factor,
        issued: now,
        started,
        generation: generation.unwrap_or_default(),
        spa: false,
    })
}

fn check_time(parts: &Parts<'_>, now: Timestamp) -> Result<(), EntraError> {
    let at = |name: &str| parts.claims[name].as_i64();
    let now_s = now.as_second();
    let is_over = at("exp").is_none_or(|end| now_s >= end.saturating_add(CLOCK_SKEW_S));
    let is_early = at("nbf").is_some_and(|start| now_s < start.saturating_sub(CLOCK_SKEW_S));
    if !is_over && !is_early {
        return Ok(());
    }
    let message = format!("Assertion is not within its valid time range. Current time (UTC): {now}.");
    Err(EntraError::new("invalid_grant", 500_133, message))
}
