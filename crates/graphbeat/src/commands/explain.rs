//! `explain`: what a failure means. Of a text it works without configuration and data; of a call it reads
//! the ledger, and changes nothing there. An unknown failure is no error.

use std::io::{self, IsTerminal as _, Read as _};

use graphbeat_base::CallId;
use graphbeat_config::FileCheck;
use graphbeat_core::explain::{Explanation, Knowledge, TEXT_BYTES_MAX};
use graphbeat_core::{Call, time_text};
use graphbeat_store::look_up_call;
use serde::Serialize;

use crate::arguments::ExplainArguments;
use crate::context::Context;
use crate::diagnosis::{Diagnoses, lines};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// A call with what it means, as programs see it.
#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    explanation: Explanation,
    /// The row of the ledger.
    call: &'a Call,
}

pub(super) fn run(arguments: &ExplainArguments, context: &Context) -> Result<Exit, Failure> {
    if let [text] = arguments.text.as_slice()
        && let Ok(id) = text.parse()
    {
        return of_call(id, context);
    }
    let text = if arguments.text.is_empty() { read_input()? } else { arguments.text.join(" ") };
    let language = context.language();
    let explanation = Knowledge::builtin()?.explain(&text, language);
    context.printer.card(&explanation, &lines(&explanation, language))?;
    Ok(Exit::Ok)
}

fn of_call(id: CallId, context: &Context) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Skip)?;
    let ledger = &config.store.file;
    let Some(call) = look_up_call(ledger, id)? else {
        let sentence = say!("diagnosis-no-call", id = id.to_string(), ledger = ledger);
        return Err(Failure::new(Exit::Usage, sentence).hint(say!("diagnosis-no-call-hint")));
    };
    let diagnoses = Diagnoses::new(&config, catalog, context.language())?;
    let explanation = diagnoses.of_call(&call);
    let mut card = facts(&call);
    card.extend(lines(&explanation, context.language()));
    context.printer.card(&Explained { explanation, call: &call }, &card)?;
    Ok(Exit::Ok)
}

/// What the ledger says of the call: enough for a support ticket.
fn facts(call: &Call) -> Vec<(Message, String)> {
    let lines = [
        (say!("diagnosis-call"), format!("{}  {}", call.id, time_text(call.started_at))),
        (say!("word-account"), call.account.to_string()),
        (say!("word-operation"), format!("{}  {} {}", call.operation, call.method, call.path)),
        (say!("word-result"), call.tag()),
        (say!("diagnosis-message"), call.message.as_deref().unwrap_or_default().to_owned()),
        (say!("diagnosis-request-id"), call.request_id.map(|id| id.to_string()).unwrap_or_default()),
        (say!("diagnosis-client-request-id"), call.client_request_id.to_string()),
    ];
    lines.into_iter().filter(|(_, text)| !text.is_empty()).collect()
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
