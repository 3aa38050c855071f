secret-unreadable = could not read the secret ({$error})
secret-none = no secret was given
secret-none-hint = type it, or give it on standard input
secret-once-more = once more:
secret-passphrase-short = the passphrase has fewer than {$least} characters
secret-passphrase-short-hint = take some words that do not belong together
secret-passphrases-differ = these are two different passphrases; nothing was changed
