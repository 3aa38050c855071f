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

    /// The language of a locale (`zh_CN.UTF-8`, `zh-Hans-CN`); English where graphbeat does not speak it.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        let mut parts = locale.split(['_', '-', '.', '@']);
        let is_chinese = parts.next() == Some("zh");
        let is_traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
        if is_chinese && !is_traditional { Self::SimplifiedChinese } else { Self::English }
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
    fn a_locale_with_simplified_characters_speaks_simplified_chinese() {
        for locale in ["zh_CN.UTF-8", "zh-CN", "zh-Hans-CN", "zh_SG", "zh"] {
            assert_eq!(Language::from_locale(locale), Language::SimplifiedChinese, "{locale}");
        }
        for locale in ["de_DE.UTF-8", "C", "POSIX", "zh_TW.UTF-8", "zh-Hant-HK"] {
            assert_eq!(Language::from_locale(locale), Language::English, "{locale}");
        }
    }

    #[test]
    fn a_tag_reads_back_in_any_letter_case() {
        for &language in Language::ALL {
            assert_eq!(Language::from_word(&language.word().to_uppercase()), Some(language));
        }
        assert_eq!(Language::from_word("fr"), None);
    }
}
