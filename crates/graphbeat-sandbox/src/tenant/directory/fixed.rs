//! What every tenant has alike, from `data/directory.json`: organization, domains, licences, devices,
//! policies, service health. Texts that start with `@` stand for what differs: `@uuid`,
//! `@days-ago:3`, `@days-ahead:60`, `@domain`, `@tenant`, `@sku`, `@user:0`, `@deleted-user`.

use graphbeat_base::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::super::Tenant;
use super::super::ids::stamp;
use super::{DEVELOPER_SKU, days_ago};
use crate::graph::known_kind;

/// Entities of one type in one collection.
#[derive(Deserialize)]
struct Block {
    path: String,
    kind: String,
    entities: Vec<Value>,
}

/// Makes all of it.
pub(super) fn make(tenant: &mut Tenant) {
    // The file is part of the program and read by every test: it parses.
    let blocks: Vec<Block> = serde_json::from_str(include_str!("../../../data/directory.json")).unwrap_or_default();
    for block in blocks {
        let Some(kind) = known_kind(&block.kind) else { continue };
        for entity in block.entities {
            let entity = filled_in(tenant, entity);
            let id = entity.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            tenant.store.create(&block.path, kind, id, entity);
        }
    }
}

fn filled_in(tenant: &mut Tenant, value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('@') => Value::String(meaning(tenant, &text).unwrap_or(text)),
        Value::Array(items) => items.into_iter().map(|item| filled_in(tenant, item)).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, filled_in(tenant, value))).collect())
        }
        other => other,
    }
}

fn meaning(tenant: &mut Tenant, text: &str) -> Option<String> {
    let (word, number) = text.split_once(':').unwrap_or((text, "0"));
    let number: i64 = number.parse().ok()?;
    Some(match word {
        "@uuid" => tenant.rng.uuid().to_string(),
        "@days-ago" => days_ago(tenant, number),
        "@days-ahead" => days_ahead(tenant.seeded_at, number),
        "@domain" => tenant.domain.clone(),
        "@tenant" => tenant.id.to_string(),
        "@sku" => format!("{}_{DEVELOPER_SKU}", tenant.id),
        "@user" => tenant.store.list("users").nth(usize::try_from(number).ok()?)?.text("userPrincipalName").to_owned(),
        "@deleted-user" => format!("{}rafaelc@{}", tenant.rng.uuid().simple(), tenant.domain),
        _ => return None,
    })
}

fn days_ahead(from: Timestamp, days: i64) -> String {
    stamp(from.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX))
}
