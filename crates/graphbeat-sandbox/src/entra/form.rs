//! A token request's parameters: the form in the body, and `Authorization: Basic`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::EntraError;

/// More parameters than any client sends.
const PARAMETERS_MAX: usize = 200;

/// The parameters of one request.
#[derive(Debug, Default)]
pub(crate) struct Form {
    parameters: Vec<(String, String)>,
}

impl Form {
    /// Reads a body, and the client's id and secret from `Authorization: Basic` where it is used.
    pub(crate) fn read(body: &[u8], headers: &HeaderMap) -> Result<Self, EntraError> {
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(body)
            .take(PARAMETERS_MAX)
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        let mut form = Self { parameters };
        let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            value.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("basic ")).and_then(|_| value.get(6..))
        });
        if let Some(basic) = basic {
            form.add_basic(basic).ok_or_else(|| {
                EntraError::new("invalid_request", 9_002_313, "Invalid request. Request is malformed or invalid.")
            })?;
        }
        Ok(form)
    }

    /// A parameter that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Adds a parameter, unless it is there.
    pub(super) fn set_default(&mut self, name: &str, value: String) {
        if self.get(name).is_none() {
            self.parameters.retain(|(key, _)| key != name);
            self.parameters.push((name.to_owned(), value));
        }
    }

    /// A parameter that must be there.
    pub(crate) fn require(&self, name: &str) -> Result<&str, EntraError> {
        self.get(name).ok_or_else(|| EntraError::missing(name))
    }

    fn add_basic(&mut self, encoded: &str) -> Option<()> {
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        let decoded = |part: &str| {
            percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8().ok().map(|it| it.into_owned())
        };
        self.parameters.push(("client_id".to_owned(), decoded(id)?));
        self.parameters.push(("client_secret".to_owned(), decoded(secret)?));
        Some(())
    }
}
