//! Questions on a terminal. Where there is none, nobody is asked.

use std::io::{self, IsTerminal as _};

use dialoguer::{Confirm, Input, Select};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// Whether somebody can be asked.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Yes or no; `None` where nobody can be asked.
pub(crate) fn yes(question: &Message, language: Language) -> Option<bool> {
    if !somebody_is_there() {
        return None;
    }
    Confirm::new().with_prompt(question.of(language)).default(true).interact().ok()
}

/// A line of text.
pub(crate) fn text(question: &Message, language: Language, default: Option<String>) -> Result<String, Failure> {
    let mut input = Input::<String>::new().with_prompt(question.of(language));
    if let Some(default) = default {
        input = input.default(default);
    }
    input.interact_text().map(|answer| answer.trim().to_owned()).map_err(|error| unanswered(&error))
}

/// One of several; its place.
pub(crate) fn choice(question: &Message, language: Language, of: &[String]) -> Result<usize, Failure> {
    Select::new().with_prompt(question.of(language)).items(of).default(0).interact().map_err(|error| unanswered(&error))
}

fn unanswered(error: &dialoguer::Error) -> Failure {
    Failure::new(Exit::Usage, say!("ask-unanswered", error = error.to_string())).hint(say!("ask-unanswered-hint"))
}
