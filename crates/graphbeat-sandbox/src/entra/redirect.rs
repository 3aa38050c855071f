//! Redirect URIs: which ones an application has, and how an answer travels to one.

use std::fmt::Write as _;

use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use serde_json::Value;
use url::Url;

use super::error::EntraError;
use super::html::{document, escape, hidden};
use crate::identity::Application;
use crate::server::Reply;
use crate::tenant::Tenant;

/// Where a registration keeps them.
const PLATFORMS: [&str; 3] = ["web", "spa", "publicClient"];
/// Where Microsoft's own programs on the user's machine are answered.
const OF_FIRST_PARTY: [&str; 2] = ["http://localhost", "https://login.microsoftonline.com/common/oauth2/nativeclient"];

/// How the parameters of an answer reach the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    /// The mode of a request. Tokens never travel in a query, where servers log them.
    pub(super) fn read(text: Option<&str>, tokens: bool) -> Result<Self, EntraError> {
        match text {
            None if tokens => Ok(Self::Fragment),
            None => Ok(Self::Query),
            Some("query") if !tokens => Ok(Self::Query),
            Some("fragment") => Ok(Self::Fragment),
            Some("form_post") => Ok(Self::FormPost),
            Some(other) => Err(EntraError::new(
                "invalid_request",
                70007,
                format!("'{other}' is not a supported value for 'response_mode' when requesting a token."),
            )),
        }
    }
}

/// The redirect URI of a request: one that is registered, the port of this machine's own names aside.
pub(super) fn check(tenant: &Tenant, application: &Application, asked: Option<&str>) -> Result<Url, EntraError> {
    let registered = registered(tenant, application);
    let found = match asked {
        None => registered.first().filter(|_| registered.len() == 1).and_then(|only| only.parse().ok()),
        Some(asked) => asked.parse().ok().filter(|asked| registered.iter().any(|one| is_same(one, asked))),
    };
    found.ok_or_else(|| {
        EntraError::new(
            "invalid_request",
            50011,
            format!(
                "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application '{}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
                asked.unwrap_or_default(),
                application.client_id
            ),
        )
    })
}

/// Whether a redirect URI is one of a single-page application.
pub(super) fn is_spa(tenant: &Tenant, application: &Application, uri: &Url) -> bool {
    let kept = tenant.store.get("applications", &application.object_id.to_string());
    let uris = |platform: &str| kept.and_then(|kept| kept.get(platform)["redirectUris"].as_array());
    let has =
        |platform: &str| uris(platform).into_iter().flatten().filter_map(Value::as_str).any(|it| is_same(it, uri));
    has("spa") && !has("web") && !has("publicClient")
}

fn registered<'t>(tenant: &'t Tenant, application: &Application) -> Vec<&'t str> {
    if application.first_party {
        return OF_FIRST_PARTY.to_vec();
    }
    let kept = tenant.store.get("applications", &application.object_id.to_string());
    let uris = |platform: &&str| kept.and_then(|kept| kept.get(platform)["redirectUris"].as_array());
    PLATFORMS.iter().filter_map(uris).flatten().filter_map(Value::as_str).collect()
}

fn is_same(registered: &str, asked: &Url) -> bool {
    let Ok(mut registered) = Url::parse(registered) else { return false };
    if matches!(registered.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) && registered.scheme() == "http" {
        // The port of a program on the user's machine is whichever was free.
        let _ = registered.set_port(asked.port());
    }
    registered == *asked
}

/// The answer that carries parameters to a redirect URI.
pub(super) fn send(uri: &Url, mode: ResponseMode, parameters: &[(&str, String)]) -> Reply {
    let reply = match mode {
        ResponseMode::FormPost => form_post(uri, parameters),
        ResponseMode::Query => {
            let mut target = uri.clone();
            target.query_pairs_mut().extend_pairs(parameters);
            found(&target)
        }
        ResponseMode::Fragment => {
            let mut target = uri.clone();
            let fragment = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
            target.set_fragment(Some(&fragment));
            found(&target)
        }
    };
    reply.with_header(CACHE_CONTROL, "no-store, no-cache")
}

fn found(target: &Url) -> Reply {
    Reply::html(StatusCode::FOUND, document("<p>You are sent back to the application.</p>"))
        .with_header(LOCATION, target.as_str())
}

/// A form that a browser submits by itself, and a person where scripts are off.
fn form_post(uri: &Url, parameters: &[(&str, String)]) -> Reply {
    let mut body = format!("<form method=\"post\" action=\"{}\">", escape(uri.as_str()));
    for (name, value) in parameters {
        let _ = write!(body, "{}", hidden(name, value));
    }
    body.push_str("<p><button>Continue</button></p></form><script>document.forms[0].submit()</script>");
    Reply::html(StatusCode::OK, document(&body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_this_machine_is_free() {
        let same = |registered: &str, asked: &str| is_same(registered, &asked.parse().expect("a URL"));
        assert!(same("http://localhost", "http://localhost:5012/"));
        assert!(same("http://127.0.0.1/back", "http://127.0.0.1:1/back"));
        assert!(!same("http://localhost", "http://localhost:5012/other"));
        assert!(!same("http://localhost", "http://127.0.0.1:5012/"));
        assert!(!same("https://app.example/back", "https://app.example:8443/back"));
        assert!(!same("https://app.example/back", "https://app.example/back?x=1"));
    }
}
