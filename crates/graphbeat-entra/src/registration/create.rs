//! Making a registration and its service principal.

use graphbeat_base::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::patience::persevere;
use super::{GraphCall, Hand, HandError, Journal, Registration, RegistrationError, Wanted};

/// The requests that make a registration, with places for what their answers bring.
#[must_use]
pub fn create_calls(wanted: &Wanted, registration: &Registration) -> Vec<GraphCall> {
    vec![create_application(wanted, registration), create_principal("{appId}")]
}

/// Makes what is not there yet. Whatever was made is in the journal before the next request leaves.
///
/// # Errors
/// [`RegistrationError`]; run again with what the journal holds, it goes on.
pub async fn create(
    hand: &dyn Hand,
    wanted: &Wanted,
    mut registration: Registration,
    (journal, clock): (&dyn Journal, &Clock),
) -> Result<Registration, RegistrationError> {
    if registration.object_id.is_none() {
        // Whoever died here before may have made it: it would carry the tag.
        let known = if registration.made { find(hand, &registration, clock).await? } else { None };
        registration.made = true;
        journal.keep(&registration).await?;
        let made = match known {
            Some(found) => found,
            None => send(hand, &create_application(wanted, &registration), clock, |_| false).await?,
        };
        registration.object_id = Some(id_in(&made, "id")?);
        registration.client_id = Some(id_in(&made, "appId")?);
        if let Some(key) = &wanted.key {
            registration.key_id = Some(key.key_id);
            registration.key_expires = Some(key.not_after);
        }
        journal.keep(&registration).await?;
    }
    if registration.principal_id.is_none() {
        registration.principal_id = Some(principal(hand, &registration, clock).await?);
        journal.keep(&registration).await?;
    }
    Ok(registration)
}

/// Makes the service principal, or finds the one that is there.
async fn principal(hand: &dyn Hand, registration: &Registration, clock: &Clock) -> Result<Uuid, RegistrationError> {
    let client_id = registration.client_id.ok_or(RegistrationError::Unknown("application id"))?;
    let call = create_principal(&client_id.to_string());
    match persevere(hand, &call, clock, |error| error.may_be_replication() && !error.is_already_there()).await {
        Ok(made) => id_in(&made, "id"),
        Err(error) if error.is_already_there() => {
            let found = send(hand, &read_principal(client_id), clock, HandError::is_not_found).await?;
            id_in(&found, "id")
        }
        Err(error) => Err(RegistrationError::hand(&call, error)),
    }
}

async fn find(hand: &dyn Hand, registration: &Registration, clock: &Clock) -> Result<Option<Value>, RegistrationError> {
    let tag = registration.tag();
    let path = format!("/applications?$filter=tags/any(t:t%20eq%20'{tag}')&$select=id,appId");
    let mut found = send(hand, &GraphCall::get("app.application.find", path), clock, |_| false).await?;
    Ok(found["value"].as_array_mut().and_then(Vec::pop))
}

pub(super) async fn send(
    hand: &dyn Hand,
    call: &GraphCall,
    clock: &Clock,
    may_pass: impl Fn(&HandError) -> bool,
) -> Result<Value, RegistrationError> {
    persevere(hand, call, clock, may_pass).await.map_err(|error| RegistrationError::hand(call, error))
}

fn create_application(wanted: &Wanted, registration: &Registration) -> GraphCall {
    GraphCall::post("app.application.create", "/applications", wanted.body(registration))
}

fn create_principal(client_id: &str) -> GraphCall {
    GraphCall::post("app.principal.create", "/servicePrincipals", json!({"appId": client_id}))
}

/// The application's service principal.
pub(super) fn read_principal(client_id: Uuid) -> GraphCall {
    GraphCall::get(
        "app.principal.get",
        format!("/servicePrincipals(appId='{client_id}')?$select=id,appId,accountEnabled"),
    )
}

/// An id in an answer.
pub(super) fn id_in(answer: &Value, member: &'static str) -> Result<Uuid, RegistrationError> {
    let id = answer[member].as_str().and_then(|text| Uuid::try_parse(text).ok());
    id.ok_or(RegistrationError::Answer { call: "the last request".to_owned(), member })
}
