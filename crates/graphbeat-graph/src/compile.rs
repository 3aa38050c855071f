//! From an operation of the catalogue to a request: compiled once for a mode, rendered for each call.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use graphbeat_base::{CallPath, Timestamp};
use graphbeat_catalog::template::{self, Piece};
use graphbeat_catalog::{Access, Body, Mode, Operation, OperationMethod};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use http::{HeaderMap, Method, Uri};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

use crate::{ContentHosts, Values, built_in};

/// The version of Graph that graphbeat calls.
const VERSION_PATH: &str = "/v1.0";
/// What stays as it is in a path segment and in a query value.
const KEPT_IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'=').remove(b',').remove(b'!');
/// What an operation's own path may not hold as it is; all else stays, also what is encoded already.
const BARRED_FROM_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');
/// Room for an address, so that it seldom has to move.
const ADDRESS_BYTES: usize = 192;
const KEPT_IN_QUERY: &AsciiSet =
    &KEPT_IN_PATH.remove(b'$').remove(b'(').remove(b')').remove(b':').remove(b'/').remove(b'*').remove(b'@');

/// On whom operations run: an account's cloud and user.
#[derive(Clone, Debug)]
pub struct Target {
    /// The cloud's Graph, without version path.
    pub graph_url: Url,
    /// `user-id`, `user-upn`, `tenant-id`, `client-id`, as far as they are known.
    pub values: Values,
    /// Where Graph may send graphbeat beside itself.
    pub content_hosts: Arc<ContentHosts>,
}

/// An operation, ready to be rendered in one mode.
#[derive(Debug)]
pub struct Compiled {
    /// The operation.
    pub operation: Arc<Operation>,
    /// The mode.
    pub mode: Mode,
    /// The verb.
    pub method: Method,
    template: Arc<str>,
    path: Vec<Part>,
    query: Vec<(String, Vec<Part>)>,
    headers: Vec<(String, Vec<Part>)>,
    body: Option<(HeaderText, Content)>,
}

/// A header's value before it is one.
type HeaderText = Arc<str>;

/// What an operation sends.
#[derive(Debug)]
enum Content {
    /// Values are escaped for JSON.
    Json(Vec<Part>),
    Text(Vec<Part>),
    /// It stands as it is.
    Binary(Bytes),
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

impl Part {
    /// The piece as it stands in an address.
    fn of_path(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(utf8_percent_encode(&text, BARRED_FROM_PATH).to_string()),
            place @ Self::Place(_) => place,
        }
    }
}

/// A request could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No value for a placeholder.
    #[error("there is no value for `{{{0}}}`")]
    Missing(String),
    /// The address that came out is none.
    #[error("the rendered address is not valid")]
    Address,
    /// A value that came out is none of a header.
    #[error("the rendered header `{0}` is not valid")]
    Header(String),
}

/// A rendered request; of its headers those that the operation asks for.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) uri: Uri,
    pub(crate) path: CallPath,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Prepares an operation for a mode: a leading `/me` becomes `/users/{user-id}` for an application.
#[must_use]
pub fn compile(operation: Arc<Operation>, mode: Mode) -> Compiled {
    let path = match (mode, operation.path.strip_prefix("/me")) {
        (Mode::Application, Some(rest)) if rest.is_empty() || rest.starts_with('/') => {
            Cow::Owned(format!("{VERSION_PATH}/users/{{user-id}}{rest}"))
        }
        _ => Cow::Owned(format!("{VERSION_PATH}{}", operation.path)),
    };
    let path: Vec<Part> = parts(&path).into_iter().map(Part::of_path).collect();
    let template: String = path
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Place(_) => "{}",
        })
        .collect();
    let query = operation.query.iter().map(|(name, value)| (name.clone(), parts(value))).collect();
    let headers = operation.headers.iter().map(|(name, value)| (name.clone(), parts(value)));
    let if_match = operation.if_match.iter().map(|it| (IF_MATCH.to_string(), vec![Part::Place(it.value.clone())]));
    let headers = headers.chain(if_match).collect();
    let body = operation.body.as_ref().map(content);
    let method = match operation.method {
        OperationMethod::Get => Method::GET,
        OperationMethod::Post => Method::POST,
        OperationMethod::Patch => Method::PATCH,
        OperationMethod::Put => Method::PUT,
        OperationMethod::Delete => Method::DELETE,
    };
    Compiled { operation, mode, method, template: Arc::from(template), path, query, headers, body }
}

/// A body with its media type.
fn content(body: &Body) -> (HeaderText, Content) {
    match body {
        Body::Json { json } => (Arc::from("application/json"), Content::Json(parts(json))),
        Body::Text { media_type, text } => (Arc::from(media_type.as_str()), Content::Text(parts(text))),
        Body::Binary { media_type, bytes } => {
            (Arc::from(media_type.as_str()), Content::Binary(Bytes::copy_from_slice(bytes)))
        }
    }
}

impl Compiled {
    /// Whether sending it twice can do no harm.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.operation.access == Access::Read || matches!(self.operation.method, OperationMethod::Delete)
    }

    /// Whether SharePoint and OneDrive serve it, which ask clients to name themselves in their own way.
    pub(crate) fn is_of_sharepoint(&self) -> bool {
        &*self.operation.bucket == "sharepoint-onedrive"
    }

    /// The path of its request, to tell whether two of them are about the same thing.
    ///
    /// # Errors
    /// [`RenderError`] where a value is missing or makes no path.
    pub fn path_for(&self, target: &Target, values: &Values, now: Timestamp) -> Result<String, RenderError> {
        self.render(target, values, now).map(|rendered| rendered.uri.path().to_owned())
    }

    /// The placeholders in path, query, headers and body.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let pairs = self.query.iter().chain(&self.headers).flat_map(|(_, parts)| parts);
        let body = self.body.iter().flat_map(|(_, content)| match content {
            Content::Json(parts) | Content::Text(parts) => parts.as_slice(),
            Content::Binary(_) => &[],
        });
        self.path.iter().chain(pairs).chain(body).filter_map(|part| match part {
            Part::Place(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    pub(crate) fn render(&self, target: &Target, values: &Values, now: Timestamp) -> Result<Rendered, RenderError> {
        let value = |name: &str| -> Result<Cow<'_, str>, RenderError> {
            values
                .get(name)
                .or_else(|| target.values.get(name))
                .map(|value| Cow::Borrowed(value.as_str()))
                .or_else(|| built_in(name, now).map(Cow::Owned))
                .ok_or_else(|| RenderError::Missing(name.to_owned()))
        };
        let mut address = String::with_capacity(ADDRESS_BYTES);
        address.push_str(&target.graph_url[..Position::BeforePath]);
        let mut ids = Vec::new();
        for part in &self.path {
            match part {
                Part::Text(text) => address.push_str(text),
                Part::Place(name) => {
                    let encoded = encode_path(&value(name)?).ok_or(RenderError::Address)?;
                    address.push_str(&encoded);
                    ids.push(Arc::from(encoded));
                }
            }
        }
        for (index, (name, parts)) in self.query.iter().enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            let text = fill(parts, &value)?;
            address.extend(utf8_percent_encode(&text, KEPT_IN_QUERY));
        }
        let uri = Uri::try_from(address).map_err(|_| RenderError::Address)?;
        let headers = self.render_headers(&value)?;
        let body = match &self.body {
            Some((_, Content::Json(parts))) => {
                let escaped = |name: &str| value(name).map(|value| Cow::Owned(template::json_escaped(&value)));
                Bytes::from(fill(parts, &escaped)?)
            }
            Some((_, Content::Text(parts))) => Bytes::from(fill(parts, &value)?),
            Some((_, Content::Binary(bytes))) => bytes.clone(),
            None => Bytes::new(),
        };
        Ok(Rendered { uri, path: CallPath { template: Arc::clone(&self.template), ids }, headers, body })
    }

    fn render_headers<'v>(
        &self,
        value: &impl Fn(&str) -> Result<Cow<'v, str>, RenderError>,
    ) -> Result<HeaderMap, RenderError> {
        let mut headers = HeaderMap::with_capacity(8);
        for (name, parts) in &self.headers {
            insert_header(&mut headers, name, &fill(parts, value)?)?;
        }
        if let Some((media_type, _)) = &self.body {
            insert_header(&mut headers, CONTENT_TYPE.as_str(), media_type)?;
        }
        Ok(headers)
    }
}

/// Line breaks and the like are refused: no value can begin another header.
fn insert_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), RenderError> {
    let invalid = || RenderError::Header(name.to_owned());
    let header = HeaderName::try_from(name).map_err(|_| invalid())?;
    headers.insert(header, HeaderValue::try_from(value).map_err(|_| invalid())?);
    Ok(())
}

fn fill<'v>(parts: &[Part], value: &impl Fn(&str) -> Result<Cow<'v, str>, RenderError>) -> Result<String, RenderError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Place(name) => text.push_str(&value(name)?),
        }
    }
    Ok(text)
}

/// A value as one path segment; none for dots alone, which a URL takes for a step up, even encoded.
fn encode_path(value: &str) -> Option<String> {
    let climbs = value.bytes().all(|byte| byte == b'.');
    (!climbs).then(|| utf8_percent_encode(value, KEPT_IN_PATH).to_string())
}

/// A template, taken apart once.
fn parts(template: &str) -> Vec<Part> {
    let pieces = template::pieces(template).into_iter();
    pieces
        .filter(|piece| *piece != Piece::Text(""))
        .map(|piece| match piece {
            Piece::Text(text) => Part::Text(text.to_owned()),
            Piece::Placeholder(name) => Part::Place(name.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use graphbeat_catalog::ClassFile;

    use super::*;

    fn compiled(operation: &str, mode: Mode) -> Compiled {
        let file = format!(
            "class = \"mail\"\nnames = {{ en = \"Mail\", zh-CN = \"邮件\" }}\n[[operation]]\nid = \"mail.x.y\"\n\
             names = {{ en = \"X\", zh-CN = \"某\" }}\naccess = \"read\"\nlicense = \"any\"\nbucket = \"outlook\"\n\
             docs = \"https://learn.microsoft.com/graph\"\n{operation}"
        );
        let file: ClassFile = toml::from_str(&file).expect("a class file");
        compile(Arc::new(file.operations.into_iter().next().expect("one operation")), mode)
    }

    fn target() -> Target {
        Target {
            graph_url: Url::parse("https://127.0.0.1:8443").expect("a URL"),
            values: Values::from([("user-id".into(), "u 1".into()), ("user-upn".into(), "\"m\"@x".into())]),
            content_hosts: Arc::default(),
        }
    }

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().expect("a timestamp")
    }

    #[test]
    fn me_is_the_signed_in_user_or_the_application_s_target() {
        let operation = "method = \"GET\"\npath = \"/me/messages/{message-id}\"\nquery = { \"$select\" = \"id\" }";
        let values = Values::from([("message-id".into(), "AA/b=".into())]);
        let app = compiled(operation, Mode::Application).render(&target(), &values, now()).expect("rendered");
        assert_eq!(app.uri.to_string(), "https://127.0.0.1:8443/v1.0/users/u%201/messages/AA%2Fb=?$select=id");
        assert_eq!(app.path.to_string(), app.uri.path());
        assert_eq!(&*app.path.template, "/v1.0/users/{}/messages/{}");
        let user = compiled(operation, Mode::Delegated).render(&target(), &values, now()).expect("rendered");
        assert_eq!(user.uri.path(), "/v1.0/me/messages/AA%2Fb=");
    }

    #[test]
    fn queries_and_bodies_are_filled_and_escaped() {
        let operation = "method = \"POST\"\npath = \"/users/delta()\"\n\
             query = { \"$filter\" = \"a eq '{user-upn}' and b ge {now}\" }\nbody = { json = '{\"s\": [\"{user-upn}\"]}' }";
        let rendered = compiled(operation, Mode::Delegated).render(&target(), &Values::new(), now()).expect("rendered");
        assert_eq!(
            rendered.uri.to_string(),
            "https://127.0.0.1:8443/v1.0/users/delta()?$filter=a%20eq%20%27%22m%22@x%27%20and%20b%20ge%202026-11-24T12:00:00Z"
        );
        assert_eq!(&rendered.body[..], br#"{"s": ["\"m\"@x"]}"#);
        assert_eq!(rendered.headers[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn a_header_is_filled_and_no_value_begins_another_one() {
        let operation = "method = \"GET\"\npath = \"/planner/tasks/1\"\nheaders = { If-Match = '{etag}' }";
        let compiled = compiled(operation, Mode::Delegated);
        let render = |etag: &str| {
            let values = Values::from([("etag".into(), etag.into())]);
            compiled.render(&target(), &values, now()).map(|rendered| rendered.headers["if-match"].clone())
        };
        assert_eq!(render("W/\"JzEt\"").expect("rendered"), "W/\"JzEt\"");
        for hostile in ["a\r\nHost: b", "a\nb", "a\0"] {
            assert!(matches!(render(hostile), Err(RenderError::Header(name)) if name == "If-Match"), "{hostile:?}");
        }
        assert!(compiled.places().eq(["etag"]));
    }

    #[test]
    fn a_file_is_sent_byte_for_byte() {
        let operation = "method = \"POST\"\npath = \"/x\"\nbody = { type = \"a/b\", base64 = 'AP97 bm93fQ==' }";
        let rendered = compiled(operation, Mode::Delegated).render(&target(), &Values::new(), now()).expect("rendered");
        assert_eq!(&rendered.body[..], b"\x00\xff{now}");
        assert_eq!(rendered.headers[CONTENT_TYPE], "a/b");
    }

    #[test]
    fn a_value_cannot_climb_out_of_its_place() {
        let operation = "method = \"GET\"\npath = \"/me/drive/items/{item-id}\"";
        for hostile in ["../../admin", "a/b", "a?b#c"] {
            let values = Values::from([("item-id".into(), hostile.into())]);
            let rendered = compiled(operation, Mode::Delegated).render(&target(), &values, now()).expect("rendered");
            assert!(rendered.uri.path().starts_with("/v1.0/me/drive/items/"), "{}", rendered.uri);
            assert_eq!(rendered.path.to_string(), rendered.uri.path(), "{hostile}");
            assert_eq!(rendered.uri.query(), None);
        }
        for hostile in ["", ".", ".."] {
            let values = Values::from([("item-id".into(), hostile.into())]);
            assert!(compiled(operation, Mode::Delegated).render(&target(), &values, now()).is_err(), "{hostile}");
        }
    }

    #[test]
    fn a_missing_value_is_named() {
        let operation = "method = \"GET\"\npath = \"/groups/{group-id}\"";
        let missing = compiled(operation, Mode::Delegated).render(&target(), &Values::new(), now());
        assert!(matches!(missing, Err(RenderError::Missing(name)) if name == "group-id"));
    }
}
