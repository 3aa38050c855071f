//! What the doctor says, safe by construction: sentences of this program, filled with parts that each come
//! through a sieve. No other text gets in, so that the whole can be pasted into a bug ticket: no secrets,
//! no addresses, no names of users, hosts of one's own, or folders.

use graphbeat_base::{plain_text, redact_addresses};
use graphbeat_core::explain::{Explanation, Knowledge, Names, Observation, Who};
use graphbeat_core::{Call, Language};

/// The longest part.
const PART_CHARS_MAX: usize = 80;
/// The most names of permissions in one sentence.
const PERMISSIONS_SHOWN_MAX: usize = 5;

/// A sentence of which every word is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said(graphbeat_core::Said);

/// What may stand in a sentence's `{}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part(Said);

/// What the knowledge says of a failure.
#[derive(Clone, Debug)]
pub(super) struct Diagnosis {
    /// What happened and why.
    pub(super) what: Said,
    /// What to do.
    pub(super) steps: Vec<Said>,
    /// Whether time heals it.
    pub(super) heals: bool,
}

impl Said {
    /// A sentence of this program.
    pub(super) fn new(en: &'static str, zh_cn: &'static str) -> Self {
        Self::told(en.to_owned(), zh_cn.to_owned())
    }

    /// Fills the next `{}`.
    pub(super) fn with(self, part: Part) -> Self {
        let (frame, filling) = (self.0, part.0.0);
        Self::told(frame.en.replacen("{}", &filling.en, 1), frame.zh_cn.replacen("{}", &filling.zh_cn, 1))
    }

    /// The sentence before another.
    pub(super) fn and(self, more: Self) -> Self {
        let (first, more) = (self.0, more.0);
        Self::told(format!("{}: {}", first.en, more.en), format!("{}：{}", first.zh_cn, more.zh_cn))
    }

    /// For output.
    pub(super) fn of(&self, language: Language) -> &str {
        self.0.of(language)
    }

    /// Of texts that have passed the sieve.
    fn told(en: String, zh_cn: String) -> Self {
        Self(graphbeat_core::Said { en, zh_cn })
    }
}

impl Part {
    fn same(text: String) -> Self {
        Self(Said::told(text.clone(), text))
    }

    /// A number.
    pub(super) fn number(number: impl Into<i128>) -> Self {
        Self::same(number.into().to_string())
    }

    /// How many there are.
    pub(super) fn count(count: usize) -> Self {
        Self::same(count.to_string())
    }

    /// A word of this program.
    pub(super) fn word(word: &'static str) -> Self {
        Self::same(word.to_owned())
    }

    /// A phrase of this program.
    pub(super) fn phrase(en: &'static str, zh_cn: &'static str) -> Self {
        Self(Said::new(en, zh_cn))
    }

    /// An account as its owner calls it, unless it is called by an address.
    pub(super) fn account(name: &str) -> Self {
        Self::same(account_label(name))
    }

    /// Names of permissions.
    pub(super) fn permissions<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.filter(|name| is_word(name)).collect();
        let shown: Vec<String> = names.iter().take(PERMISSIONS_SHOWN_MAX).map(|name| format!("`{name}`")).collect();
        let more = names.len().saturating_sub(PERMISSIONS_SHOWN_MAX);
        let (en, zh_cn) = (shown.join(", "), shown.join("、"));
        Self(match more {
            0 => Said::told(en, zh_cn),
            more => Said::told(format!("{en} and {more} more"), format!("{zh_cn} 等 {} 项", names.len())),
        })
    }

    /// Who issued a certificate: whoever looks into TLS is named by it.
    pub(super) fn issuer(issuer: &str) -> Self {
        if issuer.is_empty() {
            return Self::phrase("an issuer without a name", "未署名的颁发者");
        }
        let plain: String = plain_text(&redact_addresses(issuer), PART_CHARS_MAX);
        Self::same(format!("`{}`", plain.replace(['`', '{', '}'], "")))
    }
}

/// The account's name in outputs.
pub(super) fn account_label(name: &str) -> String {
    match name.contains('@') {
        true => "[address]".to_owned(),
        false => plain_text(name, PART_CHARS_MAX),
    }
}

/// A code or a permission: nothing that a person, host or secret would be recognised by.
fn is_word(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && text.len() <= PART_CHARS_MAX && text.chars().all(is_part)
}

/// What a row of the ledger means.
pub(super) fn of_call(knowledge: &Knowledge, call: &Call, mode: graphbeat_catalog::Mode) -> Diagnosis {
    diagnose(knowledge, Observation::of_call(call).in_mode(mode))
}

/// What a code of graphbeat's own, or of Entra's, means.
pub(super) fn of_code(knowledge: &Knowledge, code: &str, account: Option<&str>) -> Diagnosis {
    let names = Names { account: account.map(str::to_owned), ..Names::default() };
    diagnose(knowledge, Observation { codes: vec![code.to_owned()], is_exact: true, names, ..Observation::default() })
}

/// The knowledge's texts hold nothing of the failure's but names and codes: those pass the sieve first.
fn diagnose(knowledge: &Knowledge, mut seen: Observation) -> Diagnosis {
    seen.codes.retain(|code| is_word(code));
    let names = &mut seen.names;
    names.account = names.account.as_deref().map(account_label);
    names.permissions.retain(|name| is_word(name));
    names.license = names.license.take().filter(|name| is_word(name));
    for id in [&mut names.request_id, &mut names.client_request_id] {
        *id = id.take().filter(|id| uuid::Uuid::try_parse(id).is_ok());
    }
    let said = |language| knowledge.diagnose(&seen, language);
    let (en, zh_cn) = (said(Language::English), said(Language::SimplifiedChinese));
    let heals = en.healthy || matches!(en.who, Who::Wait | Who::Nobody);
    let steps = en.steps.iter().zip(&zh_cn.steps);
    Diagnosis {
        what: Said::told(headline(&en, ". "), headline(&zh_cn, "。")),
        steps: steps.map(|(en, zh_cn)| Said::told(en.clone(), zh_cn.clone())).collect(),
        heals,
    }
}

fn headline(explanation: &Explanation, stop: &str) -> String {
    let code = explanation.code.as_deref().filter(|code| is_word(code)).map(|code| format!("{code}: "));
    let (title, cause) = (&explanation.title, &explanation.cause);
    format!("{}{title}{stop}{cause}", code.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_carries_an_address_a_secret_or_a_control() {
        let issuer = Part::issuer("Contoso \u{1b} megan@contoso.com `{}`");
        assert_eq!(Said::new("by {}", "由 {} 颁发").with(issuer).of(Language::English), "by `Contoso  [address] `");
        assert_eq!(account_label("megan@contoso.com"), "[address]");
        let permissions = Part::permissions(["Mail.Read", "megan@contoso.com", "a b"].into_iter());
        assert_eq!(Said::new("{}", "{}").with(permissions).of(Language::SimplifiedChinese), "`Mail.Read`");
    }

    #[test]
    fn a_strange_code_of_a_service_is_not_repeated() {
        let knowledge = Knowledge::builtin().expect("the knowledge");
        let said = of_code(&knowledge, "https://megan:s3cret@contoso.com", Some("megan@contoso.com"));
        let text = format!("{said:?}");
        assert!(!text.contains("megan") && !text.contains("s3cret"), "{text}");
        assert!(
            of_code(&knowledge, "AADSTS7000222", Some("app")).what.of(Language::English).starts_with("AADSTS7000222")
        );
    }
}
