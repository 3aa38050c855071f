app-stopped = stopped; nothing was changed
app-nobody = nobody can be asked here, and `--yes` was not given
app-nobody-hint = give `--yes`, or `--dry-run` to see each request
app-all-granted = everything that the selection needs is granted
app-not-granted = consented, but not granted: {$missing}
app-not-granted-hint = the registration does not ask for them yet, or Entra needs a minute: `graphbeat app show {$name}` says more
app-not-looked = consented, but the account gets no token, so what is granted now is not known
app-not-looked-hint = once `graphbeat account sign-in {$name}` succeeds, `graphbeat app show {$name}` says what is granted
app-rotate-question = give the account a new credential?
app-no-object-id = the object id of the registration is not known
app-no-object-id-hint = give `--object-id`: it stands on the registration's overview; or run `graphbeat app adopt`
app-rotated = account `{$name}` signs in with a new credential, until {$until}
app-outside-vault = account `{$account}` has its credential outside the vault, where graphbeat changes nothing
app-outside-vault-hint = change it in the configuration to `{"{"} vault = "…" {"}"}`, or rotate it where it is kept
app-no-credential = account `{$account}` has no credential of its own: a person, or another issuer, signs in
app-no-credential-hint = there is nothing to rotate
app-rotate-by-key = POST /v1.0/applications/{"{"}id{"}"}/addKey, a sign-in with the new key, POST /v1.0/applications/{"{"}id{"}"}/removeKey
app-rotate-only-key = PATCH /v1.0/applications/{"{"}id{"}"} with the new key alone, then a sign-in with it
app-rotate-secret = POST /v1.0/applications/{"{"}id{"}"}/addPassword, a sign-in with the new secret, POST /v1.0/applications/{"{"}id{"}"}/removePassword
app-rotate-again = the account signs in as before; run the same command again: it goes on where it stopped
app-unproven = the new credential is registered, but not proven
app-remove-question = remove all of it?
app-restorable = until {$until} `graphbeat app restore {$name}` brings it back
app-for-good = it is out of the bin, too
app-removed = the registration of account `{$name}` is removed, with its service principal, credentials and grants; {$end}. The account stays in the configuration, its calls in the ledger; Entra keeps its own sign-in and audit logs
app-none = none
app-made = made by graphbeat
app-made-by-owner = made by its owner, for graphbeat
app-contents =
    to be removed:
    - the registration "{$name}" ({$client}), {$origin}
    - its service principal ({$principal})
    - {$grants} grants of permissions
    - {$credentials} credentials
app-restore-itself = a deleted application cannot bring itself back
app-restore-hint = give `--azure-cli`, or `--through` with the id of another application of yours
app-restore-hint-page = give `--azure-cli`, or `--through` with the id of another application of yours; or restore it by hand: {$page}
app-not-in-bin = Entra has no such registration in its bin
app-not-in-bin-hint = it is kept there for {$restorable_days} days; after that, `graphbeat init` makes a new one
app-restored = the registration of account `{$name}` is back, with its credentials; `graphbeat check --account {$name}` tries it
app-not-known = nothing is known of the registration of account `{$name}`
app-not-known-hint = `graphbeat app adopt {$name}` takes over one that exists
app-adopted = account `{$account}`'s registration is taken over; `graphbeat app rotate {$account}` gives it a new credential
app-no-token = account `{$account}` gets no token, so what is granted is not known
app-no-token-hint = `--azure-cli` or `--through` reads it without the account; `graphbeat account sign-in` says what is wrong
app-unreadable = the registration could not be read with the account's own token
app-not-readable = not readable with this account's token: `--azure-cli` or `--through` reads it
app-nothing = nothing
app-credential = {$name} until {$until}
