//! One operation by itself: verb, path, modes, body, expectations, and that a write has its journey.

use std::borrow::Cow;

use super::names::check_names;
use super::{Entry, Index};
use crate::model::{Access, Body, Expectation, Mode, Operation, OperationMethod};
use crate::problem::{Problem, did_you_mean};
use crate::source::{Place, Source};
use crate::template;

/// The most pages that one operation may read.
pub(super) const OPERATION_PAGES_MAX: u32 = 100;

/// The services that a licence can include.
pub(crate) const LICENSES: [&str; 9] =
    ["any", "exchange", "sharepoint", "onenote", "teams", "bookings", "entra-p1", "entra-p2", "defender"];

pub(super) fn check(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    check_request(entry, problems);
    check_body(entry, problems);
    check_access(entry, index, problems);
    check_modes(entry, problems);
    check_bounds(entry, problems);
    check_known_names(entry, index, problems);
    check_expectations(entry, problems);
}

fn check_request(entry: &Entry<'_, Operation>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    if let Some(why) = path_trouble(&operation.path) {
        let hint = "write the path below `/v1.0`, and the query under `query`".to_owned();
        problems.push(entry.problem("path", format!("`{}` is no path: {why}", operation.path), Some(hint)));
    }
    if !operation.docs.starts_with("https://") {
        let hint = "give Microsoft's page about it, beginning with `https://`".to_owned();
        problems.push(entry.problem("docs", "the link to the documentation is no link", Some(hint)));
    }
    for (name, value) in &operation.headers {
        if let Some(message) = header_trouble(name, value) {
            problems.push(entry.problem(&format!("headers/{name}"), message, None));
        }
    }
}

fn header_trouble(name: &str, value: &str) -> Option<String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        Some(format!("the header `{name}` is graphbeat's own"))
    } else if name.is_empty() || !name.bytes().all(token) {
        Some(format!("`{name}` is no name of a header"))
    } else if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Some(format!("the header `{name}` holds a character that no header may hold"))
    } else {
        None
    }
}

fn path_trouble(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') || path.len() < 2 {
        Some("it must begin with `/`")
    } else if path.contains(['?', '#']) || path.contains(char::is_whitespace) {
        Some("it holds a character that belongs elsewhere")
    } else if path.starts_with("/v1.0") || path.starts_with("/beta") {
        Some("it must not name the version")
    } else if path.split('/').skip(1).any(|segment| segment.is_empty() || segment == "." || segment == "..") {
        Some("it has an empty or relative segment")
    } else {
        None
    }
}

fn check_body(entry: &Entry<'_, Operation>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    match (&operation.body, operation.method) {
        (Some(_), OperationMethod::Get | OperationMethod::Delete) => {
            problems.push(entry.problem("body", "a `GET` or `DELETE` has no body", None));
        }
        (Some(Body::Json { json }), _) => {
            let sample = template::fill(json, |_| Some(Cow::Borrowed(SAMPLE))).unwrap_or_default();
            if let Err(error) = serde_json::from_str::<serde_json::Value>(&sample) {
                let message = format!("the body is not JSON once its placeholders are filled: {error}");
                problems.push(entry.problem("body/json", message, None));
            }
        }
        (Some(Body::Text { media_type, .. } | Body::Binary { media_type, .. }), _) if !media_type.contains('/') => {
            problems.push(entry.problem("body/type", format!("`{media_type}` is no media type"), None));
        }
        _ => {}
    }
}

fn check_access(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    let write = operation.access == Access::Write;
    if write && operation.method == OperationMethod::Get || !write && is_plain_write(operation.method) {
        let message = format!("the verb and `access = \"{}\"` contradict each other", operation.access.word());
        problems.push(entry.problem("access", message, None));
    }
    if write && operation.starter {
        problems.push(entry.problem("starter", "a write cannot belong to the preset `starter`", None));
    }
    check_owner(entry, index, problems);
    if (write || operation.helper) && !index.is_used_by_a_journey(&operation.id) {
        let what = if write { "write" } else { "helper" };
        problems.push(entry.problem("id", format!("no journey uses the {what} `{}`", operation.id), None));
    }
}

fn check_owner(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    match &operation.journey {
        None if operation.access == Access::Write => {
            let hint = "name the journey that makes and removes it: `journey = \"…\"`".to_owned();
            problems.push(entry.problem("id", format!("write `{}` has no journey", operation.id), Some(hint)));
        }
        Some(journey) if !index.journeys.contains_key(&**journey) => {
            let hint = did_you_mean(journey, index.journeys.keys().copied());
            problems.push(entry.problem("journey", format!("unknown journey `{journey}`"), hint));
        }
        _ => {}
    }
    let undone = operation.undo.as_ref().is_some_and(|undo| !undo.trim().is_empty());
    if operation.access == Access::Write && !operation.helper && !undone {
        let hint = "say in `undo` how it is taken back".to_owned();
        problems.push(entry.problem("id", format!("write `{}` has no undo", operation.id), Some(hint)));
    }
}

const fn is_plain_write(method: OperationMethod) -> bool {
    matches!(method, OperationMethod::Patch | OperationMethod::Put | OperationMethod::Delete)
}

fn check_modes(entry: &Entry<'_, Operation>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    let missing: Vec<Mode> = Mode::ALL.into_iter().filter(|mode| !operation.runs_as(*mode)).collect();
    match (missing.as_slice(), &operation.unsupported) {
        ([], Some(_)) => {
            problems.push(entry.problem(
                "unsupported",
                "both modes are supported, so there is nothing to explain",
                None,
            ));
        }
        ([mode], None) => {
            let message = format!("operation `{}` has no permissions for `{}`", operation.id, mode.word());
            let hint = format!("list them under `{}`, or say in `unsupported` why it is missing", mode.word());
            problems.push(entry.problem("id", message, Some(hint)));
        }
        ([_, _], _) => {
            let message = format!("nobody can call `{}`: it has neither kind of permissions", operation.id);
            problems.push(entry.problem("id", message, None));
        }
        (_, Some(reason)) => check_names(entry.source, &entry.pointer("unsupported"), reason, problems),
        _ => {}
    }
    for mode in Mode::ALL {
        let permissions = operation.permissions(mode);
        if permissions.is_some_and(|names| names.is_empty() || names.iter().any(|name| name.trim().is_empty())) {
            let message = format!("the permissions for `{}` are empty", mode.word());
            problems.push(entry.problem(mode.word(), message, None));
        }
        check_alternatives(entry, mode, problems);
    }
}

fn check_alternatives(entry: &Entry<'_, Operation>, mode: Mode, problems: &mut Vec<Problem>) {
    let (key, also) = match mode {
        Mode::Application => ("application_also", &entry.item.application_also),
        Mode::Delegated => ("delegated_also", &entry.item.delegated_also),
    };
    let least = entry.item.permissions(mode);
    if least.is_none() && !also.is_empty() {
        let hint = format!("name the least permission under `{}`", mode.word());
        problems.push(entry.problem(key, "there is nothing that these stand in for", Some(hint)));
    }
    for (number, alternative) in also.iter().enumerate() {
        let names = alternative.permissions();
        let written = names.join(" + ");
        if names.iter().any(|name| name.is_empty() || name.contains(char::is_whitespace)) {
            let hint = "one permission, or several that are needed together: `A + B`".to_owned();
            problems.push(entry.problem(key, format!("`{written}` is no alternative"), Some(hint)));
        } else if least == Some(names) || also.iter().take(number).any(|earlier| earlier == alternative) {
            problems.push(entry.problem(key, format!("`{written}` stands there twice"), None));
        }
    }
}

fn check_bounds(entry: &Entry<'_, Operation>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    if !(1..=OPERATION_PAGES_MAX).contains(&operation.pages) {
        let message = format!("`pages` must be between 1 and {OPERATION_PAGES_MAX}");
        problems.push(entry.problem("pages", message, None));
    }
    if operation.cost == 0 {
        problems.push(entry.problem("cost", "every request costs something: `cost` must be at least 1", None));
    }
    if operation.clouds.is_empty() {
        problems.push(entry.problem("clouds", "the operation exists in no cloud", None));
    }
}

fn check_known_names(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    if !index.buckets.contains(&&*operation.bucket) {
        let hint = did_you_mean(&operation.bucket, index.buckets.iter().copied());
        problems.push(entry.problem("bucket", format!("unknown bucket `{}`", operation.bucket), hint));
    }
    if !LICENSES.contains(&operation.license.as_str()) {
        let hint = did_you_mean(&operation.license, LICENSES)
            .or_else(|| Some(format!("known here: `{}`", LICENSES.join("`, `"))));
        problems.push(entry.problem("license", format!("unknown license `{}`", operation.license), hint));
    }
}

fn check_expectations(entry: &Entry<'_, Operation>, problems: &mut Vec<Problem>) {
    for (number, expectation) in entry.item.expect.iter().enumerate() {
        check_expectation(entry.source, &entry.pointer(&format!("expect/{number}")), expectation, problems);
    }
}

/// An operation's expectation, or one of a whole class.
pub(super) fn check_expectation(
    source: &Source,
    pointer: &str,
    expectation: &Expectation,
    problems: &mut Vec<Problem>,
) {
    if !(400..=599).contains(&expectation.status) {
        let message = format!("status {} is no failure", expectation.status);
        let hint = "a failure has a status from 400 to 599".to_owned();
        problems.push(source.problem(&Place::at(format!("{pointer}/status")), message, Some(hint)));
    }
    if expectation.heals_within_minutes == Some(0) {
        let place = Place::at(format!("{pointer}/heals_within_minutes"));
        problems.push(source.problem(&place, "what heals needs at least a minute", None));
    }
    check_names(source, &format!("{pointer}/reason"), &expectation.reason, problems);
}

/// Stands for every value when a body is checked.
const SAMPLE: &str = "sample";

/// Headers that graphbeat sets on every request.
const OWN_HEADERS: [&str; 6] =
    ["authorization", "client-request-id", "content-length", "content-type", "host", "user-agent"];
