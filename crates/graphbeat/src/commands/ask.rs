//! Questions on a terminal. Where there is none, nobody is asked.

use std::io::{self, IsTerminal as _};

use dialoguer::{Confirm, Input, Select};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;

/// Whether somebody can be asked.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The text in the language.
pub(crate) const fn say<'t>(language: Language, english: &'t str, chinese: &'t str) -> &'t str {
    match language {
        Language::English => english,
        Language::SimplifiedChinese => chinese,
    }
}

/// Yes or no; `None` where nobody can be asked.
pub(crate) fn yes(english: &str, chinese: &str, language: Language) -> Option<bool> {
    if !somebody_is_there() {
        return None;
    }
    Confirm::new().with_prompt(say(language, english, chinese)).default(true).interact().ok()
}

/// A line of text.
pub(crate) fn text(question: &str, default: Option<String>) -> Result<String, Failure> {
    let mut input = Input::<String>::new().with_prompt(question);
    if let Some(default) = default {
        input = input.default(default);
    }
    input.interact_text().map(|answer| answer.trim().to_owned()).map_err(|error| unanswered(&error))
}

/// One of several; its place.
pub(crate) fn choice(question: &str, of: &[String]) -> Result<usize, Failure> {
    Select::new().with_prompt(question).items(of).default(0).interact().map_err(|error| unanswered(&error))
}

fn unanswered(error: &dialoguer::Error) -> Failure {
    Failure::new(Exit::Usage, format_args!("the question was not answered ({error})"))
        .hint("give the answer as a flag: `--help` lists them")
}
