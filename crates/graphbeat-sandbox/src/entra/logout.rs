//! Signing out: the browser forgets, and goes back to the application where that address is registered.
//! Refresh tokens live on, as in the real service.

use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::form::Form;
use super::html::document;
use super::{EntraRequest, browser, redirect};
use crate::server::Reply;
use crate::world::{World, read};

/// Answers GET and POST of `/{tenant}/oauth2/v2.0/logout`.
pub(super) fn answer(world: &World, request: &EntraRequest<'_>) -> Reply {
    let text = if request.method == Method::POST { request.body } else { request.query.unwrap_or_default().as_bytes() };
    let form = Form::read(text, &HeaderMap::new()).unwrap_or_default();
    let reply = match back(world, &form) {
        Some(target) => {
            Reply::html(StatusCode::FOUND, document("<p>You signed out.</p>")).with_header(LOCATION, target.as_str())
        }
        None => Reply::html(
            StatusCode::OK,
            document("<p role=\"status\">You signed out of your account. You can close this window.</p>"),
        ),
    };
    reply.with_header(SET_COOKIE, browser::forget())
}

/// Where the browser goes: only to an address that some application has.
fn back(world: &World, form: &Form) -> Option<Url> {
    let mut target: Url = form.get("post_logout_redirect_uri")?.parse().ok()?;
    let tenant = read(&world.tenant);
    let asked = Some(target.as_str());
    tenant
        .identity
        .applications
        .iter()
        .filter(|it| !it.deleted)
        .find(|it| redirect::check(&tenant, it, asked).is_ok())?;
    if let Some(state) = form.get("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    Some(target)
}
