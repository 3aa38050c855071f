//! Journeys: their steps, and that all they make is found and removed.

use expect_test::expect;

use crate::check_each;

#[test]
fn a_write_belongs_to_a_journey_that_uses_it() {
    check_each(
        &[
            ("journey = \"own.note\"\n", ""),
            (
                "operation = \"own.notes.create\"\nmakes = \"note\"",
                "operation = \"mail.drafts.create\"\nmakes = \"note\"",
            ),
            ("query = { \"$top\" = \"5\" }", "helper = true"),
        ],
        expect![[r#"
            own.toml:35:6: write `own.notes.create` has no journey
                hint: name the journey that makes and removes it: `journey = "…"`

            own.toml:35:6: no journey uses the write `own.notes.create`

            own.toml:5:6: no journey uses the helper `own.notes.list`
            own.toml:28:27: `own.notes.list` is no read that runs on its own
        "#]],
    );
}

#[test]
fn a_journey_removes_what_it_makes() {
    check_each(
        &[
            ("remove = [{ operation = \"mail.messages.purge\" }]", ""),
            ("remove = [{ operation = \"mail.messages.purge\" }]", "remove = [{ operation = \"mail.messages.find\" }]"),
            ("keep = { note-id = \"/id\", message-id = \"/id\" }", "keep = { note-id = \"id\" }"),
            ("{\"subject\":\"{marker}\"}", "{\"subject\":\"note\"}"),
            ("operation = \"own.notes.create\"\nmakes = \"note\"", "operation = \"own.notes.create\""),
            (
                "find = { operation = \"mail.messages.find\", items = \"/value\", marker = \"/subject\" }",
                "by_find = true",
            ),
            ("remove = [{", "inside = \"note\"\nremove = [{"),
        ],
        expect![[r#"
            own.toml:61:8: artefact `note` is never removed
                hint: list the operations that remove it for good under `remove`

            own.toml:64:10: the removal of artefact `note` ends with a read

            own.toml:62:8: `id` is no JSON pointer
                hint: a JSON pointer begins with `/`: `/id`
            own.toml:64:25: operation `mail.messages.purge` needs `{message-id}`, which is not known here
                hint: keep it from an earlier answer: `keep = { message-id = "/id" }`

            own.toml:61:8: artefact `note` does not carry the marker
                hint: put `{marker}` into the path or the body of `own.notes.create`

            own.toml:60:8: no step makes the artefact `note`

            own.toml:63:11: there is no `find` to give the values

            own.toml:61:8: artefact `note` is removed with `note`: it needs no removal of its own
            own.toml:64:10: unknown artefact `note`
        "#]],
    );
}

#[test]
fn a_journey_knows_its_values_when_it_needs_them() {
    check_each(
        &[(
            "[[journey.step]]\noperation = \"own.notes.get\"",
            "[[journey.step]]\noperation = \"calendar.events.update\"",
        )],
        expect![[r#"
            own.toml:58:13: operation `calendar.events.update` needs `{event-id}`, which is not known here
                hint: keep it from an earlier answer: `keep = { event-id = "/id" }`
        "#]],
    );
    let early =
        "[[journey.step]]\noperation = \"mail.drafts.update\"\n\n[[journey.step]]\noperation = \"own.notes.create\"";
    check_each(
        &[("[[journey.step]]\noperation = \"own.notes.create\"", early)],
        expect![[r#"
        own.toml:54:13: operation `mail.drafts.update` needs `{message-id}`, which is not known here
            hint: keep it from an earlier answer: `keep = { message-id = "/id" }`
    "#]],
    );
}

#[test]
fn a_wrong_journey_is_named() {
    check_each(
        &[
            ("id = \"own.note\"\n", "id = \"own.note.all\"\n"),
            ("id = \"own.note\"\n", "id = \"own.note\"\nresidue = { en = \"\", zh-CN = \"无\" }\n"),
            ("makes = \"note\"\n", "makes = \"note\"\nkeep = { marker = \"/id\" }\n"),
        ],
        expect![[r#"
            own.toml:41:11: unknown journey `own.note`
                hint: did you mean `own.note.all`?
            own.toml:50:6: `own.note.all` is no id of a journey
                hint: write `own.thing`: small letters, digits and hyphens

            own.toml:51:18: the text for `en` is empty

            own.toml:56:8: nothing can be kept as `marker`
        "#]],
    );
}
