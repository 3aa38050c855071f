//! Uploading bytes in chunks to the address of an upload session, which carries its own permission: no
//! token goes there. <https://learn.microsoft.com/graph/api/driveitem-createuploadsession>.

use bytes::Bytes;
use graphbeat_base::{CallPath, Rng};
use graphbeat_catalog::Upload;
use graphbeat_http::{Response, address};
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::hop::{Hop, path_of};
use crate::{Attempt, Client, Completion, LedgerFailure};

/// The most ranges of an answer that are looked at.
const RANGES_MAX: usize = 64;

/// An upload that is under way.
#[derive(Debug)]
pub struct UploadSession {
    url: Url,
    path: CallPath,
    content: Bytes,
    chunk: usize,
    next: usize,
}

/// What can be done with an upload session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadStep {
    /// Send the next chunk.
    Send,
    /// Ask which bytes are missing.
    Ask,
    /// Give it up at the service.
    Cancel,
}

/// How far an upload came by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadProgress {
    /// The file is there.
    Done,
    /// More is to be sent.
    Goes,
    /// What arrived is not known: ask.
    Unknown,
    /// The service knows no such session, or wants nothing more of it.
    Over,
}

/// The bytes that an operation uploads within the journey of this marker.
#[must_use]
pub fn upload_content(upload: Upload, marker: &str) -> Bytes {
    // FNV-1a: any spread of markers over seeds will do.
    let seed = marker
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut content = vec![0; upload.bytes as usize];
    Rng::seeded(seed).fill(&mut content);
    Bytes::from(content)
}

impl UploadSession {
    /// The session that an answer offers. `Err`: it is none that may be used.
    pub(crate) fn of_answer(
        attempt: &Attempt<'_>,
        upload: Upload,
        body: &[u8],
    ) -> Result<Self, (&'static str, &'static str)> {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let url = answer.get("uploadUrl").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
        let url = url.ok_or(("NoUploadUrl", "the answer names no address for the upload"))?;
        if !attempt.target.content_hosts.admit(&attempt.target.graph_url, &url) {
            return Err(("ForeignUpload", "the upload's address is on a host that the configuration does not name"));
        }
        let marker = attempt.values.get("marker").map(String::as_str).unwrap_or_default();
        let content = upload_content(upload, marker);
        Ok(Self { path: path_of(&url), url, content, chunk: upload.chunk as usize, next: 0 })
    }

    /// How many chunks the whole upload has.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.content.len().div_ceil(self.chunk)
    }

    fn hop(&self, step: UploadStep, agent: Option<HeaderValue>) -> Hop {
        let mut headers: HeaderMap = agent.map(|agent| (USER_AGENT, agent)).into_iter().collect();
        let (method, body) = match step {
            UploadStep::Ask => (Method::GET, Bytes::new()),
            UploadStep::Cancel => (Method::DELETE, Bytes::new()),
            UploadStep::Send => {
                let end = (self.next + self.chunk).min(self.content.len());
                let range = format!("bytes {}-{}/{}", self.next, end.saturating_sub(1), self.content.len());
                headers.extend(HeaderValue::try_from(range).ok().map(|range| (CONTENT_RANGE, range)));
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
                (Method::PUT, self.content.slice(self.next..end))
            }
        };
        Hop { uri: address(&self.url), path: self.path.clone(), method, headers, body }
    }

    /// What a good answer to `Send` or `Ask` means; a bad one is told by a code and in words.
    fn advance(&mut self, response: &Response) -> Result<UploadProgress, (&'static str, &'static str)> {
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if let Some(ranges) = answer.get("nextExpectedRanges").and_then(Value::as_array) {
            let first = ranges.iter().take(RANGES_MAX).filter_map(first_byte).min();
            self.next = first
                .filter(|&first| first < self.content.len())
                .ok_or(("BadRange", "the service asks for bytes that the upload does not have"))?;
            return Ok(UploadProgress::Goes);
        }
        let has_item = answer.get("id").is_some_and(Value::is_string);
        match answer.get("size").and_then(Value::as_u64) {
            _ if !has_item || response.status == StatusCode::ACCEPTED => {
                Err(("BadUpload", "the answer says neither what is missing nor what was made"))
            }
            Some(size) if size != self.content.len() as u64 => {
                Err(("WrongSize", "the uploaded file has another size than what was sent"))
            }
            _ => Ok(UploadProgress::Done),
        }
    }
}

/// The first byte of `327680-` or `327680-655359`.
fn first_byte(range: &Value) -> Option<usize> {
    range.as_str()?.split('-').next()?.parse().ok()
}

impl Client {
    /// Takes one step of an upload and keeps its row.
    ///
    /// # Errors
    /// [`LedgerFailure`] where the row could not be written.
    pub async fn upload(
        &self,
        attempt: &Attempt<'_>,
        session: &mut UploadSession,
        step: UploadStep,
    ) -> Result<(Completion, UploadProgress), LedgerFailure> {
        let hop = session.hop(step, attempt.agent());
        let (exchange, mut completion) = self.exchange(attempt, &hop).await;
        let mut progress = UploadProgress::Over;
        match &exchange.result {
            Err(_) => progress = UploadProgress::Unknown,
            Ok(response) if response.status.is_success() && step != UploadStep::Cancel => {
                match session.advance(response) {
                    Ok(advanced) => progress = advanced,
                    Err((code, message)) => {
                        completion = completion.turned_bad(code, message);
                    }
                }
                if progress == UploadProgress::Done {
                    completion.pages.push(response.body.clone());
                }
            }
            Ok(response) if is_unclear(response.status) => progress = UploadProgress::Unknown,
            Ok(_) => {}
        }
        self.keep(&exchange, &completion).await?;
        Ok((completion, progress))
    }
}

/// What arrived has to be asked: the service is in trouble or busy, or has other bytes than we believe (416).
fn is_unclear(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}
