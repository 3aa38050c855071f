//! Every state that refuses a sign-in: how it comes about, and what the client is told.
//!
//! One row: the state (control requests), the request made in it, and the status, `error` and code.

use serde_json::{Value, json};

use crate::auth_code::{choose, code, redeem};
use crate::support::{Answer, Host};

const SCOPE: &str = "openid profile offline_access User.Read";
const DAY_S: i64 = 86_400;

/// What the client does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Secret,
    Certificate,
    /// A refresh token from before the state.
    Refresh,
    /// A device code that is approved in the state.
    Device,
    /// A device code that was approved before the state.
    ApprovedDevice,
    /// An authorization code from before the state.
    Code,
    Password(&'static str),
    /// The sign-in page, submitted.
    Page,
    /// Asks for a device code.
    DeviceCode,
}

/// A control request; `{user}`, `{app}` and `{public}` in the path stand for the ids.
type Step = (&'static str, &'static str, Value);

struct Row {
    state: &'static str,
    steps: Vec<Step>,
    act: Act,
    expected: (u16, &'static str, u64),
}

fn row(state: &'static str, steps: Vec<Step>, act: Act, expected: (u16, &'static str, u64)) -> Row {
    Row { state, steps, act, expected }
}

fn user(change: Value) -> Vec<Step> {
    vec![("PATCH", "users/{user}", change)]
}

fn policy(change: Value) -> Vec<Step> {
    vec![("PUT", "policies", change)]
}

fn app(change: Value) -> Vec<Step> {
    vec![("PATCH", "apps/{app}", change)]
}

fn public(change: Value) -> Vec<Step> {
    vec![("PATCH", "apps/{public}", change)]
}

fn later(seconds: i64) -> Vec<Step> {
    vec![("POST", "clock/advance", json!({ "seconds": seconds }))]
}

fn users() -> Vec<Row> {
    use Act::{ApprovedDevice, Code, Device, Page, Password, Refresh};
    let grant = |code| (400, "invalid_grant", code);
    let interaction = |code| (400, "interaction_required", code);
    vec![
        row("a disabled user", user(json!({ "enabled": false })), Refresh, grant(50057)),
        row("a disabled user", user(json!({ "enabled": false })), Code, grant(50057)),
        row("a disabled user", user(json!({ "enabled": false })), Device, grant(50057)),
        row("a disabled user", user(json!({ "enabled": false })), Page, grant(50057)),
        row("an expired password", user(json!({ "password_expired": true })), Device, grant(50055)),
        row("an expired password", user(json!({ "password_expired": true })), Code, grant(50055)),
        row("an expired password", user(json!({ "password_expired": true })), Page, grant(50055)),
        row("a locked account", user(json!({ "locked": true })), Page, grant(50053)),
        row("a locked account", user(json!({ "locked": true })), Device, grant(50053)),
        row("a locked account", user(json!({ "locked": true })), Password("sandbox"), grant(50053)),
        row("revoked sessions", user(json!({ "revoke_sessions": true })), Refresh, grant(50173)),
        row("revoked sessions", user(json!({ "revoke_sessions": true })), Code, grant(50173)),
        row("revoked sessions", user(json!({ "revoke_sessions": true })), ApprovedDevice, grant(50173)),
        row("a new password", user(json!({ "password": "another" })), Refresh, grant(50173)),
        row("a second factor demanded", user(json!({ "mfa": true })), Refresh, interaction(50076)),
        row("a second factor demanded", user(json!({ "mfa": true })), Code, interaction(50076)),
        row(
            "no second factor set up",
            user(json!({ "mfa": true, "mfa_registered": false })),
            Refresh,
            interaction(50079),
        ),
        row("no second factor set up", user(json!({ "mfa": true, "mfa_registered": false })), Page, interaction(50079)),
        row("a token that was not used", later(90 * DAY_S), Refresh, grant(700_082)),
        row("security defaults", vec![], Password("sandbox"), interaction(50076)),
        row("a wrong password", vec![], Password("wrong"), grant(50126)),
    ]
}

fn policies() -> Vec<Row> {
    use Act::{Code, Device, Page, Password, Refresh};
    let grant = |code| (400, "invalid_grant", code);
    let access = |policy: &str| self::policy(json!({ "conditional_access": policy }));
    vec![
        row("access blocked", access("block"), Refresh, grant(53003)),
        row("access blocked", access("block"), Code, grant(53003)),
        row("access blocked", access("block"), Page, grant(53003)),
        row("device codes blocked", access("block-device-code"), Device, grant(53003)),
        row("a managed device demanded", access("compliant-device"), Refresh, grant(53000)),
        row("a second factor for all", access("mfa"), Refresh, (400, "interaction_required", 50076)),
        row("a blocked address", policy(json!({ "blocked_address": true })), Page, grant(50053)),
        row("a blocked address", policy(json!({ "blocked_address": true })), Password("sandbox"), grant(50053)),
        row(
            "a sign-in too long ago",
            [policy(json!({ "sign_in_frequency_s": 3_600 })), later(3_600)].concat(),
            Refresh,
            grant(70043),
        ),
    ]
}

fn applications() -> Vec<Row> {
    use Act::{Certificate, Code, DeviceCode, Refresh, Secret};
    let unknown = (400, "unauthorized_client", 700_016);
    let disabled = (400, "unauthorized_client", 7_000_112);
    let client = |code| (401, "invalid_client", code);
    let grants = |delegated: Value| vec![("PUT", "grants/{public}", json!({ "delegated": delegated }))];
    vec![
        row("a deleted application", app(json!({ "deleted": true })), Secret, unknown),
        row("a deleted application", public(json!({ "deleted": true })), Refresh, unknown),
        row("an application of another tenant", app(json!({ "in_tenant": false })), Secret, unknown),
        row("an application of another tenant", public(json!({ "in_tenant": false })), DeviceCode, unknown),
        row("a disabled application", app(json!({ "enabled": false })), Secret, disabled),
        row("a disabled application", public(json!({ "enabled": false })), Refresh, disabled),
        row("no service principal", app(json!({ "service_principal": false })), Secret, client(7_000_229)),
        row(
            "no service principal",
            public(json!({ "service_principal": false })),
            Refresh,
            (400, "invalid_grant", 65001),
        ),
        row("a secret that ended", app(json!({ "secret_end": "2026-11-24T12:00:00Z" })), Secret, client(7_000_222)),
        row("a secret after its time", later(180 * DAY_S), Secret, client(7_000_222)),
        row(
            "a certificate that ended",
            app(json!({ "certificate_end": "2026-11-24T12:00:00Z" })),
            Certificate,
            client(700_027),
        ),
        row(
            "a certificate before its time",
            app(json!({ "certificate_start": "2026-11-25T00:00:00Z" })),
            Certificate,
            client(700_027),
        ),
        row("a certificate after its time", later(370 * DAY_S), Certificate, client(700_027)),
        row("consent taken away", grants(json!([])), Refresh, (400, "invalid_grant", 65001)),
        row("consent to one scope taken away", grants(json!(["Mail.Read"])), Refresh, (400, "invalid_grant", 65001)),
        row("consent taken away before the code was used", grants(json!([])), Code, (400, "invalid_grant", 65001)),
    ]
}

#[tokio::test]
async fn each_state_of_a_user_is_told_by_its_code() {
    check(users()).await;
}

#[tokio::test]
async fn each_policy_is_told_by_its_code() {
    check(policies()).await;
}

#[tokio::test]
async fn each_state_of_an_application_is_told_by_its_code() {
    check(applications()).await;
}

async fn check(rows: Vec<Row>) {
    let host = Host::start().await;
    let start = json!({ "now": host.clock.now().to_string() }).to_string();
    for Row { state, steps, act, expected } in rows {
        host.control("PUT", "clock", &start).await;
        assert_eq!(host.control("POST", "reset", "").await.status, 200);
        let before = before(&host, act).await;
        for (method, path, body) in steps {
            let path = named(&host, path);
            let answer = host.control(method, &path, &body.to_string()).await;
            assert_eq!(answer.status, 200, "{state}: {}", answer.text);
        }
        let answer = perform(&host, act, &before).await;
        let (status, error, code) = expected;
        match act {
            Act::Page => {
                let shown = format!("AADSTS{code}: ");
                assert!(answer.status == status && answer.text.contains(&shown), "{state}: {}", answer.text);
            }
            _ => {
                assert_eq!(answer.refusal(), (status, error.to_owned(), code), "{state}, {act:?}: {}", answer.text);
                check_shape(&answer.json(), code);
            }
        }
    }
}

/// Every error carries what the real one carries.
fn check_shape(body: &Value, code: u64) {
    let description = body["error_description"].as_str().expect("a description");
    let parts = ["Trace ID: ", "Correlation ID: ", "Timestamp: "];
    assert!(description.starts_with(&format!("AADSTS{code}: ")) && parts.iter().all(|it| description.contains(it)));
    for name in ["timestamp", "trace_id", "correlation_id"] {
        assert!(body[name].is_string(), "{name}: {body}");
    }
    assert_eq!(body["error_uri"], format!("https://login.microsoftonline.com/error?code={code}"));
}

fn named(host: &Host, path: &str) -> String {
    path.replace("{user}", &host.ready().users[0].id.to_string())
        .replace("{app}", &host.ready().apps[0].client_id.to_string())
        .replace("{public}", &host.ready().apps[1].client_id.to_string())
}

/// What the client has before the state comes about.
async fn before(host: &Host, act: Act) -> String {
    match act {
        Act::Refresh => {
            let body = host.user_grant(SCOPE).await.json();
            body["refresh_token"].as_str().expect("a refresh token").to_owned()
        }
        Act::Code => code(host, &[("scope", SCOPE)]).await,
        Act::Device => "".to_owned(),
        Act::ApprovedDevice => approved(host).await,
        Act::Certificate => host.certificate_assertion(),
        Act::Secret | Act::Password(_) | Act::Page | Act::DeviceCode => String::new(),
    }
}

async fn perform(host: &Host, act: Act, before: &str) -> Answer {
    match act {
        Act::Secret => host.secret_grant().await,
        Act::Certificate => host.assertion_grant(&host.certificate_assertion()).await,
        Act::Refresh => host.refresh(before, SCOPE).await,
        Act::Device => host.redeem(&approved(host).await).await,
        Act::ApprovedDevice => host.redeem(before).await,
        Act::Code => redeem(host, before, &[]).await,
        Act::Password(password) => host.password_grant(&host.ready().users[0].upn, password).await,
        Act::Page => choose(host, &host.ready().users[0].upn, &[("scope", SCOPE)]).await,
        Act::DeviceCode => {
            let id = host.ready().apps[1].client_id.to_string();
            let url = host.token_url().replace("/token", "/devicecode");
            host.form(&url, &[("client_id", &id), ("scope", SCOPE)]).await
        }
    }
}

/// A device code that a person has approved.
async fn approved(host: &Host) -> String {
    let (device_code, user_code) = host.device_code(SCOPE).await;
    let body = json!({ "user_code": user_code, "user_id": host.ready().users[0].id, "approve": true });
    assert_eq!(host.control("POST", "device", &body.to_string()).await.status, 200);
    device_code
}

#[tokio::test]
async fn ten_wrong_passwords_on_the_page_lock_the_account_for_a_minute_then_for_longer() {
    let host = Host::start().await;
    let user = host.ready().users[1].upn.clone();
    let attempt = async |password: &'static str| choose(&host, &user, &[("password", password)]).await;
    for _ in 0..10 {
        assert!(attempt("wrong").await.text.contains("AADSTS50126"));
    }
    assert!(attempt("sandbox").await.text.contains("AADSTS50053"), "locked, whatever the password");
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert!(attempt("wrong").await.text.contains("AADSTS50126"));
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert!(attempt("sandbox").await.text.contains("AADSTS50053"), "the second lock is longer");
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert_eq!(attempt("sandbox").await.status, 302);
}

#[tokio::test]
async fn a_password_gives_tokens_only_without_security_defaults() {
    let host = Host::start().await;
    let user = host.ready().users[1].upn.clone();
    let refused = host.password_grant(&user, "sandbox").await;
    assert_eq!((refused.refusal().2, &refused.json()["suberror"]), (50076, &json!("basic_action")));
    assert!(refused.json()["claims"].as_str().is_some_and(|claims| claims.contains("capolids")));
    assert_eq!(host.control("PUT", "policies", r#"{"security_defaults":false}"#).await.status, 200);
    assert_eq!(host.password_grant(&user, "sandbox").await.status, 200);
    assert_eq!(host.password_grant("nobody@contoso.onmicrosoft.com", "x").await.refusal().2, 50034);
    host.control("PATCH", &format!("users/{user}"), r#"{"mfa":true}"#).await;
    assert_eq!(host.password_grant(&user, "sandbox").await.refusal().2, 50076);
}

#[tokio::test]
async fn a_device_code_policy_leaves_the_page_alone_and_a_device_page_refuses() {
    let host = Host::start().await;
    host.control("PUT", "policies", r#"{"conditional_access":"block-device-code"}"#).await;
    assert_eq!(choose(&host, &host.ready().users[0].upn, &[]).await.status, 302);
    let (_, user_code) = host.device_code(SCOPE).await;
    let page = format!("{}/common/oauth2/deviceauth", host.ready().login_url);
    let form = [("user_code", user_code.as_str()), ("user_id", &host.ready().users[0].upn), ("action", "approve")];
    let answer = host.form(&page, &form).await;
    assert!(answer.status == 400 && answer.text.contains("AADSTS53003"), "{}", answer.text);
}
