//! Asking for a secret: hidden on a terminal, a line of standard input elsewhere.

use std::io::{self, IsTerminal as _, Read as _};

use graphbeat_base::Secret;
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// The longest secret that is read.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Whether a person types the answer.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Asks; an empty answer is refused.
pub(crate) fn ask(prompt: &Message, language: Language) -> Result<Secret, Failure> {
    let answer = if is_typed() { rpassword::prompt_password(format!("{} ", prompt.of(language))) } else { read_line() };
    let answer =
        answer.map_err(|error| Failure::new(Exit::Usage, say!("secret-unreadable", error = error.to_string())))?;
    let answer = answer.trim_end_matches(['\r', '\n']);
    if answer.is_empty() {
        return Err(Failure::new(Exit::Usage, say!("secret-none")).hint(say!("secret-none-hint")));
    }
    Ok(Secret::from(answer))
}

fn read_line() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
