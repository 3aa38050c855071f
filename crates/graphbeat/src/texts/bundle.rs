//! The files of texts, compiled in and parsed once: constants, in Fluent's form.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use graphbeat_core::Language;

use super::Argument;

/// One theme's texts.
pub(super) struct File {
    #[cfg(test)]
    pub(super) name: &'static str,
    pub(super) en: &'static str,
    pub(super) zh_cn: &'static str,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File {
            #[cfg(test)]
            name: $name,
            en: include_str!(concat!("../../texts/en/", $name, ".ftl")),
            zh_cn: include_str!(concat!("../../texts/zh-CN/", $name, ".ftl")),
        }),*]
    };
}

/// Every pair of files; one line for each.
#[rustfmt::skip]
pub(super) const FILES: &[File] = files![
    "account",
    "app",
    "ask",
    "backup",
    "catalog",
    "check",
    "context",
    "crash",
    "diagnosis",
    "doctor",
    "explain",
    "failure",
    "init",
    "links",
    "man",
    "printer",
    "registrar",
    "run",
    "runtime",
    "sandbox",
    "secret",
    "sign",
    "status",
    "stop",
    "usage",
    "vault",
    "word",
];

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| read(Language::English));
static SIMPLIFIED_CHINESE: LazyLock<Bundle> = LazyLock::new(|| read(Language::SimplifiedChinese));

impl File {
    /// Its text in a language.
    pub(super) const fn text(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::SimplifiedChinese => self.zh_cn,
        }
    }
}

fn read(language: Language) -> Bundle {
    bundle(language, FILES.iter().map(|file| file.text(language)))
}

/// Chinese texts that have no English twin.
pub(super) fn chinese(texts: impl IntoIterator<Item = &'static str>) -> Bundle {
    bundle(Language::SimplifiedChinese, texts)
}

/// What does not parse is left out: the tests parse every file.
fn bundle(language: Language, texts: impl IntoIterator<Item = &'static str>) -> Bundle {
    let locale = language.word().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // The marks are for scripts of both directions; a terminal shows them as boxes.
    bundle.set_use_isolating(false);
    for text in texts {
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(parsed, _)| parsed);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

fn of(language: Language) -> &'static Bundle {
    match language {
        Language::English => &ENGLISH,
        Language::SimplifiedChinese => &SIMPLIFIED_CHINESE,
    }
}

/// The text of a key; the key itself where there is none, which the tests keep from happening.
pub(super) fn format(language: Language, key: &str, arguments: &[(&'static str, Argument)]) -> String {
    let bundle = of(language);
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
    let arguments: FluentArgs<'_> =
        arguments.iter().map(|(name, argument)| (*name, value(argument, language))).collect();
    // A variable that is not given is shown by its name.
    bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
}

fn value(argument: &Argument, language: Language) -> FluentValue<'static> {
    match argument {
        Argument::Word(word) => FluentValue::from(word.clone()),
        Argument::Number(number) => FluentValue::from(*number),
        Argument::Message(message) => FluentValue::from(message.of(language)),
        Argument::List(messages) => {
            let texts: Vec<String> = messages.iter().map(|message| message.of(language)).collect();
            FluentValue::from(texts.join(separator(language)))
        }
    }
}

const fn separator(language: Language) -> &'static str {
    match language {
        Language::English => ", ",
        Language::SimplifiedChinese => "、",
    }
}
