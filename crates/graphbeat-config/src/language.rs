//! The language that a configuration file names, before the file is read as a whole: what is wrong with the
//! file is told in it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use graphbeat_core::Language;

/// Top-level keys stand before the first table; no more than this is looked at.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// The value of the file's `language`; `None` where it has none that graphbeat speaks, or cannot be read.
#[must_use]
pub fn language_of_file(path: &Path) -> Option<Language> {
    let lines = BufReader::new(File::open(path).ok()?.take(HEAD_BYTES_MAX)).lines();
    let head: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.trim_start().starts_with('[')).collect();
    let table: toml::Table = head.join("\n").parse().ok()?;
    Language::from_word(table.get("language")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_known_though_the_tables_below_are_wrong() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("graphbeat.toml");
        std::fs::write(&path, "# mine\nlanguage = \"zh-CN\"\n[[account]\nname = = 1\n").expect("written");
        assert_eq!(language_of_file(&path), Some(Language::SimplifiedChinese));
        assert_eq!(language_of_file(&directory.path().join("other.toml")), None);
    }
}
