//! What is noted of a request before it leaves: all of a call that is known by then.

use std::sync::Arc;

use graphbeat_base::{CallId, Timestamp};
use graphbeat_core::{Call, CallPath, Method, Verdict};
use uuid::Uuid;

use crate::StoreError;

/// The longest note; a path is far shorter.
const NOTE_BYTES_MAX: usize = 64 * 1_024;
/// Stands for "no journey" in the place of a length.
const ABSENT: u16 = u16::MAX;

/// A request that is about to leave.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightNote {
    /// The id that its row will have.
    pub id: CallId,
    /// When the plan wanted it.
    pub planned_at: Timestamp,
    /// Now.
    pub started_at: Timestamp,
    /// The account's name.
    pub account: Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// The journey that it is a step of.
    pub journey: Option<Arc<str>>,
    /// 1 for the first try.
    pub attempt: u16,
    /// The verb.
    pub method: Method,
    /// The path, without query.
    pub path: CallPath,
    /// Ours, new for each attempt.
    pub client_request_id: Uuid,
}

impl FlightNote {
    /// The row of a request whose end nobody saw.
    #[must_use]
    pub fn into_interrupted(self) -> Call {
        Call {
            id: self.id,
            planned_at: self.planned_at,
            started_at: self.started_at,
            duration_ms: 0,
            account: self.account,
            tenant: self.tenant,
            operation: self.operation,
            journey: self.journey,
            attempt: self.attempt,
            method: self.method,
            path: self.path,
            status: None,
            verdict: Verdict::Interrupted,
            stage: None,
            kind: None,
            code: None,
            message: None,
            request_id: None,
            client_request_id: self.client_request_id,
            retry_after_s: None,
            bytes: 0,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(self.id.to_i64().to_le_bytes());
        bytes.extend(self.planned_at.as_millisecond().to_le_bytes());
        bytes.extend(self.started_at.as_millisecond().to_le_bytes());
        bytes.extend(self.attempt.to_le_bytes());
        bytes.push(Method::ALL.iter().position(|&method| method == self.method).unwrap_or_default() as u8);
        bytes.extend(self.client_request_id.as_bytes());
        for text in [&self.account, &self.tenant, &self.operation, &self.path.template] {
            put_text(&mut bytes, text)?;
        }
        match &self.journey {
            Some(journey) => put_text(&mut bytes, journey)?,
            None => bytes.extend(ABSENT.to_le_bytes()),
        }
        for id in &self.path.ids {
            put_text(&mut bytes, id)?;
        }
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(StoreError::NoteTooLong { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// The note of these bytes; `None` where they are none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let id = CallId::from_i64(reader.number()?)?;
        let planned_at = Timestamp::from_millisecond(reader.number()?).ok()?;
        let started_at = Timestamp::from_millisecond(reader.number()?).ok()?;
        let attempt = u16::from_le_bytes(reader.take()?);
        let [method] = reader.take()?;
        let method = *Method::ALL.get(usize::from(method))?;
        let client_request_id = Uuid::from_bytes(reader.take()?);
        let [account, tenant, operation, template] =
            [reader.text()??, reader.text()??, reader.text()??, reader.text()??];
        let journey = reader.text()?;
        let mut ids = Vec::new();
        while !reader.0.is_empty() {
            ids.push(reader.text()??);
        }
        let path = CallPath { template, ids };
        Some(Self {
            id,
            planned_at,
            started_at,
            account,
            tenant,
            operation,
            journey,
            attempt,
            method,
            path,
            client_request_id,
        })
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) -> Result<(), StoreError> {
    let length = u16::try_from(text.len()).ok().filter(|&length| length != ABSENT);
    let length = length.ok_or(StoreError::NoteTooLong { bytes: text.len() })?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.as_bytes());
    Ok(())
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    /// `Some(None)` is a text that was left out.
    fn text(&mut self) -> Option<Option<Arc<str>>> {
        let length = u16::from_le_bytes(self.take()?);
        if length == ABSENT {
            return Some(None);
        }
        let (text, rest) = self.0.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(Some(Arc::from(std::str::from_utf8(text).ok()?)))
    }
}
