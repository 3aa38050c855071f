//! Where every request passes: it gets its id, is written down, leaves, and comes back as an [`Exchange`].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use graphbeat_base::{CallIds, Clock, Rng};
use http::HeaderValue;
use http::header::{HeaderName, USER_AGENT as USER_AGENT_HEADER};

use crate::{CallContext, Departure, Exchange, Request, Transport, TransportError, TransportFault, WirePath};

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
    pub async fn send(&self, context: CallContext, path: WirePath, mut request: Request) -> Exchange {
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
        let left = Instant::now();
        let result = match shared.flight_log.depart(&departure) {
            Ok(()) => shared.transport.send(request).await,
            Err(NotNoted(detail)) => Err(TransportError { fault: TransportFault::NotNoted, detail }),
        };
        let duration_ms = u32::try_from(left.elapsed().as_millis()).unwrap_or(u32::MAX);
        Exchange { departure, duration_ms, result }
    }
}
