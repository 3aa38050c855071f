//! A failed answer may repeat what it was asked, the secrets in it too: they are cut out before anybody
//! reads it, since its message is kept and shown.

use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::{Request, Response};

/// What is secret in a form that is sent to Entra.
const SECRET_FIELDS: [&str; 6] =
    ["client_secret", "client_assertion", "refresh_token", "code", "device_code", "code_verifier"];
/// Anything shorter is no secret, and would be found in ordinary words.
const SECRET_BYTES_MIN: usize = 8;
/// What stands in its place.
const CUT_OUT: &[u8] = b"[secret]";

/// The secrets of a request, as it was sent.
pub(crate) struct Secrets {
    authorization: Option<HeaderValue>,
    form: Option<Bytes>,
}

impl Secrets {
    /// Cheap: they are looked for only where an answer failed.
    pub(crate) fn of(request: &Request) -> Self {
        let is_form = request.headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().ends_with(b"form-urlencoded"));
        let authorization = request.headers.get(AUTHORIZATION).cloned();
        Self { authorization, form: is_form.then(|| request.body.clone()) }
    }

    /// The answer without them, where it failed.
    pub(crate) fn cut_out_of(&self, mut response: Response) -> Response {
        if response.status.is_client_error() || response.status.is_server_error() {
            for secret in self.values() {
                if let Some(body) = without(&response.body, secret.as_bytes()) {
                    response.body = body;
                }
            }
        }
        response
    }

    fn values(&self) -> Vec<String> {
        let header = self.authorization.as_ref().and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.split_once(' ')).map(|(_, token)| token.to_owned());
        let form = url::form_urlencoded::parse(self.form.as_deref().unwrap_or_default());
        let fields = form.filter(|(name, _)| SECRET_FIELDS.contains(&&**name)).map(|(_, value)| value.into_owned());
        fields.chain(token).filter(|secret| secret.len() >= SECRET_BYTES_MIN).collect()
    }
}

/// The body without a secret; `None` where it is not in it.
fn without(body: &[u8], secret: &[u8]) -> Option<Bytes> {
    let mut rest = body;
    let mut clean = Vec::new();
    while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(CUT_OUT);
        rest = &rest[at + secret.len()..];
    }
    if clean.is_empty() {
        return None;
    }
    clean.extend_from_slice(rest);
    Some(Bytes::from(clean))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, Method, StatusCode};

    use super::*;

    fn cut_out(form: &'static str, status: u16, answer: &'static str) -> String {
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let bearer = HeaderValue::from_static("Bearer eyJ.canary.token");
        let request = Request {
            method: Method::POST,
            uri: http::Uri::from_static("https://login.example/"),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, form_type), (AUTHORIZATION, bearer)]),
            body: Bytes::from_static(form.as_bytes()),
            timeout: Duration::from_secs(1),
        };
        let status = StatusCode::from_u16(status).expect("a status");
        let response = Response { status, headers: HeaderMap::new(), body: Bytes::from_static(answer.as_bytes()) };
        String::from_utf8(Secrets::of(&request).cut_out_of(response).body.to_vec()).expect("text")
    }

    #[test]
    fn a_failed_answer_repeats_no_secret_of_its_request() {
        let form = "client_id=app-app-app&client_secret=can%7Eary-secret&code=c0de&scope=scope-scope";
        assert_eq!(
            cut_out(form, 401, r#"{"error":"can~ary-secret","more":"can~ary-secret app-app-app c0de scope-scope"}"#),
            r#"{"error":"[secret]","more":"[secret] app-app-app c0de scope-scope"}"#,
            "and nothing else is cut out"
        );
        assert_eq!(cut_out(form, 500, "JWT 'eyJ.canary.token' is bad"), "JWT '[secret]' is bad");
        assert_eq!(cut_out(form, 200, "eyJ.canary.token"), "eyJ.canary.token", "what was asked for comes whole");
    }
}
