vault-rekeyed-passphrase = {$sealed} secrets are sealed with the passphrase: without it nothing opens them, and nobody can bring it back
vault-rekeyed-file = {$sealed} secrets are sealed with a new key in `vault.key`; a copy of the old key opens only copies of the old ledger
vault-new-passphrase = new passphrase:
vault-once-more = once more:
vault-passphrase-short = the passphrase has fewer than {$least} characters
vault-passphrase-short-hint = take some words that do not belong together
vault-passphrases-differ = these are two different passphrases; nothing was changed
