//! Whom operations run on: the user's id, asked of Graph once, since no path ever holds an address.

use std::sync::Arc;

use graphbeat_catalog::{Mode, Operation, USER_LOOKUP};
use graphbeat_core::Verdict;
use graphbeat_graph::{Compiled, Target, Values, compile, pick};
use graphbeat_store::StoreError;
use serde_json::Value;

use crate::operation::{Round, Step};
use crate::{Account, Engine, NoToken, OperationReport, Trouble};

/// How the user is looked up.
#[derive(Clone, Copy)]
enum By {
    /// The signed-in user.
    SignedIn,
    /// `user = "…"` is an object id.
    Id,
    /// `user = "…"` is a user principal name: it goes into the query, never into the path.
    Name,
    /// Nothing is said: the first enabled user with a licence.
    First,
}

/// Why the user is not known, and the look-up's report where it did not go well.
type NotFound = (NoToken, Option<OperationReport>);

/// The account's cloud, and on whom as far as the configuration alone says it.
pub(crate) fn bare_target(account: &Account) -> Arc<Target> {
    let values = Values::from([
        ("tenant-id".to_owned(), account.tenant.to_string()),
        ("client-id".to_owned(), account.identity.client_id.to_string()),
    ]);
    let content_hosts = Arc::clone(&account.cloud.content_hosts);
    Arc::new(Target { graph_url: account.cloud.graph_url.clone(), values, content_hosts })
}

impl Engine {
    /// Gives a round the account's user, looked up once for a process, where an operation needs it; or the
    /// reason why it is not known.
    pub(crate) async fn find_user(&self, round: &mut Round<'_>) -> Result<(), StoreError> {
        let account = round.account;
        if let Some(target) = account.target.get() {
            round.target = Arc::clone(target);
            return Ok(());
        }
        if !account.work.needs_user {
            return Ok(());
        }
        match self.look_up(round).await? {
            Ok((id, name)) => {
                let mut target = Target::clone(&round.target);
                target.values.insert("user-id".to_owned(), id);
                target.values.insert("user-upn".to_owned(), name);
                round.target = Arc::clone(account.target.get_or_init(async || Arc::new(target)).await);
            }
            Err((no_user, report)) => (round.no_user, round.failed_look_up) = (Some(no_user), report),
        }
        Ok(())
    }

    /// An operation like any other: it waits where Graph asked to, and is tried again where that helps.
    async fn look_up(&self, round: &Round<'_>) -> Result<Result<(String, String), NotFound>, StoreError> {
        let account = round.account;
        let by = match (&account.user, account.mode) {
            (_, Mode::Delegated) => By::SignedIn,
            (Some(user), _) if uuid::Uuid::try_parse(user).is_ok() => By::Id,
            (Some(_), _) => By::Name,
            (None, _) => By::First,
        };
        let user = account.user.as_deref().unwrap_or_default().replace('\'', "''");
        let values = Values::from([("user".to_owned(), user)]);
        let Some(operation) = operation(by).map(Arc::new) else { return Ok(Err((not_found(account), None))) };
        let step = Step { keeps_answer: true, ..Step::alone(&operation, &values) };
        let ran = self.step(round, step).await?;
        Ok(match ran.pages.iter().find_map(|page| user_in(page, by)) {
            Some(found) => Ok(found),
            None => {
                let no_user = not_looked_up(account, &ran.report);
                Err((no_user, Some(ran.report).filter(|report| report.verdict != Verdict::Ok)))
            }
        })
    }
}

fn operation(by: By) -> Option<Compiled> {
    let (path, filter) = match by {
        By::SignedIn => ("/me", None),
        By::Id => ("/users/{user}", None),
        By::Name => ("/users", Some(("$filter", "userPrincipalName eq '{user}'"))),
        By::First => ("/users", Some(("$top", "100"))),
    };
    let select = match by {
        By::First => "id,userPrincipalName,accountEnabled,assignedLicenses",
        _ => "id,userPrincipalName",
    };
    let mut query = serde_json::Map::from_iter([("$select".to_owned(), Value::from(select))]);
    if let Some((name, value)) = filter {
        query.insert(name.to_owned(), Value::from(value));
    }
    let operation: Operation = serde_json::from_value(serde_json::json!({
        "id": USER_LOOKUP,
        "names": {"en": "Look up the user", "zh-CN": "查找用户"},
        "method": "GET",
        "path": path,
        "query": query,
        "access": "read",
        "license": "any",
        "bucket": "identity-access",
        "pages": 5,
        "docs": "https://learn.microsoft.com/graph/api/user-list",
    }))
    .ok()?;
    // The mode is `Delegated`, so that `/me` stays as it is; an application never asks for it.
    Some(compile(Arc::new(operation), Mode::Delegated))
}

fn user_in(answer: &Value, by: By) -> Option<(String, String)> {
    let user = match by {
        By::SignedIn | By::Id => answer,
        By::Name => answer.pointer("/value/0")?,
        By::First => answer.pointer("/value")?.as_array()?.iter().find(|user| is_usable(user))?,
    };
    Some((pick(user, "/id")?, pick(user, "/userPrincipalName")?))
}

fn is_usable(user: &Value) -> bool {
    let is_enabled = user.pointer("/accountEnabled").and_then(Value::as_bool).unwrap_or(true);
    let licenses = user.pointer("/assignedLicenses").and_then(Value::as_array);
    is_enabled && licenses.is_some_and(|licenses| !licenses.is_empty())
}

fn not_looked_up(account: &Account, report: &OperationReport) -> NoToken {
    let reason = report.reason.as_deref().unwrap_or(report.verdict.word());
    let reason = match report.status {
        _ if report.verdict == Verdict::Ok => return not_found(account),
        Some(404) => return not_found(account),
        Some(403) => format!(
            "the user could not be looked up ({reason}): the application lacks `User.ReadBasic.All` (or, where no \
             `user` is named, `User.Read.All`)"
        ),
        _ => format!("the user could not be looked up ({reason})"),
    };
    NoToken { reason, trouble: report.trouble, seen: report.seen.clone() }
}

fn not_found(account: &Account) -> NoToken {
    let reason = match &account.user {
        Some(_) => "the user of this account was not found in the tenant; see `user` in the configuration",
        None => "no enabled user with a licence was found; name one with `user` in the configuration",
    };
    NoToken::because(reason.to_owned(), Some(Trouble::Failed))
}
