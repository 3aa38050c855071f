//! The secrets that passed Entra, for tests that look for them where they must not be.

use std::collections::VecDeque;

use bytes::Bytes;
use http::HeaderMap;
use http::header::LOCATION;
use serde::Serialize;
use serde_json::Value;

/// How many are kept; the oldest go first.
const SECRETS_MAX: usize = 1_000;
/// What is secret in a form, by its name.
const OF_FORMS: [&str; 8] = [
    "client_secret",
    "client_assertion",
    "assertion",
    "refresh_token",
    "code",
    "device_code",
    "code_verifier",
    "password",
];
/// What is secret in an answer.
const OF_ANSWERS: [&str; 4] = ["access_token", "refresh_token", "id_token", "device_code"];

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PassedSecret {
    /// The protocol's name of it.
    kind: &'static str,
    value: String,
}

/// The newest of them, each once.
#[derive(Debug, Default, Serialize)]
pub(crate) struct SecretLog {
    secrets: VecDeque<PassedSecret>,
}

impl SecretLog {
    /// Keeps those of a request and of its answer.
    pub(crate) fn note(&mut self, form: &Bytes, (headers, body): (&HeaderMap, &Bytes)) {
        for (name, value) in url::form_urlencoded::parse(form) {
            self.add(&OF_FORMS, &name, &value);
        }
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        for (name, value) in answer.as_object().into_iter().flatten() {
            self.add(&OF_ANSWERS, name, value.as_str().unwrap_or_default());
        }
        let sent_to = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let query = sent_to.split_once('?').map_or("", |(_, query)| query);
        for (_, code) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "code") {
            self.add(&OF_FORMS, "code", &code);
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.secrets.clear();
    }

    fn add(&mut self, kinds: &[&'static str], name: &str, value: &str) {
        let Some(kind) = kinds.iter().find(|kind| **kind == name).filter(|_| !value.is_empty()) else { return };
        if self.secrets.iter().any(|known| known.value == value) {
            return;
        }
        if self.secrets.len() >= SECRETS_MAX {
            self.secrets.pop_front();
        }
        self.secrets.push_back(PassedSecret { kind, value: value.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_secret_is_kept_once_by_its_name() {
        let mut log = SecretLog::default();
        let form = Bytes::from_static(b"client_id=1&client_secret=s%26t&scope=x");
        let answer = Bytes::from_static(br#"{"access_token":"a","expires_in":1,"id_token":""}"#);
        let location = HeaderValue::from_static("http://localhost/?code=c&state=s");
        let headers = HeaderMap::from_iter([(LOCATION, location)]);
        for _ in 0..2 {
            log.note(&form, (&headers, &answer));
        }
        let kept: Vec<_> = log.secrets.iter().map(|it| (it.kind, it.value.as_str())).collect();
        assert_eq!(kept, [("client_secret", "s&t"), ("access_token", "a"), ("code", "c")]);
    }
}
