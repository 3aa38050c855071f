//! `$filter`: a small expression language, parsed by hand within fixed bounds.
//!
//! ```text
//! or    := and ("or" and)*            and := unary ("and" unary)*
//! unary := "not" unary | "(" or ")" | function | operand (eq|ne|gt|ge|lt|le) operand | operand in (…)
//! function := startswith|endswith|contains "(" operand "," operand ")" | path "/any" "(" x ":" or ")"
//! ```

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::compare::compare;
use super::lexer::{Token, tokens};

/// How deep an expression may nest.
const DEPTH_MAX: usize = 32;

/// Words that cannot name a property.
const RESERVED: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "in", "not"];

/// A parsed `$filter`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    root: Expression,
    /// Names that stand first in a property path.
    properties: Vec<String>,
    /// The first operator that Entra ID serves only with `ConsistencyLevel: eventual`.
    advanced: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Operand, Operator, Operand),
    In(Operand, Vec<Value>),
    Text(TextTest, Operand, Operand),
    Lambda {
        quantifier: Quantifier,
        path: Vec<String>,
        variable: String,
        body: Option<Box<Expression>>,
    },
    /// A property or function that is true or false by itself.
    Truth(Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(Vec<String>),
    /// `tolower(…)` and `toupper(…)`: comparisons ignore case anyway.
    Folded(Box<Operand>),
    /// `path/$count`
    Count(Vec<String>),
}

impl Filter {
    /// Parses an expression; the error is one sentence for people.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut parser =
            Parser { tokens: tokens(text)?, at: 0, properties: Vec::new(), variables: Vec::new(), advanced: None };
        let root = parser.or(0)?;
        if parser.at < parser.tokens.len() {
            return Err(format!("Syntax error at word {} in '{}'.", parser.at + 1, shortened(text)));
        }
        Ok(Self { root, properties: parser.properties, advanced: parser.advanced })
    }

    /// Whether an object satisfies the filter.
    pub(crate) fn admits(&self, properties: &Map<String, Value>) -> bool {
        holds(&self.root, &Scope { properties, variable: None })
    }

    /// The first names of the property paths in it.
    pub(crate) fn properties(&self) -> &[String] {
        &self.properties
    }

    /// The first operator that Entra ID serves only with `ConsistencyLevel: eventual`.
    pub(crate) fn advanced(&self) -> Option<&'static str> {
        self.advanced
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    properties: Vec<String>,
    variables: Vec<String>,
    advanced: Option<&'static str>,
}

impl Parser {
    fn or(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH_MAX {
            return Err("The node count limit has been exceeded.".to_owned());
        }
        let mut parts = vec![self.and(depth)?];
        while self.take_word("or") {
            parts.push(self.and(depth)?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.unary(depth)?];
        while self.take_word("and") {
            parts.push(self.unary(depth)?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn unary(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH_MAX {
            return Err("The node count limit has been exceeded.".to_owned());
        }
        if self.take_word("not") {
            self.advanced.get_or_insert("not");
            return Ok(Expression::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.take(&Token::Open) {
            let inner = self.or(depth + 1)?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        match (self.word(), self.tokens.get(self.at + 1)) {
            (Some(word), Some(Token::Open)) => self.call(&word, depth),
            _ => self.comparison(depth),
        }
    }

    /// `startswith(a,'b')`, `path/any(x:…)`, or a comparison that begins with a function.
    fn call(&mut self, word: &str, depth: usize) -> Result<Expression, String> {
        let lower = word.to_ascii_lowercase();
        let test = match lower.as_str() {
            "startswith" => TextTest::StartsWith,
            "endswith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ if lower.ends_with("/any") || lower.ends_with("/all") => return self.lambda(word, depth),
            _ => return self.comparison(depth),
        };
        if test == TextTest::EndsWith {
            self.advanced.get_or_insert("endsWith");
        }
        self.at += 2;
        let whole = self.operand(depth + 1)?;
        self.expect(&Token::Comma)?;
        let part = self.operand(depth + 1)?;
        self.expect(&Token::Close)?;
        let test = Expression::Text(test, whole, part);
        // `startswith(a,'b') eq true` is a common spelling.
        match (self.take_word("eq"), self.word().as_deref()) {
            (false, _) => Ok(test),
            (true, Some("true")) => {
                self.at += 1;
                Ok(test)
            }
            (true, Some("false")) => {
                self.at += 1;
                Ok(Expression::Not(Box::new(test)))
            }
            (true, _) => Err(self.unexpected()),
        }
    }

    fn lambda(&mut self, word: &str, depth: usize) -> Result<Expression, String> {
        let quantifier = if word.to_ascii_lowercase().ends_with("/all") { Quantifier::All } else { Quantifier::Any };
        let path = self.path(&word[..word.len() - "/any".len()]);
        self.at += 2;
        if self.take(&Token::Close) {
            return Ok(Expression::Lambda { quantifier, path, variable: String::new(), body: None });
        }
        let variable = self.word().ok_or_else(|| self.unexpected())?;
        self.at += 1;
        self.expect(&Token::Colon)?;
        self.variables.push(variable.clone());
        let body = self.or(depth + 1)?;
        self.variables.pop();
        self.expect(&Token::Close)?;
        Ok(Expression::Lambda { quantifier, path, variable, body: Some(Box::new(body)) })
    }

    fn comparison(&mut self, depth: usize) -> Result<Expression, String> {
        let left = self.operand(depth)?;
        let Some(word) = self.word() else { return self.truth(left) };
        let operator = match word.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => {
                self.advanced.get_or_insert("ne");
                Operator::NotEqual
            }
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            "in" => {
                self.at += 1;
                return Ok(Expression::In(left, self.literals()?));
            }
            "and" | "or" => return self.truth(left),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Expression::Compare(left, operator, self.operand(depth)?))
    }

    /// An operand that stands alone: a property, or `true` and `false`.
    fn truth(&self, operand: Operand) -> Result<Expression, String> {
        match operand {
            Operand::Path(_) | Operand::Literal(Value::Bool(_)) => Ok(Expression::Truth(operand)),
            _ => Err(self.unexpected()),
        }
    }

    fn literals(&mut self) -> Result<Vec<Value>, String> {
        self.expect(&Token::Open)?;
        let mut values = Vec::new();
        loop {
            match self.operand(DEPTH_MAX)? {
                Operand::Literal(value) => values.push(value),
                _ => return Err(self.unexpected()),
            }
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.expect(&Token::Close)?;
        Ok(values)
    }

    fn operand(&mut self, depth: usize) -> Result<Operand, String> {
        let token = self.tokens.get(self.at).cloned();
        match token {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Operand::Literal(Value::String(text)))
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                self.word_operand(&word, depth)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn word_operand(&mut self, word: &str, depth: usize) -> Result<Operand, String> {
        if depth <= DEPTH_MAX
            && matches!(word.to_ascii_lowercase().as_str(), "tolower" | "toupper")
            && self.take(&Token::Open)
        {
            let inner = self.operand(depth + 1)?;
            self.expect(&Token::Close)?;
            return Ok(Operand::Folded(Box::new(inner)));
        }
        if let Some(value) = literal(word) {
            return Ok(Operand::Literal(value));
        }
        if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return Err(self.unexpected());
        }
        match word.strip_suffix("/$count").or_else(|| word.strip_suffix("/count")) {
            Some(path) => Ok(Operand::Count(self.path(path))),
            None if word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') => {
                Ok(Operand::Path(self.path(word)))
            }
            None => Err(format!("Syntax error: '{}' is neither a value nor a property.", shortened(word))),
        }
    }

    /// A property path; its first name is remembered unless a lambda made it.
    fn path(&mut self, text: &str) -> Vec<String> {
        let path: Vec<String> = text.split('/').map(str::to_owned).collect();
        if let Some(first) = path.first()
            && !self.variables.contains(first)
        {
            self.properties.push(first.clone());
        }
        path
    }

    fn word(&self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let is_it = self.word().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(is_it);
        is_it
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let is_it = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        format!("Syntax error at word {} of the filter.", self.at + 1)
    }
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// The value of a word that is no name: a number, `true`, `null`, a time, a GUID.
fn literal(word: &str) -> Option<Value> {
    match word {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        "null" => return Some(Value::Null),
        _ => {}
    }
    if let Ok(number) = word.parse::<i64>() {
        return Some(number.into());
    }
    let is_guid = word.parse::<uuid::Uuid>().is_ok() && word.contains('-');
    let starts_with_digit = word.starts_with(|letter: char| letter.is_ascii_digit());
    let is_time =
        starts_with_digit && (word.parse::<jiff::Timestamp>().is_ok() || word.parse::<jiff::civil::Date>().is_ok());
    if is_guid || is_time {
        return Some(Value::String(word.to_owned()));
    }
    let is_number = word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-');
    word.parse::<f64>().ok().filter(|number| is_number && number.is_finite()).map(Value::from)
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// What names mean: an object's properties, and one lambda variable.
struct Scope<'a> {
    properties: &'a Map<String, Value>,
    variable: Option<(&'a str, &'a Value)>,
}

impl<'a> Scope<'a> {
    fn value(&self, path: &[String]) -> &'a Value {
        let (mut value, rest) = match (self.variable, path.split_first()) {
            (Some((name, value)), Some((first, rest))) if name == first => (value, rest),
            (_, Some((first, rest))) => (self.properties.get(first.as_str()).unwrap_or(&Value::Null), rest),
            (_, None) => (&Value::Null, path),
        };
        for name in rest {
            value = value.get(name.as_str()).unwrap_or(&Value::Null);
        }
        value
    }

    fn operand(&self, operand: &'a Operand) -> std::borrow::Cow<'a, Value> {
        use std::borrow::Cow;
        match operand {
            Operand::Literal(value) => Cow::Borrowed(value),
            Operand::Path(path) => Cow::Borrowed(self.value(path)),
            Operand::Folded(inner) => self.operand(inner),
            Operand::Count(path) => Cow::Owned(self.value(path).as_array().map_or(0, Vec::len).into()),
        }
    }
}

fn holds(expression: &Expression, scope: &Scope<'_>) -> bool {
    match expression {
        Expression::Or(parts) => parts.iter().any(|part| holds(part, scope)),
        Expression::And(parts) => parts.iter().all(|part| holds(part, scope)),
        Expression::Not(inner) => !holds(inner, scope),
        Expression::Compare(left, operator, right) => {
            let (left, right) = (scope.operand(left), scope.operand(right));
            compares(&left, *operator, &right)
        }
        Expression::In(left, values) => {
            let left = scope.operand(left);
            values.iter().any(|value| compare(&left, value) == Some(Ordering::Equal))
        }
        Expression::Text(test, whole, part) => {
            let (whole, part) = (scope.operand(whole), scope.operand(part));
            whole.as_str().zip(part.as_str()).is_some_and(|(whole, part)| matches_text(*test, whole, part))
        }
        Expression::Lambda { quantifier, path, variable, body } => {
            let items = scope.value(path).as_array().map_or(&[][..], Vec::as_slice);
            let Some(body) = body else { return !items.is_empty() };
            let mut tests = items
                .iter()
                .map(|item| holds(body, &Scope { properties: scope.properties, variable: Some((variable, item)) }));
            match quantifier {
                Quantifier::Any => tests.any(|held| held),
                Quantifier::All => tests.all(|held| held),
            }
        }
        Expression::Truth(operand) => scope.operand(operand).as_ref() == &Value::Bool(true),
    }
}

fn compares(left: &Value, operator: Operator, right: &Value) -> bool {
    let order = compare(left, right);
    // Null is equal to null alone, and neither greater nor less than anything.
    let ranks = !left.is_null() && !right.is_null();
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Greater => ranks && order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => ranks && matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Less => ranks && order == Some(Ordering::Less),
        Operator::LessOrEqual => ranks && matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn matches_text(test: TextTest, whole: &str, part: &str) -> bool {
    let (whole, part) = (whole.to_lowercase(), part.to_lowercase());
    match test {
        TextTest::StartsWith => whole.starts_with(&part),
        TextTest::EndsWith => whole.ends_with(&part),
        TextTest::Contains => whole.contains(&part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ada() -> Map<String, Value> {
        let Value::Object(ada) = json!({
            "displayName": "Ada O'Hara", "accountEnabled": true, "age": 36, "mail": null,
            "appId": "00000003-0000-0000-c000-000000000000", "createdDateTime": "2026-01-02T03:04:05Z",
            "groupTypes": ["Unified"], "from": {"emailAddress": {"address": "ada@contoso.com"}},
            "assignedLicenses": [{"skuId": "c42b9cae-ea4f-4ab7-9717-81576235ccac"}], "resourceProvisioningOptions": [],
        }) else {
            unreachable!()
        };
        ada
    }

    #[test]
    fn expressions_that_hold() {
        for text in [
            "displayName eq 'ada o''hara'",
            "startswith(displayName,'Ada')",
            "startsWith(displayName, 'ada') eq true",
            "(displayName eq 'A' or startswith(displayName,'A'))",
            "groupTypes/any(c:c eq 'Unified')",
            "not resourceProvisioningOptions/Any(x:x eq 'Team')",
            "age gt 35 and age le 36 and age ne 3",
            "mail eq null",
            "appId eq '00000003-0000-0000-c000-000000000000'",
            "appId eq 00000003-0000-0000-c000-000000000000",
            "createdDateTime ge 2026-01-01T00:00:00Z",
            "createdDateTime lt 2026-01-03",
            "from/emailAddress/address eq 'ADA@contoso.com'",
            "age in (1, 36)",
            "displayName in ('x','Ada O''Hara')",
            "endswith(displayName,'hara')",
            "contains(displayName,'a O')",
            "assignedLicenses/any(x:x/skuId eq c42b9cae-ea4f-4ab7-9717-81576235ccac)",
            "accountEnabled",
            "accountEnabled eq true",
            "groupTypes/all(c:startswith(c,'U'))",
            "assignedLicenses/any()",
            "not(age eq 1)",
            "tolower(displayName) eq 'ada o''hara'",
            "age eq 36.0",
            "false or (true and (accountEnabled))",
            "groupTypes/$count eq 1",
        ] {
            assert!(Filter::read(text).expect(text).admits(&ada()), "{text}");
        }
    }

    #[test]
    fn expressions_that_do_not_hold() {
        for text in [
            "displayName eq 'Bob'",
            "age lt 36",
            "mail gt 'a'",
            "mail ne null",
            "groupTypes/any(c:c eq 'x')",
            "age eq '36'",
            "accountEnabled eq false",
            "age in (1,2)",
            "startswith(mail,'a')",
            "startswith(displayName,'Ada') eq false",
        ] {
            assert!(!Filter::read(text).expect(text).admits(&ada()), "{text}");
        }
    }

    #[test]
    fn hostile_expressions_are_refused_and_nothing_panics() {
        let deep = format!("{}a eq 1{}", "(".repeat(5_000), ")".repeat(5_000));
        let nots = "not ".repeat(2_000) + "a";
        let lowers = "tolower(".repeat(500) + "a";
        for text in [
            "",
            " ",
            "eq",
            "a eq",
            "eq 1",
            "a eq 'x",
            "a eq 1 2",
            "(a eq 1",
            "a eq 1)",
            "a any",
            "a/any(",
            "a/any(x",
            "a/any(x:",
            "a/any(x:x eq 1",
            "startswith(",
            "startswith(a",
            "startswith(a,",
            "startswith(a,'b'",
            "a in",
            "a in (",
            "a in ()",
            "a in (b)",
            "a; drop",
            "a eq {}",
            "and",
            "not",
            "a eq 1 or",
            "'",
            "''''",
            "a eq \u{0}",
            "tolower(",
            deep.as_str(),
            nots.as_str(),
            lowers.as_str(),
        ] {
            assert!(Filter::read(text).is_err(), "{}", shortened(text));
        }
        assert!(Filter::read(&"a".repeat(10_000)).is_err());
    }

    #[test]
    fn the_properties_and_the_advanced_operators_of_a_filter_are_known() {
        let filter = Filter::read("a/b eq 1 and c/any(x:x/y eq 2) and d ne 3").expect("a filter");
        assert_eq!(filter.properties(), ["a", "c", "d"]);
        assert_eq!(filter.advanced(), Some("ne"));
    }
}
