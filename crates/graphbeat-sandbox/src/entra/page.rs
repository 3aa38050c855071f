//! The page on which a person, or a test that plays one, approves a device's sign-in.

use std::fmt::Write as _;

use graphbeat_base::Timestamp;
use http::{Method, StatusCode};
use uuid::Uuid;

use super::EntraRequest;
use super::admission::{Way, needs_second_factor};
use super::device::DeviceState;
use super::error::EntraError;
use super::form::Form;
use super::html::{PASSWORD, buttons, document, escape, user_choice};
use super::sign_in::person;
use crate::server::Reply;
use crate::tenant::UserCard;
use crate::world::{World, locked, read};

/// The path of the page.
pub(crate) const DEVICE_PAGE: &str = "/common/oauth2/deviceauth";

/// Why somebody's approval is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The code is wrong, used or over.
    #[error("that code didn't work: check it and try again")]
    Code,
    /// No such user.
    #[error("no user of this tenant has that name")]
    User,
    /// The account, or a policy, refuses the person.
    #[error("AADSTS{}: {}", .0.code, .0.message)]
    SignIn(EntraError),
}

/// Answers GET and POST of the page.
pub(crate) fn answer(world: &World, request: &EntraRequest<'_>) -> Reply {
    if request.method == Method::POST {
        return submit(world, request);
    }
    let query = request.query.unwrap_or_default();
    let code = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| matches!(name.as_ref(), "otc" | "user_code" | "code"))
        .map(|(_, code)| code.into_owned());
    Reply::html(StatusCode::OK, form_page(world, code.as_deref().unwrap_or_default(), None))
}

/// Approves a code as a user, by hand or by the control API; the person passes a second factor if they have to.
pub(crate) fn approve(world: &World, user_code: &str, user_id: Uuid) -> Result<UserCard, Refusal> {
    let claims = locked(&world.devices).by_user_code(user_code, world.clock.now()).ok_or(Refusal::Code)?.claims;
    let (user, state) = {
        let tenant = read(&world.tenant);
        let user = tenant.user(user_id).ok_or(Refusal::User)?;
        let sign_in = tenant.identity.sign_in(user.id);
        let is_asked = claims.context.is_some() || needs_second_factor(&tenant, sign_in, Way::DeviceCode);
        let mfa = sign_in.mfa_registered && is_asked;
        (user, DeviceState::Approved { user_id, mfa, generation: sign_in.generation })
    };
    set_state(world, user_code, state)?;
    Ok(user)
}

/// Declines a code.
pub(crate) fn decline(world: &World, user_code: &str) -> Result<(), Refusal> {
    set_state(world, user_code, DeviceState::Declined)
}

fn set_state(world: &World, user_code: &str, state: DeviceState) -> Result<(), Refusal> {
    let now = world.clock.now();
    locked(&world.devices).by_user_code(user_code, now).ok_or(Refusal::Code)?.state = state;
    Ok(())
}

fn submit(world: &World, request: &EntraRequest<'_>) -> Reply {
    let form = Form::read(request.body, &http::HeaderMap::new()).unwrap_or_default();
    let code = form.get("user_code").or_else(|| form.get("otc")).unwrap_or_default();
    if form.get("action") == Some("decline") {
        return match decline(world, code) {
            Ok(()) => message("You declined. You can close this window."),
            Err(refusal) => refused(world, code, refusal),
        };
    }
    match form.get("user_id").or_else(|| form.get("login")) {
        None => Reply::html(StatusCode::OK, form_page(world, code, None)),
        Some(_) => match sign_in(world, code, &form, request.trace.now) {
            Ok(user) => message(&format!("You have signed in as {}. You can close this window.", escape(&user.upn))),
            Err(refusal) => refused(world, code, refusal),
        },
    }
}

/// A person signs in: unlike the control API, the page refuses who cannot.
fn sign_in(world: &World, code: &str, form: &Form, now: Timestamp) -> Result<UserCard, Refusal> {
    let person = person(world, form, Way::DeviceCode, now).map_err(|error| match error.code {
        50034 => Refusal::User,
        _ => Refusal::SignIn(error),
    })?;
    approve(world, code, person.card.id)
}

/// A user by id or by user principal name.
pub(crate) fn find_user(world: &World, name: &str) -> Option<UserCard> {
    let tenant = read(&world.tenant);
    match name.parse() {
        Ok(id) => tenant.user(id),
        Err(_) => tenant.users().into_iter().find(|user| user.upn.eq_ignore_ascii_case(name.trim())),
    }
}

fn refused(world: &World, code: &str, refusal: Refusal) -> Reply {
    Reply::html(StatusCode::BAD_REQUEST, form_page(world, code, Some(refusal)))
}

fn message(text: &str) -> Reply {
    Reply::html(StatusCode::OK, document(&format!("<p role=\"status\">{text}</p>")))
}

fn form_page(world: &World, code: &str, refusal: Option<Refusal>) -> String {
    let mut body = String::new();
    if let Some(refusal) = refusal {
        let _ = write!(body, "<p role=\"alert\">{}</p>", escape(&refusal.to_string()));
    }
    let _ = write!(
        body,
        "<form method=\"post\" action=\"{DEVICE_PAGE}\"><label>Code <input name=\"user_code\" value=\"{}\" autocomplete=\"off\" required></label>",
        escape(code)
    );
    body.push_str(&user_choice(&read(&world.tenant).users(), ""));
    body.push_str(PASSWORD);
    body.push_str(&buttons(("approve", "Approve"), ("decline", "Decline")));
    document(&body)
}
