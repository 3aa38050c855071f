//! The authorize endpoint: a page on which a person picks a user and consents; its answer is a code, or
//! tokens where the registration allows them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http::header::SET_COOKIE;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use url::Url;

use super::admission::Way;
use super::claims::Requested;
use super::client::Proof;
use super::codes::{Challenge, SignedIn};
use super::error::EntraError;
use super::form::Form;
use super::html::{PASSWORD, buttons, document, escape, hidden, permission_list, user_choice};
use super::redirect::{self, ResponseMode};
use super::resources::Resources;
use super::response::{Prompt, ResponseType};
use super::scope::Wanted;
use super::sign_in::{Person, person};
use super::token::internal;
use super::tokens::{Issue, Kind, joined};
use super::version::Version;
use super::{EntraRequest, audience, base64url, browser, client, consent, own_hosts};
use crate::graph::CONSENTS_MAX;
use crate::identity::{Application, PermissionKind, permissions};
use crate::server::Reply;
use crate::world::{World, locked, read, write};

/// The parameters that the page carries on to its own submission.
const CARRIED: [&str; 13] = [
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "resource",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "client_info",
    "prompt",
    "claims",
];

/// What an application asks for, once it is sure where the answer may go.
struct Asked<'a> {
    form: &'a Form,
    application: Application,
    redirect_uri: Url,
    kinds: ResponseType,
    mode: ResponseMode,
    spa: bool,
    /// The scopes that the registration names, for `.default`.
    required: BTreeSet<String>,
}

/// What of it is known to make sense.
struct Checked {
    wanted: Wanted,
    challenge: Option<Challenge>,
    prompt: Prompt,
    claims: Requested,
}

/// Answers GET and POST of `/{tenant}/oauth2/v2.0/authorize`, and of version 1.0.
pub(super) fn answer(world: &World, request: &EntraRequest<'_>, tenant: &str) -> Reply {
    let text = if request.method == Method::POST { request.body } else { request.query.unwrap_or_default().as_bytes() };
    let mut form = Form::read(text, &HeaderMap::new()).unwrap_or_default();
    if form.get("scope").is_none() && form.get("resource").is_some() {
        // Version 1.0 knows no scopes; the parameters name it as well as the path does.
        let _ = Version::One.translate(&mut form);
    }
    // Without a redirect URI that can be trusted an error is shown, not sent.
    let asked = audience::check(world, request, &form, tenant).and_then(|()| Asked::read(world, &form));
    match asked {
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
        let kinds = ResponseType::of(form.get("response_type").unwrap_or_default());
        let mode = ResponseMode::read(form.get("response_mode"), kinds.has_tokens())?;
        let spa = redirect::is_spa(&tenant, &application, &redirect_uri);
        let required = consent::required(&tenant, &application).delegated;
        Ok(Self { form, application, redirect_uri, kinds, mode, spa, required })
    }

    fn check(&self, world: &World, request: &EntraRequest<'_>) -> Result<Checked, EntraError> {
        let response_type = self.form.require("response_type")?;
        self.kinds.check(response_type, &read(&world.tenant), &self.application)?;
        if self.kinds.id_token && self.form.get("nonce").is_none() {
            return Err(EntraError::new("invalid_request", 90014, "The required field 'nonce' is missing."));
        }
        let challenge = self.challenge()?;
        let scope = self.form.require("scope")?;
        let wanted = Wanted::read(scope, &Resources::of(&read(&world.tenant), &own_hosts(world, request)))?;
        wanted.check_known(&self.application)?;
        let claims = Requested::read(self.form.get("claims"))?;
        Ok(Checked { wanted, challenge, prompt: Prompt::read(self.form.get("prompt"))?, claims })
    }

    fn answer(&self, world: &World, request: &EntraRequest<'_>) -> Result<Reply, EntraError> {
        let checked = self.check(world, request)?;
        if request.method == Method::POST {
            match self.form.get("action") {
                Some("accept") => return self.accepted(world, request, checked),
                Some("decline") => {
                    return Err(EntraError::new("access_denied", 65004, "User declined to consent to access the app."));
                }
                _ => {}
            }
        }
        let proves_enough = |person: &Person| person.mfa || checked.claims.context.is_none();
        let known = browser::person(world, request).filter(|person| self.is_hinted(person) && proves_enough(person));
        match (checked.prompt, known) {
            (Prompt::Nothing, None) => Err(EntraError::new(
                "login_required",
                50058,
                "A silent sign-in request was sent but no user is signed in.",
            )),
            (Prompt::Nothing, Some(person)) => {
                // All that is asked must be consented already.
                checked
                    .wanted
                    .granted(&self.application, person.card.id)
                    .map_err(|error| EntraError { error: "consent_required", ..error })?;
                self.grant(world, request, &person, checked)
            }
            (Prompt::Needed, Some(person)) if self.missing(&checked, Some(&person)).is_empty() => {
                self.grant(world, request, &person, checked)
            }
            _ => Ok(self.page(world, &checked)),
        }
    }

    /// Whether a browser's session is that of the user whom the application expects.
    fn is_hinted(&self, person: &Person) -> bool {
        let hint = self.form.get("login_hint");
        hint.is_none_or(|hint| hint.eq_ignore_ascii_case(&person.card.upn) || hint == person.card.id.to_string())
    }

    /// What must be consented to; `.default` asks for all that the registration names, once.
    fn missing(&self, checked: &Checked, person: Option<&Person>) -> BTreeSet<String> {
        let consented = match (checked.prompt, person) {
            (Prompt::Consent | Prompt::AdminConsent, None) => BTreeSet::new(),
            (_, None) => self.application.delegated.clone(),
            (_, Some(person)) => self.application.consented(person.card.id),
        };
        let mut missing = checked.wanted.not_consented(&consented);
        if checked.wanted.all_consented && consented.is_empty() {
            missing.extend(self.required.iter().cloned());
        }
        missing
    }

    fn accepted(&self, world: &World, request: &EntraRequest<'_>, checked: Checked) -> Result<Reply, EntraError> {
        let person = person(world, self.form, Way::Page, request.trace.now)?;
        let person = person.proving(&read(&world.tenant), checked.claims)?;
        let for_all = checked.prompt == Prompt::AdminConsent || self.form.get("for_all").is_some();
        self.consent(world, &person, self.missing(&checked, Some(&person)), for_all)?;
        let reply = self.grant(world, request, &person, checked)?;
        Ok(reply.with_header(SET_COOKIE, browser::remember(world, &person, request.trace.now)))
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

    fn page(&self, world: &World, checked: &Checked) -> Reply {
        let mut body = format!("<p><b>{}</b> asks you to sign in.</p>", escape(&self.application.display_name));
        let missing = self.missing(checked, None);
        if !missing.is_empty() {
            let names = permission_list(PermissionKind::Delegated, missing.iter());
            let _ = write!(body, "<p>It asks to be permitted:</p><ul>{names}</ul>");
        }
        // Submitted to the address it came from; what was in the query goes into the form.
        body.push_str("<form method=\"post\" action=\"?\">");
        for name in CARRIED {
            body.push_str(&self.form.get(name).map(|value| hidden(name, value)).unwrap_or_default());
        }
        let hint = self.form.get("login_hint").unwrap_or_default();
        body.push_str(&user_choice(&read(&world.tenant).users(), hint));
        body.push_str(PASSWORD);
        if !missing.is_empty() {
            body.push_str("<label class=\"check\"><input type=\"checkbox\" name=\"for_all\" value=\"1\">Consent on behalf of your organization (administrators)</label>");
        }
        body.push_str(&buttons(("accept", "Accept"), ("decline", "Cancel")));
        Reply::html(StatusCode::OK, document(&body))
    }

    /// Records what the person agreed to; some permissions only an administrator can give.
    fn consent(
        &self,
        world: &World,
        person: &Person,
        missing: BTreeSet<String>,
        for_all: bool,
    ) -> Result<(), EntraError> {
        let needs_administrator = |scope: &String| {
            permissions()
                .iter()
                .any(|it| it.kind == PermissionKind::Delegated && it.value == *scope && it.admin_consent)
        };
        if !person.is_administrator && (for_all || missing.iter().any(needs_administrator)) {
            return Err(EntraError::new(
                "access_denied",
                90094,
                format!(
                    "{} needs permission to access resources in your organization that only an admin can grant.",
                    self.application.display_name
                ),
            ));
        }
        let mut tenant = write(&world.tenant);
        let Some(application) = tenant.identity.application_mut(self.application.client_id) else { return Ok(()) };
        // The first sign-in to an application brings it into the tenant.
        application.has_principal = true;
        if for_all {
            application.delegated.extend(missing);
        } else if !missing.is_empty() && application.consents.len() < CONSENTS_MAX {
            application.consents.entry(person.card.id).or_default().extend(missing);
        }
        Ok(())
    }

    fn grant(
        &self,
        world: &World,
        request: &EntraRequest<'_>,
        person: &Person,
        checked: Checked,
    ) -> Result<Reply, EntraError> {
        let mut parameters = Vec::new();
        if self.kinds.code {
            parameters.push(("code", self.code(world, request, person, &checked)));
        }
        if self.kinds.has_tokens() {
            self.add_tokens(world, request, (person, &checked.wanted), &mut parameters)?;
        }
        if self.form.get("client_info") == Some("1") {
            let info = json!({ "uid": person.card.id, "utid": read(&world.tenant).id }).to_string();
            parameters.push(("client_info", base64url(info.as_bytes())));
        }
        parameters.extend(self.form.get("state").map(|state| ("state", state.to_owned())));
        parameters.push(("session_state", world.uuid().to_string()));
        Ok(redirect::send(&self.redirect_uri, self.mode, &parameters))
    }

    fn code(&self, world: &World, request: &EntraRequest<'_>, person: &Person, checked: &Checked) -> String {
        let text = |name: &str| self.form.get(name).map(str::to_owned);
        let signed_in = SignedIn {
            client_id: self.application.client_id,
            user_id: person.card.id,
            mfa: person.mfa,
            scope: text("scope").unwrap_or_default(),
            // As the client wrote it: it repeats that when it redeems the code.
            redirect_uri: text("redirect_uri").unwrap_or_else(|| self.redirect_uri.to_string()),
            nonce: text("nonce"),
            challenge: checked.challenge.clone(),
            generation: person.generation,
            spa: self.spa,
        };
        locked(&world.codes).create(signed_in, request.trace.now)
    }

    /// The tokens that leave the page itself, tied to each other and to the code by their hashes.
    fn add_tokens(
        &self,
        world: &World,
        request: &EntraRequest<'_>,
        (person, wanted): (&Person, &Wanted),
        parameters: &mut Vec<(&'static str, String)>,
    ) -> Result<(), EntraError> {
        // Read anew: the consent may have just been given.
        let tenant = read(&world.tenant);
        let application = tenant.identity.application(self.application.client_id).unwrap_or(&self.application);
        let issue = Issue {
            signer: &world.signer,
            tenant_id: tenant.id,
            application,
            proof: Proof::None,
            audience: &wanted.audience,
            now: request.trace.now,
            uti: world.uuid(),
            continuous: false,
            context: None,
        };
        if self.kinds.token {
            let scopes = wanted.granted(application, person.card.id)?;
            let factors: &[&str] = if person.mfa { &["pwd", "mfa"] } else { &["pwd"] };
            let token = issue.user_token(&person.card, &scopes, (factors, person.generation)).map_err(internal)?;
            parameters.push(("access_token", token));
            parameters.push(("token_type", "Bearer".to_owned()));
            parameters.push(("expires_in", issue.lives(Kind::User).0.to_string()));
            parameters.push(("scope", joined(&scopes)));
        }
        if self.kinds.id_token {
            let named = |name: &str| parameters.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str());
            let hashes: Vec<(&str, &str)> = [("c_hash", named("code")), ("at_hash", named("access_token"))]
                .into_iter()
                .filter_map(|(hash, of)| of.map(|of| (hash, of)))
                .collect();
            let id_token = issue.id_token(&person.card, request.base_url, self.form.get("nonce"), &hashes);
            parameters.push(("id_token", id_token.map_err(internal)?));
        }
        Ok(())
    }

    /// Sends an error to the application.
    fn refuse(&self, request: &EntraRequest<'_>, error: &EntraError) -> Reply {
        // The person can do something about these, the application cannot.
        if matches!(error.code, 50034 | 50053 | 50055 | 50057 | 50076 | 50079 | 50126 | 53000 | 53003 | 90094) {
            return refusal_page(request, error);
        }
        let mut parameters =
            vec![("error", error.error.to_owned()), ("error_description", error.description(&request.trace))];
        parameters.extend(self.form.get("state").map(|state| ("state", state.to_owned())));
        redirect::send(&self.redirect_uri, self.mode, &parameters)
    }
}
