//! Where every request passes: it gets its id, is written down, leaves, and comes back as an [`Exchange`].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use graphbeat_base::{CallIds, CallPath, Clock, Rng};
use http::HeaderValue;
use http::header::{HeaderName, USER_AGENT as USER_AGENT_HEADER};

use crate::echo::Secrets;
use crate::{CallContext, Departure, Exchange, Request, Transport, TransportError, TransportFault};

/// What graphbeat says it is. There is no option to say anything else.
pub const USER_AGENT: &str = concat!("graphbeat/", env!("CARGO_PKG_VERSION"));

/// The decorated form that SharePoint and OneDrive ask non-Microsoft clients for:
/// <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
pub const USER_AGENT_DECORATED: &str = concat!("NONISV|graphbeat|graphbeat/", env!("CARGO_PKG_VERSION"));

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Keeps a note of each request that is under way, so that the death of the process loses none.
pub trait FlightLog: Send + Sync {
    /// Writes the note before the request leaves. Cheap and without waiting: a write into a small file.
    /// The note is taken out by whoever makes the call's row durable.
    ///
    /// # Errors
    /// Where the note cannot be written; the request does not leave then.
    fn depart(&self, departure: &Departure) -> Result<(), NotNoted>;
}

/// A request could not be noted before it left.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotNoted(pub String);

/// Keeps no notes: for tests and for requests of programs without a ledger.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoFlightLog;

impl FlightLog for NoFlightLog {
    fn depart(&self, _departure: &Departure) -> Result<(), NotNoted> {
        Ok(())
    }
}

/// The one way out.
#[derive(Clone)]
pub struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Arc<dyn Transport>,
    flight_log: Arc<dyn FlightLog>,
    clock: Clock,
    ids: CallIds,
    rng: Mutex<Rng>,
}

impl Wire {
    /// A way out over `transport` that notes what is under way in `flight_log`.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, flight_log: Arc<dyn FlightLog>, clock: Clock, mut rng: Rng) -> Self {
        let ids = CallIds::new(&mut rng);
        Self { shared: Arc::new(Shared { transport, flight_log, clock, ids, rng: Mutex::new(rng) }) }
    }

    /// The clock by which calls are dated.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// A random UUID from the same source as `client-request-id`.
    #[must_use]
    pub fn uuid(&self) -> uuid::Uuid {
        self.shared.rng.lock().unwrap_or_else(PoisonError::into_inner).uuid()
    }

    /// Sends `request`; sets `User-Agent` (unless it is there already, decorated), and a new
    /// `client-request-id`.
    pub async fn send(&self, context: CallContext, path: CallPath, mut request: Request) -> Exchange {
        let shared = &self.shared;
        let client_request_id = self.uuid();
        request.headers.entry(USER_AGENT_HEADER).or_insert(HeaderValue::from_static(USER_AGENT));
        let mut buffer = uuid::Uuid::encode_buffer();
        // A hyphenated UUID is always a valid header value.
        if let Ok(value) = HeaderValue::from_str(client_request_id.hyphenated().encode_lower(&mut buffer)) {
            request.headers.insert(CLIENT_REQUEST_ID, value);
        }
        let started_at = shared.clock.now();
        let departure = Departure {
            id: shared.ids.next(started_at),
            context,
            method: request.method.clone(),
            path,
            client_request_id,
            started_at,
        };
        let secrets = Secrets::of(&request);
        let left = Instant::now();
        let result = match shared.flight_log.depart(&departure) {
            Ok(()) => shared.transport.send(request).await,
            Err(NotNoted(detail)) => Err(TransportError { fault: TransportFault::NotNoted, detail }),
        };
        let duration_ms = u32::try_from(left.elapsed().as_millis()).unwrap_or(u32::MAX);
        Exchange { departure, duration_ms, result: result.map(|response| secrets.cut_out_of(response)) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use graphbeat_base::Timestamp;
    use http::{HeaderMap, Method, StatusCode};
    use uuid::Uuid;

    use super::*;
    use crate::{Response, TransportError};

    /// Answers with the headers that it got.
    struct Echo;

    impl Transport for Echo {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            let response = Response { status: StatusCode::OK, headers: request.headers, body: Bytes::new() };
            Box::pin(std::future::ready(Ok(response)))
        }
    }

    /// Keeps the ids of what departs.
    #[derive(Default)]
    struct Flights(Mutex<Vec<Uuid>>);

    impl FlightLog for Flights {
        fn depart(&self, departure: &Departure) -> Result<(), NotNoted> {
            self.0.lock().expect("the lock").push(departure.client_request_id);
            Ok(())
        }
    }

    struct Full;

    impl FlightLog for Full {
        fn depart(&self, _departure: &Departure) -> Result<(), NotNoted> {
            Err(NotNoted("disk full".to_owned()))
        }
    }

    async fn send(wire: &Wire, headers: HeaderMap) -> Exchange {
        let context = CallContext {
            planned_at: None,
            account: Arc::from("a"),
            tenant: Arc::from("t"),
            operation: Arc::from("token.keys"),
            journey: None,
            attempt: 1,
        };
        let path = CallPath { template: Arc::from("/"), ids: Vec::new() };
        let uri = http::Uri::from_static("https://graph.example/");
        let timeout = Duration::from_secs(1);
        let request = Request { method: Method::GET, uri, headers, body: Bytes::new(), timeout };
        wire.send(context, path, request).await
    }

    async fn headers_of(wire: &Wire, headers: HeaderMap) -> HeaderMap {
        send(wire, headers).await.result.expect("an answer").headers
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_noted_does_not_leave() {
        let wire = Wire::new(Arc::new(Echo), Arc::new(Full), Clock::manual(Timestamp::UNIX_EPOCH), Rng::seeded(1));
        let error = send(&wire, HeaderMap::new()).await.result.expect_err("a failure, not the echo");
        assert_eq!((error.fault, error.detail.as_str()), (TransportFault::NotNoted, "disk full"));
    }

    #[tokio::test]
    async fn every_request_says_what_it_is_and_has_an_id_of_its_own_that_was_noted_before() {
        let flights = Arc::new(Flights::default());
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let wire = Wire::new(Arc::new(Echo), Arc::clone(&flights) as _, clock, Rng::seeded(1));
        let plain = headers_of(&wire, HeaderMap::new()).await;
        assert_eq!(plain[USER_AGENT_HEADER], USER_AGENT);
        let decorated = HeaderMap::from_iter([(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT_DECORATED))]);
        let decorated = headers_of(&wire, decorated).await;
        assert_eq!(decorated[USER_AGENT_HEADER], USER_AGENT_DECORATED);
        let sent: Vec<_> = [&plain, &decorated].map(|headers| headers[CLIENT_REQUEST_ID].clone()).to_vec();
        let noted: Vec<_> = flights.0.lock().expect("the lock").iter().map(Uuid::to_string).collect();
        assert!(sent == noted && sent[0] != sent[1]);
    }
}
