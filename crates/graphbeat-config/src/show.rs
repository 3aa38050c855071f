//! The configuration as it is in force, defaults included, for people and programs. Secrets are shown
//! by where they come from, and a command by its program alone.

use graphbeat_catalog::Mode;
use serde_json::{Map, Value, json};

use crate::duration::duration_text;
use crate::model::{Account, Cloud, Config, DEFAULT_SCHEDULE, Limits, Schedule, SecretRef, SignIn};

/// The configuration in force, in the file's own shape.
#[must_use]
pub fn show_json(config: &Config) -> Value {
    let clouds = config.clouds.iter().filter(|(_, cloud)| cloud.official.is_none());
    let schedules = config.schedules.iter().filter(|(name, _)| *name != DEFAULT_SCHEDULE);
    let mut shown = json!({
        "store": { "url": config.store.url },
        "web": { "listen": config.web.listen.to_string() },
        "proxy": { "mode": config.proxy.mode.redacted() },
        "schedule": schedules.map(|(name, schedule)| (name.clone(), show_schedule(schedule))).collect::<Map<_, _>>(),
        "cloud": clouds.map(|(name, cloud)| (name.clone(), show_cloud(cloud))).collect::<Map<_, _>>(),
        "account": config.accounts.iter().map(show_account).collect::<Vec<_>>(),
    });
    if let (Some(language), Value::Object(entries)) = (config.language, &mut shown) {
        entries.shift_insert(0, "language".to_owned(), language.word().into());
    }
    shown
}

/// The configuration in force, as TOML.
#[must_use]
pub fn show_toml(config: &Config) -> String {
    let mut text = String::new();
    let Value::Object(entries) = show_json(config) else { return text };
    for (key, value) in &entries {
        match value {
            Value::Object(tables) if matches!(key.as_str(), "schedule" | "cloud") => {
                tables.iter().for_each(|(name, table)| {
                    write_table(&mut text, &format!("[{key}.{}]", toml_key(name)), table);
                });
            }
            Value::Object(_) => write_table(&mut text, &format!("[{key}]"), value),
            Value::Array(tables) => {
                tables.iter().for_each(|table| write_table(&mut text, &format!("[[{key}]]"), table))
            }
            _ => text.push_str(&format!("{key} = {}\n", inline_toml(value))),
        }
    }
    text
}

fn write_table(text: &mut String, header: &str, table: &Value) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(header);
    text.push('\n');
    for (key, value) in table.as_object().into_iter().flatten() {
        text.push_str(&format!("{key} = {}\n", inline_toml(value)));
    }
}

fn show_schedule(schedule: &Schedule) -> Value {
    let quiet: Vec<String> = schedule.quiet.iter().map(ToString::to_string).collect();
    without_nulls(json!({
        "cover_every": duration_text(schedule.cover_every),
        "calls_per_hour_max": schedule.calls_per_hour_max,
        "quiet": quiet,
        "time_zone": schedule.time_zone,
    }))
}

fn show_cloud(cloud: &Cloud) -> Value {
    let limits = match cloud.limits {
        Limits::Documented => "documented",
        Limits::None => "none",
    };
    without_nulls(json!({
        "login_url": host_text(&cloud.login_url),
        "graph_url": host_text(&cloud.graph_url),
        "content_hosts": Some(&cloud.content_hosts).filter(|hosts| !hosts.is_empty()),
        "ca_file": cloud.ca_file.as_ref().map(|file| file.display().to_string()),
        "limits": limits,
    }))
}

fn show_account(account: &Account) -> Value {
    let mode = account.sign_in.mode();
    without_nulls(json!({
        "name": account.name,
        "tenant": account.tenant,
        "cloud": account.cloud,
        "sign_in": show_sign_in(&account.sign_in),
        "schedule": account.schedule,
        "classes": account.classes,
        "operations": account.operations,
        "exclude": account.exclude,
        "journeys": account.journeys,
        "batch": account.batch,
        "user": account.user.as_ref().filter(|_| mode == Mode::Application),
    }))
}

fn show_sign_in(sign_in: &SignIn) -> Value {
    let mut shown = Map::new();
    shown.insert("method".to_owned(), sign_in.method().into());
    shown.insert("client_id".to_owned(), sign_in.client_id().to_string().into());
    for (key, secret) in crate::check::secrets(sign_in) {
        shown.insert(key.to_owned(), show_secret(secret));
    }
    Value::Object(shown)
}

fn show_secret(secret: &SecretRef) -> Value {
    match secret {
        SecretRef::File(path) => json!({ "file": path.display().to_string() }),
        SecretRef::Env(name) => json!({ "env": name }),
        // Its arguments may hold a password of their own.
        SecretRef::Command { arguments, .. } => {
            let program = arguments.first().cloned().unwrap_or_default();
            let rest = (arguments.len() > 1).then(|| "…".to_owned());
            json!({ "command": std::iter::once(program).chain(rest).collect::<Vec<_>>() })
        }
        SecretRef::Vault(name) => json!({ "vault": name }),
        SecretRef::Keyring(name) => json!({ "keyring": name }),
    }
}

fn host_text(url: &url::Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(entries.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}

/// A value in TOML's inline form.
pub(crate) fn inline_toml(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let pairs: Vec<String> =
                entries.iter().map(|(key, value)| format!("{} = {}", toml_key(key), inline_toml(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline_toml).collect::<Vec<_>>().join(", ")),
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}

fn toml_key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_bare { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}
