//! Operations: ids, requests, placeholders, values, modes and expectations.

use expect_test::expect;

use crate::{GOOD, check_each, problems_of};

#[test]
fn a_wrong_placeholder_gets_the_nearest_known_one() {
    check_each(
        &[
            ("/me/messages/{note-id}", "/me/messages/{noteid}"),
            ("\"$top\" = \"5\"", "\"$filter\" = \"receivedDateTime gt {7-day-ago}\""),
            ("\"$top\" = \"5\"", "\"$filter\" = \"subject eq '{marker}'\""),
            ("/me/messages/{note-id}", "/users/{user-id}/x/{y}/{note-id}"),
            ("{\"subject\":\"{marker}\"}", "{\"subject\":\"{marker}\",\"body\":\"{text}\"}"),
        ],
        expect![[r#"
            own.toml:21:22: placeholder `{noteid}` has no source
                hint: did you mean `{note-id}`?
            own.toml:28:18: nothing uses the value `note-id`

            own.toml:9:44: placeholder `{7-day-ago}` has no source
                hint: did you mean `{7-days-ago}`?

            own.toml:9:36: placeholder `{marker}` has no source
                hint: only operations of a journey have a marker

            own.toml:21:28: placeholder `{y}` has no source
                hint: say under `values` where it comes from: `y = { from = …, pick = … }`

            own.toml:39:48: placeholder `{text}` has no source
                hint: say under `values` where it comes from: `text = { from = …, pick = … }`
        "#]],
    );
}

#[test]
fn a_wrong_id_is_named() {
    check_each(
        &[
            ("id = \"own.notes.get\"", "id = \"own.get\""),
            ("id = \"own.notes.get\"", "id = \"Own.notes.get\""),
            ("id = \"own.notes.get\"", "id = \"mail.notes.get\""),
            ("id = \"own.notes.get\"", "id = \"own.notes.list\""),
            ("class = \"own\"", "class = \"starter\""),
        ],
        expect![[r#"
            own.toml:18:6: `own.get` is no id of an operation
                hint: write `own.resource.action`: small letters, digits and hyphens
            own.toml:58:13: unknown operation `own.notes.get`
                hint: did you mean `own.notes.list`?

            own.toml:18:6: `Own.notes.get` is no id of an operation
                hint: write `own.resource.action`: small letters, digits and hyphens
            own.toml:58:13: unknown operation `own.notes.get`
                hint: did you mean `Own.notes.get`?

            own.toml:18:6: operation `mail.notes.get` stands in the file of the class `own`
                hint: its id must begin with `own.`
            own.toml:58:13: unknown operation `own.notes.get`
                hint: did you mean `own.notes.list`?

            own.toml:18:6: operation `own.notes.list` exists twice
                hint: the first one stands in own.toml line 5
            own.toml:28:27: the value `note-id` waits for itself
                hint: follow `from`: the chain must end within 8 operations
            own.toml:58:13: unknown operation `own.notes.get`
                hint: did you mean `own.notes.list`?

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
fn a_request_that_cannot_be_sent_is_named() {
    check_each(
        &[
            ("path = \"/me/messages/{note-id}\"", "path = \"me/messages/{note-id}\""),
            ("path = \"/me/messages/{note-id}\"", "path = \"/v1.0/me/messages/{note-id}\""),
            ("path = \"/me/messages/{note-id}\"", "path = \"/me/../messages/{note-id}\""),
            ("path = \"/me/messages/{note-id}\"", "path = \"/me/messages?$top={note-id}\""),
            ("query = {", "headers = { Authorization = \"x\" }\nquery = {"),
            ("{\"subject\":\"{marker}\"}", "{\"subject\":{marker}\"}"),
            ("method = \"POST\"", "method = \"FETCH\""),
            ("method = \"POST\"", "method = \"GET\""),
            ("docs = \"https://learn.microsoft.com/graph/api/message-get\"", "docs = \"see the wiki\""),
        ],
        expect![[r#"
            own.toml:21:8: `me/messages/{note-id}` is no path: it must begin with `/`
                hint: write the path below `/v1.0`, and the query under `query`

            own.toml:21:8: `/v1.0/me/messages/{note-id}` is no path: it must not name the version
                hint: write the path below `/v1.0`, and the query under `query`

            own.toml:21:8: `/me/../messages/{note-id}` is no path: it has an empty or relative segment
                hint: write the path below `/v1.0`, and the query under `query`

            own.toml:21:8: `/me/messages?$top={note-id}` is no path: it holds a character that belongs elsewhere
                hint: write the path below `/v1.0`, and the query under `query`

            own.toml:9:29: the header `Authorization` is graphbeat's own

            own.toml:39:17: the body is not JSON once its placeholders are filled: expected value at line 1 column 12

            own.toml:37:10: unknown value `FETCH`
                hint: did you mean `PATCH`?

            own.toml:39:8: a `GET` or `DELETE` has no body
            own.toml:40:10: the verb and `access = "write"` contradict each other

            own.toml:27:8: the link to the documentation is no link
                hint: give Microsoft's page about it, beginning with `https://`
        "#]],
    );
}

#[test]
fn an_unknown_name_gets_the_nearest_known_one() {
    check_each(
        &[
            ("from = \"own.notes.list\"", "from = \"own.notes.lst\""),
            ("bucket = \"outlook\"\nundo", "bucket = \"outlok\"\nundo"),
            ("license = \"exchange\"\nbucket = \"outlook\"\nundo", "license = \"mail\"\nbucket = \"outlook\"\nundo"),
            ("journey = \"own.note\"", "journey = \"own.notes\""),
            ("operation = \"own.notes.get\"", "operation = \"own.notes.gett\""),
            ("makes = \"note\"", "makes = \"nope\""),
        ],
        expect![[r#"
            own.toml:28:27: unknown operation `own.notes.lst`
                hint: did you mean `own.notes.list`?

            own.toml:45:10: unknown bucket `outlok`
                hint: did you mean `outlook`?

            own.toml:44:11: unknown license `mail`
                hint: known here: `any`, `exchange`, `sharepoint`, `onenote`, `teams`, `bookings`, `entra-p1`, `entra-p2`, `defender`

            own.toml:41:11: unknown journey `own.notes`
                hint: did you mean `own.note`?

            own.toml:58:13: unknown operation `own.notes.gett`
                hint: did you mean `own.notes.get`?

            own.toml:55:9: unknown artefact `nope`
                hint: did you mean `note`?
            own.toml:61:8: no step makes the artefact `note`
        "#]],
    );
}

#[test]
fn a_value_without_end_or_sense_is_named() {
    check_each(
        &[
            ("from = \"own.notes.list\"", "from = \"own.notes.get\""),
            ("from = \"own.notes.list\"", "from = \"own.notes.create\""),
            ("from = \"own.notes.list\"", "from = \"onenote.pages.list\""),
            ("pick = \"/value/0/id\"", "pick = \"value[0].id\""),
            ("/me/messages/{note-id}", "/me/messages/1"),
            ("en = \"no note\"", "en = \" \""),
        ],
        expect![[r#"
            own.toml:28:27: the value `note-id` waits for itself
                hint: follow `from`: the chain must end within 8 operations

            own.toml:28:27: `own.notes.create` is no read that runs on its own

            own.toml:28:27: `onenote.pages.list` cannot run as `application`, but `own.notes.get` can

            own.toml:28:52: `value[0].id` is no JSON pointer
                hint: a JSON pointer begins with `/`: `/value/0/id`

            own.toml:28:18: nothing uses the value `note-id`

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
    expect![[r#"
        own.toml:10:21: the value `a` waits for itself
            hint: follow `from`: the chain must end within 8 operations
        own.toml:29:27: the value `note-id` waits for itself
            hint: follow `from`: the chain must end within 8 operations
    "#]]
    .assert_eq(&problems_of(&text));
}

#[test]
fn modes_need_permissions_or_a_reason() {
    let get = "delegated = [\"Mail.Read\"]\napplication = [\"Mail.Read\"]\nlicense = \"exchange\"\nbucket = \"outlook\"\n\
               docs = \"https://learn.microsoft.com/graph/api/message-get\"";
    let with = |line: &str, to: &str| get.replacen(line, to, 1);
    check_each(
        &[
            (get, &with("application = [\"Mail.Read\"]\n", "")),
            (get, &with("application = [\"Mail.Read\"]", "application = []")),
            (
                get,
                &with(
                    "application = [\"Mail.Read\"]",
                    "application = [\"x\"]\nunsupported = { en = \"a\", zh-CN = \"无\" }",
                ),
            ),
        ],
        expect![[r#"
            own.toml:18:6: operation `own.notes.get` has no permissions for `application`
                hint: list them under `application`, or say in `unsupported` why it is missing

            own.toml:24:15: the permissions for `application` are empty

            own.toml:25:15: both modes are supported, so there is nothing to explain
        "#]],
    );
    let neither = with("application = [\"Mail.Read\"]\n", "").replace("delegated = [\"Mail.Read\"]\n", "");
    check_each(
        &[(get, &neither)],
        expect![[r#"
        own.toml:18:6: nobody can call `own.notes.get`: it has neither kind of permissions
        own.toml:48:6: journey `own.note` runs in no mode: its operations share none
    "#]],
    );
}

#[test]
fn an_expectation_that_is_no_failure_is_named() {
    check_each(
        &[
            ("status = 404", "status = 200"),
            ("status = 404", "status = 404\nheals_within_minutes = 0"),
            (
                "names = { en = \"Own\"",
                "expect = [{ status = 99, reason = { en = \"\", zh-CN = \"无\" } }]\nnames = { en = \"Own\"",
            ),
        ],
        expect![[r#"
            own.toml:31:10: status 200 is no failure
                hint: a failure has a status from 400 to 599

            own.toml:32:24: what heals needs at least a minute

            own.toml:2:22: status 99 is no failure
                hint: a failure has a status from 400 to 599
            own.toml:2:42: the text for `en` is empty
        "#]],
    );
}

#[test]
fn a_header_that_cannot_be_sent_is_named() {
    check_each(
        &[
            ("query = {", "headers = { \"a b\" = \"x\" }\nquery = {"),
            ("query = {", "headers = { Prefer = \"a\\nb\" }\nquery = {"),
            ("query = {", "headers = { If-Match = \"{noww}\" }\nquery = {"),
        ],
        expect![[r#"
            own.toml:9:21: `a b` is no name of a header

            own.toml:9:22: the header `Prefer` holds a character that no header may hold

            own.toml:9:25: placeholder `{noww}` has no source
                hint: did you mean `{now}`?
        "#]],
    );
}

#[test]
fn a_body_is_json_or_text_or_a_file() {
    check_each(
        &[
            ("body = { json = ", "body = { type = \"text/plain\", json = "),
            ("body = { json = ", "body = { type = \"plain\", text = "),
            ("body = { json = ", "body = { type = \"text/plain\" } # "),
            ("body = { json = ", "body = { type = \"a/b\", base64 = \"%%\" } # "),
            ("body = { json = ", "body = { type = \"a\", base64 = \"AAAA\" } # "),
        ],
        expect![[r#"
            own.toml:39:8: a body has either `json`, or `type` and one of `text` and `base64`

            own.toml:39:17: `plain` is no media type

            own.toml:39:8: a body has either `json`, or `type` and one of `text` and `base64`

            own.toml:39:8: the body's `base64` is no Base64

            own.toml:39:17: `a` is no media type
            own.toml:61:8: artefact `note` does not carry the marker
                hint: put `{marker}` into the path or the body of `own.notes.create`
        "#]],
    );
}

#[test]
fn a_bound_that_makes_no_sense_is_named() {
    check_each(
        &[
            ("query = {", "pages = 0\nquery = {"),
            ("query = {", "pages = 1000\nquery = {"),
            ("query = {", "cost = 0\nquery = {"),
            ("query = {", "clouds = []\nquery = {"),
            ("query = {", "clouds = [\"globl\"]\nquery = {"),
            ("undo = \"purged\"", "undo = \"purged\"\nstarter = true"),
        ],
        expect![[r#"
            own.toml:9:9: `pages` must be between 1 and 100

            own.toml:9:9: `pages` must be between 1 and 100

            own.toml:9:8: every request costs something: `cost` must be at least 1

            own.toml:9:10: the operation exists in no cloud
            own.toml:29:27: `own.notes.list` does not exist in the cloud `global`, but `own.notes.get` does

            own.toml:9:11: unknown value `globl`
                hint: did you mean `global`?

            own.toml:47:11: a write cannot belong to the preset `starter`
        "#]],
    );
}
