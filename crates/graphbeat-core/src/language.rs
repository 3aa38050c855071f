//! The languages that graphbeat speaks.

use std::fmt;

/// A language of what users read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese, 简体中文.
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::English, Self::SimplifiedChinese];

    /// The tag that stands for it in options and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
        }
    }

    /// The language of a tag; `None` for one that graphbeat does not speak.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.word().eq_ignore_ascii_case(word))
    }

    /// The language of a POSIX locale (`zh_CN.UTF-8`); English where graphbeat does not speak it.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        let simplified = locale.starts_with("zh_cn") || locale.starts_with("zh-cn") || locale.starts_with("zh_sg");
        if simplified { Self::SimplifiedChinese } else { Self::English }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_of_mainland_china_speaks_simplified_chinese() {
        assert_eq!(Language::from_locale("zh_CN.UTF-8"), Language::SimplifiedChinese);
        assert_eq!(Language::from_locale("de_DE.UTF-8"), Language::English);
        assert_eq!(Language::from_locale("C"), Language::English);
    }

    #[test]
    fn a_tag_reads_back_in_any_letter_case() {
        for &language in Language::ALL {
            assert_eq!(Language::from_word(&language.word().to_uppercase()), Some(language));
        }
        assert_eq!(Language::from_word("fr"), None);
    }
}
