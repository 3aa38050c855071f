//! The table of parity in the docs: drawn from the routes and from what their answers obey.

use std::fmt::Write as _;

use expect_test::expect_file;
use serde_json::Value;

use super::super::error::{GraphError, Service};
use super::super::route::{Gate, Route};
use super::super::table::routes;
use super::support::Client;
use super::tour::{furnish, paths, span};

const HEAD: &str = "\
# The sandbox: every operation

What the sandbox's Graph serves: one row for each method and path, `/me` being `/users/{user}`. *Options* are
the OData options that its answers obey; others are checked and left out of account. *Errors* are the statuses
that belong to the route itself, with the codes of its service below.

This file is written from the code by `cargo xtask parity`; a test fails where it is out of date.

## Errors of every request

| status | when | code |
|---|---|---|
| 400 | an unknown path, option, property, operator or page token; a repeated option; a body that is no JSON, an unknown property, a wrong type | `BadRequest`, `RequestBodyRead`, `Request_UnsupportedQuery`, `Directory_ExpiredPageToken` |
| 401 | no token, or one that is malformed, expired, of another issuer or audience | `InvalidAuthenticationToken` |
| 405 | a path that is served by other methods | `Request_BadRequest` |
| 410 | a delta token that is too old | `syncStateNotFound` |
| 413 | a body beyond 4 MiB that is no file | `RequestEntityTooLarge` |
| 424 | a part of a batch whose forerunner failed | `FailedDependency` |
| 429 | a limit was met | `TooManyRequests`, `ApplicationThrottled`, `20166` |

## Errors of each service

| service | 400 | 403 | 404 | 412 |
|---|---|---|---|---|
";

const SERVICES: &[Service] = &[
    Service::Directory,
    Service::Outlook,
    Service::Drive,
    Service::SharePoint,
    Service::OneNote,
    Service::Reports,
    Service::Health,
    Service::Teams,
    Service::Security,
    Service::Planner,
];

/// What the options of a route are that no seeded object leads to.
fn supposed(route: &Route) -> &'static str {
    match route.pattern.rsplit('/').next() {
        Some("content" | "$value") => "",
        Some(last) if last.ends_with('}') => "$select",
        _ => "$select $filter $orderby $top $skip $count $search",
    }
}

fn options(route: &Route, clients: &[Client]) -> &'static str {
    let answers = clients.iter().flat_map(|client| {
        paths(route, client).into_iter().map(|path| client.send("GET", &format!("{path}{}", span(route)), ""))
    });
    let mut good = answers.filter(|answer| answer.status.as_u16() < 400);
    good.next().map_or_else(|| supposed(route), |answer| answer.obeys)
}

/// Whether a stale `If-Match` is refused.
fn keeps_versions(route: &Route, client: Client) -> bool {
    let client = client.with("if-match", "\"{00000000-0000-0000-0000-000000000000},999\"");
    paths(route, &client).first().is_some_and(|path| client.send(route.method, path, "{}").status == 412)
}

fn errors(route: &Route) -> String {
    let is_closed = route.gate != Gate::AnyToken;
    let has_services = matches!(route.service, Service::Outlook | Service::Drive | Service::OneNote);
    let changes = matches!(route.method, "PATCH" | "PUT" | "DELETE");
    let all = [
        (route.method != "DELETE", "400"),
        (is_closed, "401 403"),
        (route.pattern.contains('{') || has_services, "404"),
        (changes && [Client::user(0), Client::application()].into_iter().any(|it| keeps_versions(route, it)), "412"),
    ];
    all.iter().filter(|(is_there, _)| *is_there).map(|(_, status)| *status).collect::<Vec<_>>().join(" ")
}

fn table() -> String {
    let mut text = HEAD.to_owned();
    for service in SERVICES {
        let code = |error: GraphError| error.code;
        let (wrong, denied) = (code(GraphError::invalid(*service, "")), code(GraphError::denied(*service)));
        let (missing, changed) =
            (code(GraphError::not_found(*service, "")), code(GraphError::changed_meanwhile(*service)));
        let _ = writeln!(text, "| {service:?} | `{wrong}` | `{denied}` | `{missing}` | `{changed}` |");
    }
    text.push_str("\n## Operations\n\n| operation | request | service | options | errors |\n|---|---|---|---|---|\n");
    let clients = [Client::user(0), Client::application()].map(|client| client.with("consistencylevel", "eventual"));
    clients.iter().for_each(furnish);
    let mut served: Vec<&Route> = routes().filter(|route| !route.pattern.starts_with("/_")).collect();
    served.sort_by_key(|route| (route.name, route.pattern, route.method));
    for route in served {
        let options = if route.method == "GET" { options(route, &clients) } else { "" };
        let options: Vec<String> = options.split_whitespace().map(|option| format!("`{option}`")).collect();
        let Route { name, method, pattern, service, .. } = route;
        let _ = writeln!(
            text,
            "| `{name}` | `{method} {pattern}` | {service:?} | {} | {} |",
            options.join(" "),
            errors(route)
        );
    }
    text
}

#[test]
fn the_table_of_parity_is_that_of_the_code() {
    expect_file!["../../../../../docs/SANDBOX-PARITY.md"].assert_eq(&table());
}

#[test]
fn an_option_that_a_list_names_is_obeyed() {
    let client = Client::application().with("consistencylevel", "eventual");
    for (query, proof) in [
        ("$top=1", "/value/1"),
        ("$select=id", "/value/0/displayName"),
        ("$filter=displayName%20eq%20'nobody'", "/value/0"),
        ("$skip=25", "/value/0"),
        ("$search=%22displayName:nobody%22", "/value/0"),
    ] {
        let (status, body) = client.get(&format!("/users?{query}"));
        assert_eq!((status, body.pointer(proof)), (200, None::<&Value>), "{query}");
    }
}
