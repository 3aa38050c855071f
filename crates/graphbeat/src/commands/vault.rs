//! `vault`: the key of the secrets.

use graphbeat_config::FileCheck;
use graphbeat_core::Language;
use graphbeat_store::{Ledger as _, NewKey, Vault as _};

use super::secret_input;
use crate::arguments::{RekeyArguments, VaultCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::open_ledger;
use crate::stop::run_until_stopped;
use crate::texts::say;

/// The shortest passphrase that is taken.
const PASSPHRASE_CHARACTERS_MIN: usize = 12;

pub(super) fn run(command: &VaultCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        VaultCommand::Rekey(arguments) => rekey(arguments, context),
    }
}

fn rekey(arguments: &RekeyArguments, context: &Context) -> Result<Exit, Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    let new = if arguments.passphrase { NewKey::Passphrase(new_passphrase(context.language())?) } else { NewKey::File };
    let sealed = run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let sealed = opened.store.rekey(new).await;
        opened.store.close().await?;
        Ok(sealed?)
    })?;
    let how = if arguments.passphrase {
        say!("vault-rekeyed-passphrase", sealed = sealed)
    } else {
        say!("vault-rekeyed-file", sealed = sealed)
    };
    context.printer.notice(&how);
    Ok(Exit::Ok)
}

/// Asks twice on a terminal; elsewhere the first line of standard input counts.
fn new_passphrase(language: Language) -> Result<graphbeat_base::Secret, Failure> {
    use graphbeat_base::ExposeSecret as _;
    let passphrase = secret_input::ask(&say!("vault-new-passphrase"), language)?;
    if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARACTERS_MIN {
        let sentence = say!("vault-passphrase-short", least = PASSPHRASE_CHARACTERS_MIN);
        return Err(Failure::new(Exit::Usage, sentence).hint(say!("vault-passphrase-short-hint")));
    }
    if secret_input::is_typed() {
        let again = secret_input::ask(&say!("vault-once-more"), language)?;
        if again.expose_secret() != passphrase.expose_secret() {
            return Err(Failure::new(Exit::Usage, say!("vault-passphrases-differ")));
        }
    }
    Ok(passphrase)
}
