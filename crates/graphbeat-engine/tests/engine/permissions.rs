//! What the catalogue says of permissions, held against the sandbox's own table and its refusals.

use std::collections::{BTreeMap, BTreeSet};

use graphbeat_catalog::{Catalog, LeastPermissions, Mode, Operation, Selection, least_permissions};
use graphbeat_core::Verdict;
use graphbeat_engine::{CheckReport, SelectionOverride};
use serde_json::{Value, json};

use crate::world::World;

/// Every class, the opt-in ones included.
fn classes() -> Vec<String> {
    let catalog = Catalog::builtin().expect("the catalogue");
    catalog.classes().iter().map(|class| class.id.to_string()).collect()
}

fn least(mode: Mode) -> LeastPermissions {
    let selection = Selection {
        classes: classes(),
        operations: Vec::new(),
        exclude: Vec::new(),
        journeys: false,
        mode,
        cloud: None,
    };
    let catalog = Catalog::builtin().expect("the catalogue");
    least_permissions(&selection.resolve(&catalog).expect("known names"), mode)
}

/// All reads in a mode with these permissions.
async fn check(world: &World, mode: Mode, granted: &[&str]) -> CheckReport {
    world.grant(mode, granted).await;
    let account = if mode == Mode::Delegated { "person" } else { "a" };
    let engine = world.reading_engine(account, SelectionOverride { classes: classes(), operations: Vec::new() });
    engine.check(engine.accounts()).await.expect("a report")
}

fn by_operation(report: &CheckReport) -> BTreeMap<&str, (Verdict, Option<u16>)> {
    report.operations.iter().map(|one| (&*one.operation, (one.verdict, one.status))).collect()
}

#[tokio::test]
async fn each_permission_of_an_application_taken_away_closes_exactly_what_needs_it() {
    let world = World::start().await;
    take_each_away(&world, Mode::Application).await;
}

#[tokio::test]
async fn each_permission_of_a_person_taken_away_closes_exactly_what_needs_it() {
    let world = World::start().await;
    world.sign_in().await;
    take_each_away(&world, Mode::Delegated).await;
}

async fn take_each_away(world: &World, mode: Mode) {
    let least = least(mode);
    let all: Vec<&str> = least.names().collect();
    let before = check(world, mode, &all).await;
    let before = by_operation(&before);
    assert!(before.values().all(|(_, status)| *status != Some(403)), "{before:?}");
    for needed in &least.permissions {
        let granted: Vec<&str> = all.iter().copied().filter(|name| *name != needed.name).collect();
        let report = check(world, mode, &granted).await;
        for (id, (verdict, status)) in by_operation(&report) {
            let needs = needed.operations.iter().any(|one| **one == *id);
            // What takes an id from a refused answer has nothing to ask for.
            let fits = match (needs, verdict) {
                (_, Verdict::Skipped) => true,
                (true, _) => (verdict, status) == (Verdict::Failed, Some(403)),
                (false, _) => before.get(id) == Some(&(verdict, status)),
            };
            assert!(fits, "{id} without {}: {verdict:?} {status:?}, before {:?}", needed.name, before.get(id));
        }
        let refused = report.operations.iter().any(|one| one.status == Some(403));
        let is_look_up = needed.operations.iter().any(|one| **one == *graphbeat_catalog::USER_LOOKUP);
        assert!(refused || is_look_up, "nothing was refused without {}", needed.name);
    }
}

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

#[tokio::test]
async fn a_mailbox_that_is_being_set_up_is_expected_for_a_day_and_then_failed() {
    let world = World::start().await;
    let verdicts = |report: CheckReport| -> Vec<Verdict> { report.operations.iter().map(|one| one.verdict).collect() };
    let mail = SelectionOverride { classes: Vec::new(), operations: vec!["mail.messages.list".to_owned()] };
    let run = async || {
        let engine = world.reading_engine("a", mail.clone());
        verdicts(engine.check(engine.accounts()).await.expect("a report"))
    };
    world.change_user(json!({"provisioned": false})).await;
    assert_eq!(run().await, [Verdict::Expected]);
    world.advance(23 * 3600);
    assert_eq!(run().await, [Verdict::Expected]);
    world.advance(2 * 3600);
    assert_eq!(run().await, [Verdict::Failed]);
    world.change_user(json!({"provisioned": true})).await;
    assert_eq!(run().await, [Verdict::Ok]);
}
