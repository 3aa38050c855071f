//! The built-in catalogue holds what graphbeat promises.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use graphbeat_catalog::{Access, Catalog, CloudName, Mode, Names, Operation};

fn builtin() -> Catalog {
    Catalog::builtin().unwrap()
}

fn standalone(catalog: &Catalog) -> impl Iterator<Item = &Operation> {
    catalog.operations().iter().map(|operation| &**operation).filter(|operation| operation.is_standalone())
}

#[test]
fn it_passes_its_own_checks() {
    assert_eq!(Catalog::builtin().err(), None);
}

#[test]
fn every_file_of_the_folder_is_compiled_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.filter(|name| name != "buckets.toml").collect();
    let classes = builtin().classes().iter().map(|class| format!("{}.toml", class.id)).collect();
    assert_eq!(files, classes);
}

#[test]
fn it_covers_what_the_first_version_promises() {
    let catalog = builtin();
    let as_application = standalone(&catalog).filter(|operation| operation.runs_as(Mode::Application)).count();
    let journeys_as = |mode| catalog.journeys().iter().filter(|it| catalog.journey_runs(it, mode, None)).count();
    assert!(catalog.classes().len() >= 17);
    assert!(standalone(&catalog).count() >= 80);
    assert!(as_application >= 65);
    assert!(journeys_as(Mode::Application) >= 8);
    assert!(journeys_as(Mode::Delegated) >= 9);
}

#[test]
fn every_class_has_an_operation_that_runs_in_the_public_cloud() {
    let catalog = builtin();
    for class in catalog.classes() {
        let mut operations = standalone(&catalog).filter(|operation| operation.class() == &*class.id);
        assert!(operations.any(|operation| operation.runs_in(Some(CloudName::Global))), "{}", class.id);
    }
}

#[test]
fn onenote_runs_as_a_user_only() {
    let catalog = builtin();
    let onenote: Vec<_> = catalog.operations().iter().filter(|operation| operation.class() == "onenote").collect();
    assert!(!onenote.is_empty());
    assert!(onenote.iter().all(|operation| operation.application.is_none() && operation.delegated.is_some()));
}

#[test]
fn every_text_exists_in_chinese() {
    let catalog = builtin();
    let mut texts: Vec<&Names> = catalog.classes().iter().map(|class| &class.names).collect();
    for operation in catalog.operations() {
        texts.push(&operation.names);
        texts.extend(&operation.unsupported);
        texts.extend(operation.expect.iter().map(|expectation| &expectation.reason));
        texts.extend(operation.values.values().map(|value| &value.missing));
    }
    for journey in catalog.journeys() {
        texts.push(&journey.names);
        texts.extend(&journey.residue);
    }
    let is_chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let foreign: Vec<_> = texts.iter().filter(|names| !is_chinese(&names.zh_cn) || is_chinese(&names.en)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn every_create_that_stands_alone_is_found_or_removed_by_its_marker() {
    for journey in builtin().journeys() {
        for artefact in journey.artefacts.iter().filter(|artefact| artefact.inside.is_none()) {
            assert!(artefact.find.is_some() || !artefact.remove[0].keep.is_empty(), "{}", journey.id);
        }
    }
}

#[test]
fn whatever_graph_can_purge_is_not_merely_deleted() {
    let catalog = builtin();
    let cannot_be_purged = [
        "calendar.groups.delete",
        "mail.categories.delete",
        "mail.rules.delete",
        "meetings.meetings.delete",
        "planner.plans.delete",
        "todo.lists.delete",
        "users.extensions.delete",
    ];
    for journey in catalog.journeys() {
        for artefact in journey.artefacts.iter().filter(|artefact| artefact.inside.is_none()) {
            let last = catalog.operation(&artefact.remove.last().unwrap().operation).unwrap();
            let from_bin = last.path.starts_with("/directory/deletedItems/");
            let purges = from_bin || last.path.ends_with("/permanentDelete") || cannot_be_purged.contains(&&*last.id);
            assert!(purges, "{} of {}", last.id, journey.id);
        }
    }
}

#[test]
fn every_write_is_used_by_the_journey_that_owns_it() {
    let catalog = builtin();
    let writes = catalog.operations().iter().filter(|operation| operation.access == Access::Write);
    for write in writes {
        let owner = catalog.journey(write.journey.as_ref().unwrap()).unwrap();
        assert!(owner.operation_ids().any(|id| *id == write.id), "{} of {}", write.id, owner.id);
    }
}
