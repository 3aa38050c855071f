//! Mistakes on the command line, in the user's language.

use std::error::Error as StdError;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Argument, Message, say};

/// Why a value was refused.
#[derive(Debug)]
pub(super) struct WrongValue(pub(super) Message);

impl fmt::Display for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.of(Language::English))
    }
}

impl StdError for WrongValue {}

/// The failure that a mistake is.
pub(super) fn failure(error: &clap::Error) -> Failure {
    let mut failure = Failure::new(Exit::Usage, sentence(error));
    if let Some(why) = why(error) {
        failure = failure.detail(why);
    }
    if let Some(suggestion) = suggestion(error) {
        failure = failure.hint(suggestion);
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        failure = failure.line(say!("usage-usage", usage = usage.trim_start_matches("Usage:").trim()));
    }
    failure.line(say!("usage-more"))
}

fn sentence(error: &clap::Error) -> Message {
    let argument = words(error, ContextKind::InvalidArg);
    let value = words(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => say!("usage-unknown-argument", argument = argument),
        ErrorKind::InvalidValue if value.is_empty() => say!("usage-no-value", argument = argument),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            say!("usage-invalid-value", value = value, argument = argument)
        }
        ErrorKind::InvalidSubcommand => {
            say!("usage-unknown-command", command = words(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => say!("usage-missing", arguments = argument),
        ErrorKind::MissingSubcommand => {
            say!("usage-missing-command", command = words(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::TooManyValues => say!("usage-too-many-values", value = value, argument = argument),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say!("usage-number-of-values", argument = argument)
        }
        ErrorKind::NoEquals => say!("usage-no-equals", argument = argument),
        ErrorKind::ArgumentConflict => conflict(error, argument),
        ErrorKind::InvalidUtf8 => say!("usage-no-text"),
        _ => Message::foreign(error.kind().to_string()),
    }
}

fn conflict(error: &clap::Error, argument: String) -> Message {
    let prior = words(error, ContextKind::PriorArg);
    if prior.is_empty() || prior == argument {
        return say!("usage-twice", argument = argument);
    }
    say!("usage-conflict", argument = argument, prior = prior)
}

/// What is wrong with a value, where something is known.
fn why(error: &clap::Error) -> Option<Message> {
    if let Some(ContextValue::Strings(choices)) = error.get(ContextKind::ValidValue).filter(is_not_empty) {
        return Some(say!("usage-choose", choices = quoted(choices)));
    }
    let source = error.source()?;
    if let Some(WrongValue(message)) = source.downcast_ref() {
        return Some(message.clone());
    }
    if source.is::<uuid::Error>() {
        return Some(say!("usage-want-guid"));
    }
    if source.is::<url::ParseError>() {
        return Some(say!("usage-want-url"));
    }
    if source.is::<std::net::AddrParseError>() {
        return Some(say!("usage-want-address"));
    }
    if source.is::<std::num::ParseIntError>() {
        return Some(say!("usage-want-number"));
    }
    let told = source.to_string();
    // What clap says of a number that is too small or too large.
    Some(match told.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
        Some((least, most)) => say!("usage-want-range", least = least, most = most),
        None => Message::foreign(told),
    })
}

fn is_not_empty(value: &&ContextValue) -> bool {
    !matches!(value, ContextValue::Strings(choices) if choices.is_empty())
}

fn suggestion(error: &clap::Error) -> Option<Message> {
    let kinds = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near = kinds.into_iter().map(|kind| words(error, kind)).find(|near| !near.is_empty())?;
    Some(say!("usage-near", near = near))
}

/// Literals as texts show them.
pub(super) fn quoted(words: &[impl AsRef<str>]) -> Argument {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect()
}

fn words(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(" "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::localized;
    use super::*;

    fn told(line: &str) -> String {
        let language = Language::SimplifiedChinese;
        let error = localized::command(language).try_get_matches_from(line.split(' ')).expect_err("a mistake");
        failure(&error).text(language)
    }

    #[test]
    fn a_mistake_is_told_in_chinese_with_the_usage_and_what_is_near() {
        let text = told("graphbeat check --acount x");
        assert!(text.starts_with("错误：意外的参数 `--acount`"), "{text}");
        assert!(text.contains("`--account`") && text.contains("用法：graphbeat check"), "{text}");
    }

    #[test]
    fn every_kind_of_mistake_has_a_sentence() {
        for line in [
            "graphbeat chek",
            "graphbeat status --lang fr",
            "graphbeat status --output xml",
            "graphbeat account show",
            "graphbeat check --concurrency 0",
            "graphbeat check --concurrency many",
            "graphbeat run --for soon",
            "graphbeat run --once --for 1h",
            "graphbeat run --once --once",
            "graphbeat demo extra",
            "graphbeat log --verdict good",
            "graphbeat log --since yesterday",
            "graphbeat account add x --client-id y",
            "graphbeat account add x --client-secret y",
            "graphbeat sandbox --listen here",
            "graphbeat init --cloud-login x",
            "graphbeat status --config",
        ] {
            let text = told(line);
            let is_english = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
            let words: Vec<&str> = text.split([' ', '\n']).collect();
            let found = words.windows(2).find(|two| two.iter().all(is_english) && two[0] != "graphbeat");
            let is_usage = found.is_none_or(|two| text.contains(&format!("graphbeat {}", two.join(" "))));
            assert!(text.starts_with("错误：") && is_usage, "{line}: {text}");
        }
    }
}
