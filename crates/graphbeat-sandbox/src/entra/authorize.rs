//! The authorize endpoint: a page on which a person picks a user and consents; its answer is a code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use url::Url;

use super::codes::{Challenge, SignedIn};
use super::error::EntraError;
use super::form::Form;
use super::html::{document, escape, hidden, user_choice};
use super::redirect::{self, ResponseMode};
use super::scope::Wanted;
use super::sign_in::{Person, person};
use super::{EntraRequest, base64url, client, own_hosts};
use crate::identity::{Application, PermissionKind, permissions};
use crate::server::Reply;
use crate::world::{World, locked, read, write};

/// The parameters that the page carries on to its own submission.
const CARRIED: [&str; 11] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "client_info",
    "prompt",
];

/// What an application asks for, once it is sure where the answer may go.
struct Asked<'a> {
    form: &'a Form,
    application: Application,
    redirect_uri: Url,
    mode: ResponseMode,
}

/// Answers GET and POST of `/{tenant}/oauth2/v2.0/authorize`.
pub(super) fn answer(world: &World, request: &EntraRequest<'_>) -> Reply {
    let text = if request.method == Method::POST { request.body } else { request.query.unwrap_or_default().as_bytes() };
    let form = Form::read(text, &HeaderMap::new()).unwrap_or_default();
    // Without a redirect URI that can be trusted an error is shown, not sent.
    match Asked::read(world, &form) {
        Ok(asked) => asked.answer(world, request).unwrap_or_else(|error| asked.refuse(request, &error)),
        Err(error) => refusal_page(request, &error),
    }
}

/// An error as a page.
pub(super) fn refusal_page(request: &EntraRequest<'_>, error: &EntraError) -> Reply {
    let text = escape(&error.description(&request.trace));
    Reply::html(StatusCode::BAD_REQUEST, document(&format!("<p role=\"alert\">{text}</p>")))
}

impl<'a> Asked<'a> {
    fn read(world: &World, form: &'a Form) -> Result<Self, EntraError> {
        let tenant = read(&world.tenant);
        let application = client::find(&tenant.identity, form, &tenant.domain)?.clone();
        let redirect_uri = redirect::check(&tenant, &application, form.get("redirect_uri"))?;
        let mode = ResponseMode::read(form.get("response_mode"))?;
        Ok(Self { form, application, redirect_uri, mode })
    }

    fn answer(&self, world: &World, request: &EntraRequest<'_>) -> Result<Reply, EntraError> {
        self.check_response_type()?;
        let challenge = self.challenge()?;
        let scope = self.form.require("scope")?;
        let wanted = Wanted::read(scope, &own_hosts(world, request))?;
        wanted.check_known(&self.application)?;
        let missing = wanted.not_consented(&self.application);
        match (request.method == Method::POST, self.form.get("action"), self.form.get("prompt")) {
            (false, _, Some("none")) => Err(EntraError::new(
                "login_required",
                50058,
                "A silent sign-in request was sent but no user is signed in.",
            )),
            (true, Some("accept"), _) => {
                let person = person(world, self.form)?;
                self.consent(world, &person, missing)?;
                Ok(self.grant(world, request, &person, challenge))
            }
            (true, Some("decline"), _) => {
                Err(EntraError::new("access_denied", 65004, "User declined to consent to access the app."))
            }
            _ => Ok(self.page(world, &missing)),
        }
    }

    /// Only codes are given: the implicit grants are off for every application here.
    fn check_response_type(&self) -> Result<(), EntraError> {
        match self.form.require("response_type")? {
            "code" => Ok(()),
            other => Err(EntraError::new(
                "unsupported_response_type",
                700_051,
                format!("response_type '{other}' is not enabled for the application."),
            )),
        }
    }

    fn challenge(&self) -> Result<Option<Challenge>, EntraError> {
        let Some(challenge) = self.form.get("code_challenge") else { return Ok(None) };
        match self.form.get("code_challenge_method") {
            Some("S256") => Ok(Some(Challenge::Sha256(challenge.to_owned()))),
            None | Some("plain") => Ok(Some(Challenge::Plain(challenge.to_owned()))),
            Some(other) => Err(EntraError::new(
                "invalid_request",
                9_002_313,
                format!("'{other}' is no supported code_challenge_method."),
            )),
        }
    }

    fn page(&self, world: &World, missing: &BTreeSet<String>) -> Reply {
        let mut body = format!("<p>{} asks you to sign in.</p>", escape(&self.application.display_name));
        if !missing.is_empty() {
            body.push_str("<p>It asks to be permitted:</p><ul>");
            for scope in missing {
                let _ = write!(body, "<li>{}</li>", escape(scope));
            }
            body.push_str("</ul>");
        }
        // Submitted to the address it came from; what was in the query goes into the form.
        body.push_str("<form method=\"post\" action=\"?\">");
        for name in CARRIED {
            body.push_str(&self.form.get(name).map(|value| hidden(name, value)).unwrap_or_default());
        }
        let hint = self.form.get("login_hint").unwrap_or_default();
        body.push_str(&user_choice(&read(&world.tenant).users(), hint));
        body.push_str("<p><button name=\"action\" value=\"accept\">Accept</button> <button name=\"action\" value=\"decline\">Cancel</button></p></form>");
        Reply::html(StatusCode::OK, document(&body))
    }

    /// Records what the person agreed to; some permissions only an administrator can give.
    fn consent(&self, world: &World, person: &Person, missing: BTreeSet<String>) -> Result<(), EntraError> {
        let needs_administrator = |scope: &String| {
            permissions()
                .iter()
                .any(|it| it.kind == PermissionKind::Delegated && it.value == *scope && it.admin_consent)
        };
        if !person.is_administrator && missing.iter().any(needs_administrator) {
            return Err(EntraError::new(
                "access_denied",
                90094,
                format!(
                    "{} needs permission to access resources in your organization that only an admin can grant.",
                    self.application.display_name
                ),
            ));
        }
        if let Some(application) = write(&world.tenant).identity.application_mut(self.application.client_id) {
            application.has_principal = true;
            application.delegated.extend(missing);
        }
        Ok(())
    }

    fn grant(&self, world: &World, request: &EntraRequest<'_>, person: &Person, challenge: Option<Challenge>) -> Reply {
        let text = |name: &str| self.form.get(name).map(str::to_owned);
        let signed_in = SignedIn {
            client_id: self.application.client_id,
            user_id: person.card.id,
            mfa: person.mfa,
            scope: text("scope").unwrap_or_default(),
            // As the client wrote it: it repeats that when it redeems the code.
            redirect_uri: text("redirect_uri").unwrap_or_else(|| self.redirect_uri.to_string()),
            nonce: text("nonce"),
            challenge,
        };
        let code = locked(&world.codes).create(signed_in, request.trace.now);
        let mut parameters = vec![("code", code)];
        if self.form.get("client_info") == Some("1") {
            let info = json!({ "uid": person.card.id, "utid": read(&world.tenant).id }).to_string();
            parameters.push(("client_info", base64url(info.as_bytes())));
        }
        parameters.extend(text("state").map(|state| ("state", state)));
        parameters.push(("session_state", world.uuid().to_string()));
        redirect::send(&self.redirect_uri, self.mode, &parameters)
    }

    /// Sends an error to the application.
    fn refuse(&self, request: &EntraRequest<'_>, error: &EntraError) -> Reply {
        // The person can do something about these, the application cannot.
        if matches!(error.code, 50034 | 50055 | 50057 | 90094) {
            return refusal_page(request, error);
        }
        let mut parameters =
            vec![("error", error.error.to_owned()), ("error_description", error.description(&request.trace))];
        parameters.extend(self.form.get("state").map(|state| ("state", state.to_owned())));
        redirect::send(&self.redirect_uri, self.mode, &parameters)
    }
}
