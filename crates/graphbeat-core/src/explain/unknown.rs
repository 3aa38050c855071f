//! What is said where no rule holds: what the status alone tells, and what to send to whom.

use super::observation::{Names, Observation};
use super::rule::Rule;
use super::texts::Texts;
use super::{Confidence, Explanation, Who};
use crate::Language;

/// An honest "unknown". `rule` is what the status alone meets.
pub(super) fn explanation(
    code: Option<&str>,
    rule: Option<&Rule>,
    seen: &Observation,
    language: Language,
) -> Explanation {
    let names = &seen.names;
    let page = code.and_then(page_of);
    let mut steps = Vec::new();
    if page.is_some() {
        steps.push(step(
            "read Microsoft's own page about the code",
            "查看 Microsoft 关于该代码的页面",
            names,
            language,
        ));
    }
    steps.push(step(
        "if it lasts, send Microsoft's support {ids}, and the code",
        "若持续出现，把{ids}以及代码发给 Microsoft 支持",
        names,
        language,
    ));
    steps.push(step(
        "tell the graphbeat project the code and message, without names and secrets, so that it can be explained",
        "把代码和消息（去掉姓名和机密）告诉 graphbeat 项目，以便今后能够解释",
        names,
        language,
    ));
    let evidence = seen.tag.iter().cloned().chain(code.map(str::to_owned)).chain(seen.status.map(|s| s.to_string()));
    Explanation {
        known: false,
        code: code.map(str::to_owned),
        title: step("this failure is not known yet", "尚不了解此故障", names, language),
        cause: cause(rule, names, language),
        who: who(code, page.is_some()),
        steps,
        link: page,
        healthy: false,
        wait_minutes: None,
        confidence: Confidence::Low,
        evidence: evidence.collect(),
        rule: None,
    }
}

fn step(en: &str, zh_cn: &str, names: &Names, language: Language) -> String {
    Texts { en: en.to_owned(), zh_cn: zh_cn.to_owned() }.fill(language, names)
}

fn cause(rule: Option<&Rule>, names: &Names, language: Language) -> String {
    let nothing = step("graphbeat has no entry for it.", "graphbeat 没有与之对应的条目。", names, language);
    match rule {
        None => nothing,
        Some(rule) => {
            let title = rule.title.fill(language, names);
            let hint = match language {
                Language::English => format!("The status alone says: {title}."),
                Language::SimplifiedChinese => format!("仅从状态看：{title}。"),
            };
            format!("{nothing} {hint}")
        }
    }
}

/// Whom to ask: a service that names a code of its own can say what it means.
fn who(code: Option<&str>, is_entra: bool) -> Who {
    if is_entra || code.is_some() { Who::Microsoft } else { Who::You }
}

/// Microsoft's page about a number of Entra's.
pub(super) fn page_of(code: &str) -> Option<String> {
    let number = code.strip_prefix("AADSTS")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("https://login.microsoftonline.com/error?code={number}"))
}
