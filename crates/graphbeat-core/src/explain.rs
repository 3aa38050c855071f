//! What a failure means: cause, who can mend it, how. The knowledge is data (`knowledge/*.toml`), in
//! every language that graphbeat speaks; this file only finds the entry that a text is about.
//!
//! No remedy advises to switch multi-factor authentication or security defaults off, or to be left out
//! of them: a test reads every step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Language;

/// The longest text that is read: a pasted error with its trace.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The data, each file with its name for errors.
const FILES: [(&str, &str); 3] = [
    ("status.toml", include_str!("../knowledge/status.toml")),
    ("network.toml", include_str!("../knowledge/network.toml")),
    ("entra.toml", include_str!("../knowledge/entra.toml")),
];
/// Digits of an AADSTS number.
const AADSTS_DIGITS_MAX: usize = 8;

/// Who can mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The person at the keyboard, or the user who signs in.
    You,
    /// An administrator of the tenant.
    TenantAdmin,
    /// Whoever owns the app registration.
    AppOwner,
    /// Microsoft, or the authors of graphbeat.
    Microsoft,
    /// Time.
    Wait,
    /// Nobody has to.
    Nobody,
}

/// How sure an explanation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess from a word in a longer text, or nothing is known.
    Low,
    /// The code has several causes.
    Medium,
    /// The code has this cause.
    High,
}

/// A diagnosis: the JSON output of `explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether anything is known.
    pub known: bool,
    /// The code that it is about; none where the text holds none.
    pub code: Option<String>,
    /// What happened, in a few words.
    pub title: String,
    /// Why.
    pub cause: String,
    /// Who can mend it.
    pub who: Who,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// A page about it.
    pub link: Option<String>,
    /// Whether all is well.
    pub healthy: bool,
    /// How sure this is.
    pub confidence: Confidence,
    /// What in the text led here.
    pub evidence: Vec<String>,
}

/// Everything that is known about failures.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// By code in lower case.
    entries: BTreeMap<String, Entry>,
}

/// Why the knowledge could not be read: a mistake in the data, which a test finds.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// A file is no TOML of the expected shape.
    #[error("could not read the knowledge in `{file}`")]
    Malformed {
        /// The file.
        file: &'static str,
        /// What is wrong in it.
        source: Box<toml::de::Error>,
    },
    /// A code is explained twice.
    #[error("the knowledge explains `{0}` twice")]
    Twice(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnowledgeFile {
    entry: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    title: Texts,
    cause: Texts,
    who: Who,
    steps: Vec<Texts>,
    link: Option<String>,
    #[serde(default)]
    healthy: bool,
    confidence: Confidence,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    en: String,
    #[serde(rename = "zh-CN")]
    zh_cn: String,
}

/// What a text is about.
#[derive(Debug, PartialEq, Eq)]
struct Clue {
    code: String,
    evidence: Vec<String>,
    /// The code stands alone or in a tag, not somewhere in a longer text.
    is_exact: bool,
}

impl Knowledge {
    /// What graphbeat brings along.
    ///
    /// # Errors
    /// [`KnowledgeError`] where the data is wrong.
    pub fn builtin() -> Result<Self, KnowledgeError> {
        let mut entries = BTreeMap::new();
        for (file, text) in FILES {
            let malformed = |source| KnowledgeError::Malformed { file, source: Box::new(source) };
            for entry in toml::from_str::<KnowledgeFile>(text).map_err(malformed)?.entry {
                let code = entry.code.clone();
                if entries.insert(code.to_lowercase(), entry).is_some() {
                    return Err(KnowledgeError::Twice(code));
                }
            }
        }
        Ok(Self { entries })
    }

    /// Explains an AADSTS code, an HTTP status, a tag (`REQUEST-HTTPER:404 Not Found`), or a pasted text.
    #[must_use]
    pub fn explain(&self, text: &str, language: Language) -> Explanation {
        let Some(clue) = clue(text, &self.entries) else { return unknown(None, Vec::new(), language) };
        let Some(entry) = self.entries.get(&clue.code.to_lowercase()) else {
            return unknown(Some(clue.code), clue.evidence, language);
        };
        Explanation {
            known: true,
            code: Some(entry.code.clone()),
            title: entry.title.of(language),
            cause: entry.cause.of(language),
            who: entry.who,
            steps: entry.steps.iter().map(|step| step.of(language)).collect(),
            link: entry.link.clone(),
            healthy: entry.healthy,
            confidence: if clue.is_exact { entry.confidence } else { entry.confidence.min(Confidence::Low) },
            evidence: clue.evidence,
        }
    }
}

impl Texts {
    fn of(&self, language: Language) -> String {
        match language {
            Language::English => self.en.clone(),
            Language::SimplifiedChinese => self.zh_cn.clone(),
        }
    }
}

impl Who {
    /// The word in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::TenantAdmin => "tenant-admin",
            Self::AppOwner => "app-owner",
            Self::Microsoft => "microsoft",
            Self::Wait => "wait",
            Self::Nobody => "nobody",
        }
    }
}

/// Finds what a text is about: the most exact code that it holds.
fn clue(text: &str, entries: &BTreeMap<String, Entry>) -> Option<Clue> {
    let end = (0..=text.len().min(TEXT_BYTES_MAX)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let text = text[..end].trim();
    let (tag, rest) = match tag(text) {
        Some((tag, rest)) => (Some(tag.to_owned()), rest),
        None => (None, text),
    };
    let is_short = tag.is_some() || text.split_whitespace().count() <= 4;
    let found = |code: String, is_exact: bool| {
        let evidence = tag.iter().cloned().chain([code.clone()]).collect();
        Some(Clue { code, evidence, is_exact })
    };
    if let Some(number) = aadsts_number(rest) {
        return found(format!("AADSTS{number}"), true);
    }
    if entries.contains_key(&rest.to_lowercase()) {
        return found(rest.to_owned(), true);
    }
    if let Some(number) = rest.parse::<u32>().ok().filter(|number| *number >= 10_000) {
        return found(format!("AADSTS{number}"), true);
    }
    if let Some(status) = status_number(rest) {
        return found(status, is_short);
    }
    // A tag whose code is not known is still something that can be named.
    tag.clone().filter(|_| !rest.is_empty()).and_then(|_| found(rest.chars().take(80).collect(), true))
}

/// `TOKEN-MSALER` and what follows the colon.
fn tag(text: &str) -> Option<(&str, &str)> {
    let (tag, rest) = text.split_once(':')?;
    let (stage, kind) = tag.split_once('-')?;
    let is_tag = crate::Stage::from_word(stage).is_some() && crate::Kind::from_word(kind).is_some();
    is_tag.then(|| (tag, rest.trim()))
}

/// The number after the first `AADSTS`, in any letter case.
fn aadsts_number(text: &str) -> Option<&str> {
    let start = text.to_ascii_uppercase().find("AADSTS")? + "AADSTS".len();
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    (1..=AADSTS_DIGITS_MAX).contains(&digits).then(|| &text[start..start + digits])
}

/// The first word that is the number of an HTTP status.
fn status_number(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = text.split(|c| !is_part(c)).map(|word| word.trim_end_matches('.'));
    words
        .filter(|word| word.len() == 3)
        .find(|word| {
            word.parse::<u16>()
                .is_ok_and(|status| (200..600).contains(&status) && !crate::reason_phrase(status).is_empty())
        })
        .map(str::to_owned)
}

/// What is said where nothing is known: where to look, and what to send to whom.
fn unknown(code: Option<String>, evidence: Vec<String>, language: Language) -> Explanation {
    let is_entra = code.as_deref().and_then(aadsts_number).map(str::to_owned);
    let pick = |en: &str, zh: &str| match language {
        Language::English => en.to_owned(),
        Language::SimplifiedChinese => zh.to_owned(),
    };
    let mut steps = vec![pick(
        "if it lasts, send Microsoft's support the time, the request id or correlation id, and the code",
        "若持续出现，把时间、request-id 或 correlation-id 以及代码发给 Microsoft 支持",
    )];
    if is_entra.is_some() {
        steps.insert(0, pick("read Microsoft's own page about the code", "查看 Microsoft 关于该代码的页面"));
    }
    steps.push(pick(
        "tell the graphbeat project the code and message, without names and secrets, so that it can be explained",
        "把代码和消息（去掉姓名和机密）告诉 graphbeat 项目，以便今后能够解释",
    ));
    Explanation {
        known: false,
        code,
        title: pick("this failure is not known yet", "尚不了解此故障"),
        cause: pick("graphbeat has no entry for it.", "graphbeat 没有与之对应的条目。"),
        who: if is_entra.is_some() { Who::Microsoft } else { Who::You },
        steps,
        link: is_entra.map(|number| format!("https://login.microsoftonline.com/error?code={number}")),
        healthy: false,
        confidence: Confidence::Low,
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn knowledge() -> Knowledge {
        Knowledge::builtin().expect("the knowledge is well formed")
    }

    fn found(text: &str) -> String {
        let explanation = knowledge().explain(text, Language::English);
        let code = explanation.code.unwrap_or_else(|| "-".to_owned());
        format!("{code} known={} {:?} {:?}", explanation.known, explanation.confidence, explanation.evidence)
    }

    #[test]
    fn a_text_finds_the_most_exact_code_that_it_holds() {
        let texts = [
            "REQUEST-HTTPER:404 Not Found",
            "TOKEN-MSALER:AADSTS7000215",
            "REQUEST-HTTPER:Dns",
            "REQUEST-EXCEPTION:Malformed",
            "aadsts50076",
            "7000222",
            "429",
            "503 Service Unavailable",
            "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\"}",
            "the server said 403 after 250 ms, and then the whole round stopped",
            "AADSTS999999",
            "TOKEN-MSALER:something_new",
            "it does not work",
            "",
        ];
        let said: Vec<String> = texts.iter().map(|text| found(text)).collect();
        expect![[r#"
            404 known=true Medium ["REQUEST-HTTPER", "404"]
            AADSTS7000215 known=true High ["TOKEN-MSALER", "AADSTS7000215"]
            Dns known=true High ["REQUEST-HTTPER", "Dns"]
            Malformed known=true Medium ["REQUEST-EXCEPTION", "Malformed"]
            AADSTS50076 known=true High ["AADSTS50076"]
            AADSTS7000222 known=true High ["AADSTS7000222"]
            429 known=true High ["429"]
            503 known=true High ["503"]
            AADSTS7000215 known=true High ["AADSTS7000215"]
            403 known=true Low ["403"]
            AADSTS999999 known=false Low ["AADSTS999999"]
            something_new known=false Low ["TOKEN-MSALER", "something_new"]
            - known=false Low []
            - known=false Low []"#]]
        .assert_eq(&said.join("\n"));
    }

    #[test]
    fn every_status_that_graphbeat_names_as_a_failure_is_explained() {
        for status in (400..=509).filter(|status| !crate::reason_phrase(*status).is_empty()) {
            let explanation = knowledge().explain(&status.to_string(), Language::English);
            assert!(explanation.known && !explanation.steps.is_empty(), "{status}");
        }
    }

    #[test]
    fn every_entry_speaks_chinese() {
        let has_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for entry in knowledge().entries.values() {
            let texts = [&entry.title, &entry.cause].into_iter().chain(&entry.steps);
            for text in texts {
                assert!(!text.en.is_empty() && has_chinese(&text.zh_cn), "{}: {}", entry.code, text.en);
            }
        }
    }

    #[test]
    fn no_remedy_weakens_the_sign_in() {
        let forbidden =
            ["security default", "disable mfa", "switch off", "turn off", "exclude the user", "安全默认", "关闭"];
        for entry in knowledge().entries.values() {
            for step in &entry.steps {
                let step = format!("{} {}", step.en.to_lowercase(), step.zh_cn);
                assert!(forbidden.iter().all(|word| !step.contains(word)), "{}: {step}", entry.code);
            }
        }
    }
}
