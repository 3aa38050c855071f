//! What is wrong with a configuration, where, and what to do: legible without colour.

use std::fmt;

use graphbeat_core::{Language, Said, said};

/// The most problems that are shown; the rest is counted.
const PROBLEMS_SHOWN_MAX: usize = 50;
/// The most choices that a hint lists.
const CHOICES_MAX: usize = 12;

/// A configuration that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// What is wrong, in the file's order.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, in one sentence.
    pub message: Said,
    /// What to do about it.
    pub hint: Option<Said>,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A place in a file.
    Line {
        /// The file, as the user named it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The line itself, secrets masked.
        source: String,
    },
    /// A file as a whole.
    File(String),
    /// A variable of the environment.
    Variable(String),
}

impl ConfigError {
    /// An error of a single problem.
    #[must_use]
    pub fn single(place: Place, message: Said, hint: Option<Said>) -> Self {
        Self { problems: vec![Problem { place, message, hint }] }
    }
}

impl ConfigError {
    /// Everything that is wrong, as the user reads it.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let shown: Vec<String> =
            self.problems.iter().take(PROBLEMS_SHOWN_MAX).map(|problem| problem.text(language)).collect();
        let text = shown.join("\n\n");
        match self.problems.len().saturating_sub(PROBLEMS_SHOWN_MAX) {
            0 => text,
            more => format!("{text}\n\n{}", said!("… and {more} more", "…… 以及另外 {more} 处").of(language)),
        }
    }
}

impl Problem {
    fn text(&self, language: Language) -> String {
        let message = self.message.of(language);
        let mut text = said!("error: {message}", "错误：{message}").of(language).to_owned();
        text.push_str(&format!("\n  --> {}", self.place.said().of(language)));
        if let Place::Line { source, .. } = &self.place {
            text.push_str(&format!("\n   | {source}"));
        }
        if let Some(hint) = self.hint.as_ref().map(|hint| hint.of(language)) {
            text.push_str(said!("\nhint: {hint}", "\n提示：{hint}").of(language));
        }
        text
    }
}

impl Place {
    fn said(&self) -> Said {
        match self {
            Self::Line { file, line, column, .. } => said!("{file}:{line}:{column}", "{file}:{line}:{column}"),
            Self::File(file) => said!("{file}", "{file}"),
            Self::Variable(name) => said!("the environment variable `{name}`", "环境变量 `{name}`"),
        }
    }
}

/// In English.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

/// In English.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said().en)
    }
}

/// What the system said about a file, in words of ours.
pub(crate) fn io_text(error: &std::io::Error) -> Said {
    match error.kind() {
        std::io::ErrorKind::NotFound => said!("it does not exist", "它不存在"),
        std::io::ErrorKind::IsADirectory => said!("it is a directory", "它是目录"),
        std::io::ErrorKind::PermissionDenied => said!("permission denied", "没有权限"),
        other => said!("{other}", "{other}"),
    }
}

/// The known word that is nearest to a mistyped one; `None` where none is near.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let tolerated = (word.chars().count() / 3).clamp(1, 4);
    let lower = word.to_lowercase();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, or what there is to choose from.
pub(crate) fn choice_hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Said {
    match nearest(word, known.clone()) {
        Some(near) => said!("did you mean `{near}`?", "您是不是想写 `{near}`？"),
        None => choose_from(known),
    }
}

/// What there is to choose from.
pub(crate) fn choose_from<'a>(known: impl Iterator<Item = &'a str> + Clone) -> Said {
    let words = list(known);
    said!("choose from {words}", "请从 {words} 中选择")
}

/// `` `a`, `b`, `c` ``, bounded.
fn list<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = words.clone().count();
    let mut shown: Vec<String> = words.take(CHOICES_MAX).map(|word| format!("`{word}`")).collect();
    if count > CHOICES_MAX {
        shown.push(format!("… ({count})"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_its_nearest_and_a_foreign_one_none() {
        let known = ["client_id", "client_secret", "method"];
        assert_eq!(nearest("client_ID", known.into_iter()), Some("client_id"));
        assert_eq!(nearest("clinet_secret", known.into_iter()), Some("client_secret"));
        assert_eq!(nearest("colour", known.into_iter()), None);
    }

    #[test]
    fn more_problems_than_anybody_reads_are_counted() {
        let problem = Problem { place: Place::File("a".into()), message: said!("bad", "错"), hint: None };
        let error = ConfigError { problems: vec![problem; PROBLEMS_SHOWN_MAX + 3] };
        assert!(error.to_string().ends_with("… and 3 more"));
    }
}
