//! The token endpoint: each grant that the sandbox knows.

use graphbeat_base::Timestamp;
use http::StatusCode;
use http::header::{CACHE_CONTROL, ORIGIN, PRAGMA, USER_AGENT};
use serde_json::{Value, json};
use uuid::Uuid;

use super::admission::{Way, check_address, check_session, second_factor_missing};
use super::assertion::Audience;
use super::claims::Requested;
use super::client::{self, Proof, Trust};
use super::codes::Presented;
use super::error::EntraError;
use super::federation::Issuers;
use super::form::Form;
use super::refresh::Session;
use super::resources::{self, Resources};
use super::scope::Wanted;
use super::sign_in;
use super::tokens::{Issue, Kind, joined};
use super::version::Version;
use super::{EntraRequest, audience, base64url, find_user, on_behalf_of, own_hosts, tenant_names};
use crate::identity::Application;
use crate::keys::KeyError;
use crate::server::Reply;
use crate::tenant::{SignIn, Tenant};
use crate::world::{World, locked, read, write};

/// Answers `POST /{tenant}/oauth2/v2.0/token`, and version 1.0 of it.
pub(crate) fn answer(
    world: &World,
    request: &EntraRequest<'_>,
    tenant: &str,
    version: Version,
) -> Result<Reply, EntraError> {
    let mut form = Form::read(request.body, request.headers)?;
    version.translate(&mut form)?;
    audience::check(world, request, &form, tenant)?;
    let body = granted(world, request, tenant, &form)?;
    Ok(Reply::json(StatusCode::OK, &version.answer(body, &form, request.trace.now))
        .with_header(CACHE_CONTROL, "no-store, no-cache")
        .with_header(PRAGMA, "no-cache"))
}

fn granted(world: &World, request: &EntraRequest<'_>, tenant: &str, form: &Form) -> Result<Value, EntraError> {
    let grant = match form.require("grant_type")? {
        "client_credentials" => return client_credentials(world, request, tenant, form),
        "refresh_token" => return refresh_token(world, request, tenant, form),
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => return on_behalf_of(world, request, tenant, form),
        "authorization_code" => authorization_code,
        "password" => password,
        "device_code" | "urn:ietf:params:oauth:grant-type:device_code" => device_code,
        other => {
            return Err(EntraError::new(
                "unsupported_grant_type",
                70003,
                format!("The app requested an unsupported grant type '{other}'."),
            ));
        }
    };
    let mut person = None;
    let body = grant(world, request, tenant, (form, &mut person));
    if let Some(person) = person {
        note_sign_in(world, request, person, body.as_ref().err());
    }
    body
}

/// The application that asks, once it has proved who it is.
struct Client<'a> {
    tenant: &'a Tenant,
    application: &'a Application,
    proof: Proof,
}

impl<'a> Client<'a> {
    fn prove(
        world: &World,
        tenant: &'a Tenant,
        (request, tenant_name): (&EntraRequest<'_>, &str),
        form: &Form,
    ) -> Result<Self, EntraError> {
        let application = client::find(&tenant.identity, form, &tenant.domain)?;
        let id = tenant.id.to_string();
        let audience = Audience { base_url: request.base_url, tenants: tenant_names(tenant_name, &id, tenant) };
        let own_hosts = own_hosts(world, request);
        let issuers = Issuers { signer: &world.signer, own_hosts: &own_hosts };
        let proof = client::prove(application, form, &Trust { audience, issuers }, request.trace.now)?;
        Ok(Self { tenant, application, proof })
    }

    fn issue(&self, world: &'a World, wanted: &'a Wanted, (now, claims): (Timestamp, Requested)) -> Issue<'a> {
        Issue {
            signer: &world.signer,
            tenant_id: self.tenant.id,
            application: self.application,
            proof: self.proof,
            audience: &wanted.audience,
            now,
            uti: world.uuid(),
            continuous: claims.continuous,
            context: claims.context,
        }
    }
}

fn client_credentials(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    form: &Form,
) -> Result<Value, EntraError> {
    if matches!(tenant_name, "common" | "consumers") {
        return Err(EntraError::new(
            "invalid_request",
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ));
    }
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    if client.proof == Proof::None {
        return Err(client::no_credential());
    }
    let scope = form.require("scope")?;
    let wanted = Wanted::read(scope, &Resources::of(&tenant, &own_hosts(world, request)))?;
    wanted.check_application(scope)?;
    let claims = Requested::read(form.get("claims"))?;
    if !client.application.has_principal {
        return Err(client::no_principal(client.application, tenant.id));
    }
    let issue = client.issue(world, &wanted, (request.trace.now, claims));
    let access_token = issue.application_token().map_err(internal)?;
    let (expires_in, refresh_in) = issue.lives(Kind::Application);
    let mut body = json!({ "token_type": "Bearer", "expires_in": expires_in, "ext_expires_in": expires_in });
    if let Some(refresh_in) = refresh_in {
        body["refresh_in"] = json!(refresh_in);
    }
    body["access_token"] = json!(access_token);
    Ok(body)
}

/// A person and the application that signs in.
#[derive(Clone, Copy)]
struct Person {
    user_id: Uuid,
    app_id: Uuid,
}

/// Writes a person's sign-in into the tenant's log.
fn note_sign_in(world: &World, request: &EntraRequest<'_>, person: Person, failure: Option<&EntraError>) {
    let user_agent = request.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let failure = failure.map_or((0, ""), |error| (error.code, error.message.as_str()));
    let (id, correlation_id) = (request.trace.trace_id, request.trace.correlation_id);
    let Person { user_id, app_id } = person;
    write(&world.tenant).note_sign_in(&SignIn {
        user_id,
        app_id,
        failure,
        user_agent,
        id,
        correlation_id,
        now: request.trace.now,
    });
}

/// `person` is filled in as soon as it is known who signs in.
fn device_code(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    (form, person): (&Form, &mut Option<Person>),
) -> Result<Value, EntraError> {
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    let code = form.get("device_code").or_else(|| form.get("code"));
    let code = code.ok_or_else(|| EntraError::missing("device_code"))?;
    let client_id = client.application.client_id;
    let redeemed = locked(&world.devices).redeem(code, client_id, request.trace.now)?;
    *person = Some(Person { user_id: redeemed.user_id, app_id: client_id });
    let now = request.trace.now;
    let session = Session {
        client_id,
        user_id: redeemed.user_id,
        scope: redeemed.scope.clone(),
        mfa: redeemed.mfa,
        issued: now,
        started: now,
        generation: redeemed.generation,
        spa: false,
    };
    let way = Way::DeviceCode;
    user_tokens(world, request, UserGrant { client, session, way, scope: &redeemed.scope, nonce: None, form })
}

fn authorization_code(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    (form, person): (&Form, &mut Option<Person>),
) -> Result<Value, EntraError> {
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    let client_id = client.application.client_id;
    let presented = Presented {
        code: form.require("code")?,
        client_id,
        redirect_uri: form.get("redirect_uri"),
        verifier: form.get("code_verifier"),
    };
    let now = request.trace.now;
    let signed_in = locked(&world.codes).redeem(&presented, now)?;
    *person = Some(Person { user_id: signed_in.user_id, app_id: client_id });
    let session = Session {
        client_id,
        user_id: signed_in.user_id,
        scope: signed_in.scope.clone(),
        mfa: signed_in.mfa,
        issued: now,
        started: now,
        generation: signed_in.generation,
        spa: signed_in.spa,
    };
    check_origin(request, signed_in.spa)?;
    let scope = form.get("scope").unwrap_or(&signed_in.scope);
    let (way, nonce) = (Way::Page, signed_in.nonce.as_deref());
    user_tokens(world, request, UserGrant { client, session, way, scope, nonce, form })
}

fn refresh_token(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    form: &Form,
) -> Result<Value, EntraError> {
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    let token = form.require("refresh_token")?;
    let session = world.seal.open(token, client.application.client_id)?;
    check_origin(request, session.spa)?;
    // A refresh always gives a successor, whatever the scopes say.
    let scope = format!("{} offline_access", form.get("scope").unwrap_or(&session.scope));
    let way = Way::Refresh;
    user_tokens(world, request, UserGrant { client, session, way, scope: &scope, nonce: None, form })
}

/// What a single-page application got, only a browser may redeem.
fn check_origin(request: &EntraRequest<'_>, spa: bool) -> Result<(), EntraError> {
    if !spa || request.headers.contains_key(ORIGIN) {
        return Ok(());
    }
    Err(EntraError::new(
        "invalid_request",
        9_002_327,
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
    ))
}

/// A password in the request: never with security defaults, since nobody can pass a second factor so.
fn password(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    (form, person): (&Form, &mut Option<Person>),
) -> Result<Value, EntraError> {
    let (name, password) = (form.require("username")?, form.require("password")?);
    let scope = form.require("scope")?;
    let (client_id, now) = {
        let tenant = read(&world.tenant);
        check_address(&tenant)?;
        let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
        (client.application.client_id, request.trace.now)
    };
    let user = find_user(world, name).ok_or_else(|| sign_in::unknown(world, name))?;
    *person = Some(Person { user_id: user.id, app_id: client_id });
    sign_in::check_password(world, &user, password, now)?;
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    let session = Session {
        client_id,
        user_id: user.id,
        scope: scope.to_owned(),
        mfa: false,
        issued: now,
        started: now,
        generation: tenant.identity.sign_in(user.id).generation,
        spa: false,
    };
    user_tokens(world, request, UserGrant { client, session, way: Way::Password, scope, nonce: None, form })
}

/// An API of the tenant that calls Graph for its caller.
fn on_behalf_of(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    form: &Form,
) -> Result<Value, EntraError> {
    let tenant = read(&world.tenant);
    let client = Client::prove(world, &tenant, (request, tenant_name), form)?;
    if client.proof == Proof::None {
        return Err(client::no_credential());
    }
    let assertion = form.require("assertion")?;
    if form.require("requested_token_use")? != "on_behalf_of" {
        return Err(EntraError::new("invalid_request", 90023, "Unsupported 'requested_token_use' value."));
    }
    let scope = form.require("scope")?;
    let names = resources::names(&tenant, client.application);
    let session =
        on_behalf_of::session(assertion, client.application, (&world.signer, &names), (scope, request.trace.now))?;
    // The caller's session goes on, as with a refresh.
    user_tokens(world, request, UserGrant { client, session, way: Way::Refresh, scope, nonce: None, form })
}

/// What a user's tokens are made from.
struct UserGrant<'a> {
    client: Client<'a>,
    session: Session,
    way: Way,
    scope: &'a str,
    nonce: Option<&'a str>,
    form: &'a Form,
}

fn user_tokens(world: &World, request: &EntraRequest<'_>, grant: UserGrant<'_>) -> Result<Value, EntraError> {
    let user = check_session(grant.client.tenant, &grant.session, grant.way, request.trace.now)?;
    let wanted = Wanted::read(grant.scope, &Resources::of(grant.client.tenant, &own_hosts(world, request)))?;
    let claims = Requested::read(grant.form.get("claims"))?;
    if let Some(context) = claims.context.filter(|_| !grant.session.mfa) {
        let refusal = second_factor_missing(grant.client.tenant.identity.sign_in(user.id));
        return Err(EntraError { claims: Some(context.claims()), ..refusal });
    }
    let scopes = wanted.granted(grant.client.application, user.id)?;
    let issue = grant.client.issue(world, &wanted, (request.trace.now, claims));
    let factors: &[&str] = if grant.session.mfa { &["pwd", "mfa"] } else { &["pwd"] };
    let access_token = issue.user_token(&user, &scopes, (factors, grant.session.generation)).map_err(internal)?;
    let (expires_in, refresh_in) = issue.lives(Kind::User);
    let mut body = json!({
        "token_type": "Bearer", "scope": joined(&scopes), "expires_in": expires_in, "ext_expires_in": expires_in,
    });
    if let Some(refresh_in) = refresh_in {
        body["refresh_in"] = json!(refresh_in);
    }
    body["access_token"] = json!(access_token);
    if wanted.offline() {
        let session = Session { issued: request.trace.now, ..grant.session };
        body["refresh_token"] = json!(world.seal.close(&session, world.uuid()));
    }
    if wanted.open_id.contains("openid") {
        let id_token = issue.id_token(&user, request.base_url, grant.nonce, &[]);
        body["id_token"] = json!(id_token.map_err(internal)?);
    }
    if grant.form.get("client_info") == Some("1") {
        let info = json!({ "uid": user.id, "utid": grant.client.tenant.id }).to_string();
        body["client_info"] = json!(base64url(info.as_bytes()));
    }
    Ok(body)
}

/// The signing key failed: Entra would call it a transient error.
pub(super) fn internal(_: KeyError) -> EntraError {
    EntraError {
        status: StatusCode::SERVICE_UNAVAILABLE,
        ..EntraError::new("temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
    }
}
