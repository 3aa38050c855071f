//! Claims challenges: Graph refuses a token that is still good, because a session was revoked, the network is
//! another, or more proof is demanded, and says in `WWW-Authenticate` what the next token must carry,
//! <https://learn.microsoft.com/entra/identity-platform/claims-challenge>.
//!
//! graphbeat does not ask for them: it does not declare the capability `cp1`, and gets tokens of an hour. It
//! answers them all the same, since a policy may send them to anybody.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value};

/// The most `WWW-Authenticate` headers that are read, and their longest.
const HEADERS_MAX: usize = 8;
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// The longest claims, as JSON: they travel in the address of the sign-in page, too.
const CLAIMS_BYTES_MAX: usize = 4 * 1024;

/// Either alphabet is read, with padding or without.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

/// What a token must be asked for with: the value of the parameter `claims`, a JSON object.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimsRequest(Map<String, Value>);

impl ClaimsRequest {
    /// What the challenges in an answer's headers demand, all of them together; `None` where there is none.
    #[must_use]
    pub fn of_challenges(headers: &HeaderMap) -> Option<Self> {
        let headers = headers.get_all(WWW_AUTHENTICATE).iter().take(HEADERS_MAX);
        let texts = headers.filter_map(|header| header.to_str().ok()).filter(|text| text.len() <= HEADER_BYTES_MAX);
        texts.flat_map(challenges).filter_map(|challenge| challenge.demand()).reduce(Self::and)
    }

    /// Reads the parameter; `None` where it is no JSON object, demands nothing, or is too long.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let claims: Map<String, Value> = serde_json::from_str(text.trim()).ok()?;
        Self(claims).within_bounds()
    }

    /// Both; where they contradict each other, or are too long together, `newer` counts.
    pub(crate) fn and(self, newer: Self) -> Self {
        let mut both = self.0;
        merge(&mut both, newer.0.clone());
        Self(both).within_bounds().unwrap_or(newer)
    }

    /// The parameter's value.
    pub(crate) fn parameter(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    fn within_bounds(self) -> Option<Self> {
        (!self.0.is_empty() && self.parameter().len() <= CLAIMS_BYTES_MAX).then_some(self)
    }
}

impl fmt::Debug for ClaimsRequest {
    /// Without the values: they may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimsRequest(…)")
    }
}

/// One challenge of a header, as far as it matters here.
struct Challenge<'a> {
    scheme: &'a str,
    error: &'a str,
    claims: &'a str,
}

impl Challenge<'_> {
    fn demand(&self) -> Option<ClaimsRequest> {
        let is_ours = self.scheme.eq_ignore_ascii_case("bearer") && self.error == "insufficient_claims";
        let encoded = self.claims.trim().replace('-', "+").replace('_', "/");
        let decoded = BASE64.decode(is_ours.then_some(encoded)?).ok()?;
        ClaimsRequest::read(std::str::from_utf8(&decoded).ok()?)
    }
}

/// The challenges of one header, of which there may be several, each with parameters (RFC 9110 §11.6.1).
fn challenges(header: &str) -> Vec<Challenge<'_>> {
    let mut found: Vec<Challenge<'_>> = Vec::new();
    for item in items(header) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let (scheme, name) = match (name.trim().split_once(' '), item.contains('=')) {
            (Some((scheme, name)), _) => (Some(scheme), name.trim()),
            (None, true) => (None, name.trim()),
            (None, false) => (Some(name.trim()), ""),
        };
        if let Some(scheme) = scheme {
            found.push(Challenge { scheme, error: "", claims: "" });
        }
        let Some(challenge) = found.last_mut() else { continue };
        // Neither an error's word nor base64 holds anything that would have to be escaped.
        let value = value.trim().trim_matches('"');
        if name.eq_ignore_ascii_case("error") {
            challenge.error = value;
        } else if name.eq_ignore_ascii_case("claims") {
            challenge.claims = value;
        }
    }
    found
}

/// What stands between the commas that are not quoted.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = header.split(move |character| {
        let separates = character == ',' && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && quoted && !escaped;
        separates
    });
    parts.map(str::trim).filter(|item| !item.is_empty())
}

fn merge(older: &mut Map<String, Value>, newer: Map<String, Value>) {
    for (name, value) in newer {
        match (older.get_mut(&name), value) {
            (Some(Value::Object(older)), Value::Object(newer)) => merge(older, newer),
            (_, value) => {
                older.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use http::HeaderValue;

    use super::*;

    const NBF: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}"#;
    const CONTEXT: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

    fn read(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, HeaderValue::from_str(header).expect("a header"));
        }
        ClaimsRequest::of_challenges(&map).map(|claims| claims.parameter())
    }

    fn challenge(encoded: &str) -> String {
        format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.example/common/oauth2/authorize\", \
             client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{encoded}\""
        )
    }

    #[test]
    fn claims_are_read_in_either_alphabet_with_padding_or_without() {
        let claims = r#"{"access_token":{"x":"???>>>"}}"#;
        for encoded in [STANDARD.encode(claims), STANDARD_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(claims)] {
            assert_eq!(read(&[&challenge(&encoded)]).as_deref(), Some(claims), "{encoded}");
        }
    }

    #[test]
    fn only_a_bearer_challenge_for_claims_demands_any() {
        let encoded = STANDARD.encode(NBF);
        for header in [
            "Bearer realm=\"\"".to_owned(),
            challenge(&encoded).replace("insufficient_claims", "invalid_token"),
            challenge(&encoded).replace("Bearer", "PoP"),
            challenge("%%%"),
            challenge(&STANDARD.encode("[1]")),
            challenge(&STANDARD.encode("{}")),
            format!("claims=\"{encoded}\""),
        ] {
            assert_eq!(read(&[&header]), None, "{header}");
        }
    }

    #[test]
    fn a_challenge_is_found_among_others_whatever_they_quote() {
        let ours = challenge(&STANDARD.encode(NBF));
        for header in [
            format!("Negotiate dG9rZW4=, {ours}"),
            format!("{ours}, PoP realm=\"\", error=\"none\""),
            format!("NTLM, Digest realm=\"a, error=\\\"b\\\", c\", {ours}"),
            ours.replace(", ", " , ").replace("error=", "ERROR = ").replace("Bearer", "bearer"),
        ] {
            assert_eq!(read(&[&header]).as_deref(), Some(NBF), "{header}");
        }
    }

    #[test]
    fn challenges_in_several_headers_are_answered_together() {
        let headers = [challenge(&STANDARD.encode(NBF)), challenge(&STANDARD.encode(CONTEXT))];
        let both = read(&[&headers[0], "Basic realm=\"x\"", &headers[1]]).expect("claims");
        let both: Value = serde_json::from_str(&both).expect("JSON");
        assert_eq!(both["access_token"]["nbf"]["value"], "1764000000");
        assert_eq!(both["access_token"]["acrs"]["value"], "c1");
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        let long = format!(r#"{{"access_token":{{"x":"{}"}}}}"#, "y".repeat(CLAIMS_BYTES_MAX));
        assert_eq!(read(&[&challenge(&STANDARD.encode(&long))]), None);
        let padded = format!("Digest realm=\"{}\", {}", "z".repeat(HEADER_BYTES_MAX), challenge(&STANDARD.encode(NBF)));
        assert_eq!(read(&[&padded]), None);
        let nested = format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500));
        assert_eq!(read(&[&challenge(&STANDARD.encode(nested))]), None, "deeper than anybody nests");
        let mut many = vec!["Basic"; HEADERS_MAX];
        let ours = challenge(&STANDARD.encode(NBF));
        many.push(&ours);
        assert_eq!(read(&many), None);
    }

    #[test]
    fn of_contradicting_claims_the_newer_counts() {
        let claims = |text| ClaimsRequest::read(text).expect("claims");
        let merged = claims(r#"{"access_token":{"acrs":{"value":"c1"},"a":1}}"#)
            .and(claims(r#"{"access_token":{"acrs":{"value":"c2"}},"id_token":{"b":2}}"#));
        let expected = claims(r#"{"access_token":{"a":1,"acrs":{"value":"c2"}},"id_token":{"b":2}}"#);
        assert_eq!(merged, expected);
        assert_eq!(format!("{merged:?}"), "ClaimsRequest(…)");
    }
}
