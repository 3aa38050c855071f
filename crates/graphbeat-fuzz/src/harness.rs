//! One sandbox without sockets, put back after every input that may have changed it.

use std::cell::Cell;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use graphbeat_base::{Clock, Timestamp};
use graphbeat_sandbox::{InProcess, SandboxOptions, Throttle};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};

use crate::reply::{Reply, read_replies};

/// Few users: the sandbox is made anew after every change.
const USERS: usize = 4;
/// No answer takes longer, however busy the machine.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);
/// What a connection holds on its way.
const PIPE_BYTES: usize = 1 << 16;
/// After so many turns without a byte the server waits for more.
const QUIET_TURNS: u32 = 16;
/// What placeholders stand for: the first thing of such a list.
const THINGS: &[(&str, &str)] = &[
    ("{message}", "/v1.0/users/{user}/messages?$top=1"),
    ("{folder}", "/v1.0/users/{user}/mailFolders?$top=1"),
    ("{event}", "/v1.0/users/{user}/events?$top=1"),
    ("{calendar}", "/v1.0/users/{user}/calendars?$top=1"),
    ("{contact}", "/v1.0/users/{user}/contacts?$top=1"),
    ("{list}", "/v1.0/users/{user}/todo/lists?$top=1"),
    ("{task}", "/v1.0/users/{user}/todo/lists/{list}/tasks?$top=1"),
    ("{drive}", "/v1.0/users/{user}/drives?$top=1"),
    ("{item}", "/v1.0/users/{user}/drive/root/children?$top=1"),
    ("{group}", "/v1.0/groups?$top=1"),
    ("{site}", "/v1.0/sites?search=*"),
    ("{application}", "/v1.0/applications?$top=1"),
    ("{holder}", "/v1.0/servicePrincipals?$top=1"),
    ("{plan}", "/v1.0/groups/{group}/planner/plans?$top=1"),
];

/// The sandbox and what its placeholders stand for.
pub(crate) struct Harness {
    runtime: Runtime,
    sandbox: InProcess,
    clock: Clock,
    placeholders: Vec<(&'static str, String)>,
}

/// The one harness of this process.
pub(crate) fn harness() -> MutexGuard<'static, Harness> {
    static HARNESS: LazyLock<Mutex<Harness>> = LazyLock::new(|| Mutex::new(Harness::new()));
    HARNESS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a timestamp")
}

impl Harness {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::manual(noon());
        let options = SandboxOptions {
            listen: ([127, 0, 0, 1], 8443).into(),
            http: ([127, 0, 0, 1], 8080).into(),
            seed: 7,
            users: USERS,
            faults: Vec::new(),
            throttle: Throttle::None,
            data: folder.path().to_owned(),
            clock: clock.clone(),
        };
        let sandbox = InProcess::new(&options).expect("a sandbox");
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let mut harness = Self { runtime, sandbox, clock, placeholders: Vec::new() };
        harness.learn();
        harness
    }

    /// Fills the placeholders: ids and secrets first, tokens by them, things by those.
    fn learn(&mut self) {
        let ready = self.sandbox.ready();
        let secret = ready.apps[0].client_secret.clone().unwrap_or_default();
        self.placeholders = vec![
            ("{tenant}", ready.tenant_id.to_string()),
            ("{appId}", ready.apps[0].client_id.to_string()),
            ("{client}", ready.apps[0].client_id.to_string()),
            ("{public}", ready.apps[1].client_id.to_string()),
            ("{secret}", secret),
            ("{user}", ready.users[0].id.to_string()),
            ("{upn}", ready.users[0].upn.clone()),
            ("{other}", ready.users[1].id.to_string()),
            ("{other-upn}", ready.users[1].upn.clone()),
        ];
        let application = "grant_type=client_credentials&client_id={client}&client_secret={secret}&scope=https://graph.microsoft.com/.default";
        let token = self.token(application);
        self.placeholders.push(("{app-token}", token));
        let device = self
            .form("devicecode", "client_id={public}&scope=https://graph.microsoft.com/.default offline_access openid");
        let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
        self.placeholders.push(("{device-code}", text("device_code")));
        let approval = format!(
            "POST /_sandbox/device HTTP/1.1\r\nHost: localhost\r\nContent-Length: {{length}}\r\n\r\n{{\"user_code\":\"{}\",\"user_id\":\"{{user}}\",\"approve\":true}}",
            text("user_code")
        );
        self.json(&approval);
        let user =
            "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id={public}&device_code={device-code}";
        let signed_in = self.form("token", user);
        let text = |name: &str| signed_in[name].as_str().unwrap_or_default().to_owned();
        self.placeholders.push(("{user-token}", text("access_token")));
        self.placeholders.push(("{refresh-token}", text("refresh_token")));
        for (name, list) in THINGS {
            let answer = self.json(&format!(
                "GET {list} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {{app-token}}\r\n\r\n"
            ));
            let id = answer["value"][0]["id"].as_str().unwrap_or("x").to_owned();
            self.placeholders.push((name, id));
        }
    }

    fn token(&self, form: &str) -> String {
        self.form("token", form)["access_token"].as_str().unwrap_or_default().to_owned()
    }

    fn form(&self, endpoint: &str, form: &str) -> Value {
        self.json(&format!("POST /{{tenant}}/oauth2/v2.0/{endpoint} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {{length}}\r\n\r\n{form}"))
    }

    /// The JSON that a request is answered with; `{length}` is its body's.
    fn json(&self, request: &str) -> Value {
        let filled = String::from_utf8(self.fill(request.as_bytes())).expect("text");
        let length = filled.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        let filled = filled.replace("{length}", &length.to_string());
        let reply = self.exchange(filled.as_bytes()).into_iter().next();
        reply.and_then(|reply| serde_json::from_slice(&reply.body).ok()).unwrap_or_default()
    }

    /// The input with what its placeholders stand for.
    pub(crate) fn fill(&self, input: &[u8]) -> Vec<u8> {
        let (mut filled, mut rest) = (Vec::with_capacity(input.len()), input);
        while let Some(at) = rest.iter().position(|byte| *byte == b'{') {
            let (before, from) = rest.split_at(at);
            let found = self.placeholders.iter().find(|(name, _)| from.starts_with(name.as_bytes()));
            let (text, length) = found.map_or((&from[..1], 1), |(name, value)| (value.as_bytes(), name.len()));
            filled.extend_from_slice(before);
            filled.extend_from_slice(text);
            rest = &from[length..];
        }
        filled.extend_from_slice(rest);
        filled
    }

    /// What one connection that sends these bytes and ends is answered with.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> Vec<Reply> {
        let talk = async {
            let (client, server) = tokio::io::duplex(PIPE_BYTES);
            let (mut reading, mut writing) = tokio::io::split(client);
            let (mut received, read) = (Vec::new(), Cell::new(0));
            let send = async {
                // The server may have enough before it has read everything.
                let _ = writing.write_all(bytes).await;
                // A client that ends before its answer is one that broke off.
                let (mut seen, mut quiet) = (read.get(), 0);
                while quiet < QUIET_TURNS {
                    tokio::task::yield_now().await;
                    quiet = if read.get() == seen { quiet + 1 } else { 0 };
                    seen = read.get();
                }
                let _ = writing.shutdown().await;
            };
            let receive = async {
                while reading.read_buf(&mut received).await.is_ok_and(|length| length > 0) {
                    read.set(read.get() + 1);
                }
            };
            futures_util::join!(self.sandbox.serve(server), send, receive);
            received
        };
        let received = self.runtime.block_on(async { tokio::time::timeout(ANSWER_TIME_MAX, talk).await });
        read_replies(&received.expect("an answer in time"))
    }

    /// Puts back what a request may have changed.
    pub(crate) fn restore(&self) {
        self.clock.set(noon(), 0.0).expect("a clock that can stand still");
        self.sandbox.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_stands_for_something_that_can_be_read() {
        let harness = harness();
        let empty: Vec<_> = harness.placeholders.iter().filter(|(_, value)| value.len() < 2).collect();
        assert!(empty.is_empty(), "{empty:?}");
        for (token, path) in [("app", "/v1.0/users/{user}/messages/{message}"), ("user", "/v1.0/me")] {
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {{{token}-token}}\r\n\r\n");
            assert_eq!(harness.exchange(&harness.fill(request.as_bytes()))[0].status, 200, "{path}");
        }
    }
}
