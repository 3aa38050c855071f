//! What is wrong in a user's file is said with its line and column, and with what to do.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use graphbeat_catalog::{Catalog, Problem};

/// A file without problems: a read that needs another one, and a journey.
const GOOD: &str = r#"class = "own"
names = { en = "Own", zh-CN = "自定义" }

[[operation]]
id = "own.notes.list"
names = { en = "List notes", zh-CN = "列出便笺" }
method = "GET"
path = "/me/messages"
query = { "$top" = "5" }
access = "read"
delegated = ["Mail.Read"]
application = ["Mail.Read"]
license = "exchange"
bucket = "outlook"
docs = "https://learn.microsoft.com/graph/api/user-list-messages"

[[operation]]
id = "own.notes.get"
names = { en = "Get a note", zh-CN = "获取便笺" }
method = "GET"
path = "/me/messages/{note-id}"
access = "read"
delegated = ["Mail.Read"]
application = ["Mail.Read"]
license = "exchange"
bucket = "outlook"
docs = "https://learn.microsoft.com/graph/api/message-get"
values.note-id = { from = "own.notes.list", pick = "/value/0/id", missing = { en = "no note", zh-CN = "没有便笺" } }

[[operation.expect]]
status = 404
reason = { en = "gone", zh-CN = "已删除" }

[[operation]]
id = "own.notes.create"
names = { en = "Create a note", zh-CN = "创建便笺" }
method = "POST"
path = "/me/messages"
body = { json = '{"subject":"{marker}"}' }
access = "write"
journey = "own.note"
delegated = ["Mail.ReadWrite"]
application = ["Mail.ReadWrite"]
license = "exchange"
bucket = "outlook"
undo = "purged"
docs = "https://learn.microsoft.com/graph/api/user-post-messages"

[[journey]]
id = "own.note"
names = { en = "Keep a note", zh-CN = "管理便笺" }

[[journey.step]]
operation = "own.notes.create"
makes = "note"

[[journey.step]]
operation = "own.notes.get"

[[journey.artefact]]
name = "note"
keep = { note-id = "/id", message-id = "/id" }
find = { operation = "mail.messages.find", items = "/value", marker = "/subject" }
remove = [{ operation = "mail.messages.purge" }]
"#;

/// The problems of the good file with `from` replaced by `to`.
fn check(from: &str, to: &str, expected: Expect) {
    assert_eq!(GOOD.matches(from).count(), 1, "`{from}` must stand in the good file once");
    check_text(&GOOD.replace(from, to), expected);
}

fn check_text(text: &str, expected: Expect) {
    let error = Catalog::builtin().unwrap().with_files(&[("own.toml", text)]).unwrap_err();
    expected.assert_eq(&rendered(&error.problems));
}

fn rendered(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        writeln!(text, "{problem}").unwrap();
        if let Some(hint) = &problem.hint {
            writeln!(text, "    hint: {hint}").unwrap();
        }
    }
    text
}

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
    check(
        "class = \"own\"",
        "class = \"own",
        expect![[r#"
        own.toml:1:13: this is not TOML: invalid basic string, expected `"`
    "#]],
    );
    check(
        "method = \"POST\"",
        "method POST",
        expect![[r#"
        own.toml:37:8: this is not TOML: key with no value, expected `=`
    "#]],
    );
}

#[test]
fn an_unknown_key_gets_the_nearest_known_one() {
    check(
        "journey = \"own.note\"",
        "jurney = \"own.note\"",
        expect![[r#"
        own.toml:41:1: unknown key `jurney`
            hint: did you mean `journey`?
    "#]],
    );
    check(
        "class = \"own\"",
        "klass = \"own\"",
        expect![[r#"
        own.toml:1:1: unknown key `klass`
            hint: did you mean `class`?
    "#]],
    );
    check(
        "pick = \"/value/0/id\"",
        "pikc = \"/value/0/id\"",
        expect![[r#"
        own.toml:28:45: unknown key `pikc`
            hint: did you mean `pick`?
    "#]],
    );
    check(
        "status = 404",
        "state = 404",
        expect![[r#"
        own.toml:31:1: unknown key `state`
            hint: did you mean `status`?
    "#]],
    );
    check(
        "body = { json = ",
        "body = { jason = ",
        expect![[r#"
        own.toml:39:10: unknown key `jason`
            hint: did you mean `json`?
    "#]],
    );
    check(
        "makes = \"note\"",
        "maks = \"note\"",
        expect![[r#"
        own.toml:55:1: unknown key `maks`
            hint: did you mean `makes`?
    "#]],
    );
}

#[test]
fn a_wrong_type_is_named() {
    check(
        "query = { \"$top\" = \"5\" }",
        "query = { \"$top\" = 5 }",
        expect![[r#"
        own.toml:9:20: wrong type: integer `5`, expected a string
    "#]],
    );
    check(
        "status = 404",
        "status = \"404\"",
        expect![[r#"
            own.toml:31:10: wrong type: string "404", expected a whole number up to 65535
        "#]],
    );
    check(
        "status = 404",
        "status = 70000",
        expect![[r#"
            own.toml:31:10: wrong value: integer `70000`, expected a whole number up to 65535
        "#]],
    );
    check(
        "undo = \"purged\"",
        "undo = [\"purged\"]",
        expect![[r#"
            own.toml:46:8: wrong type: array, expected a string
        "#]],
    );
    check(
        "[[journey]]",
        "[journey]",
        expect![[r#"
        own.toml:49:1: `journey` is a single table
            hint: write `[[journey]]`
    "#]],
    );
}

#[test]
fn a_missing_key_is_named() {
    check(
        "docs = \"https://learn.microsoft.com/graph/api/message-get\"\n",
        "",
        expect![[r#"
        own.toml:17:1: the key `docs` is missing
    "#]],
    );
    check(
        "names = { en = \"Own\", zh-CN = \"自定义\" }",
        "names = { en = \"Own\" }",
        expect![[r#"
        own.toml:2:9: the key `zh-CN` is missing
    "#]],
    );
    check(
        "undo = \"purged\"\n",
        "",
        expect![[r#"
        own.toml:35:6: write `own.notes.create` has no undo
            hint: say in `undo` how it is taken back
    "#]],
    );
}

#[test]
fn a_wrong_placeholder_gets_the_nearest_known_one() {
    check(
        "/me/messages/{note-id}",
        "/me/messages/{noteid}",
        expect![[r#"
            own.toml:21:22: placeholder `{noteid}` has no source
                hint: did you mean `{note-id}`?
            own.toml:28:18: nothing uses the value `note-id`
        "#]],
    );
    check(
        "\"$top\" = \"5\"",
        "\"$filter\" = \"receivedDateTime gt {7-day-ago}\"",
        expect![[r#"
        own.toml:9:44: placeholder `{7-day-ago}` has no source
            hint: did you mean `{7-days-ago}`?
    "#]],
    );
    check(
        "\"$top\" = \"5\"",
        "\"$filter\" = \"subject eq '{marker}'\"",
        expect![[r#"
        own.toml:9:36: placeholder `{marker}` has no source
            hint: only operations of a journey have a marker
    "#]],
    );
    check(
        "/me/messages/{note-id}",
        "/users/{user-id}/x/{y}/{note-id}",
        expect![[r#"
            own.toml:21:28: placeholder `{y}` has no source
                hint: say under `values` where it comes from: `y = { from = …, pick = … }`
        "#]],
    );
    check(
        "{\"subject\":\"{marker}\"}",
        "{\"subject\":\"{marker}\",\"body\":\"{text}\"}",
        expect![[r#"
            own.toml:39:48: placeholder `{text}` has no source
                hint: say under `values` where it comes from: `text = { from = …, pick = … }`
        "#]],
    );
}

#[test]
fn a_wrong_id_is_named() {
    check(
        "id = \"own.notes.get\"",
        "id = \"own.get\"",
        expect![[r#"
        own.toml:18:6: `own.get` is no id of an operation
            hint: write `own.resource.action`: small letters, digits and hyphens
        own.toml:58:13: unknown operation `own.notes.get`
            hint: did you mean `own.notes.list`?
    "#]],
    );
    check(
        "id = \"own.notes.get\"",
        "id = \"Own.notes.get\"",
        expect![[r#"
        own.toml:18:6: `Own.notes.get` is no id of an operation
            hint: write `own.resource.action`: small letters, digits and hyphens
        own.toml:58:13: unknown operation `own.notes.get`
            hint: did you mean `Own.notes.get`?
    "#]],
    );
    check(
        "id = \"own.notes.get\"",
        "id = \"mail.notes.get\"",
        expect![[r#"
        own.toml:18:6: operation `mail.notes.get` stands in the file of the class `own`
            hint: its id must begin with `own.`
        own.toml:58:13: unknown operation `own.notes.get`
            hint: did you mean `own.notes.list`?
    "#]],
    );
    check(
        "id = \"own.notes.get\"",
        "id = \"own.notes.list\"",
        expect![[r#"
        own.toml:18:6: operation `own.notes.list` exists twice
            hint: the first one stands in own.toml line 5
        own.toml:28:27: the value `note-id` waits for itself
            hint: follow `from`: the chain must end within 8 operations
        own.toml:58:13: unknown operation `own.notes.get`
            hint: did you mean `own.notes.list`?
    "#]],
    );
    check(
        "class = \"own\"",
        "class = \"starter\"",
        expect![[r#"
        own.toml:1:9: `starter` is a preset, not a class
        own.toml:5:6: operation `own.notes.list` stands in the file of the class `starter`
            hint: its id must begin with `starter.`
        own.toml:18:6: operation `own.notes.get` stands in the file of the class `starter`
            hint: its id must begin with `starter.`
        own.toml:35:6: operation `own.notes.create` stands in the file of the class `starter`
            hint: its id must begin with `starter.`
        own.toml:50:6: journey `own.note` stands in the file of the class `starter`
            hint: its id must begin with `starter.`
    "#]],
    );
}

#[test]
fn an_id_of_the_builtin_catalogue_cannot_be_taken() {
    let text = GOOD.replace("own", "mail").replace("mail.notes.list", "mail.messages.list");
    check_text(
        &text,
        expect![[r#"
        own.toml:5:6: operation `mail.messages.list` exists twice
            hint: the first one stands in mail.toml line 14
    "#]],
    );
}

#[test]
fn a_request_that_cannot_be_sent_is_named() {
    check(
        "path = \"/me/messages/{note-id}\"",
        "path = \"me/messages/{note-id}\"",
        expect![[r#"
        own.toml:21:8: `me/messages/{note-id}` is no path: it must begin with `/`
            hint: write the path below `/v1.0`, and the query under `query`
    "#]],
    );
    check(
        "path = \"/me/messages/{note-id}\"",
        "path = \"/v1.0/me/messages/{note-id}\"",
        expect![[r#"
        own.toml:21:8: `/v1.0/me/messages/{note-id}` is no path: it must not name the version
            hint: write the path below `/v1.0`, and the query under `query`
    "#]],
    );
    check(
        "path = \"/me/messages/{note-id}\"",
        "path = \"/me/../messages/{note-id}\"",
        expect![[r#"
        own.toml:21:8: `/me/../messages/{note-id}` is no path: it has an empty or relative segment
            hint: write the path below `/v1.0`, and the query under `query`
    "#]],
    );
    check(
        "path = \"/me/messages/{note-id}\"",
        "path = \"/me/messages?$top={note-id}\"",
        expect![[r#"
        own.toml:21:8: `/me/messages?$top={note-id}` is no path: it holds a character that belongs elsewhere
            hint: write the path below `/v1.0`, and the query under `query`
    "#]],
    );
    check(
        "query = {",
        "headers = { Authorization = \"x\" }\nquery = {",
        expect![[r#"
        own.toml:9:29: the header `Authorization` is graphbeat's own
    "#]],
    );
    check(
        "{\"subject\":\"{marker}\"}",
        "{\"subject\":{marker}\"}",
        expect![[r#"
        own.toml:39:17: the body is not JSON once its placeholders are filled: expected value at line 1 column 12
    "#]],
    );
    check(
        "method = \"POST\"",
        "method = \"FETCH\"",
        expect![[r#"
        own.toml:37:10: unknown value `FETCH`
            hint: did you mean `PATCH`?
    "#]],
    );
    check(
        "method = \"POST\"",
        "method = \"GET\"",
        expect![[r#"
        own.toml:39:8: a `GET` or `DELETE` has no body
        own.toml:40:10: the verb and `access = "write"` contradict each other
    "#]],
    );
    check(
        "docs = \"https://learn.microsoft.com/graph/api/message-get\"",
        "docs = \"see the wiki\"",
        expect![[r#"
        own.toml:27:8: the link to the documentation is no link
            hint: give Microsoft's page about it, beginning with `https://`
    "#]],
    );
}

#[test]
fn an_unknown_name_gets_the_nearest_known_one() {
    check(
        "from = \"own.notes.list\"",
        "from = \"own.notes.lst\"",
        expect![[r#"
        own.toml:28:27: unknown operation `own.notes.lst`
            hint: did you mean `own.notes.list`?
    "#]],
    );
    check(
        "bucket = \"outlook\"\nundo",
        "bucket = \"outlok\"\nundo",
        expect![[r#"
        own.toml:45:10: unknown bucket `outlok`
            hint: did you mean `outlook`?
    "#]],
    );
    check(
        "license = \"exchange\"\nbucket = \"outlook\"\nundo",
        "license = \"mail\"\nbucket = \"outlook\"\nundo",
        expect![[r#"
            own.toml:44:11: unknown license `mail`
                hint: known here: `any`, `exchange`, `sharepoint`, `onenote`, `teams`, `bookings`, `entra-p1`
        "#]],
    );
    check(
        "journey = \"own.note\"",
        "journey = \"own.notes\"",
        expect![[r#"
        own.toml:41:11: unknown journey `own.notes`
            hint: did you mean `own.note`?
    "#]],
    );
    check(
        "operation = \"own.notes.get\"",
        "operation = \"own.notes.gett\"",
        expect![[r#"
        own.toml:58:13: unknown operation `own.notes.gett`
            hint: did you mean `own.notes.get`?
    "#]],
    );
    check(
        "makes = \"note\"",
        "makes = \"nope\"",
        expect![[r#"
            own.toml:55:9: unknown artefact `nope`
                hint: did you mean `note`?
            own.toml:61:8: no step makes the artefact `note`
        "#]],
    );
}

#[test]
fn a_value_without_end_or_sense_is_named() {
    check(
        "from = \"own.notes.list\"",
        "from = \"own.notes.get\"",
        expect![[r#"
        own.toml:28:27: the value `note-id` waits for itself
            hint: follow `from`: the chain must end within 8 operations
    "#]],
    );
    check(
        "from = \"own.notes.list\"",
        "from = \"own.notes.create\"",
        expect![[r#"
        own.toml:28:27: `own.notes.create` is no read that runs on its own
    "#]],
    );
    check(
        "from = \"own.notes.list\"",
        "from = \"onenote.pages.list\"",
        expect![[r#"
        own.toml:28:27: `onenote.pages.list` cannot run as `application`, but `own.notes.get` can
    "#]],
    );
    check(
        "pick = \"/value/0/id\"",
        "pick = \"value[0].id\"",
        expect![[r#"
        own.toml:28:52: `value[0].id` is no JSON pointer
            hint: a JSON pointer begins with `/`: `/value/0/id`
    "#]],
    );
    check(
        "/me/messages/{note-id}",
        "/me/messages/1",
        expect![[r#"
        own.toml:28:18: nothing uses the value `note-id`
    "#]],
    );
    check(
        "en = \"no note\"",
        "en = \" \"",
        expect![[r#"
        own.toml:28:84: the text for `en` is empty
    "#]],
    );
}

#[test]
fn a_cycle_of_values_is_named() {
    let sourced = "query = { \"$top\" = \"5\" }\nvalues.a = { from = \"own.notes.get\", pick = \"/id\", \
                   missing = { en = \"none\", zh-CN = \"无\" } }";
    let text = GOOD.replace("query = { \"$top\" = \"5\" }", sourced).replace("path = \"/me/messages\"\nvalues", "");
    let text = text.replacen("path = \"/me/messages\"", "path = \"/me/messages/{a}\"", 1);
    check_text(
        &text,
        expect![[r#"
        own.toml:10:21: the value `a` waits for itself
            hint: follow `from`: the chain must end within 8 operations
        own.toml:29:27: the value `note-id` waits for itself
            hint: follow `from`: the chain must end within 8 operations
    "#]],
    );
}

#[test]
fn modes_need_permissions_or_a_reason() {
    let get = "delegated = [\"Mail.Read\"]\napplication = [\"Mail.Read\"]\nlicense = \"exchange\"\nbucket = \"outlook\"\n\
               docs = \"https://learn.microsoft.com/graph/api/message-get\"";
    let with = |line: &str, to: &str| get.replacen(line, to, 1);
    check(
        get,
        &with("application = [\"Mail.Read\"]\n", ""),
        expect![[r#"
        own.toml:18:6: operation `own.notes.get` has no permissions for `application`
            hint: list them under `application`, or say in `unsupported` why it is missing
    "#]],
    );
    check(
        get,
        &with("application = [\"Mail.Read\"]", "application = []"),
        expect![[r#"
        own.toml:24:15: the permissions for `application` are empty
    "#]],
    );
    check(
        get,
        &with("application = [\"Mail.Read\"]", "application = [\"x\"]\nunsupported = { en = \"a\", zh-CN = \"无\" }"),
        expect![[r#"
            own.toml:25:15: both modes are supported, so there is nothing to explain
        "#]],
    );
    let neither = with("application = [\"Mail.Read\"]\n", "").replace("delegated = [\"Mail.Read\"]\n", "");
    check(
        get,
        &neither,
        expect![[r#"
        own.toml:18:6: nobody can call `own.notes.get`: it has neither kind of permissions
        own.toml:48:6: journey `own.note` runs in no mode: its operations share none
    "#]],
    );
}

#[test]
fn an_expectation_that_is_no_failure_is_named() {
    check(
        "status = 404",
        "status = 200",
        expect![[r#"
        own.toml:31:10: status 200 is no failure
            hint: a failure has a status from 400 to 599
    "#]],
    );
    check(
        "status = 404",
        "status = 404\nheals_within_minutes = 0",
        expect![[r#"
        own.toml:32:24: what heals needs at least a minute
    "#]],
    );
    check(
        "names = { en = \"Own\"",
        "expect = [{ status = 99, reason = { en = \"\", zh-CN = \"无\" } }]\nnames = { en = \"Own\"",
        expect![[r#"
            own.toml:2:22: status 99 is no failure
                hint: a failure has a status from 400 to 599
            own.toml:2:42: the text for `en` is empty
        "#]],
    );
}

#[test]
fn a_write_belongs_to_a_journey_that_uses_it() {
    check(
        "journey = \"own.note\"\n",
        "",
        expect![[r#"
        own.toml:35:6: write `own.notes.create` has no journey
            hint: name the journey that makes and removes it: `journey = "…"`
    "#]],
    );
    check(
        "operation = \"own.notes.create\"\nmakes = \"note\"",
        "operation = \"mail.drafts.create\"\nmakes = \"note\"",
        expect![[r#"
            own.toml:35:6: no journey uses the write `own.notes.create`
        "#]],
    );
    check(
        "query = { \"$top\" = \"5\" }",
        "helper = true",
        expect![[r#"
        own.toml:5:6: no journey uses the helper `own.notes.list`
        own.toml:28:27: `own.notes.list` is no read that runs on its own
    "#]],
    );
}

#[test]
fn a_journey_removes_what_it_makes() {
    check(
        "remove = [{ operation = \"mail.messages.purge\" }]",
        "",
        expect![[r#"
        own.toml:61:8: artefact `note` is never removed
            hint: list the operations that remove it for good under `remove`
    "#]],
    );
    check(
        "remove = [{ operation = \"mail.messages.purge\" }]",
        "remove = [{ operation = \"mail.messages.find\" }]",
        expect![[r#"
            own.toml:64:10: the removal of artefact `note` ends with a read
        "#]],
    );
    check(
        "keep = { note-id = \"/id\", message-id = \"/id\" }",
        "keep = { note-id = \"id\" }",
        expect![[r#"
        own.toml:62:8: `id` is no JSON pointer
            hint: a JSON pointer begins with `/`: `/id`
        own.toml:64:25: operation `mail.messages.purge` needs `{message-id}`, which is not known here
            hint: keep it from an earlier answer: `keep = { message-id = "/id" }`
    "#]],
    );
    check(
        "{\"subject\":\"{marker}\"}",
        "{\"subject\":\"note\"}",
        expect![[r#"
        own.toml:61:8: artefact `note` does not carry the marker
            hint: put `{marker}` into the path or the body of `own.notes.create`
    "#]],
    );
    check(
        "operation = \"own.notes.create\"\nmakes = \"note\"",
        "operation = \"own.notes.create\"",
        expect![[r#"
            own.toml:60:8: no step makes the artefact `note`
        "#]],
    );
    check(
        "find = { operation = \"mail.messages.find\", items = \"/value\", marker = \"/subject\" }",
        "by_find = true",
        expect![[r#"
            own.toml:63:11: there is no `find` to give the values
        "#]],
    );
    check(
        "remove = [{",
        "inside = \"note\"\nremove = [{",
        expect![[r#"
        own.toml:61:8: artefact `note` is removed with `note`: it needs no removal of its own
        own.toml:64:10: unknown artefact `note`
    "#]],
    );
}

#[test]
fn a_journey_knows_its_values_when_it_needs_them() {
    check(
        "[[journey.step]]\noperation = \"own.notes.get\"",
        "[[journey.step]]\noperation = \"calendar.events.update\"",
        expect![[r#"
            own.toml:58:13: operation `calendar.events.update` needs `{event-id}`, which is not known here
                hint: keep it from an earlier answer: `keep = { event-id = "/id" }`
        "#]],
    );
    let early =
        "[[journey.step]]\noperation = \"mail.drafts.update\"\n\n[[journey.step]]\noperation = \"own.notes.create\"";
    check(
        "[[journey.step]]\noperation = \"own.notes.create\"",
        early,
        expect![[r#"
        own.toml:54:13: operation `mail.drafts.update` needs `{message-id}`, which is not known here
            hint: keep it from an earlier answer: `keep = { message-id = "/id" }`
    "#]],
    );
}

#[test]
fn all_problems_come_at_once() {
    let text = GOOD.replace("bucket = \"outlook\"", "bucket = \"outlock\"").replace("en = \"Own\"", "en = \"\"");
    check_text(
        &text,
        expect![[r#"
        own.toml:2:16: the text for `en` is empty
        own.toml:14:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
        own.toml:26:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
        own.toml:45:10: unknown bucket `outlock`
            hint: did you mean `outlook`?
    "#]],
    );
}

#[test]
fn a_file_beyond_the_bound_is_refused() {
    let text = format!("{GOOD}# {}", "x".repeat(graphbeat_catalog::CATALOG_FILE_BYTES_MAX));
    check_text(
        &text,
        expect![[r#"
        own.toml:1:1: the file is longer than 1048576 bytes
    "#]],
    );
}
