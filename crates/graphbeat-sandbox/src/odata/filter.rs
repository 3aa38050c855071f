//! `$filter`: expressions and what they say of an object.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::compare::compare;
use super::parser::parse;

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
pub(super) enum Expression {
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
pub(super) enum Quantifier {
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
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
        let parsed = parse(text)?;
        Ok(Self { root: parsed.root, properties: parsed.properties, advanced: parsed.advanced })
    }

    /// Whether an object satisfies the filter.
    pub(crate) fn admits(&self, properties: &Map<String, Value>) -> bool {
        holds(&self.root, &Scope { properties, variable: None })
    }

    /// The text that it demands of a property, where that is all that it says; names in any letter case.
    pub(crate) fn equal_to(&self, name: &str) -> Option<&str> {
        match &self.root {
            Expression::Compare(Operand::Path(path), Operator::Equal, Operand::Literal(Value::String(text))) => {
                (path.len() == 1 && path[0].eq_ignore_ascii_case(name)).then_some(text)
            }
            _ => None,
        }
    }

    /// Every comparison of a property with a value, outside of `any` and `all`: the path and the value.
    pub(crate) fn comparisons(&self) -> Vec<(&[String], &Value)> {
        let mut all = Vec::new();
        compared(&self.root, &mut all);
        all
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

fn compared<'f>(expression: &'f Expression, all: &mut Vec<(&'f [String], &'f Value)>) {
    match expression {
        Expression::Or(parts) | Expression::And(parts) => parts.iter().for_each(|part| compared(part, all)),
        Expression::Not(inner) => compared(inner, all),
        Expression::Compare(one, _, other) | Expression::Text(_, one, other) => match (one, other) {
            (Operand::Path(path), Operand::Literal(value)) | (Operand::Literal(value), Operand::Path(path)) => {
                all.push((path, value));
            }
            _ => {}
        },
        Expression::In(Operand::Path(path), values) => all.extend(values.iter().map(|value| (path.as_slice(), value))),
        Expression::In(..) | Expression::Lambda { .. } | Expression::Truth(_) => {}
    }
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
            (_, Some((first, rest))) => (member(self.properties, first), rest),
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

/// A property by its name in any case.
fn member<'v>(properties: &'v Map<String, Value>, name: &str) -> &'v Value {
    let any_case = || properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    properties.get(name).or_else(any_case).unwrap_or(&Value::Null)
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
            "a/any(x:b/any(y:c/all(z:z eq 1)))",
        ] {
            assert!(Filter::read(text).is_err(), "{text:.80}");
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
