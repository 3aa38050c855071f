//! A browser's session: who signed in on the page lately, so that the next application need not ask.

use graphbeat_base::{SignedDuration, Timestamp};
use http::HeaderMap;
use http::header::COOKIE;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EntraRequest;
use super::admission::Way;
use super::sign_in::{Person, admitted};
use crate::world::{World, read};

/// The cookie's name, the real one's.
const NAME: &str = "ESTSAUTH";
/// How long a browser is remembered.
const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// A longer `Cookie` header is not read.
const COOKIES_MAX: usize = 16_384;

#[derive(Debug, Serialize, Deserialize)]
struct Signed {
    user_id: Uuid,
    mfa: bool,
    generation: u32,
    at: Timestamp,
}

/// Who a browser is signed in as, while the account would still let them in.
pub(super) fn person(world: &World, request: &EntraRequest<'_>) -> Option<Person> {
    let signed: Signed = world.seal.unseal(cookie(request.headers)?)?;
    let now = request.trace.now;
    let until = signed.at.checked_add(LIFE).unwrap_or(Timestamp::MAX);
    let tenant = read(&world.tenant);
    let card = tenant.user(signed.user_id).filter(|_| now < until)?;
    let person = admitted(&tenant, card, Way::Page, now).ok()?;
    // A second factor that is demanded since then was not passed.
    (person.generation == signed.generation && (signed.mfa || !person.mfa)).then_some(person)
}

/// The header that makes a browser remember.
pub(super) fn remember(world: &World, person: &Person, now: Timestamp) -> String {
    let signed = Signed { user_id: person.card.id, mfa: person.mfa, generation: person.generation, at: now };
    format!("{NAME}={}; Path=/; Secure; HttpOnly; SameSite=None", world.seal.seal(&signed))
}

/// The header that makes a browser forget.
pub(super) fn forget() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.filter(|value| value.len() <= COOKIES_MAX)
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
}
