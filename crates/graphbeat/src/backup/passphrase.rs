//! The passphrase of a backup: from a file, a variable, a terminal, or standard input.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use graphbeat_base::Secret;

use crate::commands::secret_input;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

/// Where the passphrase is for a program that nobody sits at.
const PASSPHRASE_VARIABLE: &str = "GRAPHBEAT_BACKUP_PASSPHRASE";
/// The longest passphrase file.
const PASSPHRASE_FILE_BYTES_MAX: u64 = 16 * 1024;

/// One that a file will be locked with.
pub(crate) fn ask_new(file: Option<&Path>, context: &Context) -> Result<Secret, Failure> {
    match given(file, context)? {
        Some(passphrase) => secret_input::refuse_short(&passphrase).map(|()| passphrase),
        None => secret_input::ask_new_passphrase(&say!("backup-passphrase"), context.language()),
    }
}

/// The one that a file is locked with.
pub(crate) fn ask_existing(file: Option<&Path>, context: &Context) -> Result<Secret, Failure> {
    match given(file, context)? {
        Some(passphrase) => Ok(passphrase),
        None => secret_input::ask(&say!("backup-passphrase"), context.language()),
    }
}

fn given(file: Option<&Path>, context: &Context) -> Result<Option<Secret>, Failure> {
    let Some(path) = file else {
        let variable = context.environment.get(PASSPHRASE_VARIABLE).filter(|given| !given.is_empty());
        return Ok(variable.map(|given| Secret::from(given.as_str())));
    };
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(PASSPHRASE_FILE_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| {
        Failure::new(Exit::Usage, say!("backup-passphrase-unreadable", path = path, error = error.to_string()))
    })?;
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Some(Secret::from(line))),
        None => Err(Failure::new(Exit::Usage, say!("backup-passphrase-empty", path = path))
            .hint(say!("backup-passphrase-empty-hint"))),
    }
}
