//! What is wrong with a configuration, where, and what to do: legible without colour.

use std::fmt;

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
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
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
    pub fn single(place: Place, message: String, hint: Option<String>) -> Self {
        Self { problems: vec![Problem { place, message, hint }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(PROBLEMS_SHOWN_MAX).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        match self.problems.len().saturating_sub(PROBLEMS_SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\n\n… and {more} more"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  --> {}", self.message, self.place)?;
        if let Place::Line { source, .. } = &self.place {
            write!(f, "\n   | {source}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line, column, .. } => write!(f, "{file}:{line}:{column}"),
            Self::File(file) => f.write_str(file),
            Self::Variable(name) => write!(f, "the environment variable `{name}`"),
        }
    }
}

/// What the system said about a file, in words of ours.
pub(crate) fn io_text(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        other => other.to_string(),
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
pub(crate) fn choice_hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("choose from {}", list(known)),
    }
}

/// `` `a`, `b`, `c` ``, bounded.
pub(crate) fn list<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = words.clone().count();
    let mut shown: Vec<String> = words.take(CHOICES_MAX).map(|word| format!("`{word}`")).collect();
    if count > CHOICES_MAX {
        shown.push(format!("… ({count} in all)"));
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
        let problem = Problem { place: Place::File("a".into()), message: "bad".into(), hint: None };
        let error = ConfigError { problems: vec![problem; PROBLEMS_SHOWN_MAX + 3] };
        assert!(error.to_string().ends_with("… and 3 more"));
    }
}
