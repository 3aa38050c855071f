//! What an account runs, and which permissions that takes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use graphbeat_catalog::{
    Catalog, CloudName, LeastPermissions, Mode, Selected, Selection, least_permissions, level, needs_admin_consent,
    permission,
};

fn selection(classes: &[&str], mode: Mode) -> Selection {
    Selection {
        classes: owned(classes),
        operations: Vec::new(),
        exclude: Vec::new(),
        journeys: false,
        mode,
        cloud: Some(CloudName::Global),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn resolve(selection: &Selection) -> Selected {
    selection.resolve(&Catalog::builtin().unwrap()).unwrap()
}

fn reads(selected: &Selected) -> Vec<&str> {
    selected.reads.iter().map(|operation| &*operation.id).collect()
}

fn journeys(selected: &Selected) -> Vec<&str> {
    selected.journeys.iter().map(|journey| &*journey.id).collect()
}

fn left_out(selected: &Selected) -> BTreeMap<&str, &str> {
    selected.left_out.iter().map(|left| (&*left.id, left.reason.en.as_str())).collect()
}

#[test]
fn the_starter_needs_two_permissions_at_most() {
    let names = |mode| names(&least_permissions(&resolve(&selection(&["starter"], mode)), mode));
    assert_eq!(names(Mode::Application), ["User.Read.All"]);
    assert_eq!(names(Mode::Delegated), ["User.Read", "User.ReadBasic.All"]);
}

fn names(least: &LeastPermissions) -> Vec<String> {
    least.names().map(str::to_owned).collect()
}

#[test]
fn the_starter_has_eight_to_fourteen_reads() {
    for mode in Mode::ALL {
        let selected = resolve(&selection(&["starter"], mode));
        assert!((8..=14).contains(&selected.reads.len()), "{:?}", reads(&selected));
        assert!(selected.left_out.is_empty());
    }
}

#[test]
fn a_class_comes_whole_and_in_order() {
    let selected = resolve(&selection(&["presence"], Mode::Application));
    assert_eq!(reads(&selected), ["presence.presence.get", "presence.presences.get"]);
}

#[test]
fn all_takes_every_class_that_is_not_opt_in() {
    let catalog = Catalog::builtin().unwrap();
    let rare = "class = 'rare'\nopt_in = true\nnames = { en = 'Rare', zh-CN = '罕见' }\n[[operation]]\nid = 'rare.things.list'\n\
                names = { en = 'List', zh-CN = '列出' }\nmethod = 'GET'\npath = '/rare'\naccess = 'read'\ndelegated = ['A']\n\
                application = ['A']\nlicense = 'any'\nbucket = 'unlisted'\ndocs = 'https://example.com'\n";
    let catalog = catalog.with_files(&[("rare.toml", rare)]).unwrap();
    let all = selection(&["all"], Mode::Delegated).resolve(&catalog).unwrap();
    let named = selection(&["all", "rare"], Mode::Delegated).resolve(&catalog).unwrap();
    assert!(!reads(&all).contains(&"rare.things.list"));
    assert!(reads(&named).contains(&"rare.things.list"));
    assert_eq!(all.reads.len() + 1, named.reads.len());
}

#[test]
fn what_two_names_select_runs_once() {
    let once = resolve(&selection(&["users"], Mode::Delegated));
    let mut twice = selection(&["users", "starter", "users"], Mode::Delegated);
    twice.operations = owned(&["users.me.get"]);
    let others = resolve(&twice).reads.iter().filter(|operation| operation.class() != "users").count();
    assert_eq!(resolve(&twice).reads.len(), once.reads.len() + others);
}

#[test]
fn single_operations_come_on_top_and_excluded_ones_do_not_come() {
    let mut wanted = selection(&["presence"], Mode::Application);
    wanted.operations = owned(&["reports.active-users.get", "mail.messages.list"]);
    wanted.exclude = owned(&["presence.presences.get", "mail"]);
    assert_eq!(reads(&resolve(&wanted)), ["presence.presence.get", "reports.active-users.get"]);
}

#[test]
fn what_the_mode_cannot_do_is_left_out_with_its_reason() {
    let mut wanted = selection(&["onenote"], Mode::Application);
    wanted.journeys = true;
    let selected = resolve(&wanted);
    assert!(selected.reads.is_empty() && selected.journeys.is_empty());
    let reason = "Microsoft ended OneNote access as an application on 31 March 2025";
    assert_eq!(left_out(&selected)["onenote.pages.list"], reason);
    assert_eq!(left_out(&selected)["onenote.page"], reason);
}

#[test]
fn what_the_cloud_has_not_is_left_out_and_a_custom_cloud_has_everything() {
    let mut wanted = selection(&["todo"], Mode::Delegated);
    wanted.cloud = Some(CloudName::China);
    assert_eq!(left_out(&resolve(&wanted))["todo.lists.list"], "this cloud does not offer it");
    wanted.cloud = None;
    assert_eq!(reads(&resolve(&wanted)), ["todo.lists.list", "todo.lists.delta", "todo.tasks.list"]);
}

#[test]
fn journeys_come_with_their_class_only_when_switched_on() {
    let mut wanted = selection(&["files"], Mode::Application);
    assert!(resolve(&wanted).journeys.is_empty());
    wanted.journeys = true;
    assert_eq!(
        journeys(&resolve(&wanted)),
        ["files.file", "files.folder", "files.link", "files.copy", "files.upload-session"]
    );
    wanted.exclude = owned(&["files.folder", "files.copy"]);
    assert_eq!(journeys(&resolve(&wanted)), ["files.file", "files.link", "files.upload-session"]);
}

#[test]
fn a_journey_can_be_named_by_itself() {
    let mut wanted = selection(&[], Mode::Delegated);
    wanted.operations = owned(&["mail.draft"]);
    assert_eq!(left_out(&resolve(&wanted))["mail.draft"], "journeys are not switched on for this account");
    wanted.journeys = true;
    assert_eq!(journeys(&resolve(&wanted)), ["mail.draft"]);
}

#[test]
fn a_write_never_runs_outside_its_journey() {
    let mut wanted = selection(&[], Mode::Delegated);
    wanted.operations = owned(&["mail.drafts.create", "mail.messages.find"]);
    let selected = resolve(&wanted);
    assert!(selected.reads.is_empty());
    assert_eq!(left_out(&selected).len(), 2);
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    let mut wanted = selection(&["mial", "starter"], Mode::Delegated);
    wanted.operations = owned(&["mail.message.list", "qqqqqqqq"]);
    wanted.exclude = owned(&["onenot"]);
    let error = wanted.resolve(&Catalog::builtin().unwrap()).unwrap_err();
    let nearest: Vec<_> = error.unknown.iter().map(|it| (it.key, &*it.name, it.nearest.as_deref())).collect();
    assert_eq!(
        nearest,
        [
            ("classes", "mial", Some("mail")),
            ("operations", "mail.message.list", Some("mail.messages.list")),
            ("operations", "qqqqqqqq", None),
            ("exclude", "onenot", Some("onenote")),
        ]
    );
    assert_eq!(
        error.to_string(),
        "the selection has unknown names: `mial` in `classes`, `mail.message.list` in `operations`, `qqqqqqqq` in \
         `operations`, `onenot` in `exclude`"
    );
}

#[test]
fn permissions_cover_the_reads_that_values_come_from() {
    let mut wanted = selection(&[], Mode::Application);
    wanted.operations = owned(&["sharepoint.list-items.list"]);
    let needed = least_permissions(&resolve(&wanted), Mode::Application);
    let by: Vec<&str> = needed.get("Sites.Read.All").unwrap().operations.iter().map(|id| &**id).collect();
    assert_eq!(by, ["sharepoint.root.get", "sharepoint.lists.list", "sharepoint.list-items.list"]);
}

#[test]
fn permissions_cover_what_a_journey_looks_up_and_removes() {
    let mut wanted = selection(&[], Mode::Application);
    wanted.operations = owned(&["mail.self"]);
    wanted.journeys = true;
    let needed = least_permissions(&resolve(&wanted), Mode::Application);
    // What removes the mail reads it as well; the last one finds the user on whom an application acts.
    assert_eq!(names(&needed), ["Mail.ReadWrite", "Mail.Send", "User.ReadBasic.All"]);
}

#[test]
fn a_selection_says_what_it_does_not_cover() {
    let least = least_permissions(&resolve(&selection(&["onenote"], Mode::Application)), Mode::Application);
    assert!(least.permissions.is_empty() && least.operations.is_empty());
    assert!(least.left_out.iter().any(|left| &*left.id == "onenote.notebooks.list"));
}

#[test]
fn no_least_permission_of_any_class_can_be_left_out_and_each_is_explained() {
    let catalog = Catalog::builtin().unwrap();
    let mut classes: Vec<Vec<String>> = catalog.classes().iter().map(|class| vec![class.id.to_string()]).collect();
    classes.push(classes.concat());
    for mode in Mode::ALL {
        for classes in &classes {
            let mut wanted = selection(&[], mode);
            (wanted.classes, wanted.journeys) = (classes.clone(), true);
            let least = least_permissions(&resolve(&wanted), mode);
            for needed in &least.permissions {
                assert!(!needed.operations.is_empty(), "{classes:?}: {} is superfluous", needed.name);
                assert!(permission(&needed.name).is_some(), "{} has no words", needed.name);
                assert!(needs_admin_consent(&needed.name, mode).is_some() && level(&needed.name, mode).is_some());
            }
            assert!(least.operations.iter().all(|open| !open.uses.is_empty()), "{classes:?}");
        }
    }
}
