//! Texts in each language, with places for names.

use serde::Deserialize;

use super::observation::Names;
use crate::Language;

/// A text in every language that graphbeat speaks. `{permission}`, `{license}`, `{role}`, `{account}`,
/// `{wait}` and `{ids}` are filled where a diagnosis is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

/// The most permissions that a text names.
const PERMISSIONS_MAX: usize = 3;

impl Texts {
    /// The text with its names.
    pub(super) fn fill(&self, language: Language, names: &Names) -> String {
        let text = match language {
            Language::English => &self.en,
            Language::SimplifiedChinese => &self.zh_cn,
        };
        let mut filled = text.clone();
        for (place, value) in PLACES {
            if filled.contains(place) {
                filled = filled.replace(place, &value(names, language));
            }
        }
        filled
    }
}

type Value = fn(&Names, Language) -> String;

/// The places that a text may hold.
pub(super) const PLACES: [(&str, Value); 6] = [
    ("{permission}", permission),
    ("{license}", license),
    ("{role}", role),
    ("{account}", account),
    ("{wait}", wait),
    ("{ids}", ids),
];

fn pick(language: Language, en: &str, zh: &str) -> String {
    match language {
        Language::English => en.to_owned(),
        Language::SimplifiedChinese => zh.to_owned(),
    }
}

fn permission(names: &Names, language: Language) -> String {
    if names.permissions.is_empty() {
        return pick(language, "the permission that the operation needs", "该操作所需的权限");
    }
    let shown: Vec<String> = names.permissions.iter().take(PERMISSIONS_MAX).map(|name| format!("`{name}`")).collect();
    shown.join(&pick(language, ", ", "、"))
}

/// The services of licences as the catalogue names them, and as Microsoft's licence pages do.
const SERVICES: [(&str, &str); 9] = [
    ("bookings", "Microsoft Bookings"),
    ("defender", "Microsoft Defender"),
    ("entra-p1", "Microsoft Entra ID P1"),
    ("entra-p2", "Microsoft Entra ID P2"),
    ("exchange", "Exchange Online"),
    ("intune", "Microsoft Intune"),
    ("onenote", "SharePoint Online"),
    ("sharepoint", "SharePoint Online"),
    ("teams", "Microsoft Teams"),
];

fn license(names: &Names, language: Language) -> String {
    let Some(service) = &names.license else {
        return pick(language, "the licence that the operation needs", "该操作所需的许可证");
    };
    let product = SERVICES.iter().find(|(word, _)| word == service).map_or(service.as_str(), |(_, product)| product);
    pick(language, &format!("a licence with {product}"), &format!("含 {product} 的许可证"))
}

fn role(names: &Names, language: Language) -> String {
    match &names.role {
        Some(role) => pick(language, &format!("the directory role `{role}`"), &format!("目录角色 `{role}`")),
        None => pick(language, "the directory role that it takes on top", "额外所需的目录角色"),
    }
}

fn account(names: &Names, language: Language) -> String {
    names.account.clone().unwrap_or_else(|| pick(language, "NAME", "名称"))
}

fn wait(names: &Names, language: Language) -> String {
    match names.wait_s {
        Some(seconds) => pick(language, &format!("{seconds} s"), &format!("{seconds} 秒")),
        None => pick(language, "the time that the service names", "服务要求的时间"),
    }
}

/// What Microsoft's support asks for.
fn ids(names: &Names, language: Language) -> String {
    let known = [
        ("call", &names.call),
        ("request-id", &names.request_id),
        ("client-request-id", &names.client_request_id),
        ("time", &names.time),
    ];
    let known: Vec<String> =
        known.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}"))).collect();
    if known.is_empty() {
        return pick(
            language,
            "the time, and the request id or correlation id",
            "时间以及 request-id 或 correlation-id",
        );
    }
    known.join(", ")
}
