//! Looking whether an account could work: is Entra there, what does its token carry, does its user have what
//! the operations need. Each request passes the same guard and gates as any other, and has its row.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use graphbeat_base::{CallPath, SignedDuration, Timestamp};
use graphbeat_catalog::{Mode, Operation};
use graphbeat_core::{Kind, Stage, Verdict};
use graphbeat_graph::{CallLog as _, Compiled, RowOutcome, Values, call_row, compile};
use graphbeat_http::{CallContext, Exchange, Request, address};
use graphbeat_store::StoreError;
use http::header::{ACCEPT, DATE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::operation::{Step, When};
use crate::recorder::ledger_error;
use crate::{Account, Engine, NoToken, OperationReport, Trouble};

/// Real time until Entra's answer must be there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a look waits where a service asks to wait: not at all, nearly.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// What a look at Entra came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntraLook {
    /// Whether Entra answered, whatever it said; else the row says what went wrong.
    pub is_there: bool,
    /// How far this machine's clock is ahead of Entra's.
    pub clock_ahead: Option<SignedDuration>,
}

/// What can be looked at about an account's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserLook {
    /// The inbox.
    Mailbox,
    /// OneDrive.
    Drive,
    /// The licences.
    Licenses,
}

impl UserLook {
    /// How the ledger names the request.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Mailbox => "lookup.mailbox",
            Self::Drive => "lookup.drive",
            Self::Licenses => "lookup.licenses",
        }
    }

    /// The permissions with any of which one may look.
    #[must_use]
    pub const fn opened_by(self, mode: Mode) -> &'static [&'static str] {
        match (self, mode) {
            (Self::Mailbox, Mode::Application) => &["Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"],
            (Self::Mailbox, Mode::Delegated) => &["Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"],
            (Self::Drive, Mode::Application) => {
                &["Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"]
            }
            (Self::Drive, Mode::Delegated) => {
                &["Files.Read", "Files.ReadWrite", "Files.Read.All", "Files.ReadWrite.All"]
            }
            (Self::Licenses, Mode::Application) => {
                &["LicenseAssignment.Read.All", "User.Read.All", "Directory.Read.All", "User.ReadWrite.All"]
            }
            (Self::Licenses, Mode::Delegated) => &["User.Read", "User.Read.All", "Directory.Read.All"],
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Mailbox => "/me/mailFolders/inbox",
            Self::Drive => "/me/drive",
            Self::Licenses => "/me/licenseDetails",
        }
    }

    const fn bucket(self) -> &'static str {
        match self {
            Self::Mailbox => "outlook",
            Self::Drive => "sharepoint-onedrive",
            Self::Licenses => "identity-access",
        }
    }

    fn compiled(self, mode: Mode) -> Option<Arc<Compiled>> {
        let select = if self == Self::Licenses { "skuPartNumber" } else { "id" };
        let operation: Operation = serde_json::from_value(serde_json::json!({
            "id": self.operation(),
            "names": {"en": "Look whether it is there", "zh-CN": "查看是否存在"},
            "method": "GET",
            "path": self.path(),
            "query": {"$select": select},
            "access": "read",
            "license": "any",
            "bucket": self.bucket(),
            "docs": "https://learn.microsoft.com/graph/api/overview",
        }))
        .ok()?;
        Some(Arc::new(compile(Arc::new(operation), mode)))
    }
}

impl Engine {
    /// Why the account must not send anything now: it is paused, or was told to wait.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger failed.
    pub async fn must_rest(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        self.held_back(account).await
    }

    /// Asks the account's tenant for its public description, and compares the clocks.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger failed.
    pub async fn look_at_entra(&self, account: &Account) -> Result<EntraLook, StoreError> {
        let mut url = account.identity.endpoints.login_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&account.tenant).extend(["v2.0", ".well-known", "openid-configuration"]);
        }
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let request =
            Request { method: Method::GET, uri: address(&url), headers, body: Bytes::new(), timeout: ANSWER_TIMEOUT };
        let context = CallContext {
            planned_at: None,
            account: Arc::clone(&account.name),
            tenant: Arc::clone(&account.tenant),
            operation: Arc::from("token.discovery"),
            journey: None,
            attempt: 1,
        };
        let template = Arc::from("/{}/v2.0/.well-known/openid-configuration");
        let path = CallPath { template, ids: vec![Arc::clone(&account.tenant)] };
        let exchange = account.cloud.wire.send(context, path, request).await;
        let look = EntraLook { is_there: is_entra(&exchange), clock_ahead: clock_ahead(&exchange) };
        let row = call_row(&exchange, outcome(&exchange));
        self.shared.recorder.record(row).await.map_err(ledger_error)?;
        Ok(look)
    }

    /// The permissions that the account's token carries, none where they cannot be read; or why there is no
    /// token.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger failed.
    pub async fn carried_permissions(
        &self,
        account: &Account,
    ) -> Result<Result<Option<BTreeSet<String>>, NoToken>, StoreError> {
        // A token of the cache would be an older one, but this process has none yet.
        if let Some(no_token) = self.held_back(account).await? {
            return Ok(Err(no_token));
        }
        let token = self.token(account, None).await?;
        Ok(token.map(|token| token.permissions()))
    }

    /// Looks at something of the account's user. Gives the report and, of a list, how long it is.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger failed.
    pub async fn look_at_user(
        &self,
        account: &Arc<Account>,
        look: UserLook,
    ) -> Result<Result<(OperationReport, usize), NoToken>, StoreError> {
        let when = When { planned_at: None, patience: PATIENCE };
        let round = match self.open_round(account, when).await? {
            Ok(round) => round,
            Err(no_token) => return Ok(Err(no_token)),
        };
        if let Some(no_user) = round.no_user.clone() {
            return Ok(Err(no_user));
        }
        let nowhere = || NoToken::because("there is nothing to look at".to_owned(), Some(Trouble::Failed));
        let Some(operation) = look.compiled(account.mode) else { return Ok(Err(nowhere())) };
        let values = Values::new();
        let step = Step { keeps_answer: true, ..Step::alone(&operation, &values) };
        let ran = self.step(&round, step).await?;
        let listed = ran.pages.iter().filter_map(|page| page.pointer("/value")?.as_array().map(Vec::len)).sum();
        Ok(Ok((ran.report, listed)))
    }
}

/// Whether it is Entra that answered: a captive portal's page is no JSON.
fn is_entra(exchange: &Exchange) -> bool {
    let answer = exchange.result.as_ref().ok();
    answer.is_some_and(|answer| answer.status.as_u16() < 500 && is_json(&answer.body) && answer.status != 429)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}

/// By the middle of the exchange; Entra's header has whole seconds.
fn clock_ahead(exchange: &Exchange) -> Option<SignedDuration> {
    let header = exchange.result.as_ref().ok()?.headers.get(DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    let half = SignedDuration::from_millis(i64::from(exchange.duration_ms / 2));
    let ours: Timestamp = exchange.departure.started_at.checked_add(half).ok()?;
    Some(ours.duration_since(theirs))
}

fn outcome(exchange: &Exchange) -> RowOutcome {
    let failed = |kind, code: Option<&str>| RowOutcome {
        verdict: Verdict::Failed,
        stage: Some(Stage::Token),
        kind: Some(kind),
        code: code.map(Arc::from),
        message: None,
        retry_after_s: None,
    };
    match &exchange.result {
        Err(error) => failed(Kind::Httper, Some(error.fault.code())),
        Ok(answer) if answer.status == 429 => RowOutcome {
            verdict: Verdict::Throttled,
            retry_after_s: graphbeat_http::retry_after(&answer.headers, exchange.departure.started_at)
                .and_then(|wait| u32::try_from(wait.as_secs()).ok()),
            ..failed(Kind::Httper, None)
        },
        Ok(answer) if !answer.status.is_success() => {
            let codes = graphbeat_core::ErrorBody::parse(&answer.body).codes;
            failed(Kind::Httper, codes.last().map(String::as_str))
        }
        Ok(answer) if !is_json(&answer.body) => failed(Kind::Exception, Some("NotJson")),
        Ok(_) => RowOutcome::ok(),
    }
}
