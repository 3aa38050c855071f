//! Entra ID: discovery, keys, device codes and tokens, with the real service's names, shapes and codes.

mod admission;
mod assertion;
mod audience;
mod authorize;
mod browser;
mod claims;
mod client;
mod codes;
mod consent;
mod device;
mod discovery;
mod error;
mod federation;
mod form;
mod html;
mod known;
mod logout;
mod on_behalf_of;
mod page;
mod redirect;
mod refresh;
mod resources;
mod response;
mod scope;
mod sign_in;
mod token;
mod tokens;
mod version;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN,
};
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

pub(crate) use assertion::{decode as decode_base64, proves_possession};
pub(crate) use codes::AuthorizationCodes;
pub(crate) use consent::{ConsentRefused, for_all as consent_for_all};
pub(crate) use device::DeviceCodes;
pub(crate) use error::{EntraError, Trace};
pub(crate) use federation::{EXCHANGE_AUDIENCE, Workload, issuer};
pub(crate) use page::{Refusal, approve, decline, find_user};
pub(crate) use refresh::Seal;
pub(crate) use scope::{PORTAL_APP_ID, is_graph_audience};

use crate::server::Reply;
use crate::tenant::Tenant;
use crate::world::{World, locked, read};
use claims::Requested;
use form::Form;
use resources::Resources;
pub(crate) use version::Version;

/// The three ways to name every tenant at once.
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// A request to Entra.
#[derive(Debug)]
pub(crate) struct EntraRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// `scheme://host` as the client used it.
    pub(crate) base_url: &'a str,
    pub(crate) trace: Trace,
}

/// An endpoint of Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    OpenIdConfiguration,
    InstanceDiscovery,
    Keys,
    Token(Version),
    DeviceCode(Version),
    DevicePage,
    Authorize,
    AdminConsent,
    Logout,
    /// Who serves a user's domain; the user's name stands in the place of the tenant.
    UserRealm,
    /// The discovery document of the test issuer.
    Issuer,
}

impl Endpoint {
    /// The endpoint of a path, and the tenant in it; `None` where the path is not Entra's.
    pub(crate) fn of_path(path: &str) -> Option<(Self, &str)> {
        if matches!(path, "/devicelogin" | "/device" | "/deviceauth") {
            return Some((Self::DevicePage, "common"));
        }
        if path.strip_prefix(federation::ISSUER_PATH) == Some("/.well-known/openid-configuration") {
            return Some((Self::Issuer, "common"));
        }
        let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
        if let Some((realm, name)) = rest.split_once('/')
            && realm.eq_ignore_ascii_case("userrealm")
        {
            return Some((Self::UserRealm, name));
        }
        let endpoint = match rest.trim_end_matches('/') {
            "v2.0/.well-known/openid-configuration" | ".well-known/openid-configuration" => Self::OpenIdConfiguration,
            "discovery/instance" => Self::InstanceDiscovery,
            "discovery/v2.0/keys" | "discovery/keys" => Self::Keys,
            "oauth2/v2.0/token" => Self::Token(Version::Two),
            "oauth2/token" => Self::Token(Version::One),
            "oauth2/v2.0/devicecode" => Self::DeviceCode(Version::Two),
            "oauth2/devicecode" => Self::DeviceCode(Version::One),
            "oauth2/v2.0/authorize" | "oauth2/authorize" => Self::Authorize,
            "oauth2/v2.0/logout" | "oauth2/logout" => Self::Logout,
            "adminconsent" | "v2.0/adminconsent" => Self::AdminConsent,
            "oauth2/deviceauth" => Self::DevicePage,
            _ => return None,
        };
        Some((endpoint, tenant))
    }

    /// The name by which faults know a request to it.
    pub(crate) fn operation(self, body: &[u8]) -> Option<&'static str> {
        match self {
            Self::OpenIdConfiguration | Self::InstanceDiscovery => Some("token.discovery"),
            Self::Keys => Some("token.keys"),
            Self::DeviceCode(_) => Some("token.device-code"),
            Self::Token(_) => Some(grant_operation(body)),
            Self::UserRealm => Some("token.discovery"),
            Self::DevicePage | Self::Authorize | Self::AdminConsent | Self::Logout | Self::Issuer => None,
        }
    }
}

/// Answers a request to an endpoint.
pub(crate) fn answer(world: &World, request: &EntraRequest<'_>, endpoint: Endpoint, tenant: &str) -> Reply {
    if request.method == Method::OPTIONS && matches!(endpoint, Endpoint::Token(_)) {
        return preflight(request);
    }
    let answered = match endpoint {
        Endpoint::Logout => Ok(logout::answer(world, request)),
        Endpoint::UserRealm => {
            Ok(Reply::json(StatusCode::OK, &discovery::user_realm(&read(&world.tenant).domain, tenant)))
        }
        Endpoint::DevicePage => Ok(page::answer(world, request)),
        Endpoint::Issuer => Ok(Reply::json(StatusCode::OK, &federation::configuration(request.base_url))),
        Endpoint::Authorize => check_tenant(world, tenant).map(|()| authorize::answer(world, request, tenant)),
        Endpoint::AdminConsent => check_tenant(world, tenant).map(|()| consent::answer(world, request)),
        Endpoint::InstanceDiscovery => Ok(instance_discovery(request)),
        Endpoint::OpenIdConfiguration => open_id_configuration(world, request, tenant),
        Endpoint::Keys => Ok(Reply::json(StatusCode::OK, &json!({ "keys": [world.signer.json_web_key()] }))),
        Endpoint::Token(version) => check_post(request)
            .and_then(|()| check_tenant(world, tenant))
            .and_then(|()| token::answer(world, request, tenant, version)),
        Endpoint::DeviceCode(version) => check_post(request)
            .and_then(|()| check_tenant(world, tenant))
            .and_then(|()| device_code(world, request, tenant, version)),
    };
    let reply = answered.unwrap_or_else(|error| error.reply(&request.trace));
    if matches!(endpoint, Endpoint::Token(_)) { for_browsers(reply, request) } else { reply }
}

/// A page of another origin may read an answer of the token endpoint: single-page applications do.
fn for_browsers(reply: Reply, request: &EntraRequest<'_>) -> Reply {
    if !request.headers.contains_key(ORIGIN) {
        return reply;
    }
    reply.with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*").with_header(ACCESS_CONTROL_EXPOSE_HEADERS, "x-ms-request-id")
}

/// What a browser asks before it lets a page send headers of its own.
fn preflight(request: &EntraRequest<'_>) -> Reply {
    let wanted = request.headers.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    Reply::new(StatusCode::OK, "text/plain", Bytes::new())
        .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with_header(ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS")
        .with_header(ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or("content-type"))
}

/// Bytes as unpadded URL-safe base64.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn grant_operation(body: &[u8]) -> &'static str {
    let form = Form::read(body, &HeaderMap::new()).unwrap_or_default();
    match form.get("grant_type").unwrap_or_default() {
        "authorization_code" => "token.auth-code",
        "password" => "token.password",
        "refresh_token" => "token.refresh",
        "device_code" | "urn:ietf:params:oauth:grant-type:device_code" => "token.device-code",
        _ if form.get("client_assertion").is_some() => "token.certificate",
        _ => "token.client-secret",
    }
}

fn instance_discovery(request: &EntraRequest<'_>) -> Reply {
    let query = request.query.unwrap_or_default();
    let endpoint = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "authorization_endpoint")
        .map(|(_, value)| value.into_owned());
    Reply::json(StatusCode::OK, &discovery::instance(request.base_url, endpoint.as_deref()))
}

fn open_id_configuration(world: &World, request: &EntraRequest<'_>, tenant: &str) -> Result<Reply, EntraError> {
    check_tenant(world, tenant).map_err(|error| EntraError { error: "invalid_tenant", ..error })?;
    let tenant_id = read(&world.tenant).id;
    Ok(Reply::json(StatusCode::OK, &discovery::openid_configuration(request.base_url, tenant, tenant_id)))
}

fn device_code(
    world: &World,
    request: &EntraRequest<'_>,
    tenant_name: &str,
    version: Version,
) -> Result<Reply, EntraError> {
    let mut form = Form::read(request.body, request.headers)?;
    version.translate(&mut form)?;
    audience::check(world, request, &form, tenant_name)?;
    let tenant = read(&world.tenant);
    let application = client::find(&tenant.identity, &form, &tenant.domain)?;
    let scope = form.require("scope")?;
    scope::Wanted::read(scope, &Resources::of(&tenant, &own_hosts(world, request)))?;
    let claims = Requested::read(form.get("claims"))?;
    let (device_code, user_code) =
        locked(&world.devices).create(application.client_id, (scope, claims), request.trace.now);
    let page = format!("{}{}", request.base_url, page::DEVICE_PAGE);
    let message = format!(
        "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
    );
    let body = json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": page,
        "expires_in": device::CODE_LIFE.as_secs(),
        "interval": device::POLL_INTERVAL_S,
        "message": message,
    });
    Ok(Reply::json(StatusCode::OK, &version.device_answer(body)))
}

fn check_post(request: &EntraRequest<'_>) -> Result<(), EntraError> {
    if request.method == Method::POST {
        return Ok(());
    }
    Err(EntraError::new("invalid_request", 900_561, "The endpoint only accepts POST requests. Received a GET request."))
}

fn check_tenant(world: &World, name: &str) -> Result<(), EntraError> {
    let tenant = read(&world.tenant);
    let own_id = name.parse() == Ok(tenant.id);
    if own_id || name.eq_ignore_ascii_case(&tenant.domain) || SHARED_TENANTS.contains(&name) {
        return Ok(());
    }
    let well_formed = name.parse::<uuid::Uuid>().is_ok()
        || (name.contains('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')));
    if !well_formed {
        return Err(EntraError::new(
            "invalid_request",
            900_023,
            format!("Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."),
        ));
    }
    Err(EntraError::new(
        "invalid_request",
        90002,
        format!(
            "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        ),
    ))
}

/// The hosts by which this sandbox may be named as a resource.
fn own_hosts<'a>(world: &'a World, request: &EntraRequest<'a>) -> Vec<&'a str> {
    let here = request.base_url.split_once("://").map_or(request.base_url, |(_, host)| host);
    world.own_hosts.iter().map(String::as_str).chain([here]).collect()
}

/// The ways to write the tenant in an assertion's audience.
fn tenant_names<'a>(as_asked: &'a str, id: &'a str, tenant: &'a Tenant) -> [&'a str; 3] {
    [as_asked, id, &tenant.domain]
}
