//! The catalogue's accepted permissions held against the sandbox's own table.

use std::collections::BTreeSet;

use graphbeat_catalog::{Catalog, Mode, Operation};
use serde_json::Value;

use crate::world::World;

/// What one route of the sandbox accepts.
struct Route {
    method: String,
    path: String,
    accepts: [BTreeSet<String>; 2],
}

fn route(row: &Value) -> Route {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let names = |mode: Mode| {
        let all = row[mode.word()].as_array().expect("a list");
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    Route { method: text("method"), path: text("path"), accepts: Mode::ALL.map(names) }
}

/// How many segments of a route's pattern are literally the operation's; `None`: it is another path.
fn likeness(route: &Route, operation: &Operation) -> Option<usize> {
    let path = match operation.path.strip_prefix("/me") {
        Some(rest) => format!("/users/{{user}}{rest}"),
        None => operation.path.clone(),
    };
    let (pattern, path): (Vec<&str>, Vec<&str>) = (route.path.split('/').collect(), path.split('/').collect());
    // A path ends with a colon or without.
    let plain = |text: &str| text.trim_end_matches(':').trim_end_matches("()").to_owned();
    let name = |text: &str| {
        let text = plain(text);
        (text.contains('('), text.split('(').next().unwrap_or_default().to_ascii_lowercase())
    };
    let mut literal = 0;
    for (pattern, part) in pattern.iter().zip(&path) {
        if plain(pattern).starts_with('{') {
            continue;
        }
        if name(pattern) != name(part) {
            return None;
        }
        literal += 1;
    }
    let takes_the_rest = pattern.last().is_some_and(|last| plain(last) == "{path}");
    let same_length = pattern.len() == path.len() || (takes_the_rest && pattern.len() < path.len());
    (route.method == operation.method.word() && same_length).then_some(literal)
}

/// Where the sandbox looks deeper than its table: into a search's body, and at a deleted object's kind.
fn looks_deeper(operation: &Operation) -> bool {
    operation.path == "/search/query" || operation.path.starts_with("/directory/deletedItems/{")
}

#[tokio::test]
async fn the_catalogue_and_the_sandbox_accept_the_same_permissions() {
    let world = World::start().await;
    let routes: Vec<Route> = world.routes().await.iter().map(route).collect();
    let catalog = Catalog::builtin().expect("the catalogue");
    let mut differences = Vec::new();
    for operation in catalog.operations() {
        let near = routes.iter().filter_map(|route| Some((likeness(route, operation)?, route)));
        let Some((_, route)) = near.max_by_key(|(literal, _)| *literal) else {
            differences.push(format!("{} has no route", operation.id));
            continue;
        };
        for (mode, theirs) in Mode::ALL.into_iter().zip(&route.accepts) {
            let Some(accepted) = operation.accepted(mode) else { continue };
            let ours: BTreeSet<String> = accepted.map(|together| together.join(" + ")).collect();
            let same = if looks_deeper(operation) { ours.is_subset(theirs) } else { ours == *theirs };
            if !same {
                let only: Vec<_> = ours.symmetric_difference(theirs).collect();
                differences.push(format!("{} as {}: {only:?} ({})", operation.id, mode.word(), route.path));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
