//! What a client prefers to see of Outlook's items: times in its own zone, bodies as text or as HTML.

use http::HeaderName;
use http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::response::GraphResponse;
use crate::objects::{text, zone};

/// The header that tells which preferences an answer obeys.
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// Types with a body.
const WITH_BODY: &[&str] = &["message", "event", "post"];

/// The preferences of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preferences {
    /// The zone's name as the client wrote it, and the zone.
    zone: Option<(String, TimeZone)>,
    body: Option<BodyType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyType {
    Text,
    Html,
}

impl BodyType {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
        }
    }
}

impl Preferences {
    /// The `Prefer` headers of a request; other services than Outlook know none of these.
    ///
    /// # Errors
    /// 400 for a zone that nobody knows.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, GraphError> {
        let mut preferences = Self::default();
        if call.service() != Service::Outlook {
            return Ok(preferences);
        }
        let headers = call.request.headers.get_all(HeaderName::from_static("prefer"));
        let parts = headers.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split([',', ';']));
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            preferences.take(name.trim(), value.trim().trim_matches('"'))?;
        }
        Ok(preferences)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), GraphError> {
        if name.eq_ignore_ascii_case("outlook.timezone") {
            let zone = zone::named(value).ok_or_else(|| unknown_zone(value))?;
            self.zone = Some((value.to_owned(), zone));
        } else if name.eq_ignore_ascii_case("outlook.body-content-type") {
            let known = [BodyType::Text, BodyType::Html].into_iter();
            self.body = known.into_iter().find(|known| known.name().eq_ignore_ascii_case(value));
        }
        Ok(())
    }

    /// A property as the client wants it; `None` where it stays as it is.
    pub(super) fn shown(&self, kind: &str, name: &str, value: &Value) -> Option<Value> {
        match name {
            "start" | "end" if kind == "event" => {
                let (zone_name, zone) = self.zone.as_ref()?;
                Some(zone::in_zone(zone::moment(value)?, zone_name, zone))
            }
            "body" | "uniqueBody" if WITH_BODY.contains(&kind) => body_as(self.body?, value),
            _ => None,
        }
    }

    /// An answer that shows entities of a type, with the preferences that it obeys.
    pub(super) fn noted(&self, response: GraphResponse, kind: &str) -> GraphResponse {
        let zone =
            self.zone.as_ref().filter(|_| kind == "event").map(|(name, _)| format!("outlook.timezone=\"{name}\""));
        let body = self.body.filter(|_| WITH_BODY.contains(&kind));
        let body = body.map(|body| format!("outlook.body-content-type=\"{}\"", body.name()));
        let applied: Vec<String> = zone.into_iter().chain(body).collect();
        if applied.is_empty() { response } else { response.with(APPLIED, &applied.join(", ")) }
    }
}

/// A body in another type; `None` where it has that type already.
fn body_as(wanted: BodyType, body: &Value) -> Option<Value> {
    let is_html = body["contentType"].as_str()?.eq_ignore_ascii_case("html");
    let content = body["content"].as_str().unwrap_or_default();
    let content = match wanted {
        BodyType::Text if is_html => text::plain(content),
        BodyType::Html if !is_html => text::in_html(content),
        BodyType::Text | BodyType::Html => return None,
    };
    Some(json!({"contentType": wanted.name(), "content": content}))
}

/// 400: no zone has this name.
pub(super) fn unknown_zone(name: &str) -> GraphError {
    let message =
        format!("A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'.");
    GraphError::new(StatusCode::BAD_REQUEST, "TimeZoneNotSupportedException", message)
}
