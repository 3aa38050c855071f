//! Files: syntax, keys, types, bounds, and what several files share.

use expect_test::expect;
use graphbeat_catalog::Catalog;
use graphbeat_catalog::template::BUILTIN_PLACEHOLDERS;

use crate::{GOOD, check_each, problems_of, rendered};

#[test]
fn a_good_file_adds_its_operations() {
    let catalog = Catalog::builtin().unwrap().with_files(&[("own.toml", GOOD)]).unwrap();
    assert!(catalog.operation("own.notes.get").is_some());
    assert!(catalog.journey("own.note").is_some());
    assert_eq!(catalog.class("own").unwrap().names.en, "Own");
}

#[test]
fn a_file_may_extend_a_class_that_exists() {
    let text = GOOD.replace("own", "mail").replace("mail.notes", "mail.own-notes");
    let before = Catalog::builtin().unwrap();
    let after = before.with_files(&[("own.toml", &text)]).unwrap();
    assert_eq!(after.classes().len(), before.classes().len());
    assert_eq!(after.class("mail").unwrap().names.en, "Mail");
    assert_eq!(after.operation("mail.own-notes.list").unwrap().class(), "mail");
}

#[test]
fn what_is_no_toml_is_named() {
    check_each(
        &[("class = \"own\"", "class = \"own"), ("method = \"POST\"", "method POST")],
        expect![[r#"
        own.toml:1:13: this is not TOML: invalid basic string, expected `"`

        own.toml:37:8: this is not TOML: key with no value, expected `=`
    "#]],
    );
}

#[test]
fn an_unknown_key_gets_the_nearest_known_one() {
    check_each(
        &[
            ("journey = \"own.note\"", "jurney = \"own.note\""),
            ("class = \"own\"", "klass = \"own\""),
            ("pick = \"/value/0/id\"", "pikc = \"/value/0/id\""),
            ("status = 404", "state = 404"),
            ("body = { json = ", "body = { jason = "),
            ("makes = \"note\"", "maks = \"note\""),
        ],
        expect![[r#"
            own.toml:41:1: unknown key `jurney`
                hint: did you mean `journey`?

            own.toml:1:1: unknown key `klass`
                hint: did you mean `class`?

            own.toml:28:45: unknown key `pikc`
                hint: did you mean `pick`?

            own.toml:31:1: unknown key `state`
                hint: did you mean `status`?

            own.toml:39:10: unknown key `jason`
                hint: did you mean `json`?

            own.toml:55:1: unknown key `maks`
                hint: did you mean `makes`?
        "#]],
    );
}

#[test]
fn a_wrong_type_is_named() {
    check_each(
        &[
            ("query = { \"$top\" = \"5\" }", "query = { \"$top\" = 5 }"),
            ("status = 404", "status = \"404\""),
            ("status = 404", "status = 70000"),
            ("undo = \"purged\"", "undo = [\"purged\"]"),
            ("[[journey]]", "[journey]"),
        ],
        expect![[r#"
            own.toml:9:20: wrong type: integer `5`, expected a string

            own.toml:31:10: wrong type: string "404", expected a whole number up to 65535

            own.toml:31:10: wrong value: integer `70000`, expected a whole number up to 65535

            own.toml:46:8: wrong type: array, expected a string

            own.toml:49:1: `journey` is a single table
                hint: write `[[journey]]`
        "#]],
    );
}

#[test]
fn a_missing_key_is_named() {
    check_each(
        &[
            ("docs = \"https://learn.microsoft.com/graph/api/message-get\"\n", ""),
            ("names = { en = \"Own\", zh-CN = \"自定义\" }", "names = { en = \"Own\" }"),
            ("undo = \"purged\"\n", ""),
        ],
        expect![[r#"
            own.toml:17:1: the key `docs` is missing

            own.toml:2:9: the key `zh-CN` is missing

            own.toml:35:6: write `own.notes.create` has no undo
                hint: say in `undo` how it is taken back
        "#]],
    );
}

#[test]
fn an_id_of_the_builtin_catalogue_cannot_be_taken() {
    let text = GOOD.replace("own", "mail").replace("mail.notes.list", "mail.messages.list");
    expect![[r#"
        own.toml:5:6: operation `mail.messages.list` exists twice
            hint: the first one stands in built-in mail.toml line 14
    "#]]
    .assert_eq(&problems_of(&text));
}

#[test]
fn the_example_in_the_documentation_is_a_good_file() {
    let page = include_str!("../../../../docs/OPERATIONS.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let catalog = Catalog::builtin().unwrap().with_files(&[("example.toml", example)]).unwrap();
    assert!(catalog.operation("mail.important.list").is_some());
    assert!(BUILTIN_PLACEHOLDERS.iter().all(|name| page.contains(&format!("`{{{name}}}`"))));
}

#[test]
fn more_files_than_the_bound_are_refused() {
    let files = vec![("many.toml", GOOD); graphbeat_catalog::CATALOG_FILES_MAX];
    let error = Catalog::builtin().unwrap().with_files(&files).unwrap_err();
    expect![[r#"
        many.toml:1:1: the catalogue has more than 256 files
    "#]]
    .assert_eq(&rendered(&error.problems));
}

#[test]
fn all_problems_come_at_once() {
    let text = GOOD.replace("bucket = \"outlook\"", "bucket = \"outlock\"").replace("en = \"Own\"", "en = \"\"");
    expect![[r#"
        own.toml:2:16: the text for `en` is empty
        own.toml:14:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
        own.toml:26:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
        own.toml:45:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
    "#]]
    .assert_eq(&problems_of(&text));
}

#[test]
fn a_file_beyond_the_bound_is_refused() {
    let text = format!("{GOOD}# {}", "x".repeat(graphbeat_catalog::CATALOG_FILE_BYTES_MAX));
    expect![[r#"
        own.toml:1:1: the file is longer than 1048576 bytes
    "#]]
    .assert_eq(&problems_of(&text));
}
