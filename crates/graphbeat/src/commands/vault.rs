//! `vault`: the key of the secrets.

use graphbeat_config::FileCheck;
use graphbeat_store::{Ledger as _, NewKey, Vault as _};

use super::secret_input;
use crate::arguments::{RekeyArguments, VaultCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::open_ledger;
use crate::stop::run_until_stopped;
use crate::texts::say;

pub(super) fn run(command: &VaultCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        VaultCommand::Rekey(arguments) => rekey(arguments, context),
    }
}

fn rekey(arguments: &RekeyArguments, context: &Context) -> Result<Exit, Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    let (language, prompt) = (context.language(), say!("vault-new-passphrase"));
    let new = match (arguments.passphrase, arguments.keyring) {
        (true, _) => NewKey::Passphrase(secret_input::ask_new_passphrase(&prompt, language)?),
        (false, true) => NewKey::Keyring,
        (false, false) => NewKey::File,
    };
    let sealed = run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let sealed = opened.store.rekey(new).await;
        opened.store.close().await?;
        Ok(sealed?)
    })?;
    context.printer.notice(&match (arguments.passphrase, arguments.keyring) {
        (true, _) => say!("vault-rekeyed-passphrase", sealed = sealed),
        (false, true) => say!("vault-rekeyed-keyring", sealed = sealed),
        (false, false) => say!("vault-rekeyed-file", sealed = sealed),
    });
    Ok(Exit::Ok)
}
