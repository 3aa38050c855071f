//! `explain`: what a failure means. Works without configuration and data; an unknown failure is no error.

use std::io::{self, IsTerminal as _, Read as _};

use graphbeat_core::Language;
use graphbeat_core::explain::{Explanation, Knowledge, TEXT_BYTES_MAX};

use crate::arguments::ExplainArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

pub(super) fn run(arguments: &ExplainArguments, context: &Context) -> Result<Exit, Failure> {
    let text = if arguments.text.is_empty() { read_input()? } else { arguments.text.join(" ") };
    let language = context.language();
    let explanation = Knowledge::builtin()?.explain(&text, language);
    context.printer.card(&explanation, &lines(&explanation, language))?;
    Ok(Exit::Ok)
}

fn read_input() -> Result<String, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(Failure::new(Exit::Usage, say!("explain-nothing")).hint(say!("explain-nothing-hint")));
    }
    let mut bytes = Vec::new();
    input
        .lock()
        .take(TEXT_BYTES_MAX as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Usage, say!("explain-unreadable", error = error.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The explanation for people.
fn lines(explanation: &Explanation, language: Language) -> Vec<(&'static str, String)> {
    let labels = match language {
        Language::English => ["what", "why", "who", "do", "see"],
        Language::SimplifiedChinese => ["现象", "原因", "谁来处理", "怎么做", "参见"],
    };
    let title = match &explanation.code {
        Some(code) => format!("{code}: {}", explanation.title),
        None => explanation.title.clone(),
    };
    let steps: Vec<String> =
        explanation.steps.iter().enumerate().map(|(index, step)| format!("{}. {step}", index + 1)).collect();
    let texts = [
        title,
        explanation.cause.clone(),
        explanation.who.word().to_owned(),
        steps.join("\n"),
        explanation.link.clone().unwrap_or_default(),
    ];
    labels.into_iter().zip(texts).filter(|(_, text)| !text.is_empty()).collect()
}
