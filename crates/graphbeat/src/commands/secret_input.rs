//! Asking for a secret: hidden on a terminal, a line of standard input elsewhere.

use std::io::{self, IsTerminal as _, Read as _};

use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// The longest secret that is read.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// The shortest passphrase that is taken.
const PASSPHRASE_CHARACTERS_MIN: usize = 12;

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

/// Asks for a passphrase that something will be locked with: twice on a terminal.
pub(crate) fn ask_new_passphrase(prompt: &Message, language: Language) -> Result<Secret, Failure> {
    let passphrase = ask(prompt, language)?;
    refuse_short(&passphrase)?;
    if is_typed() && ask(&say!("secret-once-more"), language)?.expose_secret() != passphrase.expose_secret() {
        return Err(Failure::new(Exit::Usage, say!("secret-passphrases-differ")));
    }
    Ok(passphrase)
}

/// Refuses a passphrase that is soon guessed.
pub(crate) fn refuse_short(passphrase: &Secret) -> Result<(), Failure> {
    if passphrase.expose_secret().chars().count() >= PASSPHRASE_CHARACTERS_MIN {
        return Ok(());
    }
    let sentence = say!("secret-passphrase-short", least = PASSPHRASE_CHARACTERS_MIN);
    Err(Failure::new(Exit::Usage, sentence).hint(say!("secret-passphrase-short-hint")))
}

fn read_line() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
