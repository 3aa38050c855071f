//! The parser of `$filter`, by hand and within fixed bounds.
//!
//! ```text
//! or    := and ("or" and)*            and := unary ("and" unary)*
//! unary := "not" unary | "(" or ")" | function | operand (eq|ne|gt|ge|lt|le) operand | operand in (…)
//! function := startswith|endswith|contains "(" operand "," operand ")" | path "/any" "(" x ":" or ")"
//! ```

use serde_json::Value;

use super::filter::{Expression, Operand, Operator, Quantifier, TextTest};
use super::lexer::{Token, tokens};

/// How deep an expression may nest.
const DEPTH_MAX: usize = 32;
/// How many `any` and `all` may stand in each other: each multiplies the work by a collection's length.
const LAMBDAS_MAX: usize = 2;

/// Words that cannot name a property.
const RESERVED: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "in", "not"];

/// What parsing finds.
pub(super) struct Parsed {
    pub(super) root: Expression,
    /// Names that stand first in a property path.
    pub(super) properties: Vec<String>,
    /// The first operator that Entra ID serves only with `ConsistencyLevel: eventual`.
    pub(super) advanced: Option<&'static str>,
}

/// Parses an expression; the error is one sentence for people.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let mut parser =
        Parser { tokens: tokens(text)?, at: 0, properties: Vec::new(), variables: Vec::new(), advanced: None };
    let root = parser.or(0)?;
    if parser.at < parser.tokens.len() {
        return Err(format!("Syntax error at word {} in '{}'.", parser.at + 1, shortened(text)));
    }
    Ok(Parsed { root, properties: parser.properties, advanced: parser.advanced })
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
        if self.variables.len() >= LAMBDAS_MAX {
            return Err("The node count limit has been exceeded.".to_owned());
        }
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
