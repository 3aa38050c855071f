vault-rekeyed-passphrase = {$sealed} secrets are sealed with the passphrase: without it nothing opens them, and nobody can bring it back
vault-rekeyed-file = {$sealed} secrets are sealed with a new key in `vault.key`; a copy of the old key opens only copies of the old ledger
vault-rekeyed-keyring = {$sealed} secrets are sealed with a new key in the keyring of this system: only this user on this machine opens them; a copy of the directory does not, a `graphbeat backup` does
vault-new-passphrase = new passphrase:
