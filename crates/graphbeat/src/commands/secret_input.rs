//! Asking for a secret: hidden on a terminal, a line of standard input elsewhere.

use std::io::{self, IsTerminal as _, Read as _};

use graphbeat_base::Secret;

use crate::exit::Exit;
use crate::failure::Failure;

/// The longest secret that is read.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Whether a person types the answer.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Asks; an empty answer is refused.
pub(crate) fn ask(prompt: &str) -> Result<Secret, Failure> {
    let answer = if is_typed() { rpassword::prompt_password(prompt) } else { read_line() };
    let answer =
        answer.map_err(|error| Failure::new(Exit::Usage, format_args!("could not read the secret ({error})")))?;
    let answer = answer.trim_end_matches(['\r', '\n']);
    if answer.is_empty() {
        return Err(Failure::new(Exit::Usage, "no secret was given").hint("type it, or give it on standard input"));
    }
    Ok(Secret::from(answer))
}

fn read_line() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
