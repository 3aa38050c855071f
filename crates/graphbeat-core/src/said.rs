//! A sentence in every language that graphbeat speaks, for libraries that tell what is wrong with data.

use std::fmt;

use crate::Language;

/// A sentence in every language. [`said!`](macro@crate::said) fills both by the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh_cn: String,
}

impl Said {
    /// The sentence in a language.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::SimplifiedChinese => &self.zh_cn,
        }
    }
}

/// In English.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.en)
    }
}

/// A [`Said`] of two formats with the same values: `said!("{count} files", "{count} 个文件")`.
#[macro_export]
macro_rules! said {
    ($en:literal, $zh_cn:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::Said { en: format!($en $(, $name = $value)*), zh_cn: format!($zh_cn $(, $name = $value)*) }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_take_the_same_values() {
        let count = 3;
        let said = said!("{count} files in {folder}", "{folder} 中有 {count} 个文件", folder = "a");
        assert_eq!(said.of(Language::English), "3 files in a");
        assert_eq!(said.of(Language::SimplifiedChinese), "a 中有 3 个文件");
    }
}
