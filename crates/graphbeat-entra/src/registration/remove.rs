//! Removing a registration with everything that hangs on it, and bringing it back.

use graphbeat_base::{Clock, SignedDuration, Timestamp};
use serde_json::json;

use super::create::send;
use super::{GraphCall, Hand, HandError, Journal, Registration, RegistrationError};

/// How long Entra keeps a deleted registration.
pub const RESTORABLE_DAYS: i64 = 30;

/// The requests that remove it; grants go with the service principal, and that with the registration.
///
/// # Errors
/// Where no id of it is known.
pub fn remove_calls(registration: &Registration, for_good: bool) -> Result<Vec<GraphCall>, RegistrationError> {
    let mut calls = vec![GraphCall::delete("app.application.delete", registration.application_path()?)];
    if for_good {
        let id = registration.object_id.map_or_else(|| "{id}".to_owned(), |id| id.to_string());
        calls.push(GraphCall::delete("app.application.purge", format!("/directory/deletedItems/{id}")));
    }
    Ok(calls)
}

/// Removes it. Run again after a crash, it goes on: what is gone already is no failure.
///
/// # Errors
/// [`RegistrationError`].
pub async fn remove(
    hand: &dyn Hand,
    mut registration: Registration,
    for_good: bool,
    (journal, clock): (&dyn Journal, &Clock),
) -> Result<Registration, RegistrationError> {
    for call in remove_calls(&registration, for_good)? {
        // The bin fills a moment later than the list empties.
        let is_purge = call.operation == "app.application.purge";
        match send(hand, &call, clock, |error| is_purge && error.is_not_found()).await {
            Err(error) if error.hand_error().is_some_and(HandError::is_not_found) => {}
            done => drop(done?),
        }
        registration.deleted.get_or_insert_with(|| clock.now());
        journal.keep(&registration).await?;
    }
    Ok(registration)
}

/// The request that brings it back.
///
/// # Errors
/// Where its object id is not known.
pub fn restore_calls(registration: &Registration) -> Result<Vec<GraphCall>, RegistrationError> {
    let id = registration.object_id.ok_or(RegistrationError::Unknown("object id"))?;
    Ok(vec![GraphCall::post("app.application.restore", format!("/directory/deletedItems/{id}/restore"), json!({}))])
}

/// Brings a deleted registration back, with its credentials; its service principal and consents come with it.
///
/// # Errors
/// [`RegistrationError`], a 404 where the thirty days are over.
pub async fn restore(
    hand: &dyn Hand,
    mut registration: Registration,
    (journal, clock): (&dyn Journal, &Clock),
) -> Result<Registration, RegistrationError> {
    for call in restore_calls(&registration)? {
        send(hand, &call, clock, |_| false).await?;
    }
    registration.deleted = None;
    journal.keep(&registration).await?;
    Ok(registration)
}

impl Registration {
    /// Until when it can be restored, where it was deleted.
    #[must_use]
    pub fn restorable_until(&self) -> Option<Timestamp> {
        self.deleted?.checked_add(SignedDuration::from_hours(24 * RESTORABLE_DAYS)).ok()
    }
}
