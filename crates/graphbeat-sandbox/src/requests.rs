//! The log of everything received, for tests that compare it with what a client says it sent.

use std::collections::VecDeque;
use std::sync::Arc;

use graphbeat_base::Timestamp;
use http::Method;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// How many requests are kept; the oldest go first and are counted as dropped.
const REQUESTS_MAX: usize = 1_000_000;
/// The longest path, query or id that is kept of a request.
const TEXT_MAX: usize = 8_192;

/// The requests in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    /// Requests that had to go for newer ones.
    dropped: u64,
    /// The number of the first request that is kept, counted since the start.
    first: u64,
    requests: VecDeque<Received>,
}

/// A request's place in the log, to add later what was not known on arrival.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u64);

/// One request.
#[derive(Debug, Serialize)]
pub(crate) struct Received {
    #[serde(serialize_with = "with_milliseconds")]
    pub(crate) time: Timestamp,
    #[serde(serialize_with = "as_text")]
    pub(crate) method: Method,
    pub(crate) host: Arc<str>,
    pub(crate) path: Box<str>,
    pub(crate) query: Option<Box<str>>,
    /// `None` until it is answered, and for good where the connection was reset.
    pub(crate) status: Option<u16>,
    pub(crate) client_request_id: Option<Box<str>>,
    pub(crate) app_id: Option<Uuid>,
    pub(crate) user_id: Option<Uuid>,
}

#[derive(Serialize)]
struct Page<'a> {
    dropped: u64,
    requests: &'a VecDeque<Received>,
}

impl RequestLog {
    /// Adds a request that has just arrived.
    pub(crate) fn arrive(&mut self, received: Received) -> Place {
        if self.requests.len() >= REQUESTS_MAX {
            self.requests.pop_front();
            self.dropped += 1;
            self.first += 1;
        }
        self.requests.push_back(received);
        Place(self.first + self.requests.len() as u64 - 1)
    }

    /// Adds to a request who sent it.
    pub(crate) fn identify(&mut self, place: Place, app_id: Uuid, user_id: Option<Uuid>) {
        if let Some(received) = self.at(place) {
            received.app_id = Some(app_id);
            received.user_id = user_id;
        }
    }

    /// Adds to a request how it was answered.
    pub(crate) fn answer(&mut self, place: Place, status: u16) {
        if let Some(received) = self.at(place) {
            received.status = Some(status);
        }
    }

    /// Forgets everything; requests under way keep their places, which then lead nowhere.
    pub(crate) fn clear(&mut self) {
        self.first += self.requests.len() as u64;
        self.dropped = 0;
        self.requests.clear();
    }

    /// The log as JSON.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Page { dropped: self.dropped, requests: &self.requests })
    }

    fn at(&mut self, place: Place) -> Option<&mut Received> {
        let index = usize::try_from(place.0.checked_sub(self.first)?).ok()?;
        self.requests.get_mut(index)
    }
}

/// A text as it is kept: bounded.
pub(crate) fn bounded(text: &str) -> Box<str> {
    let end = (0..=text.len().min(TEXT_MAX)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text[..end].into()
}

fn with_milliseconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

fn as_text<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}
