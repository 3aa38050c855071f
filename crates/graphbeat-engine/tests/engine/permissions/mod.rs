//! What the catalogue says of permissions, held against what the sandbox refuses.

mod prediction;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use graphbeat_catalog::{Catalog, Journey, Mode, Operation, Selected, Selection, USER_LOOKUP, least_permissions};
use graphbeat_core::Verdict;
use graphbeat_engine::{CheckReport, SelectionOverride, Trouble};
use serde_json::json;

use self::prediction::{Before, Prediction};
use crate::world::World;

/// Set to anything, everything runs without each permission, not what it concerns alone: `cargo xtask permissions`.
const WHOLE_WALK: &str = "GRAPHBEAT_WHOLE_WALK";
/// What runs beside what a permission concerns: it must come to the same whatever is taken away.
const CONTROLS: [&str; 6] =
    ["users.users.list", "mail.messages.list", "files.root.get", "groups.groups.list", "todo.lists.list", "mail.draft"];

/// Everything of the catalogue that runs in a mode, the opt-in classes included.
struct Everything {
    catalog: Catalog,
    selected: Selected,
    mode: Mode,
}

impl Everything {
    fn of(mode: Mode) -> Self {
        let catalog = Catalog::builtin().expect("the catalogue");
        let selection = Selection {
            classes: catalog.classes().iter().map(|class| class.id.to_string()).collect(),
            operations: Vec::new(),
            exclude: Vec::new(),
            journeys: true,
            mode,
            cloud: None,
        };
        let selected = selection.resolve(&catalog).expect("known names");
        Self { catalog, selected, mode }
    }

    fn names(&self) -> Vec<String> {
        let reads = self.selected.reads.iter().map(|read| read.id.to_string());
        reads.chain(self.selected.journeys.iter().map(|journey| journey.id.to_string())).collect()
    }

    /// What a permission opens or helps to open, by itself or through what values are taken from; and the
    /// controls.
    fn concerned(&self, permission: &str) -> Vec<String> {
        let reads = self.selected.reads.iter().filter(|read| self.concerns(permission, read));
        let journeys = self.selected.journeys.iter().filter(|journey| self.concerns_journey(permission, journey));
        let mut names: Vec<String> = reads.map(|read| read.id.to_string()).collect();
        names.extend(journeys.map(|journey| journey.id.to_string()));
        names.extend(CONTROLS.map(str::to_owned));
        names
    }

    fn concerns(&self, permission: &str, operation: &Operation) -> bool {
        let opens = operation
            .accepted(self.mode)
            .is_some_and(|mut accepted| accepted.any(|names| names.iter().any(|name| name == permission)));
        let mut sources = operation.values.values().filter_map(|source| self.catalog.operation(&source.from));
        opens || sources.any(|source| self.concerns(permission, source))
    }

    fn concerns_journey(&self, permission: &str, journey: &Arc<Journey>) -> bool {
        self.catalog.journey_operations(journey).iter().any(|operation| self.concerns(permission, operation))
    }
}

/// Runs these by name with these permissions.
async fn check(world: &World, mode: Mode, granted: &BTreeSet<String>, operations: Vec<String>) -> CheckReport {
    world.grant(mode, granted).await;
    let account = if mode == Mode::Delegated { "person" } else { "a" };
    let engine = world.working_engine(account, SelectionOverride { classes: Vec::new(), operations });
    engine.check(engine.accounts()).await.expect("a report")
}

/// Takes each permission of a set away in turn, and checks that exactly what the catalogue says is refused.
/// Gives how many operations were refused without each.
async fn take_each_away(world: &World, everything: &Everything, all: &BTreeSet<String>) -> Vec<(String, usize)> {
    let before = Before::of(&check(world, everything.mode, all, everything.names()).await);
    let state = world.state_text().await;
    let (mut refusals, mut differences) = (Vec::new(), Vec::new());
    for taken in all {
        let mut granted = all.clone();
        granted.remove(taken);
        let names = if is_whole_walk() { everything.names() } else { everything.concerned(taken) };
        let report = check(world, everything.mode, &granted, names).await;
        let prediction = Prediction { catalog: &everything.catalog, mode: everything.mode, granted, before: &before };
        differences.extend(prediction.differences(&report).iter().map(|text| format!("without {taken}: {text}")));
        // What is granted is part of the tenant.
        world.grant(everything.mode, all).await;
        if state != world.state_text().await {
            differences.push(format!("without {taken} something is left behind"));
        }
        refusals.push((taken.clone(), report.operations.iter().filter(|row| row.status == Some(403)).count()));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    refusals
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
fn is_whole_walk() -> bool {
    std::env::var_os(WHOLE_WALK).is_some()
}

async fn world_for(mode: Mode) -> World {
    let world = World::start().await;
    if mode == Mode::Delegated {
        world.sign_in().await;
    }
    world
}

/// All that the sandbox's application was granted: most operations have something else that opens them.
async fn each_of_all_taken_away(mode: Mode) {
    let world = world_for(mode).await;
    let everything = Everything::of(mode);
    let all = world.granted(mode).await;
    let refusals = take_each_away(&world, &everything, &all).await;
    let refusing = refusals.iter().filter(|(_, refused)| *refused > 0).count();
    assert!(refusing >= 10, "{refusals:?}");
}

/// The least set: without any one of it something is refused.
async fn each_of_the_least_taken_away(mode: Mode) {
    let world = world_for(mode).await;
    let everything = Everything::of(mode);
    let least = least_permissions(&everything.selected, mode);
    let refusals = take_each_away(&world, &everything, &least.names().map(str::to_owned).collect()).await;
    let idle: Vec<_> = refusals.iter().filter(|(_, refused)| *refused == 0).collect();
    assert!(idle.is_empty(), "nothing was refused without {idle:?}");
}

#[tokio::test]
async fn each_of_all_permissions_taken_away_refuses_an_application_exactly_what_needs_it() {
    each_of_all_taken_away(Mode::Application).await;
}

#[tokio::test]
async fn each_of_all_permissions_taken_away_refuses_a_person_exactly_what_needs_it() {
    each_of_all_taken_away(Mode::Delegated).await;
}

#[tokio::test]
async fn each_of_the_least_permissions_taken_away_refuses_an_application_exactly_what_needs_it() {
    each_of_the_least_taken_away(Mode::Application).await;
}

#[tokio::test]
async fn each_of_the_least_permissions_taken_away_refuses_a_person_exactly_what_needs_it() {
    each_of_the_least_taken_away(Mode::Delegated).await;
}

#[tokio::test]
async fn a_look_up_that_is_refused_is_reported_and_named_by_all_that_need_it() {
    let world = World::start().await;
    let granted = BTreeSet::from(["Mail.ReadWrite".to_owned()]);
    let names = ["mail.messages.list", "mail.draft"].map(str::to_owned).to_vec();
    let report = check(&world, Mode::Application, &granted, names).await;
    let (look_up, others) = report.operations.split_first().expect("rows");
    assert_eq!((&*look_up.operation, look_up.verdict, look_up.status), (USER_LOOKUP, Verdict::Failed, Some(403)));
    for row in others {
        assert_eq!(row.verdict, Verdict::Skipped, "{row:?}");
        let reason = row.reason.as_deref().expect("a reason");
        assert!(reason.contains("could not be looked up") || reason.contains("did not go well"), "{reason}");
    }
    assert_eq!(report.trouble(), Some(Trouble::Failed));
}

#[tokio::test]
async fn nothing_is_made_that_could_not_be_removed() {
    let world = World::start().await;
    let state = world.state().await;
    let granted = ["Group.Create", "User.ReadBasic.All"].map(str::to_owned).into();
    let report = check(&world, Mode::Application, &granted, vec!["groups.group".to_owned()]).await;
    let made = &report.operations[0];
    assert_eq!((&*made.operation, made.verdict), ("groups.groups.create", Verdict::Skipped));
    let reason = made.reason.as_deref().expect("a reason");
    assert!(reason.contains("`groups.groups.delete` needs the permission `Group.ReadWrite.All`"), "{reason}");
    assert_eq!(report.trouble(), Some(Trouble::Failed));
    assert_eq!(world.received("/groups").await, 0);
    assert_eq!(state["collections"]["groups"], world.state().await["collections"]["groups"]);
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
