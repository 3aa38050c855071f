//! Checks a parsed file against the JSON schema, collects everything that does not fit, and gives what
//! fits as plain data. What does not fit is left out, so that the later checks see the rest.

use std::collections::BTreeMap;
use std::ops::Range;

use graphbeat_core::{Said, said};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Place, Problem, choice_hint, choose_from};
use crate::show::inline_toml;
use crate::source::SourceText;

/// References followed before the schema counts as broken.
const REFERENCES_MAX: usize = 8;

/// The problems of a file so far, and where everything in it stands.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) source: SourceText<'a>,
    pub(crate) problems: Vec<Problem>,
    /// Where each value stands, by its pointer (`/account/0/name`).
    spans: BTreeMap<String, Range<usize>>,
    /// The variable that each overridden value comes from.
    variables: BTreeMap<String, &'static str>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(source: SourceText<'a>) -> Self {
        Self { source, problems: Vec::new(), spans: BTreeMap::new(), variables: BTreeMap::new() }
    }

    /// From now on the value of `pointer` comes from a variable.
    pub(crate) fn comes_from_variable(&mut self, pointer: &str, variable: &'static str) {
        self.variables.insert(pointer.to_owned(), variable);
    }

    /// Adds a problem of the value at `pointer`, or of the nearest table around it.
    pub(crate) fn report(&mut self, pointer: &str, message: Said, hint: impl Into<Option<Said>>) {
        let place = self.place(pointer);
        self.problems.push(Problem { place, message, hint: hint.into() });
    }

    /// Whether the file holds anything at `pointer`, be it right or wrong.
    pub(crate) fn mentions(&self, pointer: &str) -> bool {
        self.spans.contains_key(pointer)
    }

    fn report_at(&mut self, range: &Range<usize>, message: Said, hint: impl Into<Option<Said>>) {
        let place = self.source.place(range);
        self.problems.push(Problem { place, message, hint: hint.into() });
    }

    fn place(&self, pointer: &str) -> Place {
        let mut pointer = pointer;
        loop {
            if let Some(variable) = self.variables.get(pointer) {
                return Place::Variable((*variable).to_owned());
            }
            if let Some(span) = self.spans.get(pointer) {
                return self.source.place(span);
            }
            match pointer.rfind('/') {
                Some(slash) => pointer = &pointer[..slash],
                None => return Place::File(self.source.name.to_owned()),
            }
        }
    }
}

/// One walk over a file.
pub(crate) struct Walk<'w, 'a> {
    pub(crate) schema: &'w Value,
    pub(crate) findings: &'w mut Findings<'a>,
}

impl Walk<'_, '_> {
    /// What fits of a whole file.
    pub(crate) fn file(&mut self, table: &Spanned<DeTable<'_>>) -> Value {
        let schema = self.schema;
        self.table(schema, table.get_ref(), "").unwrap_or_default()
    }

    /// What fits of a value; `None` where it does not fit at all.
    pub(crate) fn value(&mut self, property: &Value, value: &Spanned<DeValue<'_>>, pointer: &str) -> Option<Value> {
        self.findings.spans.insert(pointer.to_owned(), value.span());
        let branches = branches(self.schema, property);
        if let [schema] = branches.as_slice() {
            return self.typed(schema, property, value, pointer);
        }
        let words: Vec<&str> = branches.iter().filter_map(|branch| branch.get("const")?.as_str()).collect();
        if words.len() == branches.len() {
            return self.word(&words, property, value, pointer);
        }
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong_type(article("table"), property, value, pointer);
        };
        let branch = self.choose(&branches, table, pointer)?;
        self.table(branch, table, pointer)
    }

    fn typed(
        &mut self,
        schema: &Value,
        property: &Value,
        value: &Spanned<DeValue<'_>>,
        pointer: &str,
    ) -> Option<Value> {
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            return self.word(&words, property, value, pointer);
        }
        match (type_of(schema), value.get_ref()) {
            ("object", DeValue::Table(table)) => self.table(schema, table, pointer),
            ("array", DeValue::Array(items)) => {
                let item_schema = schema.get("items").unwrap_or(&Value::Null);
                let mut fitting = Vec::new();
                for item in items.iter() {
                    let pointer = format!("{pointer}/{}", fitting.len());
                    fitting.extend(self.value(item_schema, item, &pointer));
                }
                Some(Value::Array(fitting))
            }
            ("string", DeValue::String(text)) => Some(Value::String(text.to_string())),
            ("boolean", DeValue::Boolean(flag)) => Some(Value::Bool(*flag)),
            ("integer", DeValue::Integer(number)) => {
                let parsed = u32::from_str_radix(&number.as_str().replace('_', ""), number.radix());
                if parsed.is_err() {
                    let (key, most) = (shown(pointer), u32::MAX);
                    let message = said!("`{key}` must lie between 0 and {most}", "`{key}` 必须在 0 到 {most} 之间");
                    self.findings.report(pointer, message, example_hint(pointer, property));
                }
                parsed.ok().map(Value::from)
            }
            (expected, _) => self.wrong_type(article(expected), property, value, pointer),
        }
    }

    fn wrong_type(
        &mut self,
        expected: Said,
        property: &Value,
        value: &Spanned<DeValue<'_>>,
        pointer: &str,
    ) -> Option<Value> {
        let found = article(value.get_ref().type_str());
        let key = shown(pointer);
        let message = Said {
            en: format!("`{key}` must be {}, not {}", expected.en, found.en),
            zh_cn: format!("`{key}` 必须是{}，而不是{}", expected.zh_cn, found.zh_cn),
        };
        self.findings.report(pointer, message, example_hint(pointer, property));
        None
    }

    fn word(&mut self, words: &[&str], property: &Value, value: &Spanned<DeValue<'_>>, pointer: &str) -> Option<Value> {
        let Some(text) = value.get_ref().as_str() else {
            return self.wrong_type(article("string"), property, value, pointer);
        };
        if words.contains(&text) {
            return Some(Value::from(text));
        }
        let key = shown(pointer);
        let message = said!("`{key}` cannot be `{text}`", "`{key}` 不能是 `{text}`");
        self.findings.report(pointer, message, choice_hint(text, words.iter().copied()));
        None
    }

    fn table(&mut self, schema: &Value, table: &DeTable<'_>, pointer: &str) -> Option<Value> {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let mut fitting = Map::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let property =
                properties.get(name).or_else(|| schema.get("additionalProperties").filter(|s| s.is_object()));
            let Some(property) = property else {
                self.unknown_key(key, properties, pointer);
                continue;
            };
            let pointer = format!("{pointer}/{}", escape(name));
            if let Some(value) = self.value(property, value, &pointer) {
                fitting.insert(name.to_owned(), value);
            }
        }
        let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut whole = true;
        for name in required.iter().filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let hint = properties.get(name).and_then(|property| example_hint(name, property));
                self.findings.report(pointer, lacks(pointer, name), hint);
            }
            whole &= fitting.contains_key(name);
        }
        whole.then_some(Value::Object(fitting))
    }

    fn unknown_key(&mut self, key: &Spanned<impl AsRef<str>>, properties: &Map<String, Value>, pointer: &str) {
        let name = key.get_ref().as_ref();
        let place = shown(pointer);
        let hint = choice_hint(name, properties.keys().map(String::as_str));
        let message = match pointer.is_empty() {
            true => said!("unknown key `{name}`", "未知的键 `{name}`"),
            false => said!("unknown key `{name}` in `{place}`", "`{place}` 中有未知的键 `{name}`"),
        };
        self.findings.report_at(&key.span(), message, hint);
    }

    /// The branch of a choice that a table means: by the value of its tag, or by its one key.
    fn choose<'s>(&mut self, branches: &[&'s Value], table: &DeTable<'_>, pointer: &str) -> Option<&'s Value> {
        match tag_of(branches) {
            Some(tag) => self.choose_by_tag(tag, branches, table, pointer),
            None => self.choose_by_key(branches, table, pointer),
        }
    }

    fn choose_by_tag<'s>(
        &mut self,
        tag: &str,
        branches: &[&'s Value],
        table: &DeTable<'_>,
        pointer: &str,
    ) -> Option<&'s Value> {
        let word_of = |branch: &'s Value| branch.get("properties")?.get(tag)?.get("const")?.as_str();
        let words: Vec<&str> = branches.iter().filter_map(|branch| word_of(branch)).collect();
        let Some(value) = table.get(tag) else {
            self.findings.report(pointer, lacks(pointer, tag), choose_from(words.iter().copied()));
            return None;
        };
        let pointer = format!("{pointer}/{tag}");
        let Some(word) = value.get_ref().as_str() else {
            self.wrong_type(article("string"), &Value::Null, value, &pointer);
            return None;
        };
        let found = branches.iter().copied().find(|branch| word_of(branch) == Some(word));
        if found.is_none() {
            self.findings.spans.insert(pointer.clone(), value.span());
            let hint = choice_hint(word, words.iter().copied());
            self.findings.report(&pointer, said!("unknown {tag} `{word}`", "未知的 `{tag}`：`{word}`"), hint);
        }
        found
    }

    fn choose_by_key<'s>(&mut self, branches: &[&'s Value], table: &DeTable<'_>, pointer: &str) -> Option<&'s Value> {
        let key_of = |branch: &'s Value| branch.get("required")?.get(0)?.as_str();
        if let Some(found) = branches.iter().find(|branch| key_of(branch).is_some_and(|key| table.contains_key(key))) {
            return Some(found);
        }
        let keys: Map<String, Value> =
            branches.iter().filter_map(|branch| Some((key_of(branch)?.to_owned(), Value::Null))).collect();
        if table.is_empty() {
            let (key, hint) = (shown(pointer), choose_from(keys.keys().map(String::as_str)));
            self.findings.report(pointer, said!("`{key}` is empty", "`{key}` 为空"), hint);
        }
        for key in table.keys() {
            self.unknown_key(key, &keys, pointer);
        }
        None
    }
}

fn lacks(pointer: &str, key: &str) -> Said {
    let table = shown(pointer);
    said!("`{table}` has no `{key}`", "`{table}` 缺少 `{key}`")
}

/// The schemas that a value may follow: references followed, choices opened, `null` left out (TOML has none).
fn branches<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut schema = schema;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
        let Some(target) = root.pointer(reference.trim_start_matches('#')) else { break };
        schema = target;
    }
    let choice = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    match choice {
        Some(choice) => choice
            .iter()
            .filter(|branch| branch.get("type").and_then(Value::as_str) != Some("null"))
            .flat_map(|branch| branches(root, branch))
            .collect(),
        None => vec![schema],
    }
}

/// The property that tells the branches apart by a constant.
fn tag_of<'s>(branches: &[&'s Value]) -> Option<&'s str> {
    let properties = branches.first()?.get("properties")?.as_object()?;
    properties.iter().find(|(_, property)| property.get("const").is_some()).map(|(name, _)| name.as_str())
}

/// The type of a schema, `null` left out.
fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default()
        }
        _ => "",
    }
}

fn article(type_name: &str) -> Said {
    match type_name {
        "object" | "table" => said!("a table", "表"),
        "array" => said!("an array", "数组"),
        "string" => said!("a string", "字符串"),
        "boolean" => said!("`true` or `false`", "`true` 或 `false`"),
        "integer" => said!("a whole number", "整数"),
        "float" => said!("a number with a point", "小数"),
        "datetime" => said!("a date", "日期"),
        _ => said!("something else", "其他类型"),
    }
}

/// `for example: quiet = ["Sat-Sun"]`.
fn example_hint(pointer: &str, property: &Value) -> Option<Said> {
    let example = property.get("examples")?.get(0)?;
    let key = pointer.rsplit('/').find(|part| part.parse::<usize>().is_err())?;
    let value = inline_toml(example);
    Some(said!("for example: {key} = {value}", "例如：{key} = {value}"))
}

/// A pointer as users write it: `account.classes`.
fn shown(pointer: &str) -> String {
    let parts: Vec<String> = pointer
        .split('/')
        .filter(|part| !part.is_empty() && part.parse::<usize>().is_err())
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    if parts.is_empty() { "the file".to_owned() } else { parts.join(".") }
}

/// A key as a part of a pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
