//! The query string: `$select`, `$filter`, `$orderby`, `$top`, `$skip`, `$count`, `$expand`, `$search`
//! and the tokens of paging and delta.

use percent_encoding::percent_decode_str;

use super::filter::Filter;

/// Bytes that a query string may have.
const QUERY_MAX: usize = 32_768;
/// Names that a list in a query option may have.
const NAMES_MAX: usize = 200;

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// One part of `$orderby`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) path: Vec<String>,
    pub(crate) direction: Direction,
}

/// A query string, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// Empty: everything that the type shows by default.
    pub(crate) select: Vec<String>,
    pub(crate) filter: Option<Filter>,
    pub(crate) order: Vec<Order>,
    pub(crate) top: Option<usize>,
    pub(crate) skip: usize,
    /// `$count=true`
    pub(crate) count: bool,
    /// Names of navigation properties, their own options left out.
    pub(crate) expand: Vec<String>,
    /// The words of `$search`, without quotes.
    pub(crate) search: Option<String>,
    pub(crate) skip_token: Option<String>,
    pub(crate) delta_token: Option<String>,
    /// Everything else, as `startDateTime`, decoded.
    pub(crate) others: Vec<(String, String)>,
}

/// A query option that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("The query string is too long or not valid UTF-8.")]
    Unreadable,
    #[error("Query option '{0}' was specified more than once, but it must be specified at most once.")]
    Repeated(String),
    #[error("The query parameter '{0}' is not supported.")]
    Unknown(String),
    #[error(
        "Invalid value '{value}' for {option} query option found. The {option} query option requires a non-negative integer value."
    )]
    Number { option: &'static str, value: String },
    #[error("Invalid filter clause: {0}")]
    Filter(String),
    #[error("Parsing OData Select and Expand failed: {0}")]
    Select(String),
    #[error("Invalid $orderby clause: '{0}'.")]
    Order(String),
    #[error("Invalid value '{0}' for $count query option found. Valid values are 'true' and 'false'.")]
    Count(String),
}

impl Query {
    /// Reads a query string; `None` is an empty one.
    pub(crate) fn read(raw: Option<&str>) -> Result<Self, QueryError> {
        let raw = raw.unwrap_or_default();
        if raw.len() > QUERY_MAX {
            return Err(QueryError::Unreadable);
        }
        let mut query = Self::default();
        let mut known = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?;
            let option = name.strip_prefix('$').map(str::to_ascii_lowercase);
            if option.as_ref().is_some_and(|option| known.contains(option)) {
                return Err(QueryError::Repeated(name));
            }
            known.extend(option);
            query.take(&name, &decoded(value)?)?;
        }
        Ok(query)
    }

    /// Another parameter of the query string.
    pub(crate) fn other(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), QueryError> {
        let plain = name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase();
        match plain.as_str() {
            "select" => self.select = names(value)?,
            "expand" => self.expand = expanded(value)?,
            "filter" => self.filter = Some(Filter::read(value).map_err(QueryError::Filter)?),
            "orderby" => self.order = order(value)?,
            "top" => self.top = Some(number("$top", value)?),
            "skip" => self.skip = number("$skip", value)?,
            "count" => self.count = truth(value)?,
            "search" => self.search = Some(value.trim().trim_matches('"').to_owned()),
            "skiptoken" => self.skip_token = Some(value.to_owned()),
            "deltatoken" => self.delta_token = Some(value.to_owned()),
            "format" => {}
            _ if name.starts_with('$') => return Err(QueryError::Unknown(name.to_owned())),
            _ => self.others.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }
}

fn decoded(text: &str) -> Result<String, QueryError> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(|text| text.into_owned()).map_err(|_| QueryError::Unreadable)
}

fn number(option: &'static str, value: &str) -> Result<usize, QueryError> {
    // Only digits: `+5` parses as a number too, but is none here.
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = if digits { value.parse().ok() } else { None };
    parsed.ok_or_else(|| QueryError::Number { option, value: value.chars().take(40).collect() })
}

fn truth(value: &str) -> Result<bool, QueryError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(QueryError::Count(value.chars().take(40).collect())),
    }
}

fn names(value: &str) -> Result<Vec<String>, QueryError> {
    let names: Vec<String> =
        value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let is_name = |name: &String| {
        name == "*" || name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_/.@".contains(letter))
    };
    match names.iter().find(|name| !is_name(name)) {
        Some(bad) => {
            Err(QueryError::Select(format!("Syntax error in '{}'.", bad.chars().take(80).collect::<String>())))
        }
        None if names.is_empty() || names.len() > NAMES_MAX => {
            Err(QueryError::Select("Term '' is not valid in a $select or $expand expression.".to_owned()))
        }
        None => Ok(names),
    }
}

/// `a,b($select=c,d)` → `a`, `b`.
fn expanded(value: &str) -> Result<Vec<String>, QueryError> {
    let (mut depth, mut outer) = (0_usize, String::new());
    for letter in value.chars() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return Err(QueryError::Select("Found an unbalanced bracket expression.".to_owned())),
            ')' => depth -= 1,
            _ if depth == 0 => outer.push(letter),
            _ => {}
        }
    }
    if depth > 0 {
        return Err(QueryError::Select("Found an unbalanced bracket expression.".to_owned()));
    }
    names(&outer)
}

fn order(value: &str) -> Result<Vec<Order>, QueryError> {
    let refuse = |part: &str| QueryError::Order(part.chars().take(80).collect());
    let mut all = Vec::new();
    for part in value.split(',') {
        let mut words = part.split_whitespace();
        let path = words.next().ok_or_else(|| refuse(part))?;
        let direction = match words.next() {
            None | Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            Some(_) => return Err(refuse(part)),
        };
        let is_path = path.chars().all(|letter| letter.is_ascii_alphanumeric() || "_/".contains(letter));
        if words.next().is_some() || !is_path || all.len() >= NAMES_MAX {
            return Err(refuse(part));
        }
        all.push(Order { path: path.split('/').map(str::to_owned).collect(), direction });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_read_with_and_without_its_dollar() {
        let text = "$select=id,subject&$filter=isRead%20eq%20false&$orderby=receivedDateTime+desc,subject&$top=5&skip=2&$count=true&$expand=attachments($select=id,name),extensions&$search=%22plan%22&startDateTime=2026-01-01";
        let query = Query::read(Some(text)).expect("a query");
        assert_eq!(query.select, ["id", "subject"]);
        assert!(query.filter.is_some() && query.count);
        assert_eq!((query.top, query.skip), (Some(5), 2));
        assert_eq!(query.order[0].direction, Direction::Descending);
        assert_eq!(query.expand, ["attachments", "extensions"]);
        assert_eq!(query.search.as_deref(), Some("plan"));
        assert_eq!(query.other("STARTDATETIME"), Some("2026-01-01"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in [
            "$top=-1",
            "$top=1&$top=1",
            "$select=id&%24Select=id",
            "$top=x",
            "$top=",
            "$top=+5",
            "$top=99999999999999999999999",
            "$skip=a",
            "$count=maybe",
            "$wrong=1",
            "$filter=",
            "$filter=a+eq",
            "$orderby=",
            "$orderby=a+sideways",
            "$select=",
            "$select=a;b",
            "$expand=a(b",
            "$expand=a)b",
            "x=%FF",
        ] {
            assert!(Query::read(Some(bad)).is_err(), "{bad}");
        }
        assert!(Query::read(Some(&"a".repeat(QUERY_MAX + 1))).is_err());
        assert!(Query::read(None).is_ok() && Query::read(Some("&&&=")).is_ok());
    }
}
