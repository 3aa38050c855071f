//! The token endpoint: each grant that the sandbox knows.

use graphbeat_base::Timestamp;
use http::StatusCode;
use http::header::{CACHE_CONTROL, PRAGMA, USER_AGENT};
use serde_json::{Value, json};
use uuid::Uuid;

use super::assertion::Audience;
use super::client::{self, Proof, Trust};
use super::codes::Presented;
use super::error::EntraError;
use super::federation::Issuers;
use super::form::Form;
use super::refresh::Session;
use super::scope::Wanted;
use super::tokens::{EXPIRES_IN_S, Issue, joined};
use super::{EntraRequest, base64url, own_hosts, tenant_names};
use crate::identity::Application;
use crate::keys::KeyError;
use crate::server::Reply;
use crate::tenant::{SignIn, Tenant, UserCard};
use crate::world::{World, locked, read, write};

/// Answers `POST /{tenant}/oauth2/v2.0/token`.
pub(crate) fn answer(world: &World, request: &EntraRequest<'_>, tenant: &str) -> Result<Reply, EntraError> {
    let form = Form::read(request.body, request.headers)?;
    let body = match form.require("grant_type")? {
        "client_credentials" => client_credentials(world, request, tenant, &form)?,
        "authorization_code" => {
            let mut person = None;
            let body = authorization_code(world, request, tenant, (&form, &mut person));
            if let Some(person) = person {
                note_sign_in(world, request, person, body.as_ref().err());
            }
            body?
        }
        "refresh_token" => refresh_token(world, request, tenant, &form)?,
        "device_code" | "urn:ietf:params:oauth:grant-type:device_code" => {
            let mut person = None;
            let body = device_code(world, request, tenant, (&form, &mut person));
            if let Some(person) = person {
                note_sign_in(world, request, person, body.as_ref().err());
            }
            body?
        }
        other => {
            return Err(EntraError::new(
                "unsupported_grant_type",
                70003,
                format!("The app requested an unsupported grant type '{other}'."),
            ));
        }
    };
    Ok(Reply::json(StatusCode::OK, &body)
        .with_header(CACHE_CONTROL, "no-store, no-cache")
        .with_header(PRAGMA, "no-cache"))
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

    fn issue(&self, world: &'a World, wanted: &'a Wanted, now: Timestamp) -> Issue<'a> {
        Issue {
            signer: &world.signer,
            tenant_id: self.tenant.id,
            application: self.application,
            proof: self.proof,
            audience: &wanted.audience,
            now,
            uti: world.uuid(),
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
    if !client.application.has_principal {
        let id = client.application.client_id;
        let message = format!("The client application {id} is missing service principal in the tenant {}.", tenant.id);
        return Err(EntraError::new("unauthorized_client", 7_000_229, message));
    }
    let scope = form.require("scope")?;
    let wanted = Wanted::read(scope, &own_hosts(world, request))?;
    wanted.check_application(scope)?;
    let access_token = client.issue(world, &wanted, request.trace.now).application_token().map_err(internal)?;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": EXPIRES_IN_S,
        "ext_expires_in": EXPIRES_IN_S,
        "access_token": access_token,
    }))
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
    if tenant.identity.sign_in(redeemed.user_id).password_expired {
        return Err(EntraError::new("invalid_grant", 50055, "The password is expired."));
    }
    let session = Session {
        client_id,
        user_id: redeemed.user_id,
        scope: redeemed.scope.clone(),
        mfa: redeemed.mfa,
        issued: request.trace.now,
    };
    user_tokens(world, request, UserGrant { client, session, scope: &redeemed.scope, nonce: None, form })
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
    if tenant.identity.sign_in(signed_in.user_id).password_expired {
        return Err(EntraError::new("invalid_grant", 50055, "The password is expired."));
    }
    let (user_id, mfa) = (signed_in.user_id, signed_in.mfa);
    let session = Session { client_id, user_id, scope: signed_in.scope.clone(), mfa, issued: now };
    let scope = form.get("scope").unwrap_or(&signed_in.scope);
    user_tokens(world, request, UserGrant { client, session, scope, nonce: signed_in.nonce.as_deref(), form })
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
    let session = world.seal.open(token, client.application.client_id, request.trace.now)?;
    // A refresh always gives a successor, whatever the scopes say.
    let scope = format!("{} offline_access", form.get("scope").unwrap_or(&session.scope));
    user_tokens(world, request, UserGrant { client, session, scope: &scope, nonce: None, form })
}

/// What a user's tokens are made from.
struct UserGrant<'a> {
    client: Client<'a>,
    session: Session,
    scope: &'a str,
    nonce: Option<&'a str>,
    form: &'a Form,
}

fn user_tokens(world: &World, request: &EntraRequest<'_>, grant: UserGrant<'_>) -> Result<Value, EntraError> {
    let user = check_user(grant.client.tenant, &grant.session)?;
    let wanted = Wanted::read(grant.scope, &own_hosts(world, request))?;
    let scopes = wanted.granted(grant.client.application)?;
    let issue = grant.client.issue(world, &wanted, request.trace.now);
    let factors: &[&str] = if grant.session.mfa { &["pwd", "mfa"] } else { &["pwd"] };
    let mut body = json!({
        "token_type": "Bearer",
        "scope": joined(&scopes),
        "expires_in": EXPIRES_IN_S,
        "ext_expires_in": EXPIRES_IN_S,
        "access_token": issue.user_token(&user, &scopes, factors).map_err(internal)?,
    });
    if wanted.offline() {
        let session = Session { issued: request.trace.now, ..grant.session };
        body["refresh_token"] = json!(world.seal.close(&session, world.uuid()));
    }
    if wanted.open_id.contains("openid") {
        let id_token = issue.id_token(&user, request.base_url, grant.nonce);
        body["id_token"] = json!(id_token.map_err(internal)?);
    }
    if grant.form.get("client_info") == Some("1") {
        let info = json!({ "uid": user.id, "utid": grant.client.tenant.id }).to_string();
        body["client_info"] = json!(base64url(info.as_bytes()));
    }
    Ok(body)
}

/// Whether a user may still get tokens.
fn check_user(tenant: &Tenant, session: &Session) -> Result<UserCard, EntraError> {
    let user = tenant.user(session.user_id).ok_or_else(|| {
        EntraError::new(
            "invalid_grant",
            500_341,
            "The user account has been deleted from the directory. To sign into this application, the account must be added to the directory.",
        )
    })?;
    let sign_in = tenant.identity.sign_in(user.id);
    if !sign_in.enabled {
        return Err(EntraError::new("invalid_grant", 50057, "The user account is disabled."));
    }
    if sign_in.mfa && !session.mfa {
        return Err(EntraError::new(
            "interaction_required",
            50076,
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
        ));
    }
    Ok(user)
}

/// The signing key failed: Entra would call it a transient error.
fn internal(_: KeyError) -> EntraError {
    EntraError {
        status: StatusCode::SERVICE_UNAVAILABLE,
        ..EntraError::new("temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
    }
}
