//! `vault`: the key of the secrets.

use graphbeat_config::FileCheck;
use graphbeat_store::{Ledger as _, NewKey, Vault as _};

use super::secret_input;
use crate::arguments::{RekeyArguments, VaultCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::notice;
use crate::runtime::open_ledger;
use crate::stop::run_until_stopped;

/// The shortest passphrase that is taken.
const PASSPHRASE_CHARACTERS_MIN: usize = 12;

pub(super) fn run(command: &VaultCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        VaultCommand::Rekey(arguments) => rekey(arguments, context),
    }
}

fn rekey(arguments: &RekeyArguments, context: &Context) -> Result<Exit, Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    let new = if arguments.passphrase { NewKey::Passphrase(new_passphrase()?) } else { NewKey::File };
    let sealed = run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let sealed = opened.store.rekey(new).await;
        opened.store.close().await?;
        Ok(sealed?)
    })?;
    let how = if arguments.passphrase {
        "with the passphrase: without it nothing opens them, and nobody can bring it back"
    } else {
        "with a new key in `vault.key`; a copy of the old key opens only copies of the old ledger"
    };
    notice(&format!("{sealed} secrets are sealed {how}"));
    Ok(Exit::Ok)
}

/// Asks twice on a terminal; elsewhere the first line of standard input counts.
fn new_passphrase() -> Result<graphbeat_base::Secret, Failure> {
    use graphbeat_base::ExposeSecret as _;
    let passphrase = secret_input::ask("new passphrase: ")?;
    if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARACTERS_MIN {
        let sentence = format_args!("the passphrase has fewer than {PASSPHRASE_CHARACTERS_MIN} characters");
        return Err(Failure::new(Exit::Usage, sentence).hint("take some words that do not belong together"));
    }
    if secret_input::is_typed() {
        let again = secret_input::ask("once more: ")?;
        if again.expose_secret() != passphrase.expose_secret() {
            return Err(Failure::new(Exit::Usage, "these are two different passphrases; nothing was changed"));
        }
    }
    Ok(passphrase)
}
