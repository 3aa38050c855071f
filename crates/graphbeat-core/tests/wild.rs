//! Error texts as services, proxies and other programs write them, against the rule that has to explain each.
//!
//! They are in `wild.txt`: a line `=== RULE; WHO`, then the text. `UPDATE_EXPECT=1` writes what is found.

use std::fmt::Write as _;

use expect_test::expect_file;
use graphbeat_core::Language;
use graphbeat_core::explain::Knowledge;

/// Of a hundred, so many may be unknown.
const UNKNOWN_PERCENT_MAX: usize = 5;

#[test]
fn texts_of_the_wild_find_their_cause_and_their_owner() {
    let knowledge = Knowledge::builtin().expect("the knowledge");
    let table = expect_file!["wild.txt"];
    let text = table.data();
    let mut found = String::new();
    let (mut count, mut unknown) = (0, 0);
    for block in text.split("=== ").skip(1) {
        let (_, wild) = block.split_once('\n').expect("a text");
        let told = knowledge.explain(wild, Language::English);
        count += 1;
        unknown += usize::from(!told.known);
        let rule = told.rule.as_deref().unwrap_or("unknown");
        let _ = write!(found, "=== {rule}; {}\n{wild}", told.who.word());
    }
    table.assert_eq(&found);
    assert!(count >= 60 && unknown * 100 <= count * UNKNOWN_PERCENT_MAX, "{unknown} of {count} are unknown");
}
