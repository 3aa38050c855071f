//! What is wrong in a user's file is said with its line and column, and with what to do.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod files;
mod journeys;
mod operations;

use std::fmt::Write;

use expect_test::Expect;
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

/// The problems of the good file with one text replaced by another, for each pair.
fn check_each(replacements: &[(&str, &str)], expected: Expect) {
    let mut told = Vec::new();
    for (from, to) in replacements {
        assert_eq!(GOOD.matches(from).count(), 1, "`{from}` must stand in the good file once");
        told.push(problems_of(&GOOD.replace(from, to)));
    }
    expected.assert_eq(&told.join("\n"));
}

fn problems_of(text: &str) -> String {
    let error = Catalog::builtin().unwrap().with_files(&[("own.toml", text)]).unwrap_err();
    rendered(&error.problems)
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
