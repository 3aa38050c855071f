//! Every key is used, told once, and told in both languages with the same variables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Resource};
use fluent_syntax::{parser, serializer};

use super::bundle::FILES;
use super::*;

/// Words that are the same in Chinese: names, and labels for them.
const SAME_IN_BOTH: &[&str] = &[];

/// A text as it is written, and its variables.
struct Told {
    text: String,
    variables: BTreeSet<String>,
}

/// Where a source says a text, and the variables that it gives.
struct Use {
    place: String,
    key: String,
    variables: BTreeSet<String>,
}

fn parsed(file: &str, language: Language, text: &'static str) -> Resource<&'static str> {
    parser::parse(text).unwrap_or_else(|(_, errors)| panic!("{file} in {language}: {errors:?}"))
}

/// The identifiers after each `$`.
fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split('$').skip(1).map(|rest| rest.chars().take_while(|&c| is_part(c)).collect()).collect()
}

fn told(language: Language) -> BTreeMap<String, Told> {
    let mut all = BTreeMap::new();
    for file in FILES {
        for entry in parsed(file.name, language, file.text(language)).body {
            let Entry::Message(message) = &entry else { continue };
            let key = message.id.name.to_owned();
            assert!(key.starts_with(&format!("{}-", file.name)), "`{key}` is in {}.ftl", file.name);
            assert!(message.value.is_some(), "`{key}` has no text in {language}");
            let text = serializer::serialize(&Resource { body: vec![entry.clone()] });
            let told = Told { variables: variables(&text), text };
            assert!(all.insert(key.clone(), told).is_none(), "`{key}` is told twice in {language}");
        }
    }
    all
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("a source");
                found.push((path, text));
            }
        }
    }
    found
}

/// Everything that sources say.
fn uses() -> Vec<Use> {
    let mut found = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !path.ends_with("texts/tests.rs")) {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for said in code.split("say!(").skip(1) {
            let inner = inside(said);
            let key = inner.split('"').nth(1).unwrap_or_default().to_owned();
            let variables = top_level_parts(&inner).iter().skip(1).filter_map(|part| named(part)).collect();
            found.push(Use { place: path.display().to_string(), key, variables });
        }
    }
    found
}

/// The text up to the parenthesis that closes.
fn inside(text: &str) -> String {
    let mut depth = 1;
    let mut is_quoted = false;
    let ends = |c: char, before: Option<char>, depth: &mut i32, is_quoted: &mut bool| {
        match c {
            '"' if before != Some('\\') => *is_quoted = !*is_quoted,
            '(' | '[' | '{' if !*is_quoted => *depth += 1,
            ')' | ']' | '}' if !*is_quoted => *depth -= 1,
            _ => {}
        }
        *depth == 0
    };
    let mut before = None;
    text.chars()
        .take_while(|&c| {
            let is_end = ends(c, before, &mut depth, &mut is_quoted);
            before = Some(c);
            !is_end
        })
        .collect()
}

/// The parts between commas that stand in no parentheses and no quotes.
fn top_level_parts(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut is_quoted) = (vec![String::new()], 0, false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' | '[' | '{' if !is_quoted => depth += 1,
            ')' | ']' | '}' if !is_quoted => depth -= 1,
            ',' if !is_quoted && depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// `name = value` gives the name.
fn named(part: &str) -> Option<String> {
    let (name, _) = part.split_once('=')?;
    Some(name.trim_start_matches(',').trim().to_owned())
}

/// The text without what stands in braces and in backticks.
fn prose(text: &str) -> String {
    let text = text.split_once('=').map_or("", |(_, value)| value);
    let (mut kept, mut depth, mut is_code) = (String::new(), 0, false);
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '`' => is_code = !is_code,
            _ if depth == 0 && !is_code => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[test]
fn every_text_is_in_both_languages_with_the_same_variables() {
    let (en, zh_cn) = (told(Language::English), told(Language::SimplifiedChinese));
    let keys = |of: &BTreeMap<String, Told>| of.keys().cloned().collect::<BTreeSet<_>>();
    let missing: Vec<_> = keys(&en).symmetric_difference(&keys(&zh_cn)).cloned().collect();
    assert!(missing.is_empty(), "only in one language: {missing:?}");
    for (key, told) in &en {
        assert_eq!(told.variables, zh_cn[key].variables, "the variables of `{key}`");
    }
}

#[test]
fn every_key_that_sources_say_exists_and_gets_its_variables() {
    let texts = told(Language::English);
    for said in uses() {
        let told =
            texts.get(&said.key).unwrap_or_else(|| panic!("{} says `{}`, which is no key", said.place, said.key));
        assert_eq!(said.variables, told.variables, "{} gives variables to `{}`", said.place, said.key);
    }
}

#[test]
fn no_key_is_unused() {
    let used: BTreeSet<String> = uses().into_iter().map(|said| said.key).collect();
    let unused: Vec<_> = told(Language::English).into_keys().filter(|key| !used.contains(key)).collect();
    assert!(unused.is_empty(), "nothing says {unused:?}");
}

#[test]
fn no_text_is_left_in_english() {
    let en = told(Language::English);
    for (key, told) in told(Language::SimplifiedChinese) {
        let prose = prose(&told.text);
        let is_same = told.text == en[&key].text && prose.chars().any(char::is_alphabetic);
        assert!(!is_same || SAME_IN_BOTH.contains(&key.as_str()), "`{key}` is not translated");
        let is_ascii = |word: &&str| word.chars().all(|c| c.is_ascii_alphabetic());
        let words: Vec<&str> = prose.split(' ').collect();
        let is_english = words.windows(3).any(|three| three.iter().all(|word| !word.is_empty() && is_ascii(word)));
        assert!(!is_english, "`{key}` has English in it: {prose}");
    }
}

#[test]
fn every_file_is_compiled_in() {
    for folder in ["en", "zh-CN"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts").join(folder);
        let found: BTreeSet<String> = std::fs::read_dir(path)
            .expect("the texts")
            .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
            .filter(|name| name != "help")
            .collect();
        let named: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(found, named, "the files of {folder}");
    }
}

#[test]
fn a_text_takes_words_lists_and_other_texts() {
    let cause = Message::foreign("disk full");
    let failure = say!("failure-error", sentence = say!("failure-output", cause = cause));
    assert_eq!(failure.of(Language::English), "error: could not write the output (disk full)");
    assert_eq!(failure.of(Language::SimplifiedChinese), "错误：无法写入输出（disk full）");
    let words: Argument = ["a", "b"].map(str::to_owned).into_iter().collect();
    let listed = Message::new("failure-hint", vec![("sentence", words)]);
    assert_eq!(listed.of(Language::English), "hint: a, b");
    assert_eq!(listed.of(Language::SimplifiedChinese), "提示：a、b");
}
