//! What the sandbox answers: an ordinary response, half of one, or a broken connection.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;

/// Bytes from which an answer is compressed for a client that takes it so.
const COMPRESSED_FROM: usize = 32 * 1024;

/// A response before it is sent.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) ending: Ending,
}

/// How a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Whole.
    Whole,
    /// Half of the body, then the connection breaks.
    Half,
    /// The connection breaks before any of it.
    Reset,
}

impl Reply {
    /// A response with a body of a content type.
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into(), ending: Ending::Whole }
    }

    /// A response of JSON.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::new(status, "application/json; charset=utf-8", body),
            Err(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "the answer is no JSON"),
        }
    }

    /// A response of HTML.
    pub(crate) fn html(status: StatusCode, body: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    /// No response at all: the connection breaks.
    pub(crate) fn reset() -> Self {
        let mut reply = Self::new(StatusCode::OK, "text/plain", Bytes::new());
        reply.ending = Ending::Reset;
        reply
    }

    /// Adds a header; values that are no header values are left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same compressed, where that is worth its time.
    pub(crate) fn compressed(mut self) -> Self {
        if self.ending != Ending::Whole
            || self.body.len() < COMPRESSED_FROM
            || self.headers.contains_key(CONTENT_ENCODING)
        {
            return self;
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.body.len() / 4), Compression::fast());
        if encoder.write_all(&self.body).is_ok()
            && let Ok(bytes) = encoder.finish()
        {
            self.body = bytes.into();
            self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            self.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        self
    }

    /// The response for the wire; `None` where the connection is to break.
    pub(crate) fn into_response(self) -> Option<Response<Payload>> {
        let payload = match self.ending {
            Ending::Whole => Payload { bytes: Some(self.body.clone()), then: Then::End },
            Ending::Half => Payload { bytes: Some(self.body.slice(..self.body.len() / 2)), then: Then::Flush },
            Ending::Reset => return None,
        };
        let mut response = Response::new(payload);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if self.ending == Ending::Half {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        Some(response)
    }
}

/// A response body that may break off.
#[derive(Debug)]
pub(crate) struct Payload {
    bytes: Option<Bytes>,
    then: Then,
}

impl Payload {
    /// A body with nothing in it.
    pub(crate) const fn empty() -> Self {
        Self { bytes: None, then: Then::End }
    }
}

/// What follows the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    End,
    /// Lets the connection send what it has before it breaks.
    Flush,
    Break,
}

/// The body was cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cut this body")]
pub(crate) struct Cut;

impl Body for Payload {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(bytes) = self.bytes.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.then {
            Then::End => Poll::Ready(None),
            Then::Flush => {
                self.then = Then::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Then::Break => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.then == Then::End && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.bytes, self.then) {
            (Some(bytes), Then::End) => SizeHint::with_exact(bytes.len() as u64),
            (None, Then::End) => SizeHint::with_exact(0),
            (_, Then::Flush | Then::Break) => SizeHint::default(),
        }
    }
}
