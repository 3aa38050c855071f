secret-unreadable = could not read the secret ({$error})
secret-none = no secret was given
secret-none-hint = type it, or give it on standard input
