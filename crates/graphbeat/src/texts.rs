//! What users read, in their language. The sentences are in `texts/en/*.ftl` and `texts/zh-CN/*.ftl`, in
//! [Fluent's syntax](https://projectfluent.org/fluent/guide/), and compiled in; code holds [`Message`]s, which are
//! data, and the language is a value that is given where they are shown.
//!
//! To add a text to `check`:
//! 1. write `check-summary = {$calls} calls` into `texts/en/check.ftl` and its twin into `texts/zh-CN/check.ftl`
//!    (keys begin with the file's name; the terms are those of Microsoft's Chinese pages);
//! 2. say it: `say!("check-summary", calls = report.calls)` is a [`Message`], and `.of(language)` its text;
//! 3. run `cargo test -p graphbeat texts`: it finds a key or a variable that is missing, unused or told twice.
//!
//! Help is told by the doc comments of the arguments and `texts/zh-CN/help.ftl`, see [`help`].
//!
//! A new pair of files is named in [`bundle::FILES`]. What a service said goes in by [`Message::foreign`], what
//! a library says in both languages ([`Said`]) by [`Message::known`]. The
//! catalogue, the knowledge base and the links keep their own texts: those are data, not messages.

mod bundle;
pub(crate) mod help;
#[cfg(test)]
mod tests;

use graphbeat_core::{Language, Said};

/// A sentence for a user, in no language yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message(Form);

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// A text of ours with what stands in it.
    Text { key: &'static str, arguments: Vec<(&'static str, Argument)> },
    /// In every language the same.
    Foreign(String),
    /// What a library says in every language.
    Known(Said),
}

/// What stands in a text's `{$variable}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Argument {
    /// A word of somebody else's: a name, a path, what a service said.
    Word(String),
    /// A number, which may choose the plural.
    Number(i64),
    /// Another text.
    Message(Message),
    /// Several, joined as the language does.
    List(Vec<Message>),
}

/// A [`Message`]: `say!("key")`, `say!("key", name = value)`.
macro_rules! say {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::texts::Message::new($key, vec![$((stringify!($name), $crate::texts::Argument::from($value))),*])
    };
}
pub(crate) use say;

impl Message {
    /// A text by its key. Use [`say!`]: the tests read it.
    pub(crate) const fn new(key: &'static str, arguments: Vec<(&'static str, Argument)>) -> Self {
        Self(Form::Text { key, arguments })
    }

    /// What is not ours to translate: names, codes, what a service said.
    pub(crate) fn foreign(text: impl Into<String>) -> Self {
        Self(Form::Foreign(text.into()))
    }

    /// What a library says in every language.
    pub(crate) const fn known(said: Said) -> Self {
        Self(Form::Known(said))
    }

    /// The text.
    pub(crate) fn of(&self, language: Language) -> String {
        match &self.0 {
            Form::Text { key, arguments } => bundle::format(language, key, arguments),
            Form::Foreign(text) => text.clone(),
            Form::Known(said) => said.of(language).to_owned(),
        }
    }
}

/// What has no key: it is shown as it is in every language.
impl<T: std::fmt::Display> From<T> for Message {
    fn from(text: T) -> Self {
        Self::foreign(text.to_string())
    }
}

impl From<&str> for Argument {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl From<String> for Argument {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

impl From<&String> for Argument {
    fn from(word: &String) -> Self {
        Self::Word(word.clone())
    }
}

impl From<&std::sync::Arc<str>> for Argument {
    fn from(word: &std::sync::Arc<str>) -> Self {
        Self::Word(word.to_string())
    }
}

impl From<&std::path::Path> for Argument {
    fn from(path: &std::path::Path) -> Self {
        Self::Word(path.display().to_string())
    }
}

impl From<&std::path::PathBuf> for Argument {
    fn from(path: &std::path::PathBuf) -> Self {
        Self::Word(path.display().to_string())
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<&Message> for Argument {
    fn from(message: &Message) -> Self {
        Self::Message(message.clone())
    }
}

impl From<Vec<Message>> for Argument {
    fn from(messages: Vec<Message>) -> Self {
        Self::List(messages)
    }
}

/// The words of a list, each as it is.
impl FromIterator<String> for Argument {
    fn from_iter<I: IntoIterator<Item = String>>(words: I) -> Self {
        Self::List(words.into_iter().map(Message::foreign).collect())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Argument {
            fn from(number: $number) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        })*
    };
}
numbers!(u8, u16, u32, u64, usize, i32, i64, u128, i128);
