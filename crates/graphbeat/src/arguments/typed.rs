//! What must be known of the command line before it is understood: help and mistakes are told in a language.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use graphbeat_config::{Directories, Locations, locate};
use graphbeat_core::Language;

/// The options that decide on the language, as far as they can be recognised.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    lang: Option<String>,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Typed {
    /// Looks for them; a mistake in them is the parser's to tell.
    pub(crate) fn scan(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut found = Self::default();
        let mut arguments = arguments.into_iter().map_while(|argument| argument.into_string().ok()).peekable();
        while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), arguments.peek().cloned()),
            };
            match name {
                "--lang" => found.lang = value,
                "--config" => found.config = value.map(PathBuf::from),
                "--data" => found.data = value.map(PathBuf::from),
                _ => {}
            }
        }
        found
    }

    /// `--lang`, where it is a language.
    pub(crate) fn lang(&self) -> Option<Language> {
        self.lang.as_deref().and_then(Language::from_word)
    }

    /// Where things are.
    pub(crate) fn locations(&self, environment: &BTreeMap<String, String>) -> Locations {
        let directories = Directories { config: self.config.clone(), data: self.data.clone(), platform: platform() };
        locate(&directories, environment)
    }
}

/// Where the platform keeps a program's data.
pub(crate) fn platform() -> Option<PathBuf> {
    // Local: a ledger does not roam between the machines of a Windows domain.
    directories::ProjectDirs::from("", "", "graphbeat").map(|found| found.data_local_dir().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(line: &str) -> Option<Language> {
        Typed::scan(line.split(' ').map(OsString::from)).lang()
    }

    #[test]
    fn the_language_is_found_in_both_spellings_and_not_after_two_dashes() {
        assert_eq!(lang("graphbeat check --lang zh-CN"), Some(Language::SimplifiedChinese));
        assert_eq!(lang("graphbeat --lang=zh-cn --help"), Some(Language::SimplifiedChinese));
        assert_eq!(lang("graphbeat explain -- --lang zh-CN"), None);
        assert_eq!(lang("graphbeat --lang"), None);
    }
}
