//! Asking a monitor how far a long operation is. Its address carries its own permission: no token goes
//! there. <https://learn.microsoft.com/graph/long-running-actions-overview>.

use graphbeat_base::CallPath;
use graphbeat_http::{Response, address};
use http::header::{HeaderMap, LOCATION, USER_AGENT};
use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::hop::{Hop, path_of};
use crate::{Attempt, Client, Completion, LedgerFailure};

/// The address at which a long operation is watched.
#[derive(Debug)]
pub struct Monitor {
    url: Url,
    path: CallPath,
}

/// How far a long operation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MonitorState {
    /// Done, or failed: the completion says which.
    Over,
    /// Under way; so many percent, where the service says it.
    UnderWay(Option<u8>),
}

impl Monitor {
    /// The monitor that a 202 names. `Err`: it is none that may be asked.
    pub(crate) fn of_answer(attempt: &Attempt<'_>, response: &Response) -> Result<Self, (&'static str, &'static str)> {
        let location = response.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let url = location.and_then(|location| attempt.target.graph_url.join(location).ok());
        let url = url.ok_or(("NoMonitor", "the answer names no monitor"))?;
        if !attempt.target.content_hosts.admit(&attempt.target.graph_url, &url) {
            return Err(("ForeignMonitor", "the monitor is on a host that the configuration does not name"));
        }
        Ok(Self { path: path_of(&url), url })
    }
}

impl Client {
    /// Asks the monitor once and keeps its row.
    ///
    /// # Errors
    /// [`LedgerFailure`] where the row could not be written.
    pub async fn ask_monitor(
        &self,
        attempt: &Attempt<'_>,
        monitor: &Monitor,
    ) -> Result<(Completion, MonitorState), LedgerFailure> {
        let headers: HeaderMap = attempt.agent().map(|agent| (USER_AGENT, agent)).into_iter().collect();
        let (uri, path) = (address(&monitor.url), monitor.path.clone());
        let hop = Hop { uri, path, method: Method::GET, headers, body: bytes::Bytes::new() };
        let (exchange, mut completion) = self.exchange(attempt, &hop).await;
        let mut state = MonitorState::Over;
        if let Ok(response) = &exchange.result
            && completion.failure.is_none()
        {
            let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            match state_of(response, &answer) {
                Ok(found) => state = found,
                Err((code, message)) => {
                    completion = completion.turned_bad(&code, &message);
                }
            }
            completion.pages.push(response.body.clone());
        }
        self.keep(&exchange, &completion).await?;
        Ok((completion, state))
    }
}

/// What a good answer says. `Err`: the operation failed, with its code and message.
fn state_of(response: &Response, answer: &Value) -> Result<MonitorState, (String, String)> {
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
    let status = text("/status").unwrap_or_default();
    if ["failed", "deleteFailed", "cancelled"].iter().any(|word| status.eq_ignore_ascii_case(word)) {
        let error = graphbeat_core::ErrorBody::parse(&response.body);
        let code = error.code().or(text("/errorCode")).unwrap_or("OperationFailed").to_owned();
        let message = error.message.unwrap_or_else(|| format!("the operation ended as `{}`", status.to_lowercase()));
        return Err((code, message));
    }
    // 303 leads to what was made; a monitor that says nothing but 200 is done too.
    let is_done = ["completed", "succeeded"].iter().any(|word| status.eq_ignore_ascii_case(word))
        || response.status.is_redirection()
        || status.is_empty() && response.status != StatusCode::ACCEPTED;
    if is_done {
        return Ok(MonitorState::Over);
    }
    let percent = answer.get("percentageComplete").and_then(Value::as_f64).filter(|it| (0.0..=100.0).contains(it));
    Ok(MonitorState::UnderWay(percent.map(|percent| percent as u8)))
}
