//! Whom operations run on: the user's id, asked of Graph once, since no path ever holds an address.

use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{Mode, Operation, USER_LOOKUP};
use graphbeat_entra::AccessToken;
use graphbeat_graph::{Attempt, AttemptError, Compiled, Target, Values, compile, pick};
use graphbeat_store::StoreError;
use serde_json::Value;

use crate::operation::ledger_error;
use crate::{Account, Engine, NoToken, Trouble};

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

impl Engine {
    /// The account's target, looked up once for a process where an operation needs the user. Where the
    /// user is not known, the target comes without one, and with the reason.
    pub(crate) async fn target(
        &self,
        account: &Account,
        token: &AccessToken,
        planned_at: Option<Timestamp>,
    ) -> Result<(Arc<Target>, Option<NoToken>), StoreError> {
        if let Some(target) = account.target.get() {
            return Ok((Arc::clone(target), None));
        }
        let mut values = Values::from([
            ("tenant-id".to_owned(), account.tenant.to_string()),
            ("client-id".to_owned(), account.identity.client_id.to_string()),
        ]);
        let graph_url = account.cloud.graph_url.clone();
        if account.work.needs_user {
            match self.look_up(account, token, planned_at, &values).await? {
                Ok((id, name)) => {
                    values.insert("user-id".to_owned(), id);
                    values.insert("user-upn".to_owned(), name);
                }
                Err(no_user) => return Ok((Arc::new(Target { graph_url, values }), Some(no_user))),
            }
        }
        let target = Arc::new(Target { graph_url, values });
        Ok((Arc::clone(account.target.get_or_init(async || target).await), None))
    }

    async fn look_up(
        &self,
        account: &Account,
        token: &AccessToken,
        planned_at: Option<Timestamp>,
        known: &Values,
    ) -> Result<Result<(String, String), NoToken>, StoreError> {
        let by = match (&account.user, account.mode) {
            (_, Mode::Delegated) => By::SignedIn,
            (Some(user), _) if uuid::Uuid::try_parse(user).is_ok() => By::Id,
            (Some(_), _) => By::Name,
            (None, _) => By::First,
        };
        let mut values = known.clone();
        values.insert("user".to_owned(), account.user.as_deref().unwrap_or_default().replace('\'', "''"));
        let Some(operation) = operation(by) else { return Ok(Err(not_found(account, None))) };
        let target = Target { graph_url: account.cloud.graph_url.clone(), values: Values::new() };
        let attempt = Attempt {
            account: &account.name,
            tenant: &account.tenant,
            target: &target,
            operation: &operation,
            values: &values,
            bearer: token.bearer(),
            planned_at,
            number: 1,
            journey: None,
            failing_for: SignedDuration::ZERO,
        };
        let completion = match account.cloud.client.attempt(&attempt).await {
            Ok(completion) => completion,
            Err(AttemptError::Ledger(failure)) => return Err(ledger_error(failure)),
            Err(AttemptError::Render(_)) => return Ok(Err(not_found(account, None))),
        };
        let found = completion.pages.iter().find_map(|page| user_in(&serde_json::from_slice(page).ok()?, by));
        Ok(found.ok_or_else(|| not_found(account, completion.status.or(Some(0)))))
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

fn not_found(account: &Account, status: Option<u16>) -> NoToken {
    let reason = match (&account.user, status) {
        (_, Some(403)) => {
            "the user could not be looked up (403 Forbidden): the application lacks `User.ReadBasic.All` (or, where no `user` is named, `User.Read.All`)"
        }
        (Some(_), _) => "the user of this account was not found in the tenant; see `user` in the configuration",
        (None, _) => "no enabled user with a licence was found; name one with `user` in the configuration",
    };
    let trouble = match status {
        None | Some(0) => Trouble::Network,
        _ => Trouble::Failed,
    };
    NoToken { reason: reason.to_owned(), trouble: Some(trouble) }
}
